"""What the judge's process has done since the gateway was told last."""

import time
from collections import Counter, deque
from typing import Final

from proxy.judging.counts import LAST
from proxy.judging.messages import Progressed
from proxy.telling.timelines import Progress
from proxy.traffic import Noticed
from proxy.watch import Watch

_REPORTED: Final = 64  # messages after which, at the latest, the gateway is told how far the desk is
LINGERS: Final = 0.05  # seconds after which it is told, busy or not


class Report:
    """What was done since the gateway was told last."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.handled = 0
        self.judged = 0
        self.unchecked: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.latencies: Counter[int] = Counter()
        self.latency = 0.0
        self.last: deque[str] = deque(maxlen=LAST)

    @property
    def is_due(self) -> bool:
        """It is time to tell the gateway."""
        return self.handled >= _REPORTED or (self.handled > 0 and time.monotonic() - self.since > LINGERS)

    def find(self, noticed: tuple[Noticed, ...]) -> None:
        """Count what was noticed about an exchange; it holds no secrets any more."""
        for each in noticed:
            key = f"{each.finding.requirement} {each.direction}"
            self.findings[key] += 1
            self.last.append(f"{key}: {each.finding.message}")

    def told(self, watch: Watch, progress: Progress) -> Progressed:
        """The message that tells it, and where the strategy stands."""
        return Progressed(
            self.handled,
            self.judged,
            dict(+self.unchecked),
            dict(self.faults),
            dict(self.findings),
            dict(self.latencies),
            self.latency,
            list(self.last),
            *watch.situation,
            watch.resumed,
            progress,
        )
