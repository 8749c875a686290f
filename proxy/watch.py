"""Judges the traffic of one deployment, whoever brings it: the live gateway and audits of recordings alike; sans-io."""

from collections import Counter
from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import Final

from conformance.caller import OUR_TOKEN, RECORDED, TOKEN_HEADERS
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.known import Known, Presence, Role, Wish, role_of, wish_of
from conformance.objections import Objection
from proxy.aliases import aliases
from proxy.order import is_change
from proxy.standing import Standing
from proxy.telling.coverage import Coverage
from proxy.telling.timelines import Timelines
from proxy.traffic import Direction, Noticed, Passage, Situation
from reports.model import Level
from spec.load import load_contract, load_law, load_ledger

__all__ = ["Freeze", "Situation", "Watch"]

_HISTORY: Final = "traffic"
_LINGERS: Final = 60.0  # seconds in which a change without an answer may still take effect
_SHOWN: Final = 64


type Freeze = Callable[[Wish, Situation], Noticed | None]
"""What the operator has against a wish in a situation, whatever the contract says."""


class Watch:
    """Follows one deployment.

    `shared`: others change the deployment beside this traffic, so no succession is judged. `judge` is the one that
    judges; `resumed` says that the strategy was learned from the middle; `crash` is why the last exchange was not
    judged whole: empty, `crashed` or `memory`. `coverage` and `timelines` are what was gathered for a summary.
    """

    def __init__(
        self,
        release: str = "published",
        level: Level = Level.ORCHESTRATION,
        *,
        shared: bool = False,
        freeze: Freeze | None = None,
    ) -> None:
        self._contract, self._law = load_contract(release), load_law(release)
        self.judge = Judge(self._contract, load_ledger(release), self._law, level=level, draws=False)
        self.resumed = False
        self.crash = ""
        self.coverage = Coverage(self._contract, self._law, self.judge.edges)
        self.timelines = Timelines(self._contract)
        self._freeze = freeze
        self._standing = Standing(self._contract.kinds, self._law.states)
        self._monitor = self.judge.begin(_HISTORY, shared=shared)
        self._last: Passage | None = None
        self._looked = False
        self._settled = -inf
        self._notes: list[str] = []

    @property
    def situation(self) -> Situation:
        """What is there as last seen."""
        return situation_of(self._monitor.known, self._law.states)

    def ask(self, request: Exchange, *, in_order: bool = True) -> tuple[Noticed, ...]:
        """What is wrong with a request (status 0, no answer) that has not been forwarded yet. Learns nothing."""
        return self._watched(lambda: self._against(request, in_order=in_order and request.at >= self._settled))

    def see(self, passage: Passage) -> tuple[Noticed, ...]:
        """Take in the next exchange; everything noticed about its request and its answer. Never raises."""
        noticed = self.notice(passage)
        self.gather(noticed)
        return noticed

    def notice(self, passage: Passage) -> tuple[Noticed, ...]:
        """The first half of `see`, for which somebody may wait: what was noticed.

        What a request was that is `blocked` or `lost` is judged alone; after a change that was lost nothing is known,
        and until it must have come to its end no answer is held against an earlier one.
        """
        passage = self._last = _of_anybody(passage)
        noticed = self._watched(lambda: self._see(passage))
        self._stand(passage)
        return noticed

    def gather(self, noticed: tuple[Noticed, ...]) -> None:
        """The other half of `see`: take down for the summary what the last exchange has shown."""
        passage, self._last = self._last, None
        if passage is None:
            return
        with suppress(Exception):  # what crashes here costs a line of the summary, never a verdict
            self.coverage.see(passage, noticed)
            self.timelines.see(passage, noticed, self.judge.shown(passage.exchange))

    def take_notes(self) -> tuple[str, ...]:
        """What there is to be said beside findings since this was last asked, such as that the watch is resuming."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def forget(self) -> None:
        """Nothing is known of the strategies any more."""
        self._monitor.known = self._monitor.known.forgetting()

    # --- one exchange

    def _stand(self, passage: Passage) -> None:
        exchange = passage.exchange
        if not passage.blocked and not passage.lost:
            operation = self._contract.match(exchange.method, exchange.path)
            self._standing.see(exchange, operation, self.judge.shown(exchange))

    def _watched(self, look: Callable[[], tuple[Noticed, ...]]) -> tuple[Noticed, ...]:
        before = self.judge.crashes.copy() if self.judge.crashes else Counter[str]()
        noticed: tuple[Noticed, ...] = ()
        try:
            noticed = look()
            crashed = self.judge.crashes - before if self.judge.crashes else before
        except Exception as error:  # noqa: BLE001 - whatever befalls the watch befalls no client
            crashed = self.judge.crashes - before
            crashed[type(error).__name__] += 1
            with suppress(Exception):
                self.forget()
        self.crash = "memory" if crashed["MemoryError"] else "crashed" if crashed else ""
        return noticed

    def _see(self, passage: Passage) -> tuple[Noticed, ...]:
        exchange = passage.exchange
        unsettled = passage.started < self._settled
        if unsettled:
            self.forget()
        against: tuple[Noticed, ...] = ()
        if not self._is_a_look(exchange):
            request = replace(exchange, status=0, response_headers=(), response_body=b"", at=passage.started)
            against = self._against(request, in_order=passage.in_order)
        if passage.blocked:
            return against
        if passage.lost:
            self._lose(exchange)
            return against
        found = self.judge.judge(exchange, _HISTORY, in_order=passage.in_order)
        self._look(exchange)
        # What an accepted request had against it as last seen, it had not: the strategy had moved on.
        against = tuple(each for each in against if each.certain or not exchange.succeeded)
        return (*against, *(Noticed(Direction.RESPONSE, each) for each in found))

    def _against(self, request: Exchange, *, in_order: bool) -> tuple[Noticed, ...]:
        if self._is_a_look(request):
            return ()
        objections = self.judge.objections(request, _HISTORY, in_order=in_order)
        frozen = self._frozen(request)
        return (*map(_noticed, objections), *((frozen,) if frozen is not None else ()))

    def _is_a_look(self, request: Exchange) -> bool:
        """The request looks at what there is to see: nothing can be wrong with it."""
        known = self._contract.match(request.method, request.path) is not None
        return known and not is_change(request.method, request.query)

    def _frozen(self, request: Exchange) -> Noticed | None:
        if self._freeze is None or not is_change(request.method, request.query):
            return None
        roles = dict.fromkeys(role_of(self._contract.match(*each)) for each in aliases(request))
        wishes = (wish_of(request, role, self._law.null_stage) for role in roles if role is not None)
        against = (self._freeze(wish, self._standing.situation) for wish in wishes if wish is not None)
        return next((each for each in against if each is not None), None)

    def _lose(self, exchange: Exchange) -> None:
        if is_change(exchange.method, exchange.query):
            self.forget()
            self._settled = max(self._settled, exchange.at + _LINGERS)

    def _look(self, exchange: Exchange) -> None:
        """Whether this was the first look at the deployment, and showed a strategy that nobody created before it."""
        known = self._monitor.known
        if self._looked or all(slot.presence is Presence.UNKNOWN for slot in known.slots.values()):
            return
        self._looked = True
        created = role_of(self._contract.match(exchange.method, exchange.path)) is Role.CREATE
        for kind, slot in known.slots.items():
            if slot.seen is not None and not created:
                self.resumed = True
                self._notes.append(
                    f"resuming: {kind} strategy {_plain(slot.seen.uuid)}, state {_plain(slot.seen.state)}"
                )


def situation_of(known: Known, states: Container[str]) -> Situation:
    """What is known in two words; a state that is not one of `states` is unknown."""
    slots = known.slots.items()
    for kind, slot in slots:
        if slot.presence is Presence.PRESENT:
            return Situation(
                kind, slot.seen.state if slot.seen is not None and slot.seen.state in states else "unknown"
            )
    absent = [kind for kind, slot in slots if slot.presence is Presence.ABSENT]
    return Situation(absent[0] if len(absent) == 1 else "", "absent") if absent else Situation()


def _noticed(objection: Objection) -> Noticed:
    return Noticed(Direction.REQUEST, objection.finding, objection.certain)


def _of_anybody(passage: Passage) -> Passage:
    """In a recording every token that was blotted out reads like that of a run; here each may be another's."""
    exchange = passage.exchange
    if not any(exchange.request_header(name) in RECORDED.values() for name in TOKEN_HEADERS):
        return passage
    headers = tuple(
        (name, f"{OUR_TOKEN} of somebody" if name.lower() in TOKEN_HEADERS and value else value)
        for name, value in exchange.request_headers
    )
    return replace(passage, exchange=replace(exchange, request_headers=headers))


def _plain(text: str) -> str:
    """What a server calls something, as text that harms no terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_SHOWN])
