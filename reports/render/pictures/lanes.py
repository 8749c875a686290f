"""What pictures over time are made of: lanes with bars and marks, in percent of the axis, and a list of the same. Pure.

Places along the axis are percentages, so that texts keep their size at any width.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reports.render.pictures.axis import Pause

LANE: Final = 26
"""Height of a lane in pixels."""

HOSTS: Final = 16
"""Lanes of hosts at most."""

# Pixels of a letter, of the room around a word, and of a percent of the axis on a wide and on a narrow screen.
_LETTER: Final = 6.6
_EDGES: Final = 9
_PERCENT: Final = 9
_PERCENT_NARROW: Final = 2.5

# Last letters of a state or result -> look, in the order of asking.
_LOOKS: Final = (
    ("failed", "bad"), ("timed-out", "bad"), ("timeout", "bad"), ("aborted", "stopped"), ("aborting", "stopped"),
    ("applied", "good"), ("success", "good"), ("ready-to-apply", "rest"), ("initial", "rest"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time: begin and width in percent, its look, a word to write in it, what is told to who points."""

    left: float
    width: float
    look: str
    word: str
    told: str

    @property
    def is_narrow(self) -> bool:
        """The word has no room on a narrow screen."""
        return _needs(self.word) > self.width * _PERCENT_NARROW


@dataclass(frozen=True, slots=True)
class Dot:
    """A moment: its place in percent, its shape (accepted, refused, blocked, fail, warn), and what is told of it.

    `width` in percent is how long it went on.
    """

    left: float
    shape: str
    told: str
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture; `host` lanes show what was done with one host."""

    name: str
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    host: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """One strategy: lanes from top to bottom, the texts at begin, middle and end of the axis, and the pauses in it.

    `left_out` counts parts and hosts for which there was no room, `waiting` the steps that had not begun.
    """

    lanes: tuple[Lane, ...]
    ticks: tuple[str, str, str]
    pauses: tuple[Pause, ...] = ()
    left_out: int = 0
    waiting: int = 0

    @property
    def height(self) -> int:
        """The height of all lanes in pixels."""
        return LANE * len(self.lanes)


def look(word: str) -> str:
    """How a state or result looks: bad, stopped, good, rest or busy."""
    return next((found for ending, found in _LOOKS if word.endswith(ending)), "busy")


def written(name: str, width: float, known: str = "") -> str:
    """What is written in a bar: the name without what is known already, or nothing where that has no room."""
    short = name.removeprefix(f"{known}-") if known else name
    return short if _needs(short) <= width * _PERCENT else ""


def _needs(text: str) -> float:
    return len(text) * _LETTER + _EDGES


def of_hosts(steps: Iterable[tuple[tuple[str, ...], Bar]]) -> tuple[tuple[Lane, ...], int]:
    """A lane for each host with the bars of the steps that it had, as they come; how many hosts found no lane."""
    found: dict[str, list[Bar]] = {}
    for hosts, bar in steps:
        for host in dict.fromkeys(hosts):
            found.setdefault(host, []).append(bar)
    lanes = tuple(Lane(host, tuple(bars), host=True) for host, bars in list(found.items())[:HOSTS])
    return lanes, max(0, len(found) - HOSTS)
