"""A report as one offline page, which reads without JavaScript: that only adds filter and copy."""

from typing import Final

from reports import coverage, gate, waivers
from reports.model import Changes, Report, Verdict
from reports.redact import redact_report
from reports.render.page import asset, fill
from reports.render.words import (
    HEADLINES,
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
    return fill(
        "report.html.j2",
        style=asset("report.css"),
        script=asset("report.js"),
        filters=_FILTERS,
        report=report,
        headline=HEADLINES[gate.outcome(report)],
        outcome=gate.outcome(report).value,
        because=gate.because(report),
        read_only=READ_ONLY if report.run.changes == Changes.READ_ONLY else "",
        judged=judged(report),
        counts=[(verdict, report.count(verdict)) for verdict in gate.TOLD],
        waived=waivers.count(report),
        sections=sections,
        shown=frozenset(word for word, _, _ in sections),
        shown_results=frozenset(result.requirement for _, _, results in sections for result in results),
        graph=coverage.sentence(report.coverage),
        places=coverage.rows(report.coverage),
    )
