"""A report as one offline page: no network, no font, no file beside it.

It reads without JavaScript, which only adds filter and copy. The page forbids itself everything but its own style and
script (by hash), so that a text that slipped through could still not run.
"""

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Final

import jinja2
from markupsafe import Markup

from reports import coverage, gate, waivers
from reports.model import Changes, Report, Verdict
from reports.redact import redact_report
from reports.render.words import (
    HEADLINES,
    LABELS,
    READ_ONLY,
    circumstances,
    in_sections,
    judged,
    looked_at,
    printable,
    verdict_label,
    waived_by,
)

# A shape beside each word, so that colour is never the only sign.
MARKS: Final = {
    Verdict.PASS:           "✓",
    Verdict.WARN:           "!",
    Verdict.FAIL:           "✗",
    Verdict.UNTESTABLE:     "?",
    Verdict.HARNESS_ERROR:  "*",
    Verdict.NOT_APPLICABLE: "–",  # noqa: RUF001 - a dash for "nothing to see"
}  # fmt: skip

# What is not applicable has its reason in the ledger; a section of its own would only bury the failures.
_SHOWN: Final = frozenset(verdict.word for verdict in Verdict) - {Verdict.NOT_APPLICABLE.word, Verdict.PASS.word}


def render(report: Report) -> str:
    """The report as an HTML document, ending in a newline."""
    report = redact_report(report)
    sections = [section for section in in_sections(report) if section[0] in _SHOWN | {"waived"}]
    style, script = _asset("report.css"), _asset("report.js")
    return _template().render(
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
        graph=coverage.sentence(report),
        places=coverage.rows(report),
        marks=MARKS,
        labels=LABELS,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {
        "looked_at": looked_at,
        "edge": coverage.told,
        "label": verdict_label,
        "waived_by": waived_by,
        "circumstances": circumstances,
    }
    return environment.from_string(_asset("report.html.j2"))


@cache
def _asset(name: str) -> str:
    return (files("reports.render") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
