"""When audits and looks at the timers come round, counted in seconds from when the engine began. Pure."""

import math
from typing import Final

AUDIT_INTERVAL: Final = 30.0
"""Seconds between two host audits; each is a tick for the engine (ENGINE.md 0)."""

TIMER_GRID: Final = 0.5
"""Seconds between two looks at the timers; a timer fires at the first look after its deadline (ENGINE.md 4.2)."""


def audit_number(begun: float, done: int, moment: float) -> int:
    """Number of the audit that is due next at this moment, when `done` is the last that was worked off."""
    return max(done + 1, math.ceil((moment - begun) / AUDIT_INTERVAL))


def audit_moment(begun: float, number: int) -> float:
    """The moment of the audit of that number."""
    return begun + AUDIT_INTERVAL * number


def audit_after(begun: float, moment: float) -> float:
    """The first audit after that moment."""
    return audit_moment(begun, math.floor((moment - begun) / AUDIT_INTERVAL) + 1)


def look_after(begun: float, deadline: float) -> float:
    """The first look at the timers that is later than the deadline: timers are strict."""
    look = begun + TIMER_GRID * math.floor((deadline - begun) / TIMER_GRID)
    while look <= deadline:
        look += TIMER_GRID
    return look
