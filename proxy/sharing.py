"""The histories of a recording, and how they are shared out over parts so that none of them is split.

A part reads the whole recording and judges its own histories alone; nothing of the traffic is written anywhere. A
history is closed after its last exchange, so a part may have any number of them, as long as few are open at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Final

from proxy.audit import MOST_DEPLOYMENTS, Goes, History, Part, is_of_vim
from proxy.recordings.reading import items_of
from proxy.recordings.recorded import Item, Recorded
from proxy.recordings.sequence import MOST_BYTES, MOST_WAITING
from spec.load import load_contract

MOST_AHEAD: Final = 768 * 1024 * 1024
"""Bytes of bodies, at most, that all histories of a part together look ahead for their order."""

_EACH: Final = 2_000  # bytes of bodies that cost as much as an exchange without one


@dataclass(slots=True)
class Extent:
    """One history: the places of its first and last exchange among the items, and how much there is to be judged.

    `bodies` is in bytes. `timed`: the order of its exchanges has to be told from times, for which one looks ahead. Not
    `known`: nothing in it shows that it is with a VIM.
    """

    first: int
    last: int
    bodies: int = 0
    exchanges: int = 0
    timed: bool = False
    known: bool = False

    @property
    def weight(self) -> int:
        """How much there is to be judged, in bytes of bodies that cost as much."""
        return self.bodies + _EACH * self.exchanges

    @property
    def ahead(self) -> int:
        """About how many bytes of bodies wait for their turn at a time, at most."""
        usual = self.bodies // max(1, self.exchanges)
        return min(self.bodies, usual * MOST_WAITING, MOST_BYTES) if self.timed else 0


class Survey:
    """Takes in the items of a recording; `histories` are those met so far, in the order in which they begin.

    `stopped`: somebody wanted no more of it.
    """

    def __init__(self, release: str) -> None:
        self.histories: dict[History, Extent] = {}
        self.stopped = False
        self._contract = load_contract(release)
        self._taken = 0

    @property
    def foreign(self) -> int:
        """The exchanges with sites that are no VIM."""
        return sum(each.exchanges for each in self.histories.values() if not each.known)

    @property
    def of_vims(self) -> dict[History, Extent]:
        """The histories of VIMs."""
        return {key: each for key, each in self.histories.items() if each.known}

    def take(self, item: Item) -> None:
        """Take in the next item."""
        self._taken += 1
        if not isinstance(item, Recorded):
            return
        exchange, key = item.exchange, (item.site, item.session)
        extent = self.histories.get(key)
        if extent is None:
            extent = self.histories[key] = Extent(self._taken, self._taken, known=not item.site)
        extent.last = self._taken
        extent.exchanges += 1
        extent.bodies += len(exchange.request_body) + len(exchange.response_body)
        extent.timed = extent.timed or item.in_order is None
        extent.known = extent.known or is_of_vim(exchange, self._contract)


def survey(files: Path | Sequence[Path], release: str, *, goes: Goes = lambda _done, _n: True) -> Survey:
    """Look a recording through, and judge nothing. Memory grows with the number of histories alone."""
    found, taken = Survey(release), 0
    for _, item, done in items_of(files):
        if item is not None:
            found.take(item)
            taken += 1
        if not goes(done, taken):
            found.stopped = True
            break
    return found


def shared_out(
    found: Survey, count: int, *, most_open: int = MOST_DEPLOYMENTS, most_ahead: int = MOST_AHEAD
) -> tuple[Part, ...]:
    """The histories of VIMs over about `count` parts of like weight; more where too many are open at a time.

    Too many are more than `most_open`, or so many that they look ahead by more than `most_ahead` bytes.

    There is one part at least, and the first one leads: it counts what the others do not.
    """
    histories = found.of_vims
    parts = [_Filling() for _ in range(max(1, min(count, len(histories))))]
    for keys in batched(histories, most_open * len(parts)):
        _let_go(parts, histories[keys[0]].first)
        for key in sorted(keys, key=lambda key: (-histories[key].weight, key)):
            extent = histories[key]
            lightest = sorted(parts, key=_weight)
            part = next((each for each in lightest if each.has_room(extent, most_open, most_ahead)), None)
            if part is None:
                part = _Filling()
                parts.append(part)
            part.take(key, extent)
    first, *others = [each.ends for each in parts if each.ends] or [{}]
    return (Part(first, foreign=found.foreign), *(Part(ends, leads=False) for ends in others))


@dataclass(slots=True)
class _Filling:
    """A part that is being filled; `beside` are those of its histories that others may still be open beside."""

    ends: dict[History, int] = field(default_factory=dict)
    weight: int = 0
    beside: list[Extent] = field(default_factory=list)

    def take(self, key: History, extent: Extent) -> None:
        self.ends[key] = extent.last
        self.weight += extent.weight
        self.beside.append(extent)

    def has_room(self, extent: Extent, most_open: int, most_ahead: int) -> bool:
        """Even if all that may be open beside that one are, they are not too many."""
        beside = [each for each in self.beside if each.first <= extent.last and extent.first <= each.last]
        ahead = sum(each.ahead for each in beside) + extent.ahead
        return not beside or (len(beside) < most_open and ahead <= most_ahead)


def _weight(part: _Filling) -> int:
    return part.weight


def _let_go(parts: list[_Filling], place: int) -> None:
    """Nothing that is still to come begins before that place."""
    for part in parts:
        part.beside = [each for each in part.beside if each.last >= place]
