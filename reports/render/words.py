"""Labels and sentences that all forms share, and texts from outside made harmless to a terminal, a page or XML."""

import re
from typing import Final

from reports.model import Changes, Outcome, Report, Result, Verdict

# In the order of reading: what blocks first, what is fine last.
READING_ORDER: Final = tuple(
    sorted(Verdict, key=lambda verdict: (verdict is Verdict.NOT_APPLICABLE, verdict is Verdict.PASS, -verdict))
)

LABELS: Final = {
    Verdict.PASS:           "PASS",
    Verdict.WARN:           "WARN",
    Verdict.FAIL:           "FAIL",
    Verdict.UNTESTABLE:     "UNTESTABLE",
    Verdict.HARNESS_ERROR:  "HARNESS ERROR",
    Verdict.NOT_APPLICABLE: "NOT APPLICABLE",
}  # fmt: skip

HEADLINES: Final = {
    Outcome.CONFORMANT: "CONFORMANT",
    Outcome.NOT_CONFORMANT: "NOT CONFORMANT",
    Outcome.INCOMPLETE: "INCOMPLETE",
}

SECTIONS: Final = {
    Verdict.FAIL: "Failures",
    Verdict.HARNESS_ERROR: "Errors of the harness, never charged to the target",
    Verdict.UNTESTABLE: "Not testable: a prerequisite was missing",
    Verdict.WARN: "Warnings",
    Verdict.NOT_APPLICABLE: "Declared not applicable",
}

READ_ONLY: Final = (
    "READ-ONLY: nothing was changed on the target; requirements that need a change were declared not applicable."
)

_CHANGES: Final[dict[str, str]] = {
    Changes.ALLOWED: "allowed",
    Changes.READ_ONLY: "declared read-only",
    Changes.REFUSED: "refused: only safe requests were sent (--allow-changes tests the rest, --read-only declares it)",
}

# Controls other than newline and tab, lone surrogates, noncharacters, and the marks that turn the direction of writing.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    r"""The text with every character that could disturb a terminal, a page or XML written as an escape: `\u001b`."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text.replace("\r\n", "\n"))


def area(requirement: str) -> str:
    """The area within a requirement id: `PGET` of `VIM-PGET-003`; the whole id when it has another form."""
    parts = requirement.split("-")
    return parts[1] if len(parts) == 3 else requirement  # noqa: PLR2004 - VIM, area, number


def looked_at(result: Result) -> str:
    """How often the requirement was looked at, in words."""
    return {0: "never looked at", 1: "looked at once"}.get(result.checked, f"looked at {result.checked} times")


def judged(report: Report) -> tuple[tuple[str, str], ...]:
    """What was judged, by what and how: pairs of a label and a text."""
    run = report.run
    return (
        ("Target", run.target),
        ("Release", run.release),
        ("Level", run.level.value if run.level else "not said"),
        ("Level reached", report.reached.value if report.reached else "none"),
        ("Changes", _CHANGES.get(run.changes, run.changes)),
        ("Seed", str(run.seed)),
        ("Started", run.started),
        ("Duration", duration(run.duration_seconds)),
        ("Contract SHA-256", run.contract_digest or "unknown"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in run.versions) or "unknown"),
    )


def duration(seconds: float) -> str:
    """A duration for people: `4.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
