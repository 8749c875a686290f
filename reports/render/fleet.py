"""The merged report of a fleet as text, one offline page, or a JSON document."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from reports.fleet.merged import Merged, Row, because
from reports.fleet.outliers import Outlier
from reports.model import Level, Outcome
from reports.redact import redact_url
from reports.render.columns import labelled, titled
from reports.render.fleetwords import about, cleared, differs, ended, in_reading_order, named, share
from reports.render.page import fill
from reports.render.words import HEADLINES, SIGNS, printable

FORMAT: Final = "vimgate-fleet-report"
VERSION: Final = 1

# How many stand open in text and page; the JSON document has all.
MOST_FAILING: Final = 10
MOST_OPEN: Final = 25
_WIDE: Final = 14  # columns of a level in text

NOT_ENDED: Final = "Not judged to the end"
LEFT_BEHIND: Final = "Judged, and something was left behind"


def text(report: Merged) -> str:
    """The report as plain text, ending in a newline; its first line is the outcome."""
    return printable("\n".join(_text(report))) + "\n"


def _text(report: Merged) -> Iterator[str]:
    yield f"{HEADLINES[report.outcome]}: {because(report)}"
    yield ""
    yield from (line for label, told in about(report) for line in labelled(f"{label:<18}", told, indent=0))
    if report.failing:
        yield from titled("What fails in most targets")
        for failing in report.failing[:MOST_FAILING]:
            where = f"{share(failing, report)}: {named(failing.targets)}"
            yield from labelled(f"{failing.requirement:<18}", f"{failing.text}\n{where}\n{failing.found}", indent=0)
        yield from _more(len(report.failing) - MOST_FAILING, "requirements")
    if report.outliers:
        yield from titled("Outliers: targets that differ from those that were asked the same")
        for outlier in report.outliers[:MOST_OPEN]:
            yield from labelled(f"{outlier.name:<26}", "\n".join(differs(outlier)), indent=0)
        yield from _more(len(report.outliers) - MOST_OPEN, "targets")
    for title, rows in ((NOT_ENDED, report.not_ended), (LEFT_BEHIND, report.left_behind)):
        if rows:
            yield from titled(title)
            for row in rows[:MOST_OPEN]:
                told = "\n".join([ended(row.ending), *cleared(row.ending), row.asked.again])
                yield from labelled(f"{row.asked.name:<26}", told, indent=0)
            yield from _more(len(rows) - MOST_OPEN, "targets")
    yield from titled("Every target")
    yield from _matrix(report)


def _more(number: int, what: str) -> Iterator[str]:
    if number > 0:
        yield f"and {number} more {what}, in report.json"


def _matrix(report: Merged) -> Iterator[str]:
    yield f"{'':<26}{''.join(f'{level:<{_WIDE}}' for level in Level)}".rstrip()
    for row in in_reading_order(report):
        cells = "".join(f"{SIGNS[cell] if cell else '-':<{_WIDE}}" for cell in levels(row))
        yield f"{row.asked.name:<25} {cells}{HEADLINES[row.ending.outcome]}".rstrip()
    yield ""
    yield "  ".join([*(f"{SIGNS[each]} {HEADLINES[each].lower()}" for each in Outcome), "- nothing of it was judged"])


def levels(row: Row) -> tuple[Outcome | None, ...]:
    """What each level alone came to, the shallowest first; None where nothing of it was judged."""
    summary = row.ending.summary
    return tuple(summary.levels.get(level) if summary is not None else None for level in Level)


def html(report: Merged) -> str:
    """The report as an HTML document, ending in a newline."""
    rows = in_reading_order(report)
    return fill(
        "fleet",
        styles=("palette", "page", "findings", "tables", "boards", "fleet", "narrow", "print"),
        scripts=("filter", "sort"),
        filters={
            "levels": levels,
            "named": named,
            "differs": differs,
            "ended": ended,
            "cleared": cleared,
            "reached": _reached,
        },
        report=report,
        headline=HEADLINES[report.outcome],
        outcome=report.outcome.value,
        because=because(report),
        about=about(report),
        every_level=tuple(Level),
        rows=rows,
        links={row.asked.name: row.link for row in rows},
        counts=[(each, report.count(each)) for each in Outcome],
        choices=_choices(report),
        most_failing=MOST_FAILING,
        most_open=MOST_OPEN,
        open_ones=(("unjudged", NOT_ENDED, report.not_ended), ("left", LEFT_BEHIND, report.left_behind)),
        share=lambda failing: share(failing, report),
        contents=_contents(report),
    )


def _reached(row: Row) -> str:
    """How deep all was well."""
    summary = row.ending.summary
    return summary.reached.value if summary is not None and summary.reached is not None else "none"


def _contents(report: Merged) -> list[tuple[str, str, int | None]]:
    parts = (
        ("failing", "What fails most", len(report.failing)),
        ("outliers", "Outliers", len(report.outliers)),
        ("unjudged", NOT_ENDED, len(report.not_ended)),
        ("left", LEFT_BEHIND, len(report.left_behind)),
        ("targets", "Every target", len(report.rows)),
    )
    return [(target, label, number) for target, label, number in parts if number]


def _choices(report: Merged) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """What the targets can be filtered by: a name, then value, label and number of each choice."""
    releases = sorted({row.asked.release for row in report.rows})
    of_release = [(each, each, sum(row.asked.release == each for row in report.rows)) for each in releases]
    outcomes = [(each.value, HEADLINES[each].lower(), report.count(each)) for each in Outcome]
    ends = [(end.value, end.value, count) for end, count in report.ends.items()]
    named = (("outcome", outcomes), ("end", ends), ("release", of_release))
    return [(name, [choice for choice in choices if choice[2]]) for name, choices in named]


def as_json(report: Merged) -> str:
    """The report as a JSON document, ending in a newline. Format: fleet.schema.json."""
    return f"{json.dumps(value(report), indent=1)}\n"


def value(report: Merged) -> dict[str, Any]:
    """The report as a JSON value, for programs."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "outcome": report.outcome.value,
        "because": because(report),
        "fleet": report.file,
        "digest": report.digest,
        "started": report.started,
        "latest": report.latest,
        "going_on": report.going_on,
        "judged": report.judged,
        "counts": {each.value: report.count(each) for each in Outcome},
        "ends": {end.value: count for end, count in report.ends.items()},
        "failing": [
            {"requirement": each.requirement, "text": each.text, "found": each.found, "targets": list(each.targets)}
            for each in report.failing
        ],
        "outliers": [_outlier(each) for each in report.outliers],
        "targets": [_target(row) for row in report.rows],
    }


def _outlier(outlier: Outlier) -> dict[str, Any]:
    return {
        "name": outlier.name,
        "verdicts": [
            {
                "requirement": each.requirement,
                "own": each.own.word,
                "usual": each.usual.word,
                "have": each.have,
                "others": each.others,
            }
            for each in outlier.verdicts
        ],
        "measures": [{"what": each.what, "own": each.own, "usual": each.usual} for each in outlier.measures],
    }


def _target(row: Row) -> dict[str, Any]:
    ending, summary = row.ending, row.ending.summary
    return {
        "name": row.asked.name,
        "target": redact_url(ending.target or row.asked.target),
        "release": row.asked.release,
        "level": row.asked.level,
        "outcome": ending.outcome.value,
        "end": ending.end.value,
        "why": ending.why,
        "levels": {level.value: cell.value for level, cell in zip(Level, levels(row), strict=True) if cell},
        "reached": summary.reached.value if summary is not None and summary.reached is not None else None,
        "counts": dict(summary.counts) if summary is not None else {},
        "failed": list(row.failed),
        "waived": list(summary.waived) if summary is not None else [],
        "seconds": ending.seconds,
        "requests": summary.requests if summary is not None else None,
        "attempts": ending.attempts,
        "worker": ending.worker,
        "departure": list(ending.departure),
        "left": ending.left,
        "report": row.link,
        "again": row.asked.again,
    }


FORMS: Final[dict[str, Callable[[Merged], str]]] = {"text": text, "html": html, "json": as_json}
