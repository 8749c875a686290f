"""What all forms of a fleet's report say alike: how a target ended, and in what it differs, in sentences."""

from collections.abc import Iterator, Sequence
from typing import Final

from reports.fleet.ending import End, Ending
from reports.fleet.merged import Failing, Merged, Row
from reports.fleet.outliers import OtherVerdict, Outlier
from reports.model import Outcome, Verdict
from reports.render.words import LABELS, duration

_MOST_NAMED: Final = 5  # targets and requirements in one line; the JSON document has the rest
_ORDER: Final = (Outcome.NOT_CONFORMANT, Outcome.INCOMPLETE, Outcome.CONFORMANT)


def in_reading_order(report: Merged) -> list[Row]:
    """The rows: what is not conformant first, then what is not known, what is fine last."""
    return sorted(report.rows, key=lambda row: (_ORDER.index(row.ending.outcome), row.ending.end is End.JUDGED))


def differs(outlier: Outlier) -> Iterator[str]:
    """In what a target differs, a sentence each: requirements of the same verdicts together, then measures."""
    alike: dict[tuple[Verdict, Verdict], list[OtherVerdict]] = {}
    for each in outlier.verdicts:
        alike.setdefault((each.own, each.usual), []).append(each)
    for (own, usual), those in alike.items():
        fewest = min(those, key=lambda each: each.have)
        least = "" if all(each.have == fewest.have for each in those) else "at least "
        where = f"where {least}{fewest.have} of {fewest.others} others have {LABELS[usual]}"
        yield f"{LABELS[own]} in {named([each.requirement for each in those])}, {where}"
    for measure in outlier.measures:
        if measure.what == "duration":
            yield f"took {duration(measure.own)}; the median is {duration(measure.usual)}"
        else:
            yield f"{measure.own:,.0f} {measure.what}; the median is {measure.usual:,.0f}"


def named(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    rest = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + rest


def share(failing: Failing, report: Merged) -> str:
    """In how many of the targets that were judged a requirement fails."""
    number = len(failing.targets)
    percent = 100 * number / max(report.judged, 1)
    return f"{number} of {report.judged} ({f'{percent:.0f}' if percent >= 1 else 'under 1'} %)"


def ended(ending: Ending) -> str:
    """How a target ended, and why."""
    attempts = f" after {ending.attempts} attempts" if ending.attempts > 1 else ""
    return f"{ending.end}{attempts}{f': {ending.why}' if ending.why else ''}"


def cleared(ending: Ending) -> tuple[str, ...]:
    """What cleaning up said and proved, and what may be left; nothing where nothing was to clean up."""
    return (*ending.departure, *((f"May be left: {ending.left}.",) if ending.left else ()))


def ends(report: Merged) -> str:
    """How many targets ended how."""
    return ", ".join(f"{count} {end}" for end, count in report.ends.items())


def about(report: Merged) -> tuple[tuple[str, str], ...]:
    """What was judged: pairs of a label and a text."""
    releases = sorted({row.asked.release for row in report.rows})
    return (
        ("Fleet file", report.file or "unknown"),
        ("Targets", f"{len(report.rows)}: {ends(report)}"),
        ("Releases", ", ".join(releases)),
        ("Started", report.started or "unknown"),
        ("Latest event", f"{report.latest or 'unknown'}{'; it is going on' if report.going_on else ''}"),
        ("Asked SHA-256", report.digest or "unknown"),
    )
