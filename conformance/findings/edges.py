"""Which edges of the state graph a history goes along, read off its exchanges; evidence of depth, never a verdict.

An edge is counted when it is certain: what was there before is known, nothing else can have led from there to what is
there now. A look that came too late, a request that asked for nothing clear, an answer that leaves open what happened
and a strategy that somebody else may change count for nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Self

from conformance.checks.context import Context
from conformance.checks.lawful import REQUESTS, is_well_formed, lacks_body, situation_of, situations_now
from conformance.circumstances import is_aside, is_plain
from conformance.known import Known, Outcome, Presence, Role, Slot
from spec.graph import ACCEPTED, ANOTHER, ITSELF, MISSING, REFUSED, Edge, Graph, cause_of
from spec.law import ABSENT, Expectation, Law

_UNSURE: Final = "?"


class Asked(NamedTuple):
    """A request as the graph names it, the word of the law for it, and what became of it."""

    word: str
    request: str
    outcome: str


@dataclass(slots=True)
class Edges:
    """How often each edge was seen; tallies of several workers are merged into one."""

    seen: Counter[Edge] = field(default_factory=Counter)

    def merge(self, other: "Edges") -> None:
        """Add what another tally has."""
        self.seen.update(other.seen)

    def to_json(self) -> list[Any]:
        """The tally as a JSON value, in an order that does not depend on the order of the exchanges."""
        return [[*edge, count] for edge, count in sorted(self.seen.items())]

    @classmethod
    def from_json(cls, value: Iterable[Any]) -> Self:
        """The tally of a JSON value that `to_json` made."""
        return cls(Counter({Edge(*edge): count for *edge, count in value}))

    def unseen(self, graph: Graph) -> tuple[Edge, ...]:
        """The lawful edges that were not seen and whose choice was not seen made otherwise, in the order of the law."""
        made = {graph.choices[edge] for edge in self.seen if edge in graph.choices}
        return tuple(edge for edge, choice in graph.choices.items() if choice not in made)


class Trail:
    """Follows one history: what was asked of each kind since its last document, as far as it was refused."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._refused: dict[str, tuple[Asked, ...]] = {}

    def see(self, context: Context, after: Known) -> Iterator[Edge]:
        """The edges that are certain after this exchange; `after` is what is known now."""
        kind = context.kind
        if context.role is None or not kind:
            return
        before, asked = _place(context.slot, context.law), _asked(context)
        now = _look(context, after.slot(kind))
        if before is None and (now is None or _is_as_it_was(context)):
            before = _place(_trusting(context.slot, context.law), context.law)
            before = before if now in (None, before) else None
        if before is None:
            self._refused[kind] = ()
            return
        pending = self._refused.get(kind, ())
        if asked is not None and asked.outcome != ACCEPTED:
            pending = (*pending, asked) if asked not in pending else pending
        if now is None:
            self._refused[kind] = pending
            return
        self._refused[kind] = ()
        yield from self._edges(context, before, now, asked, pending)

    def _edges(
        self, context: Context, before: str, now: str, asked: Asked | None, pending: tuple[Asked, ...]
    ) -> Iterator[Edge]:
        accepted = asked is not None and asked.outcome == ACCEPTED
        led = (
            _led(context, before, now, asked)
            if accepted and asked is not None
            else _drift(context, before, now, pending)
        )
        if led is None:
            return
        if accepted or now == before:
            for each in pending:
                yield Edge(context.kind, before, cause_of(each.word, each.outcome), before)
        if led:
            yield Edge(context.kind, before, led, now)


def _led(context: Context, before: str, now: str, asked: Asked) -> str | None:
    """The cause when the answer to an accepted request shows where it led; None when that cannot be told."""
    law = context.law
    if asked.word == _UNSURE:
        return None
    possible = situations_now(context) if before != ABSENT else frozenset({ABSENT})
    led = [name for name in possible if now in law.effects_of(asked.request, name)]
    cause = cause_of(asked.word, ACCEPTED)
    if led:
        return cause if led == [before] or possible == {before} else None
    return cause if possible == {before} and not _may_drift(law, law.effects_of(asked.request, before), now) else None


def _drift(context: Context, before: str, now: str, pending: tuple[Asked, ...]) -> str | None:
    """What moved a strategy without an accepted request: empty for nothing, None when that cannot be told."""
    if now == before:
        return ""
    if ABSENT in (before, now):
        return None  # a create or a delete of somebody else: for the checks of presence to judge
    law = context.law
    if now in law.situations[before].drifts:
        return ITSELF
    if now in law.drifts_to(before):
        return None
    return cause_of(pending[-1].word, pending[-1].outcome) if pending else ITSELF


def _may_drift(law: Law, places: Iterable[str], now: str) -> bool:
    return any(now in law.drifts_to(place) for place in places if place != ABSENT)


def _place(slot: Slot, law: Law) -> str | None:
    """Where the strategy of a kind is known to be; None when that is not known for certain."""
    if slot.presence is Presence.ABSENT:
        return ABSENT
    if slot.presence is not Presence.PRESENT or slot.seen is None:
        return None
    if any(move.outcome is not Outcome.REFUSED for move in slot.moves):
        return None
    situation = situation_of(slot.seen, law)
    return situation.name if situation is not None else None


def _trusting(slot: Slot, law: Law) -> Slot:
    """The same, taking an answer at its word that the law knows as a refusal, though it may mean that all is lost.

    Releases refuse by a server error what the state does not allow. It is one when the next look shows no change.
    """
    sure = tuple(move for move in slot.moves if not (move.outcome is Outcome.UNCLEAR and move.status in law.refused))
    return replace(slot, moves=sure)


def _is_as_it_was(context: Context) -> bool:
    """The document shows the strategy where it was last seen."""
    seen, now = context.slot.seen, context.strategy
    if seen is None or now is None or seen.uuid != now.uuid:
        return False
    then, here = seen.apply, now.apply
    return (then.current_stage, then.stop_at_stage) == (here.current_stage, here.stop_at_stage)


def _look(context: Context, slot: Slot) -> str | None:
    """Where the strategy is after this exchange, when its answer shows it."""
    if not context.exchange.succeeded and context.role is not Role.READ:
        return None
    if context.role in (Role.READ, Role.DELETE) and slot.presence is Presence.ABSENT:
        return ABSENT
    if context.strategy is None or slot.presence is not Presence.PRESENT or slot.seen is not context.strategy:
        return None
    if context.before is not None and context.before.uuid != context.strategy.uuid:
        return None
    situation = situation_of(context.strategy, context.law)
    return situation.name if situation is not None else None


def _asked(context: Context) -> Asked | None:
    """What was asked and what became of it; None for a read and for whatever the law of requests does not speak of."""
    wish, exchange = context.wish, context.exchange
    if context.role is Role.READ or wish is None:
        return None
    request = REQUESTS.get(wish.word, wish.word)
    outcome = _outcome(context)
    if outcome is None or not _is_clear(context, request):
        return Asked(_UNSURE, request, ACCEPTED) if exchange.succeeded else None
    word = _word(context, request)
    if word is None:
        return Asked(_UNSURE, request, ACCEPTED) if outcome == ACCEPTED else None
    if outcome == ACCEPTED:
        return Asked(word, request, outcome)
    return Asked(word, request, outcome) if _is_owed(context, outcome) else None


def _outcome(context: Context) -> str | None:
    """The outcome in the words of the law; None for an answer that says something else."""
    exchange, law = context.exchange, context.law
    if exchange.succeeded:
        return ACCEPTED
    if is_aside(exchange) and exchange.status not in law.refused:
        return None
    if context.slot.presence is Presence.ABSENT and context.role is not Role.CREATE:
        return MISSING if exchange.status in law.missing else None
    return REFUSED if exchange.status in law.refused else None


def _is_clear(context: Context, request: str) -> bool:
    wish, exchange = context.wish, context.exchange
    if wish is None or not wish.clear or request not in context.law.success or not is_plain(exchange):
        return False
    if request not in ANOTHER and wish.stage is not None:
        return False
    if context.role is Role.DELETE:
        return not lacks_body(exchange, context)
    return is_well_formed(exchange, context)


def _word(context: Context, request: str) -> str | None:
    """The word of the graph: a request for a stage has two, and which it is must be certain."""
    if request not in ANOTHER or context.slot.presence is Presence.ABSENT:
        return request
    if context.before is None or context.wish is None or context.wish.stage is None:
        return None
    current = context.before.apply.current_stage
    if not context.moved or context.wish.stage < current:
        return request if context.wish.stage == current else ANOTHER[request]
    if context.wish.stage > max(context.before.apply.stop_at_stage, current):
        return ANOTHER[request]
    still = situations_now(context) == {_place(context.slot, context.law)}
    return None if not still else request if context.wish.stage == current else ANOTHER[request]


def _is_owed(context: Context, outcome: str) -> bool:
    """The refusal says something about the situation: a create is refused only while a strategy is there."""
    if context.role is not Role.CREATE or outcome != REFUSED:
        return True
    return any(slot.presence is Presence.PRESENT for slot in context.known.slots.values())


def standings(edges: Edges, graph: Graph) -> Mapping[Edge, str]:
    """Every edge, lawful or seen, in the order of the law: `seen`, `unseen`, `otherwise` or `unlawful`.

    `otherwise`: another edge of the same choice was seen, so this server does not have it.
    """
    unseen = frozenset(edges.unseen(graph))
    told = {
        edge: "seen" if edge in edges.seen else "unseen" if edge in unseen else "otherwise" for edge in graph.choices
    }
    return told | {edge: "unlawful" for edge in sorted(edges.seen) if edge not in graph.choices}


__all__ = ["ABSENT", "Edges", "Expectation", "Trail", "standings"]
