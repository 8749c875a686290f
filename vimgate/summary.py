"""What a person wants to read at the end of a run: the outcome, what failed and why, and what could not be tested.

The report has the rest.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from reports import coverage, folder, gate
from reports.model import Changes, Evidence, Finding, Report, Result, Verdict
from reports.redact import redact_report
from reports.render.words import HEADLINES, LABELS, READ_ONLY, kill_rate, printable

MOST_FINDINGS: Final = 3
MOST_NOTES: Final = 10
_TOLD: Final = (Verdict.FAIL, Verdict.HARNESS_ERROR)


def as_json(value: Any) -> str:
    """A JSON value as a program reads it and a person may: indented, ASCII alone, without a final newline."""
    return json.dumps(value, indent=2, ensure_ascii=True)


def summary(report: Report) -> str:
    """The summary as text, without a final newline; redacted."""
    return printable("\n".join(_lines(redact_report(report))))


def _lines(report: Report) -> Iterator[str]:
    if report.run.changes == Changes.READ_ONLY:
        yield READ_ONLY
    yield f"{HEADLINES[gate.outcome(report)]}: {gate.because(report)}"
    yield f"Target {report.run.target}, release {report.run.release}, {report.run.duration_seconds:.1f} s"
    if report.run.kills is not None:
        yield f"Harness: {kill_rate(report.run.kills)}"
    if report.coverage:
        yield f"State graph: {coverage.sentence(report.coverage)}"
    if report.evidence is not None:
        yield _evidence(report.evidence)
    for result in report.results:
        if result.verdict in _TOLD:
            yield from _told(result)
    yield from _untested(report)
    notes = report.notes[:MOST_NOTES]
    yield from (f"note: {note}" for note in notes)
    if len(report.notes) > len(notes):
        yield f"note: and {len(report.notes) - len(notes)} more, in the report"


def _evidence(evidence: Evidence) -> str:
    return (
        f"Evidence: {evidence.exchanges} exchanges in {evidence.file} ({evidence.bytes / 1e6:.1f} MB); "
        "`vimgate report verify` recomputes the verdict from it"
    )


def _told(result: Result) -> Iterator[str]:
    yield ""
    yield f"{LABELS[result.verdict]} {result.requirement} ({result.source}): {result.text}"
    if result.reason:
        yield f"    {result.reason}"
    for finding in result.findings[:MOST_FINDINGS]:
        yield from _found(finding)
    if scripts := folder.reproducers(result):
        yield f"    play it again: {', '.join(f'{folder.REPRODUCERS}/{name}' for name in scripts)}"
    rest = len(result.findings[MOST_FINDINGS:]) + result.more
    if rest:
        yield f"  - and {rest} more"


def _found(finding: Finding) -> Iterator[str]:
    yield f"  - {finding.message}"
    for label, text in (
        ("where", finding.where),
        ("expected", finding.expected),
        ("actual", finding.actual),
        ("hint", finding.hint),
    ):
        if text:
            yield f"      {label:<9}{text}"
    if finding.request:
        yield f"      {'request':<9}{finding.request.splitlines()[0]}"


def _untested(report: Report) -> Iterator[str]:
    reasons = Counter(result.reason for result in report.results if result.verdict is Verdict.UNTESTABLE)
    if reasons:
        yield ""
    for reason, count in reasons.most_common():
        yield f"{LABELS[Verdict.UNTESTABLE]} {count}: {reason}"
