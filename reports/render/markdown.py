"""A report as a page of Markdown for the summary of a CI job: the verdict, what failed, and what to do.

Texts come from the target: each is escaped, so that it can be no link, no image, no HTML and no mention of a person. A
page that would be too large is cut between rows, and says what was left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from reports import coverage, gate, waivers
from reports.model import Changes, Finding, Outcome, Report, Result, Verdict
from reports.redact import redact_report
from reports.render.words import HEADLINES, LABELS, READ_ONLY, granted, judged, printable, verdict_label

# GitHub takes 1 MiB for all steps of a job that have not been summed up yet; something is left for others.
MOST_BYTES: Final = 900_000
MOST_ROWS: Final = 50
LONGEST_CELL: Final = 300
LONGEST_SCRIPT: Final = 4_000
MOST_SCRIPTS: Final = 10

# A shape and a word beside it, as colour is never the only sign.
_MARKS: Final = {Outcome.CONFORMANT: "✅", Outcome.NOT_CONFORMANT: "❌", Outcome.INCOMPLETE: "⚠️"}

# What Markdown, and the hosts that show it, would take for something else than text.
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>&|~$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_MENTION: Final = re.compile(r"@(?=\w)")
_SPACE: Final = re.compile(r"\s+")
_FENCE: Final = re.compile("`{3,}")


def render(report: Report) -> str:
    """The report as Markdown, ending in a newline, of at most `MOST_BYTES` in UTF-8."""
    return _cut(_blocks(redact_report(report)))


def _blocks(report: Report) -> Iterator[str]:
    """The page in pieces that stay whole, the most important first."""
    outcome = gate.outcome(report)
    yield f"## {_MARKS[outcome]} {HEADLINES[outcome]}: {escaped(gate.because(report))}\n"
    if report.run.changes == Changes.READ_ONLY:
        yield f"> {escaped(READ_ONLY)}\n"
    yield from _counts(report)
    yield from _table("What failed", report, Verdict.FAIL)
    yield from _table("Errors of the harness, never charged to the target", report, Verdict.HARNESS_ERROR)
    yield from _untestable(report)
    yield from _table("Warnings", report, Verdict.WARN)
    yield from _waived(report)
    yield from _judged(report)
    yield from _notes(report)
    yield from _scripts(report)


def _counts(report: Report) -> Iterator[str]:
    run, waived = report.run, waivers.count(report)
    level = run.level.value if run.level else "unknown"
    reached = report.reached.value if report.reached else "none"
    about = f"level {level} (reached: {reached}), release {escaped(run.release)}, seed {run.seed}"
    yield f"Target {code(run.target)}, {about}\n"
    labels = [LABELS[verdict] for verdict in gate.TOLD] + ["WAIVED"]
    yield "\n".join(
        (
            _row(labels),
            _row("---:" for _ in labels),
            _row([*(str(report.count(verdict)) for verdict in gate.TOLD), str(waived)]),
            "",
        )
    )


def _table(title: str, report: Report, verdict: Verdict) -> Iterator[str]:
    results = [each for each in report.results if each.verdict is verdict and verdict_label(each) == LABELS[verdict]]
    if not results:
        return
    shown = results[:MOST_ROWS]
    yield "\n".join((f"### {title}\n", _row(("Requirement", "What was found", "What to do")), "| --- | --- | --- |"))
    yield from (_of_result(result) for result in shown)
    if len(results) > len(shown):
        yield f"\nand {len(results) - len(shown)} more, in report.txt"
    yield ""


def _of_result(result: Result) -> str:
    first = result.findings[0] if result.findings else Finding(result.requirement, result.verdict, result.reason)
    others = len(result.findings[1:]) + result.more
    where = f" at {code(first.where)}" if first.where else ""
    came = [f"{label} {code(text)}" for label, text in (("expected", first.expected), ("actual", first.actual)) if text]
    told = ". ".join([f"{cell(first.message).rstrip('.')}{where}", *([", ".join(came)] if came else [])])
    more = f" (and {others} more)" if others else ""
    advice = cell(first.hint) or f"{code(f'vimgate explain {result.requirement}')}"
    about = f"**{escaped(result.requirement)}** {result.strength} {result.level}<br>{cell(result.text)}"
    return _row((about, told + more, advice))


def _untestable(report: Report) -> Iterator[str]:
    reasons = Counter(each.reason for each in report.results if each.verdict is Verdict.UNTESTABLE)
    if not reasons:
        return
    shown = reasons.most_common(MOST_ROWS)
    yield "### Not testable: a prerequisite was missing\n\n| Requirements | Reason |\n| ---: | --- |"
    yield from (_row((str(count), cell(reason))) for reason, count in shown)
    if len(reasons) > len(shown):
        yield f"\nand {len(reasons) - len(shown)} more reasons, in report.txt"
    yield ""


def _waived(report: Report) -> Iterator[str]:
    rows = [(each, waiver) for each in report.results if each.waived for waiver in each.waived.waivers]
    if rows:
        yield "### Waived: known, and not counted for now\n\n| Requirement | Verdict | Waiver |\n| --- | --- | --- |"
        yield from (
            _row((escaped(each.requirement), verdict_label(each), cell(granted(waiver))))
            for each, waiver in rows[:MOST_ROWS]
        )
        if len(rows) > MOST_ROWS:
            yield f"\nand {len(rows) - MOST_ROWS} more, in report.txt"
        yield ""


def _judged(report: Report) -> Iterator[str]:
    rows = [_row((escaped(label), cell(text))) for label, text in judged(report)]
    graph = f"\nState graph: {escaped(coverage.sentence(report.coverage))}\n" if report.coverage else ""
    table = "\n".join(("| What was judged | |", "| --- | --- |", *rows))
    yield f"<details><summary>What was judged, by what and how</summary>\n\n{table}\n{graph}\n</details>\n"


def _notes(report: Report) -> Iterator[str]:
    """What is told beside the verdicts."""
    if not report.notes:
        return
    rows = [_row((cell(note),)) for note in report.notes[:MOST_ROWS]]
    more = f"\nand {len(report.notes) - MOST_ROWS} more, in report.txt\n" if len(report.notes) > MOST_ROWS else ""
    table = "\n".join(("| Beside the verdicts |", "| --- |", *rows))
    yield f"<details><summary>Notes</summary>\n\n{table}\n{more}\n</details>\n"


def _scripts(report: Report) -> Iterator[str]:
    failed = [each for each in report.results if each.verdict is Verdict.FAIL]
    if not failed:
        return
    scripts = [
        (result.requirement, finding.reproducer)
        for result in failed
        for finding in result.findings[:1]
        if finding.reproducer
    ]
    again = "\n".join(f"vimgate replay {result.requirement}" for result in failed[:MOST_SCRIPTS])
    yield "<details><summary>How to reproduce</summary>\n"
    yield f"On the machine that has the report folder:\n\n{fenced(again, 'console')}"
    yield from (_script(requirement, script) for requirement, script in scripts[:MOST_SCRIPTS])
    if len(scripts) > MOST_SCRIPTS:
        yield f"Scripts of {len(scripts) - MOST_SCRIPTS} more failures are in the folder `reproducers` of the report.\n"
    yield "</details>\n"


def _script(requirement: str, script: str) -> str:
    if len(script) > LONGEST_SCRIPT:
        return f"{escaped(requirement)}: the script is long; it is `reproducers/{requirement}.sh` of the report.\n"
    return f"{escaped(requirement)}:\n\n{fenced(script, 'sh')}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def cell(text: str) -> str:
    """A text for a cell of a table: one line, not too long, escaped."""
    line = _SPACE.sub(" ", printable(text)).strip()
    return escaped(line if len(line) <= LONGEST_CELL else f"{line[: LONGEST_CELL - 1]}…")


def code(text: str) -> str:
    """A text as code within a line or a cell; in HTML, where a bar ends no cell and a backtick no code."""
    return f"<code>{cell(text)}</code>" if text else ""


def escaped(text: str) -> str:
    """The text with whatever Markdown or HTML might take for a sign written as an entity.

    Hosts look for mentions in what was rendered: a space of no width behind the sign keeps them from finding one.
    """
    clean = _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", printable(text))
    return _MENTION.sub("@&#8203;", clean)


def fenced(text: str, language: str) -> str:
    """A text as a block of code, in a fence that is longer than any in it."""
    clean = printable(text).rstrip("\n")
    fence = "`" * max([3, *(len(found) + 1 for found in _FENCE.findall(clean))])
    return f"{fence}{language}\n{clean}\n{fence}\n"


def _cut(blocks: Iterable[str]) -> str:
    """The blocks below each other as far as they fit, and how many did not."""
    taken, size, left, open_ = [], 0, 0, 0
    room = MOST_BYTES - 500  # for what is said of the rest
    for block in blocks:
        size += len(block.encode()) + 1
        if left or size > room:
            left += 1
            continue
        taken.append(block)
        open_ += block.count("<details>") - block.count("</details>")
    if left:
        taken += ["</details>\n"] * open_
        taken.append(f"\nThe page is cut here: {left} more parts have no room. The report folder has everything.\n")
    return "\n".join(taken).rstrip("\n") + "\n"
