"""A report of traffic as one offline page, in the look of a run's report; it needs no script at all."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from reports import coverage
from reports.model import Verdict
from reports.render import timeline
from reports.render import trafficwords as words
from reports.render.page import asset, fill
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
    "look": timeline.look,
}


def render(report: TrafficReport) -> str:
    """The report as an HTML document, ending in a newline."""
    report = redacted(report)
    sides = [(side, title, words.charges(report, side)) for side, title in words.TITLES.items()]
    lives = report.timelines[::-1]
    return fill(
        "traffic.html.j2",
        style=asset("report.css") + asset("traffic.css"),
        filters=_FILTERS,
        report=report,
        headline=words.headline(report),
        outcome=words.outcome(report),
        because=words.because(report),
        watched=words.watched(report),
        unchecked=words.unchecked(report),
        sides=[side for side in sides if side[2]],
        failed={side: len(words.failed(report, side)) for side in words.TITLES},
        drawn=[(number, life, timeline.draw(life)) for number, life in enumerate(lives[:_DRAWN], start=1)],
        undrawn=lives[_DRAWN:],
        lane=timeline.LANE,
        touched=words.touched(report.coverage),
        graph=coverage.sentence(report.coverage.edges),
        places=coverage.rows(report.coverage.edges),
    )
