"""Clocks: where the driver reads the time, in seconds since 1970-01-01 UTC.

`VirtualClock` stands still until it is advanced; `SystemClock` runs, at a chosen speed. Both know how a moment is
written in a strategy document (ENGINE.md 1.7): `YYYY-MM-DD HH:MM:SS`, no zone; a virtual clock writes UTC, so that a
run is the same everywhere, a system clock the local time of this machine.
"""

import math
import time
from datetime import UTC, datetime
from typing import Protocol

FORMAT = "%Y-%m-%d %H:%M:%S"

VIRTUAL_START = 1479303387.0
"""2016-11-16 13:36:27 UTC, the moment of the first strategy in the API reference."""


class Clock(Protocol):
    """What the driver needs of a clock."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def advance(self, seconds: float) -> None:
        """Move on by a finite number of seconds, 0 or more, else ValueError."""
        ...

    def stamp(self, moment: float) -> str:
        """A moment as a strategy document writes it."""
        ...


def _check_advance(seconds: float) -> None:
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"a clock is advanced by a finite number of seconds, 0 or more, not by {seconds}")


class VirtualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: float = VIRTUAL_START) -> None:
        self._now = float(start)

    def now(self) -> float:
        """The virtual moment."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by a finite number of seconds that is not negative, else ValueError."""
        _check_advance(seconds)
        self._now += seconds

    def stamp(self, moment: float) -> str:
        """The moment in UTC."""
        return datetime.fromtimestamp(moment, UTC).strftime(FORMAT)


class SystemClock:
    """The time of this machine from its start on, `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        if not math.isfinite(speed) or speed <= 0:
            raise ValueError(f"the speed of a clock is a finite number above 0, not {speed}")
        self.speed = speed
        self._start = time.time()
        self._monotonic_start = time.monotonic()

    def now(self) -> float:
        """The scaled moment; it never goes back, even when the machine's clock is set."""
        return self._start + (time.monotonic() - self._monotonic_start) * self.speed

    def advance(self, seconds: float) -> None:
        """Jump ahead by a finite number of seconds that is not negative, else ValueError; then run on as before."""
        _check_advance(seconds)
        self._start += seconds

    def stamp(self, moment: float) -> str:
        """The moment in the local time of this machine."""
        return datetime.fromtimestamp(moment).astimezone().strftime(FORMAT)
