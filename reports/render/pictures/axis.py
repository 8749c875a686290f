"""From moments to places along a picture, in percent. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

THIN: Final = 0.25
"""Percent; what was over at once is still seen."""

_PAUSE: Final = 0.15  # a pause that is longer than this share of the time in which something ran is shortened
_SHORT: Final = 0.05  # to this share


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch of time in which nothing ran, drawn shorter than it was: its place in percent, its length."""

    left: float
    width: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Axis:
    """The time from `begin` to `end`, in seconds; `pauses` are moments between which it is drawn shorter, in order."""

    begin: float
    end: float
    pauses: tuple[tuple[float, float], ...] = ()
    shortened: float = 0.0

    def at(self, moment: float) -> float:
        """The place of a moment in percent; what is outside is at the edge."""
        length = self._drawn(self.end)
        return round(100 * min(1.0, max(0.0, self._drawn(moment) / length)), 2) if length > 0 else 0.0

    def stretch(self, begin: float, end: float | None) -> tuple[float, float]:
        """Left edge and width in percent; what has no end reaches to the edge."""
        left, right = self.at(begin), self.at(self.end if end is None else end)
        left = min(left, 100 - THIN)
        return (left, round(max(THIN, right - left), 2)) if self.end > self.begin else (0.0, 100.0)

    def shown(self) -> tuple[Pause, ...]:
        """The pauses as they are drawn."""
        return tuple(
            Pause(self.at(begin), round(self.at(end) - self.at(begin), 2), end - begin) for begin, end in self.pauses
        )

    def _drawn(self, moment: float) -> float:
        """The time that is drawn before a moment, in seconds."""
        cut = 0.0
        for begin, end in self.pauses:
            inside = min(1.0, max(0.0, (moment - begin) / (end - begin)))
            cut += inside * (end - begin - self.shortened)
        return moment - self.begin - cut


def busy(spans: Iterable[tuple[float, float]]) -> Axis:
    """The axis of these spans of time, long pauses between them shortened."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    if not joined:
        return Axis(0.0, 0.0)
    ran = sum(end - begin for begin, end in joined)
    gaps = [(first[1], second[0]) for first, second in pairwise(joined)]
    pauses = tuple((begin, end) for begin, end in gaps if ran > 0 and end - begin > _PAUSE * ran)
    return Axis(joined[0][0], joined[-1][1], pauses, _SHORT * ran)
