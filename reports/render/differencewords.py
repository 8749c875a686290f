"""The words of a difference of two reports, which all its forms share."""

from dataclasses import dataclass
from typing import Final

from reports.difference import Change, Compared, Difference
from reports.model import Finding, Result
from reports.render.words import LABELS

HEADLINES: Final = {0: "NOTHING BROKEN", 1: "BROKEN", 3: "LESS WAS JUDGED"}
OUTCOMES: Final = {0: "conformant", 1: "not-conformant", 3: "incomplete"}
"""The look of the page, by exit code."""

TITLES: Final = {
    Change.BROKEN: "Broken: it fails now, and did not before",
    Change.CHANGED: "Changed evidence: other causes, or another verdict that counts alike",
    Change.NEW: "New: only in the newer report",
    Change.LOST: "No longer judged",
    Change.GONE: "Gone: only in the older report",
    Change.GAINED: "Judged now, and not before",
    Change.FIXED: "Fixed: it failed, and does not any more",
}
"""What there is to read, in its order; what is unchanged is counted alone."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement as it is told: from which verdict to which, what is worse, and the first finding of each side."""

    requirement: str
    about: str
    text: str
    verdicts: str
    worse: str
    before: str
    after: str


def counts(difference: Difference) -> tuple[tuple[Change, int], ...]:
    """How many requirements there are of each change, those that are worst first."""
    return tuple((change, len(difference.of(change))) for change in (*TITLES, Change.UNCHANGED))


def because(difference: Difference) -> str:
    """What decided, in one sentence."""
    worse, lost = len(difference.worse), len(difference.lost)
    if worse:
        also = f"; {lost} could not be judged any more" if lost else ""
        fail = "1 requirement fails as it" if worse == 1 else f"{worse} requirements fail as they"
        return f"{fail} did not before{also}."
    if lost:
        return f"{lost} that could be judged before, and that bind, could not be judged any more."
    return "Whatever fails failed alike before."


def sections(difference: Difference) -> tuple[tuple[Change, str, tuple[Row, ...]], ...]:
    """What is told, in the order of reading; nothing of what did not change."""
    found = ((change, title, difference.of(change)) for change, title in TITLES.items())
    return tuple((change, title, tuple(map(_row, rows))) for change, title, rows in found if rows)


def _row(each: Compared) -> Row:
    shown = each.new or each.old
    return Row(
        requirement=each.requirement,
        about=f"{shown.strength} {shown.level} {shown.source}".rstrip() if shown is not None else "",
        text=shown.text if shown is not None else "",
        verdicts=f"{_verdict(each.old)} → {_verdict(each.new)}",
        worse=_worse(each),
        before=_first(each.old, each.past),
        after=_first(each.new, each.fresh),
    )


def _verdict(result: Result | None) -> str:
    return LABELS[result.verdict] if result is not None else "(none)"


def _worse(each: Compared) -> str:
    """What is new about a failure that failed before."""
    if each.change is not Change.CHANGED or not each.is_worse:
        return ""
    if not each.fresh:
        return f"It fails on {', '.join(each.places)} as well."
    hidden = "; the older report lists as many causes as fit, so it may have been there" if each.may_be_old else ""
    return f"It fails for a cause that the older report does not list{hidden}."


def _first(result: Result | None, preferred: tuple[Finding, ...]) -> str:
    """The finding that tells the difference, else the first one, else the reason of the verdict."""
    if result is None:
        return ""
    found = preferred or result.findings
    if not found:
        return result.reason
    told = found[0]
    parts = (
        ("", told.message.removesuffix(".")),
        ("where ", told.where),
        ("expected ", told.expected),
        ("actual ", told.actual),
    )
    return "; ".join(f"{label}{text}" for label, text in parts if text)
