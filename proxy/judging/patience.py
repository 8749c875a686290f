"""When a judge that was lost is started again: at once, then ever later, and never too often; pure."""

from collections import deque
from typing import Final

_FIRST: Final = 0.25
_LONGEST: Final = 15.0
_WINDOW: Final = 60.0


class Patience:
    """Counts losses. `most` starts a minute; a judge that has judged since its start is lost as if for the first time.

    All times are seconds of one clock that never goes back.
    """

    def __init__(self, most: int = 6) -> None:
        self._most = most
        self._starts: deque[float] = deque(maxlen=most)
        self._losses = 0

    @property
    def hopeless(self) -> bool:
        """It was lost time and again without having judged anything."""
        return self._losses > self._most // 2

    def started(self, now: float) -> None:
        """A process is started."""
        self._starts.append(now)

    def worked(self) -> None:
        """It has judged something."""
        self._losses = 0

    def lost(self, now: float) -> float:
        """It was lost; in how many seconds the next one may be started."""
        delay = 0.0 if self._losses == 0 else min(_LONGEST, _FIRST * 2.0 ** (self._losses - 1))
        self._losses += 1
        if len(self._starts) < self._most:
            return delay
        return max(delay, self._starts[0] + _WINDOW - now)
