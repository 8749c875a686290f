"""The strategies that were seen, over time: states, parts, requests that acted, findings, and how each ended.

All times are those of looks (`exchange.at`), so an event is late by what lies between two looks. Exchanges of which
nobody can tell what came before them add what they show for certain and move nothing back. Memory is bounded: of the
strategies that were seen last everything is kept, up to a number of parts, requests and findings; the others are
counted.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, Final, NamedTuple, Self

import msgspec

from conformance.circumstances import is_plain
from conformance.exchange import NO_JSON, Exchange
from conformance.known import NO_STRATEGY, Role, Wish, role_of, wish_of
from conformance.shape import read_strategy
from conformance.strategy import Strategy
from proxy.telling.lives import Life, joined
from proxy.traffic import Noticed, Passage
from reports.traffic import Act, Forgotten, Timeline
from spec.contract import Contract

KEPT: Final = 50
"""Strategies that are told of one by one."""

_LONGEST_WORD: Final = 40
_MOST_SEEN: Final = 32  # histories that have seen the same strategy, until what they have seen is made one
_MISSING: Final = 404

type Key = tuple[str, str]
"""Kind and uuid of a strategy."""


class Progress(NamedTuple):
    """Where the strategy that is there stands: plain values, to be sent and shown.

    `percent` is that of the current phase, `stage` the place of its current stage from 0, `stages` how many it has,
    `name` that stage's name. Nothing is known: all empty.
    """

    kind: str = ""
    state: str = ""
    phase: str = ""
    percent: int = 0
    stage: int = 0
    stages: int = 0
    name: str = ""


class Timelines:
    """Follows every strategy of one deployment."""

    def __init__(self, contract: Contract, *, keep: int = KEPT) -> None:
        self._contract = contract
        self._keep = keep
        self._lives: OrderedDict[Key, Life] = OrderedDict()
        self._current: dict[str, Key] = {}
        self._bodies: dict[str, bytes] = {}
        self._past: dict[Key, list[Timeline]] = {}  # of each what every history has seen of it
        self._forgotten: Counter[tuple[str, str, str]] = Counter()
        self.progress = Progress()

    def see(self, passage: Passage, noticed: Iterable[Noticed] = (), strategy: Strategy | None = None) -> None:
        """Take in the next exchange and what was noticed; `strategy` is its document if somebody has read it."""
        exchange = passage.exchange
        operation = self._contract.match(exchange.method, exchange.path)
        role = role_of(operation)
        if operation is None or role is None or operation.kind is None:
            return
        kind = operation.kind
        life = self._look(passage, kind, role, strategy)
        if role is not Role.READ:
            life = life or self._there(kind)
            if life is not None:
                life.act(_act(passage, role))
            if role is Role.DELETE and exchange.succeeded:
                self._end(kind, "deleted", exchange.at)
        life = life or self._there(kind)
        if life is not None:
            for each in noticed:
                life.mark(exchange.at, each, passage.number)

    def told(self) -> tuple[Timeline, ...]:
        """The strategies that are kept, in the order in which they were first seen."""
        kept = (_as_one(seen) for seen in self._kept().values())
        return tuple(sorted(kept, key=lambda each: (each.first, each.kind, each.uuid)))

    def forgotten(self) -> tuple[Forgotten, ...]:
        """The other strategies, counted."""
        return tuple(Forgotten(*key, times) for key, times in sorted(self._forgotten.items()))

    def to_json(self) -> dict[str, Any]:
        """Everything as a JSON value."""
        told = [each for _, seen in sorted(self._kept().items()) for each in _in_time(seen)]
        value: dict[str, Any] = msgspec.to_builtins({"told": told, "forgotten": self.forgotten()})
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any], contract: Contract) -> Self:
        """What `to_json` told; it can be merged and told again, and follows nothing that it was told of."""
        made = cls(contract)
        for seen in msgspec.convert(value["told"], tuple[Timeline, ...]):
            _add(made._past, seen)
        for each in msgspec.convert(value["forgotten"], tuple[Forgotten, ...]):
            made._forgotten[each.kind, each.state, each.ended] += each.times
        return made

    def merge(self, other: "Timelines") -> None:
        """Add what another watch has seen; a strategy that both saw is one. In whichever order watches are added."""
        for seen in other._kept().values():  # noqa: SLF001 - of the same class
            for each in seen:
                _add(self._past, each)
        self._forgotten.update(other._forgotten)  # noqa: SLF001 - of the same class
        while len(self._past) > self._keep:
            oldest = min(self._past, key=lambda key: (max(each.last for each in self._past[key]), key))
            self._forget(_as_one(self._past.pop(oldest)))

    def _kept(self) -> dict[Key, list[Timeline]]:
        """What was followed here, and what was told by others."""
        known = {key: list(seen) for key, seen in self._past.items()}
        for life in self._lives.values():
            _add(known, life.told())
        return known

    # --- what an exchange shows

    def _look(self, passage: Passage, kind: str, role: Role, strategy: Strategy | None) -> Life | None:
        """The life that the answer shows, brought up to date; None when it shows no strategy."""
        exchange = passage.exchange
        if not exchange.succeeded:
            if role is Role.READ and exchange.status == _MISSING and is_plain(exchange) and passage.in_order:
                self._end(kind, "disappeared", exchange.at)
            return None
        there = self._there(kind)
        if there is not None and self._bodies.get(kind) == exchange.response_body:
            there.look(passage)
            self._lives.move_to_end((kind, there.uuid))
            return there
        strategy = strategy or _strategy_of(exchange)
        if strategy is None:
            if role is Role.READ and exchange.response_json == NO_STRATEGY and passage.in_order:
                self._end(kind, "disappeared", exchange.at)
            return None
        return self._met(passage, kind, role, strategy)

    def _met(self, passage: Passage, kind: str, role: Role, strategy: Strategy) -> Life:
        key = kind, strategy.uuid
        life = self._lives.get(key)
        if life is None:
            life = self._lives[key] = Life(kind, strategy.uuid, passage.exchange.at)
            self._make_room(key)
        elif life.ended and not passage.in_order:
            return life
        if self._current.get(kind) != key:
            for other in list(self._current):
                self._end(other, "replaced", passage.exchange.at)
            self._current[kind] = key
            life.revive()
        self._lives.move_to_end(key)
        self._bodies[kind] = passage.exchange.response_body
        life.look(passage)
        life.show(passage, strategy, born=role is Role.CREATE)
        self.progress = _progress(kind, strategy)
        return life

    def _there(self, kind: str) -> Life | None:
        """The strategy of that kind that is there, or of the other kind: only one can be."""
        key = self._current.get(kind) or next(iter(self._current.values()), None)
        return self._lives.get(key) if key is not None else None

    def _end(self, kind: str, how: str, at: float) -> None:
        key = self._current.pop(kind, None)
        self._bodies.pop(kind, None)
        if key is not None and key in self._lives:
            self._lives[key].end(how, at)
            self.progress = Progress()

    def _make_room(self, newest: Key) -> None:
        while len(self._lives) > self._keep:
            oldest = next(key for key in self._lives if key != newest)
            self._forget(self._lives.pop(oldest).told())

    def _forget(self, told: Timeline) -> None:
        self._forgotten[told.kind, told.states[-1].state if told.states else "", told.ended] += 1


def _add(known: dict[Key, list[Timeline]], told: Timeline) -> None:
    seen = known.setdefault((told.kind, told.uuid), [])
    seen.append(told)
    if len(seen) > _MOST_SEEN:
        seen[:] = [_as_one(seen)]


def _as_one(seen: list[Timeline]) -> Timeline:
    """What several histories have seen of one strategy, in whichever order they are given."""
    return reduce(joined, _in_time(seen))


def _in_time(seen: list[Timeline]) -> list[Timeline]:
    return sorted(seen, key=lambda each: (each.first, each.last, repr(each))) if len(seen) > 1 else seen


def _strategy_of(exchange: Exchange) -> Strategy | None:
    return read_strategy(exchange.response_json) if exchange.response_body else None


def _act(passage: Passage, role: Role) -> Act:
    exchange = passage.exchange
    wish = wish_of(exchange, role) or Wish(role.value, clear=False)
    asked = wish.word[:_LONGEST_WORD] + (f" {wish.stage}" if wish.stage is not None else "")
    if not wish.clear and exchange.request_json is not NO_JSON:
        asked += " (unclear)"
    return Act(exchange.at, passage.client, asked, exchange.status, passage.blocked)


def _progress(kind: str, strategy: Strategy) -> Progress:
    phase = strategy.phase(strategy.current_phase)
    if phase is None:
        return Progress(kind, strategy.state, strategy.current_phase[:_LONGEST_WORD], strategy.percentage)
    at = phase.current_stage
    name = phase.stages[at].name if 0 <= at < len(phase.stages) else ""
    return Progress(kind, strategy.state, phase.name, phase.percentage, at, len(phase.stages), name)
