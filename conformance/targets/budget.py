"""How many requests may be sent in a minute: a bucket that fills evenly and holds a few."""

import time
from collections.abc import Callable
from typing import Final

_MINUTE: Final = 60.0
_HELD: Final = 5.0  # seconds' worth: a few requests may follow each other at once


class Budget:
    """Lets a request pass when there is a token for it, and sleeps until there is one. Times are in seconds."""

    def __init__(
        self,
        per_minute: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = per_minute / _MINUTE
        self._most = max(1.0, self._rate * _HELD)
        self._clock = clock
        self._sleep = sleep
        self._tokens = self._most
        self._at = clock()

    def take(self) -> None:
        """Take a token, waiting for it if need be."""
        self._fill()
        while self._tokens < 1.0 - 1e-9:  # what a float has lost is not worth another sleep
            self._sleep((1.0 - self._tokens) / self._rate)
            self._fill()
        self._tokens -= 1.0

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
