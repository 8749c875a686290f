"""A report of traffic as one offline page, in the look of a run's report; it needs no script at all."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from reports import coverage
from reports.model import Verdict
from reports.render import trafficwords as words
from reports.render.page import fill
from reports.render.pictures import graph, life
from reports.traffic import TrafficReport, redacted

_DRAWN: Final = 20

_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "about": words.about,
    "evidence": words.evidence,
    "counted": words.counted,
    "clock": words.clock,
    "life": words.life,
    "home": words.home,
    "seen": words.seen,
    "unseen": words.unseen,
    "verdict": Verdict.from_word,
}


def render(report: TrafficReport) -> str:
    """The report as an HTML document, ending in a newline."""
    report = redacted(report)
    sides = [(side, title, words.charges(report, side)) for side, title in words.TITLES.items()]
    lives = report.timelines[::-1]
    return fill(
        "traffic",
        styles=("palette", "page", "findings", "tables", "pictures", "traffic", "narrow", "print"),
        scripts=("point", "printing"),
        filters=_FILTERS,
        report=report,
        headline=words.headline(report),
        outcome=words.outcome(report),
        because=words.because(report),
        watched=words.watched(report),
        unchecked=words.unchecked(report),
        sides=[side for side in sides if side[2]],
        failed={side: len(words.failed(report, side)) for side in words.TITLES},
        drawn=[
            (number, each, life.draw(each), life.events(each)) for number, each in enumerate(lives[:_DRAWN], start=1)
        ],
        undrawn=lives[_DRAWN:],
        touched=words.touched(report.coverage),
        graph=coverage.sentence(report.coverage.edges),
        graphs=graph.draw_all(report.coverage.edges),
        places=coverage.rows(report.coverage.edges),
    )
