"""A report as one offline page, which reads without JavaScript: that only adds filter, copy and pointing."""

from typing import Final

from reports import coverage, gate, waivers
from reports.model import Changes, Level, Report, Result, Strength, Verdict
from reports.redact import redact_report
from reports.render.depths import depths
from reports.render.page import fill
from reports.render.pictures import course, graph
from reports.render.words import (
    HEADLINES,
    LABELS,
    READ_ONLY,
    circumstances,
    in_sections,
    judged,
    looked_at,
    verdict_label,
    waived_by,
)

# What is not applicable has its reason in the ledger; a section of its own would only bury the failures.
_SHOWN: Final = frozenset(verdict.word for verdict in Verdict) - {Verdict.NOT_APPLICABLE.word, Verdict.PASS.word}

_MOST_NAMED: Final = 12  # requirements that are named in the first screen

# What the first screen names: the first of these that there is any of.
_NAMED: Final = (
    ("What failed", frozenset({Verdict.FAIL})),
    ("What could not be judged", frozenset({Verdict.UNTESTABLE, Verdict.HARNESS_ERROR})),
)

_SECTIONS: Final = {
    Verdict.FAIL.word: "Failures",
    Verdict.HARNESS_ERROR.word: "Errors of the harness",
    Verdict.UNTESTABLE.word: "Not testable",
    Verdict.WARN.word: "Warnings",
    "waived": "Waived",
}

_STYLES: Final = ("palette", "page", "verdict", "findings", "tables", "pictures", "narrow", "print")
_SCRIPTS: Final = ("filter", "copy", "point", "printing")

_FILTERS: Final = {
    "looked_at": looked_at,
    "label": verdict_label,
    "waived_by": waived_by,
    "circumstances": circumstances,
}


def render(report: Report) -> str:
    """The report as an HTML document, ending in a newline."""
    report = redact_report(report)
    sections = [section for section in in_sections(report) if section[0] in _SHOWN | {"waived"}]
    title, named = _named(report)
    return fill(
        "report",
        styles=_STYLES,
        scripts=_SCRIPTS,
        filters=_FILTERS,
        report=report,
        headline=HEADLINES[gate.outcome(report)],
        outcome=gate.outcome(report).value,
        because=gate.because(report),
        read_only=READ_ONLY if report.run.changes == Changes.READ_ONLY else "",
        judged=judged(report),
        depths=depths(report),
        counts=[(verdict, report.count(verdict)) for verdict in gate.TOLD],
        waived=waivers.count(report),
        named_title=title,
        named=named,
        most_named=_MOST_NAMED,
        contents=_contents(report, sections),
        sections=sections,
        shown=frozenset(word for word, _, _ in sections),
        shown_results=frozenset(result.requirement for _, _, results in sections for result in results),
        choices=_choices(report),
        courses=course.draw_all(report.strategies),
        graph=coverage.sentence(report.coverage),
        graphs=graph.draw_all(report.coverage),
        places=coverage.rows(report.coverage),
    )


def _named(report: Report) -> tuple[str, list[Result]]:
    """The requirements that decide the outcome, and what to call them; none when it is well."""
    for title, verdicts in _NAMED:
        if found := [result for result in report.results if result.verdict in verdicts]:
            return title, found
    return "", []


def _contents(report: Report, sections: list[tuple[str, str, list[Result]]]) -> list[tuple[str, str, int | None]]:
    """The sections of the page after the first: where, what, how many."""
    rest = (
        ("ledger", "Ledger", len(report.results), True),
        ("strategies", "Strategies", len(report.strategies), bool(report.strategies)),
        ("graph", "State graph", None, bool(report.coverage)),
        ("notes", "Notes", len(report.notes), bool(report.notes)),
    )
    found = [(f"verdict-{word}", _SECTIONS[word], len(results)) for word, _, results in sections]
    return [*found, *((target, label, number) for target, label, number, is_there in rest if is_there)]


def _choices(report: Report) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """What the ledger can be filtered by: a name, then value, label and number of each choice."""
    verdicts = [(verdict.word, LABELS[verdict], report.count(verdict)) for verdict in gate.TOLD]
    levels = [(each.value, each.value, sum(result.level is each for result in report.results)) for each in Level]
    strengths = [
        (each.value, each.value, sum(result.strength is each for result in report.results)) for each in Strength
    ]
    named = (("verdict", verdicts), ("level", levels), ("strength", strengths))
    return [(name, [choice for choice in choices if choice[2]]) for name, choices in named]
