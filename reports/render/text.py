"""A report as plain text, 100 columns wide: the outcome, what was judged, what is wrong, and the whole ledger."""

from collections.abc import Iterator

from reports import coverage, gate, waivers
from reports.model import Changes, Finding, Report, Result, Verdict
from reports.redact import redact_report
from reports.render.columns import labelled, titled
from reports.render.words import (
    HEADLINES,
    LABELS,
    READ_ONLY,
    circumstances,
    in_sections,
    judged,
    looked_at,
    printable,
    verdict_label,
    waived_by,
)


def render(report: Report) -> str:
    """The report as text, ending in a newline. Its first line is the outcome, or READ-ONLY when that was declared."""
    return printable("\n".join(_lines(redact_report(report)))) + "\n"


def ledger(report: Report) -> str:
    """The ledger alone: each requirement with its verdict, without a final newline."""
    return printable("\n".join(_ledger(report)).strip("\n"))


def _lines(report: Report) -> Iterator[str]:
    if report.run.changes == Changes.READ_ONLY:
        yield from (READ_ONLY, "")
    yield f"{HEADLINES[gate.outcome(report)]}: {gate.because(report)}"
    yield ""
    yield from (line for label, text in judged(report) for line in labelled(f"{label:<18}", text, indent=0))
    yield ""
    waived = waivers.count(report)
    counts = [f"{LABELS[verdict]} {report.count(verdict)}" for verdict in gate.TOLD]
    yield "  ".join([*counts, *([f"(WAIVED {waived})"] if waived else [])])
    for _, title, results in in_sections(report):
        yield from _section(title, results)
    yield from _ledger(report)
    yield from _graph(report)
    if report.notes:
        yield from titled("Notes")
        yield from (line for note in report.notes for line in labelled("- ", note, indent=0))


def _section(title: str, results: list[Result]) -> Iterator[str]:
    yield from titled(title)
    for result in results:
        yield ""
        about = f"{result.requirement}  {result.strength} {result.level}  {result.source}"
        yield f"{verdict_label(result)}  {about}".rstrip()
        yield from labelled("", result.text)
        if result.reason:
            yield from labelled("Reason    ", result.reason)
        for sentence in waived_by(result):
            yield from labelled("Waived    ", sentence)
        if told := circumstances(result):
            yield from labelled("Seen on   ", told)
        if result.verdict is not Verdict.NOT_APPLICABLE:
            yield from labelled("", f"({looked_at(result)})")
        for number, finding in enumerate(result.findings, start=1):
            yield from _finding(number, finding)
        if result.more:
            yield from labelled("", f"… and {result.more} more of this requirement")


def _finding(number: int, finding: Finding) -> Iterator[str]:
    yield ""
    yield from labelled(f"{number}. ", finding.message)
    short = (
        ("Where", finding.where),
        ("Expected", finding.expected),
        ("Actual", finding.actual),
        ("Hint", finding.hint),
        ("Origin", finding.origin),
    )
    for label, text in short:
        if text:
            yield from labelled(f"{label:<10}", text, indent=7)
    for label, text in (
        ("Request", finding.request),
        ("Response", finding.response),
        ("Reproduce", finding.reproducer),
    ):
        if text:
            yield f"{'':7}{label}"
            yield from (f"{'':11}| {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def _ledger(report: Report) -> Iterator[str]:
    yield from titled("Ledger")
    yield ""
    wide = max([len("Requirement"), *(len(result.requirement) for result in report.results)])
    yield f"{'Verdict':<14}  {'Requirement':<{wide}}  {'Strength':<8}  {'Level':<13}  {'Looked at':>9}  Source"
    for result in report.results:
        yield (
            f"{verdict_label(result):<14}  {result.requirement:<{wide}}  {result.strength:<8}  {result.level:<13}  "
            f"{result.checked:>9}  {result.source}"
        ).rstrip()


def _graph(report: Report) -> Iterator[str]:
    if not report.coverage:
        return
    yield from titled("State graph")
    yield ""
    yield f"{coverage.sentence(report.coverage)}; evidence of depth, never a verdict."
    yield ""
    yield f"{'Kind':<12}{'Situation':<16}{'Edges seen':>12}"
    for row in coverage.rows(report.coverage):
        yield f"{row.strategy_kind:<12}{row.situation:<16}{f'{row.seen} of {row.total}':>12}"
        for label, edges in (("unseen", row.unseen), ("unlawful", row.unlawful)):
            if edges:
                yield from labelled(f"{label}: ", "; ".join(map(coverage.told, edges)), indent=12)
