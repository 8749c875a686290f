"""A table of several reports as text, Markdown, one offline page, or a JSON value."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from reports import gate
from reports.model import Report
from reports.overview import Cell, Column, Entry, Overview
from reports.render.columns import labelled, titled
from reports.render.markdown import cell
from reports.render.page import fill
from reports.render.words import HEADLINES, printable

FORMAT: Final = "vimgate-overview"
VERSION: Final = 1


def text(overview: Overview) -> str:
    """The table as plain text, ending in a newline: a paragraph for each row, since terminals are narrow."""
    return printable("\n".join(_text(overview))) + "\n"


def _text(overview: Overview) -> Iterator[str]:
    yield summary(overview)
    for row in overview.rows:
        yield from titled(row.name)
        for column, found in zip(overview.columns, row.cells, strict=True):
            yield from labelled(f"{column_name(column):<26}", _cell_text(found), indent=0)
        for each in row.unreadable:
            yield from labelled(f"{'(cannot be read)':<26}", f"{each.trouble}: {each.problem}", indent=0)
    if overview.failing:
        yield from titled("What fails in most rows")
        for failing in overview.failing:
            yield from labelled(f"{failing.requirement:<18}", f"{failing.text} ({', '.join(failing.rows)})", indent=0)
    yield from titled("Every report")
    for each in overview.entries:
        yield from labelled("- ", f"{each.place}: {told(each)}", indent=0)


def markdown(overview: Overview) -> str:
    """The table as Markdown, ending in a newline."""
    return printable("\n".join(_markdown(overview))) + "\n"


def _markdown(overview: Overview) -> Iterator[str]:
    yield f"{summary(overview)}\n"
    names = [cell(column_name(column)) for column in overview.columns]
    yield f"| | {' | '.join([*names, 'cannot be read'])} |"
    yield f"| --- |{' --- |' * (len(names) + 1)}"
    for row in overview.rows:
        unreadable = "; ".join(f"{each.trouble}: {each.problem}" for each in row.unreadable)
        cells = [cell(each) for each in (row.name, *map(_cell_text, row.cells), unreadable)]
        yield f"| {' | '.join(cells)} |"
    if overview.failing:
        yield "\n| fails in most rows | | in |\n| --- | --- | --- |"
        for failing in overview.failing:
            yield f"| {cell(failing.requirement)} | {cell(failing.text)} | {cell(', '.join(failing.rows))} |"


def html(overview: Overview) -> str:
    """The table as an HTML document, ending in a newline."""
    return fill(
        "overview",
        styles=("palette", "page", "findings", "boards", "narrow", "print"),
        scripts=(),
        filters={"told": told, "counted": counted, "column": column_name},
        overview=overview,
        summary=summary(overview),
    )


FORMS: Final[dict[str, Callable[[Overview], str]]] = {"text": text, "markdown": markdown, "html": html}


def value(overview: Overview) -> dict[str, Any]:
    """The table as a JSON value, for programs. Format: overview.schema.json."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "rows": [
            {
                "name": row.name,
                "cells": [
                    _member(column, found)
                    for column, found in zip(overview.columns, row.cells, strict=True)
                    if found is not None
                ],
            }
            for row in overview.rows
        ],
        "failing": [
            {"requirement": each.requirement, "text": each.text, "rows": list(each.rows)} for each in overview.failing
        ],
        "reports": [_entry(each) for each in overview.entries],
    }


def _member(column: Column, found: Cell) -> dict[str, Any]:
    return {
        "release": column.release,
        "level": column.level.value,
        "outcome": found.outcome.value,
        "counts": found.counts,
        "waived": found.waived,
        "date": found.date,
        "worst": found.worst,
        "remarks": list(found.remarks),
        "report": found.entry.place,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    run = entry.report.run if entry.report is not None else None
    return {
        "report": entry.place,
        "row": entry.row,
        "target": run.target if run is not None else "",
        "started": run.started if run is not None else "",
        "outcome": gate.outcome(entry.report).value if entry.report is not None else None,
        "trouble": entry.trouble.value if entry.trouble is not None else None,
        "problem": entry.problem,
    }


def summary(overview: Overview) -> str:
    """How much stands in the table, in one sentence."""
    unreadable = len(overview.unreadable)
    told = f"; {unreadable} of them cannot be read" if unreadable else ""
    return f"{len(overview.rows)} rows from {len(overview.entries)} reports{told}."


def column_name(column: Column) -> str:
    """The release and the level."""
    return f"{column.release}, {column.level}"


def told(entry: Entry) -> str:
    """What became of one report, whichever cell it stands in."""
    if entry.report is None:
        return f"{entry.trouble}: {entry.problem}"
    run = entry.report.run
    level = run.level.value if run.level else "unknown"
    return f"{_headline(entry.report)}, {run.target}, release {run.release}, level {level}, {run.started}"


def _headline(report: Report) -> str:
    return HEADLINES[gate.outcome(report)]


def counted(found: Cell) -> str:
    """The counts that are not zero, in words."""
    parts = [f"{count} {word}" for word, count in found.counts.items() if count and word != "not-applicable"]
    return ", ".join([*parts, *([f"{found.waived} waived"] if found.waived else [])])


def _cell_text(found: Cell | None) -> str:
    if found is None:
        return "–"  # noqa: RUF001 - a dash for "nobody looked"
    worst = f"; most findings: {found.worst}" if found.worst else ""
    remarks = f" ({', '.join(found.remarks)})" if found.remarks else ""
    return f"{HEADLINES[found.outcome]}{remarks}: {counted(found)}; {found.date}{worst}"
