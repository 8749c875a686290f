"""What all targets of a fleet come to together: one outcome, a row for each target, what fails most, who differs. Pure.

A failure anywhere outranks not knowing, and a target that was not judged to its end is not known to be conformant.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reports import gate
from reports.fleet.asked import Asked
from reports.fleet.ending import End, Ending, redact_ending
from reports.fleet.outliers import Outlier, outliers
from reports.model import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One target: as it was asked for, what became of it, and how a page leads to its own report, if there is one."""

    asked: Asked
    ending: Ending
    link: str = ""

    @property
    def failed(self) -> tuple[str, ...]:
        """The requirements that failed."""
        verdicts = self.ending.summary.verdicts if self.ending.summary is not None else {}
        return tuple(requirement for requirement, verdict in verdicts.items() if verdict is Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Failing:
    """A requirement that fails: what it demands, what was first found against it, and in which targets."""

    requirement: str
    text: str
    found: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """The report of a whole fleet.

    `file` is the fleet file, `digest` that of all that was asked; `started` and `latest` are ISO 8601 times in UTC.
    `going_on`: it is being judged still. `rows` are in the order of the fleet file; `failing` begins with the
    requirement that fails in most targets. `judged` is how many targets have a report.
    """

    file: str
    digest: str
    started: str
    latest: str
    going_on: bool
    rows: tuple[Row, ...]
    failing: tuple[Failing, ...]
    outliers: tuple[Outlier, ...]
    judged: int

    @property
    def outcome(self) -> Outcome:
        """What the fleet comes to."""
        return outcome(row.ending for row in self.rows)

    @property
    def not_ended(self) -> tuple[Row, ...]:
        """The targets that were not judged to their end, those first on which something may be left."""
        rows = (row for row in self.rows if row.ending.end is not End.JUDGED)
        return tuple(sorted(rows, key=lambda row: not row.ending.left))

    @property
    def left_behind(self) -> tuple[Row, ...]:
        """The targets that were judged to their end and kept a strategy of the run, those first that may have it still.

        From the others somebody has removed it since.
        """
        rows = (row for row in self.rows if row.ending.end is End.JUDGED and (row.ending.left or row.ending.cleared))
        return tuple(sorted(rows, key=lambda row: not row.ending.left))

    def count(self, outcome: Outcome) -> int:
        """How many targets came to that outcome."""
        return sum(row.ending.outcome is outcome for row in self.rows)

    @property
    def ends(self) -> Mapping[End, int]:
        """How many targets ended how, in the order of the words; those that there are."""
        counts = Counter(row.ending.end for row in self.rows)
        return {end: counts[end] for end in End if counts[end]}


def outcome(endings: Iterable[Ending]) -> Outcome:
    """What targets come to together: a failure outranks not knowing, which outranks success; none are incomplete."""
    seen = {ending.outcome for ending in endings}
    if Outcome.NOT_CONFORMANT in seen:
        return Outcome.NOT_CONFORMANT
    return Outcome.CONFORMANT if seen == {Outcome.CONFORMANT} else Outcome.INCOMPLETE


def merged(  # noqa: PLR0913 - what a journal says
    asked: Iterable[Asked],
    endings: Mapping[str, Ending],
    links: Mapping[str, str],
    *,
    file: str = "",
    digest: str = "",
    started: str = "",
    latest: str = "",
    going_on: bool = False,
) -> Merged:
    """The report of these targets; every text redacted.

    `endings` are by name, and a target that is not among them was not begun; so are `links`, the ways to the targets'
    own reports.
    """
    rows = tuple(
        Row(each, _counted(redact_ending(endings.get(each.name) or _not_begun(each))), links.get(each.name, ""))
        for each in asked
    )
    ended = [row.ending for row in rows]
    return Merged(
        file=file,
        digest=digest,
        started=started,
        latest=latest,
        going_on=going_on,
        rows=rows,
        failing=tuple(_failing(ended)),
        outliers=outliers(ended),
        judged=sum(ending.summary is not None for ending in ended),
    )


def _not_begun(asked: Asked) -> Ending:
    return Ending(asked.name, End.NOT_BEGUN, Outcome.INCOMPLETE, target=asked.target, attempts=0)


def _counted(ending: Ending) -> Ending:
    """What did not come to its own end proves no conformance."""
    if ending.end is not End.JUDGED and ending.outcome is Outcome.CONFORMANT:
        return replace(ending, outcome=Outcome.INCOMPLETE)
    return ending


def _failing(endings: Iterable[Ending]) -> list[Failing]:
    """What fails in most targets first, then in the order of ids."""
    found: dict[str, list[Ending]] = {}
    for ending in endings:
        for requirement, verdict in ending.summary.verdicts.items() if ending.summary is not None else ():
            if verdict is Verdict.FAIL:
                found.setdefault(requirement, []).append(ending)
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return [_failed(requirement, those) for requirement, those in ordered]


def _failed(requirement: str, endings: list[Ending]) -> Failing:
    first = endings[0].summary
    text, seen = (first.texts.get(requirement, ""), first.found.get(requirement, "")) if first is not None else ("", "")
    return Failing(requirement, text, seen, tuple(ending.name for ending in endings))


def because(report: Merged) -> str:
    """Why the outcome is what it is, in one sentence."""
    total, failed, open_ = len(report.rows), report.count(Outcome.NOT_CONFORMANT), report.count(Outcome.INCOMPLETE)
    if failed:
        also = f"; of {open_} more it is not known" if open_ else ""
        return f"{failed} of {total} targets {_are(failed)} not conformant{also}."
    if open_:
        return f"Of {open_} of {total} targets it is not known whether they are conformant."
    return f"Each of the {total} targets is conformant."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def exit_code(report: Merged) -> int:
    """The exit code of every command that ends in the outcome of a fleet."""
    return gate.exit_code(report.outcome)


def verdict_line(report: Merged, path: object) -> str:
    """The last line of a fleet: its outcome, how many targets came to which, how many failed alike, its place."""
    counts = " ".join(f"{each.value}={report.count(each)}" for each in Outcome)
    worst = f" worst={report.failing[0].requirement}" if report.failing else ""
    return f"VERDICT {report.outcome.value} targets={len(report.rows)} {counts}{worst} report={path}"
