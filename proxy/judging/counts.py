"""What the judge's process has done so far, and what befell it, as the gateway counts it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from proxy.judging.messages import Progressed
from proxy.telling.timelines import Progress
from proxy.traffic import Situation

BUCKETS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of judging, in seconds."""


LAST: Final = 8
"""Findings of which a line is kept."""


@dataclass(slots=True)
class Counts:
    """What was done, over all restarts.

    `judged` and `unchecked` are exchanges, the latter by reason (the kinds of JudgeFault, or what the gateway says,
    such as `too large`); `findings` are counted by `REQUIREMENT DIRECTION`, `faults` by kind. `latencies` are how many
    exchanges took up to so many seconds to judge (`BUCKETS`, and one more for the rest), `latency` is their sum.
    `last` are the last findings, a line each, the newest last; `situation` and `progress` are how the strategy stands.
    """

    judged: int = 0
    unchecked: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    restarts: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    situation: Situation = field(default_factory=Situation)
    resumed: bool = False
    latencies: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    latency: float = 0.0
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST))
    progress: Progress = field(default_factory=Progress)

    def pass_over(self, reason: str, times: int = 1) -> None:
        """So many exchanges were not judged, or not whole."""
        if times:
            _add(self.unchecked, {reason: times})

    def fault(self, kind: str) -> None:
        """The judge has failed once more."""
        _add(self.faults, {kind: 1})

    def take(self, progressed: Progressed) -> None:
        """The process has told what it did."""
        self.judged += progressed.judged
        _add(self.unchecked, progressed.unchecked)
        _add(self.faults, progressed.faults)
        _add(self.findings, progressed.findings)
        for bucket, times in progressed.latencies.items():
            self.latencies[bucket] += times
        self.latency += progressed.latency
        self.situation = Situation(progressed.kind, progressed.state)
        self.resumed = self.resumed or progressed.resumed
        self.last.extend(progressed.last)
        self.progress = progressed.progress


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for word, times in more.items():
        counts[word] = counts.get(word, 0) + times
