"""Clocks: where the driver reads the time, in seconds since 1970-01-01 UTC.

`VirtualClock` stands still until it is advanced; `SystemClock` runs, at a chosen speed, unless it is frozen. Both know
how a moment is written in a strategy document (ENGINE.md 1.7): `YYYY-MM-DD HH:MM:SS`, no zone; a virtual clock writes
UTC, so that a run is the same everywhere, a system clock the local time of this machine.
"""

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

FORMAT = "%Y-%m-%d %H:%M:%S"

VIRTUAL_START = 1479303387.0
"""2016-11-16 13:36:27 UTC, the moment of the first strategy in the API reference."""

LAST_DAY = 253402128000.0
"""9999-12-30 00:00:00 UTC: dates end soon after, in every zone, clocks do not; what is later is written as this."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock showed, whether it stood still, and the time of the machine then (None: it does not depend on it).

    Two readings of the same moment are equal, whatever the machine said.
    """

    now: float
    frozen: bool
    machine: float | None = field(default=None, compare=False)


class Clock(Protocol):
    """What the driver needs of a clock."""

    @property
    def frozen(self) -> bool:
        """Whether it stands still until it is advanced."""
        ...

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def advance(self, seconds: float) -> None:
        """Move on by a finite number of seconds, 0 or more, else ValueError."""
        ...

    def stamp(self, moment: float) -> str:
        """A moment as a strategy document writes it."""
        ...

    def freeze(self) -> None:
        """Stand still from now on; an advance still jumps."""
        ...

    def thaw(self) -> None:
        """Run on from where it stands, if this clock can run."""
        ...

    def stand_at(self, moment: float) -> None:
        """Show that moment, earlier or later than now, and run on from there if it runs."""
        ...

    def reading(self) -> Reading:
        """What it shows, to be written down."""
        ...

    def resume(self, reading: Reading) -> None:
        """Go on after the clock that was read has gone with its process: never earlier than it showed."""
        ...


def _check_advance(seconds: float) -> None:
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"a clock is advanced by a finite number of seconds, 0 or more, not by {seconds}")


class VirtualClock:
    """A clock that moves only when told to."""

    frozen = True
    """It always stands still."""

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
        return datetime.fromtimestamp(min(moment, LAST_DAY), UTC).strftime(FORMAT)

    def freeze(self) -> None:
        """It stands still already."""

    def thaw(self) -> None:
        """It cannot run; it stays as it is."""

    def stand_at(self, moment: float) -> None:
        """Show that moment."""
        self._now = float(moment)

    def reading(self) -> Reading:
        """The virtual moment; no time of the machine is in it."""
        return Reading(self._now, frozen=True)

    def resume(self, reading: Reading) -> None:
        """Stand where the other clock was read, if that is later."""
        self._now = max(self._now, reading.now)


class SystemClock:
    """The time of this machine from its start on, `speed` times as fast, unless it is frozen."""

    def __init__(self, speed: float = 1.0) -> None:
        if not math.isfinite(speed) or speed <= 0:
            raise ValueError(f"the speed of a clock is a finite number above 0, not {speed}")
        self.speed = speed
        self._origin = time.time(), time.monotonic()
        self._frozen_at: float | None = None

    @property
    def frozen(self) -> bool:
        """Whether it was frozen and not thawed since."""
        return self._frozen_at is not None

    def now(self) -> float:
        """The scaled moment; it never goes back by itself, even when the machine's clock is set."""
        frozen_at = self._frozen_at
        if frozen_at is not None:
            return frozen_at
        moment, at = self._origin
        return moment + (time.monotonic() - at) * self.speed

    def advance(self, seconds: float) -> None:
        """Jump ahead by a finite number of seconds that is not negative, else ValueError; then run on as before."""
        _check_advance(seconds)
        if self._frozen_at is not None:
            self._frozen_at += seconds
        else:
            moment, at = self._origin
            self._origin = moment + seconds, at

    def stamp(self, moment: float) -> str:
        """The moment in the local time of this machine."""
        return datetime.fromtimestamp(min(moment, LAST_DAY)).astimezone().strftime(FORMAT)

    def freeze(self) -> None:
        """Stand still at this moment."""
        self._frozen_at = self.now()

    def thaw(self) -> None:
        """Run on from the moment at which it stands."""
        if self._frozen_at is not None:
            self._origin = self._frozen_at, time.monotonic()
            self._frozen_at = None

    def stand_at(self, moment: float) -> None:
        """Show that moment; run on from there unless it is frozen."""
        if self._frozen_at is not None:
            self._frozen_at = moment
        else:
            self._origin = moment, time.monotonic()

    def reading(self) -> Reading:
        """The scaled moment, and the time of this machine."""
        return Reading(self.now(), self.frozen, time.time())

    def resume(self, reading: Reading) -> None:
        """Show what the other clock would show if it had run on at this speed, or stand still where it stood.

        At speed 1 without jumps that is the time of this machine. It is never earlier than what was read.
        """
        away = 0.0 if reading.frozen or reading.machine is None else max(time.time() - reading.machine, 0.0)
        self.stand_at(max(self.now(), reading.now + away * self.speed))
        if reading.frozen:
            self.freeze()
