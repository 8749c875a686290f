"""A report as workflow commands of GitHub Actions, which shows them beside the job: errors, warnings, notices.

GitHub shows few of each kind for a step, so the most important come first and the last one says how many more there
are. A text of the target can be no command of its own: each command is one line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from reports import gate, waivers
from reports.model import Outcome, Report, Result, Strength, Verdict
from reports.redact import redact_report
from reports.render.severity import SEVERITIES, Severity
from reports.render.words import HEADLINES, LABELS, printable, verdict_label

MOST: Final = 10
"""How many annotations of one kind GitHub shows for a step."""
LONGEST: Final = 1_000

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_OUTCOMES: Final = {
    Outcome.CONFORMANT: Severity.NOTE,
    Outcome.NOT_CONFORMANT: Severity.ERROR,
    Outcome.INCOMPLETE: Severity.WARNING,
}

# What ends a message, or a property of a command.
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = _DATA | {":": "%3A", ",": "%2C"}


def render(report: Report) -> str:
    """The commands, a line each, in the order of importance, ending in a newline."""
    return "".join(f"{line}\n" for line in _lines(redact_report(report)))


def command(name: str, message: str, title: str) -> str:
    """One command with its texts escaped, without a newline."""
    return f"::{name} title={_escaped(title, _PROPERTY)}::{_escaped(_short(message), _DATA)}"


def _lines(report: Report) -> Iterator[str]:
    outcome = gate.outcome(report)
    told: dict[Severity, list[tuple[str, str]]] = {severity: [] for severity in Severity}
    told[_OUTCOMES[outcome]].append((f"vimgate {HEADLINES[outcome]}", gate.because(report)))
    for result in sorted(report.results, key=lambda each: (-each.verdict, list(Strength).index(each.strength))):
        if result.verdict in _ONE_BY_ONE and verdict_label(result) == LABELS[result.verdict]:
            told[SEVERITIES[result.verdict]].append((_title(result), _about(result)))
    told[Severity.NOTE] += _together(report)
    for severity, texts in told.items():
        shown = texts if len(texts) <= MOST else texts[: MOST - 1]
        yield from (command(_COMMANDS[severity], text, title) for title, text in shown)
        if len(texts) > len(shown):
            more = f"{len(texts) - len(shown)} more of this kind are in the report: report.html, report.md"
            yield command(_COMMANDS[severity], more, "vimgate")


# What could not be tested is told by its reasons, since one missing prerequisite is missing for many requirements.
_ONE_BY_ONE: Final = frozenset({Verdict.FAIL, Verdict.HARNESS_ERROR, Verdict.WARN})


def _together(report: Report) -> Iterator[tuple[str, str]]:
    reasons = Counter(each.reason for each in report.results if each.verdict is Verdict.UNTESTABLE)
    for reason, count in reasons.most_common():
        yield f"vimgate {LABELS[Verdict.UNTESTABLE]}", f"{count} requirements: {reason}"
    if waived := waivers.count(report):
        yield "vimgate WAIVED", f"{waived} requirements are waived: known, and not counted for now"


def _title(result: Result) -> str:
    return f"{LABELS[result.verdict]} {result.requirement} ({result.strength}, {result.level})"


def _about(result: Result) -> str:
    first = result.findings[0] if result.findings else None
    if first is None:
        return result.reason or result.text
    rows = (("where", first.where), ("expected", first.expected), ("actual", first.actual), ("hint", first.hint))
    others = len(result.findings) - 1 + result.more
    told = [first.message, *(f"{label}: {text}" for label, text in rows if text)]
    return "\n".join([*told, *([f"and {others} more of this requirement"] if others else [])])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return re.sub("[%\r\n:,]", lambda sign: signs.get(sign[0], sign[0]), printable(text))
