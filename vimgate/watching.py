"""What `vimgate proxy` shows while it runs, and in its last line: totals, metrics, the terminal view."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, cast

from proxy.gateway.addresses import Listen
from proxy.gateway.crossing import End, Passed
from proxy.judging.counts import BUCKETS, Counts
from proxy.shadowing.counts import ShadowCounts
from proxy.telling.live import Live, View
from proxy.telling.metrics import Endpoint, Judged, Metrics, MetricsError
from proxy.traffic import Direction, Mode
from spec.load import load_contract, load_law
from vimgate.exits import WrongUse

_BLOCKED: Final = {End.REFUSED: Direction.REQUEST, End.HELD_BACK: Direction.RESPONSE}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What runs, as it is shown."""

    upstream: str
    release: str
    mode: Mode


class Watching:
    """Counts the exchanges of one gateway; `counts` are those of the judge, `shadow` those of a shadow."""

    def __init__(self, about: About, counts: Counts, shadow: ShadowCounts | None = None) -> None:
        self._about, self._counts, self._shadow = about, counts, shadow
        self._begun = self._over = 0
        self._metrics: Metrics | None = None

    def begun(self) -> None:
        """A request has begun."""
        self._begun += 1
        if self._metrics is not None:
            self._metrics.begun()

    def passed(self, passed: Passed) -> None:
        """An exchange is over."""
        self._over += 1
        if self._metrics is not None:
            blocked = _BLOCKED.get(passed.end)
            self._metrics.passed(passed.method, passed.path, passed.status, passed.seconds, blocked=blocked)

    def served(self, metrics: Listen) -> Endpoint:
        """Serve the metrics until the endpoint is closed. Raises WrongUse."""
        self._metrics = Metrics(
            load_contract(self._about.release),
            load_law(self._about.release),
            lambda: cast("Judged", self._counts),
            BUCKETS,
            release=self._about.release,
            mode=self._about.mode,
            version=version("vimgate"),
            shadow=(lambda: shadow) if (shadow := self._shadow) is not None else None,
        )
        try:
            return self._metrics.serve(metrics.port, metrics.host)
        except MetricsError as error:
            raise WrongUse(str(error)) from None

    def live(self) -> Live:
        """The view; it is shown until it is left."""
        return Live(self._view)

    def last_line(self) -> str:
        """What it came to, in one line."""
        counts = self._counts
        unchecked = ", ".join(f"{reason} {times}" for reason, times in sorted(counts.unchecked.items()))
        return (
            f"{self._over} exchanges, {counts.judged} judged, {sum(counts.findings.values())} findings, "
            f"{f'{self._shadow.brief}, ' if self._shadow is not None else ''}unchecked: {unchecked or 'none'}"
        )

    def _view(self) -> View:
        counts = self._counts
        return View(
            self._about.upstream,
            self._about.release,
            self._about.mode,
            exchanges=self._over,
            in_flight=self._begun - self._over,
            findings=sum(dict(counts.findings).values()),
            last=tuple(counts.last),
            progress=counts.progress,
            unchecked=tuple(sorted(dict(counts.unchecked).items())),
            faults=tuple(sorted(dict(counts.faults).items())),
            restarts=counts.restarts,
        )
