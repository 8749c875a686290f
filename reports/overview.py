"""Several reports as one table: who was judged, by which release, to which level, and what each came to. Pure.

A cell is the newest run of its row and release that looked as deep as its column; a run that left something out stands
only where there is no other. No report is left out: each has a line of its own besides, and so has what cannot be read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from reports import gate, waivers
from reports.model import Level, Outcome, Report, Result, Verdict
from reports.redact import redact_report

MOST_SHOWN: Final = 10


class Trouble(StrEnum):
    """Why a report cannot be read."""

    CUT_OFF = "cut off"
    DAMAGED = "damaged"
    MISSING = "no report"


@dataclass(frozen=True, slots=True)
class Entry:
    """One report that was named: its row, where it is, how a page leads to it, or why it cannot be read."""

    row: str
    place: str
    link: str = ""
    report: Report | None = None
    trouble: Trouble | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run came to, looked at to one level; `worst` is the failed requirement with most findings."""

    entry: Entry
    outcome: Outcome
    counts: dict[str, int]
    waived: int
    date: str
    worst: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One release, looked at to one level."""

    release: str
    level: Level


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a cell for each column, None where no run looked; and what cannot be read of it."""

    name: str
    cells: tuple[Cell | None, ...]
    unreadable: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Failing:
    """One requirement that fails, and the rows in which it does."""

    requirement: str
    text: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The table, every report in the order named, and the requirements that fail in most rows."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    entries: tuple[Entry, ...]
    failing: tuple[Failing, ...]

    @property
    def unreadable(self) -> tuple[Entry, ...]:
        """What could not be read."""
        return tuple(each for each in self.entries if each.report is None)


def overview(entries: Iterable[Entry]) -> Overview:
    """The table of these reports; every text redacted."""
    given = tuple(_bare(each) for each in entries)
    columns = tuple(_columns([each.report for each in given if each.report is not None]))
    names = sorted({each.row for each in given})
    rows = tuple(_row(name, [each for each in given if each.row == name], columns) for name in names)
    return Overview(columns, rows, given, tuple(_failing(rows)))


def _bare(entry: Entry) -> Entry:
    """The entry without what no table tells."""
    if entry.report is None:
        return entry
    report = replace(entry.report, strategies=(), coverage=(), notes=())
    return replace(entry, report=redact_report(report))


def _columns(reports: list[Report]) -> Iterator[Column]:
    for release in sorted({each.run.release for each in reports}):
        for level in Level:
            if any(each.run.release == release and _looked(each, level) for each in reports):
                yield Column(release, level)


def _looked(report: Report, level: Level) -> bool:
    """The run looked as deep as that; reports of old say no level, and looked at everything there was."""
    return report.run.level is None or level.is_within(report.run.level)


def _row(name: str, entries: list[Entry], columns: tuple[Column, ...]) -> Row:
    return Row(
        name,
        tuple(_cell(entries, column) for column in columns),
        tuple(each for each in entries if each.report is None),
    )


def _cell(entries: list[Entry], column: Column) -> Cell | None:
    runs = [
        (each, each.report)
        for each in entries
        if each.report is not None and each.report.run.release == column.release and _looked(each.report, column.level)
    ]
    if not runs:
        return None
    entry, report = max(runs, key=lambda run: (_is_whole(run[1]), run[1].run.started))
    report = gate.up_to(report, column.level)
    failed = [result for result in report.results if result.verdict is Verdict.FAIL]
    worst = max(failed, key=_findings, default=None)
    return Cell(
        entry,
        gate.outcome(report),
        gate.counts(report),
        waivers.count(report),
        report.run.started[:10],
        worst.requirement if worst is not None else "",
        tuple(_remarks(report)),
    )


def _is_whole(report: Report) -> bool:
    return not report.run.partial and report.run.shard is None


def _findings(result: Result) -> int:
    return len(result.findings) + result.more


def _remarks(report: Report) -> Iterator[str]:
    """What a reader must not overlook."""
    if report.run.partial:
        yield "requirements left out"
    if report.run.shard is not None:
        yield f"shard {report.run.shard}"
    if report.run.changes != "allowed":
        yield "nothing changed"


def _failing(rows: Iterable[Row]) -> Iterator[Failing]:
    """What fails in most rows first; within one number in the order in which it was met."""
    found: dict[str, dict[str, None]] = {}
    texts: dict[str, str] = {}
    for row in rows:
        for cell in filter(None, row.cells):
            for result in cell.entry.report.results if cell.entry.report is not None else ():
                if result.verdict is Verdict.FAIL:
                    found.setdefault(result.requirement, {})[row.name] = None
                    texts[result.requirement] = result.text
    ordered = sorted(found, key=lambda each: (-len(found[each]), each))
    yield from (Failing(each, texts[each], tuple(found[each])) for each in ordered[:MOST_SHOWN])
