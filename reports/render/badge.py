"""A report as a badge: one small picture that says the outcome and the level, in words and not by colour alone."""

from typing import Final

import jinja2

from reports import gate, waivers
from reports.model import Outcome, Report
from reports.redact import redact_report
from reports.render.page import asset
from reports.render.words import HEADLINES

_LABEL: Final = "vimgate"
# White text on each has a contrast of at least 4.5.
_COLOURS: Final = {
    Outcome.CONFORMANT: "#1a7f37",
    Outcome.NOT_CONFORMANT: "#b62324",
    Outcome.INCOMPLETE: "#7d4e00",
}
# Width of a letter of that font and size, and of the edges beside a text, in pixels.
_LETTER: Final = 6.6
_EDGES: Final = 16


def render(report: Report) -> str:
    """The badge as an SVG document, ending in a newline."""
    report = redact_report(report)
    told = ", ".join(_words(report))
    picture = jinja2.Template(
        asset("badge.svg.j2"), autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    drawn: str = picture.render(
        label=_LABEL,
        told=told,
        title=f"{_LABEL}: {told}",
        colour=_COLOURS[gate.outcome(report)],
        left=_width(_LABEL),
        right=_width(told),
    )
    return drawn


def _words(report: Report) -> list[str]:
    """The outcome; the level that was reached, or asked for where none was; what takes something from a good one."""
    run, outcome = report.run, gate.outcome(report)
    level = report.reached if outcome is Outcome.CONFORMANT else run.level
    words = [HEADLINES[outcome].lower(), *([f"level {level}"] if level else [])]
    waived = waivers.count(report)
    return [*words, *([f"{waived} waived"] if waived else []), *(["a part"] if run.partial else [])]


def _width(text: str) -> int:
    return round(len(text) * _LETTER) + _EDGES
