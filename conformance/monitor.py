"""Follows one deployment through its exchanges, in order, and knows what is there; a sans-io fold, never a judge.

The checks of succession (`checks/succession.py`, `checks/actions.py`, …) compare an answer with what was known before
it. A history that begins in the middle knows nothing, learns from the first answer that shows something, and forgets
whenever an answer leaves open what happened (a 5xx on a change, a change on a path that the contract does not know).
Unknown is never wrong.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from conformance.circumstances import is_plain
from conformance.exchange import Exchange
from conformance.known import (
    NO_STRATEGY,
    Known,
    Move,
    Outcome,
    Presence,
    Role,
    Slot,
    Wish,
    asked_of,
    hrefs_of,
    path_of,
    role_of,
    wish_of,
)
from conformance.strategy import Strategy, running_parts
from spec.contract import Operation

CONTROL: Final = "/_control"
_REMEMBERED_BODIES: Final = 32
_REMEMBERED_LINKS: Final = 64
_REMEMBERED_EXCHANGES: Final = 16
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Monitor:
    """One history: what is known after each of its exchanges, and the last of them as evidence.

    `shared`: others may change the strategies between our exchanges, so nothing about them is kept. `still`: the
    clock of the target moves only between exchanges of different `at`. `kinds` are those that strategies can have.
    """

    def __init__(self, kinds: Iterable[str], *, shared: bool = False, still: bool = False) -> None:
        self.shared = shared
        self.still = still
        self.known = Known.of(kinds)
        self.recent: deque[Exchange] = deque(maxlen=_REMEMBERED_EXCHANGES)

    def see(self, exchange: Exchange, operation: Operation | None, strategy: Strategy | None) -> None:
        """Take in the next exchange of the history; `strategy` is the document of its answer, if there is one."""
        known = follow(self.known, exchange, operation, strategy)
        self.known = known.forgetting() if self.shared else known
        if is_control(exchange):
            self.recent.clear()
        else:
            self._remember(exchange)

    def repeat(self, exchange: Exchange, known: Known) -> None:
        """The same poll was answered alike: it leaves known what it left known before, at its own time."""
        self.known = known
        self._remember(exchange)

    def stir(self, exchange: Exchange | None = None) -> None:
        """Something besides the API has happened: what is known holds, what is due may come.

        The request that did it is evidence: without it nothing of what follows is seen again.
        """
        self.known = self.known.stirred()
        if exchange is not None:
            self.recent.append(exchange)

    def overlook(self, exchange: Exchange) -> None:
        """An exchange of which nobody can tell what came before it: after a change nothing is known of strategies."""
        if exchange.method.upper() not in SAFE_METHODS:
            self.known = self.known.forgetting()
        self._remember(exchange)

    def _remember(self, exchange: Exchange) -> None:
        """Of polls that follow one another only the last is kept."""
        last = self.recent[-1] if self.recent else None
        if last is not None and last.method == exchange.method == "GET" and last.path == exchange.path:
            self.recent.pop()
        self.recent.append(exchange)


def is_control(exchange: Exchange) -> bool:
    """The exchange is with the control of a simulated target, not with the API."""
    return exchange.path == CONTROL or exchange.path.startswith(CONTROL + "/")


def follow(known: Known, exchange: Exchange, operation: Operation | None, strategy: Strategy | None) -> Known:
    """What is known after the exchange. `strategy` is the document of the answer, if it has one that can be read."""
    after = _follow_strategy(known, exchange, operation, strategy)
    if operation is None:
        return after
    reception = known.reception.after(exchange, asked_of(known, exchange, operation))
    return after if reception == known.reception else replace(after, reception=reception)


def _follow_strategy(known: Known, exchange: Exchange, operation: Operation | None, strategy: Strategy | None) -> Known:
    role = role_of(operation)
    if operation is None or role is None or operation.kind is None:
        return _with_links(_after_stranger(known, exchange, operation), exchange, operation)
    if exchange.query and "_method=" in unquote(exchange.query):  # some servers take it for the method
        return known if exchange.status in _REFUSALS else known.forgetting()
    if role is Role.READ:
        return _after_read(known, exchange, operation.kind, strategy)
    if not exchange.succeeded:
        return _after_refusal(known, exchange, operation.kind, role)
    if role is Role.DELETE:
        return known.with_slot(operation.kind, Slot(Presence.ABSENT, deleted=True))
    return _after_change(_with_body(known, exchange, operation), exchange, operation.kind, role, strategy)


_REFUSALS: Final = frozenset(range(400, 500))


def _after_stranger(known: Known, exchange: Exchange, operation: Operation | None) -> Known:
    """A path or method that the contract does not know may have changed anything unless it was refused."""
    if is_control(exchange):
        return known.forgetting()
    if operation is not None or exchange.method.upper() in SAFE_METHODS or exchange.status in _REFUSALS:
        return known
    return known.forgetting()


def _after_read(known: Known, exchange: Exchange, kind: str, strategy: Strategy | None) -> Known:
    slot = known.slot(kind)
    if exchange.status == 404 and not is_plain(exchange):  # noqa: PLR2004 - says something about the request
        return known
    if exchange.status == 404 or (exchange.status == 200 and exchange.response_json == NO_STRATEGY):  # noqa: PLR2004
        return known.with_slot(kind, Slot(Presence.ABSENT, deleted=slot.deleted))
    if exchange.status != 200:  # noqa: PLR2004 - an answer that shows nothing
        return known
    if not _holds_strategy(exchange.response_json):
        return known
    if strategy is None:
        return known.with_slot(kind, Slot(Presence.PRESENT, at=exchange.at, body=slot.body))
    same = slot.seen is None or slot.seen.uuid == strategy.uuid
    body, since = (slot.body if same else None), _since(slot, strategy, exchange.at)
    return known.with_slot(kind, Slot(Presence.PRESENT, strategy, exchange.at, body=body, role=Role.READ, since=since))


def _since(slot: Slot, strategy: Strategy, at: float) -> dict[str, float]:
    """From when on at least each part that runs has been running; a document that nobody remembers says nothing."""
    before = slot.since if slot.seen is not None and slot.seen.uuid == strategy.uuid else {}
    return {place: before.get(place, at) for place, _ in running_parts(strategy)}


def _holds_strategy(value: Any) -> bool:
    """The answer is a JSON object with a strategy in it; one in XML, say, may as well tell that there is none."""
    return isinstance(value, dict) and isinstance(value.get("strategy"), dict)


def _after_change(known: Known, exchange: Exchange, kind: str, role: Role, strategy: Strategy | None) -> Known:
    """A create or an action was accepted; the answer shows the strategy, or ought to."""
    slot = known.slot(kind)
    body = exchange.request_json if role is Role.CREATE else slot.body
    body = body if isinstance(body, dict) else None
    if strategy is not None or role is Role.CREATE:
        since = _since(slot, strategy, exchange.at) if strategy is not None else {}
        return known.with_slot(kind, Slot(Presence.PRESENT, strategy, exchange.at, body=body, role=role, since=since))
    return known.with_slot(kind, slot.after(_move(exchange, role, Outcome.ACCEPTED)))


def _after_refusal(known: Known, exchange: Exchange, kind: str, role: Role) -> Known:
    """A change was refused, or its answer does not tell what became of it."""
    slot = known.slot(kind)
    outcome = Outcome.REFUSED if exchange.status in _REFUSALS else Outcome.UNCLEAR
    if outcome is Outcome.UNCLEAR and (role is Role.DELETE or slot.presence is not Presence.PRESENT):
        return known.forgetting()
    if exchange.status == 404 and slot.presence is Presence.PRESENT:  # noqa: PLR2004 - says that none is there
        return known.with_slot(kind, Slot())
    move = _move(exchange, role, outcome)
    touched = {name: each.after(move) for name, each in known.slots.items() if each.presence is Presence.PRESENT}
    return replace(known, slots={**known.slots, **touched})


def _move(exchange: Exchange, role: Role, outcome: Outcome) -> Move:
    return Move(wish_of(exchange, role) or Wish("?", clear=False), outcome, exchange.status)


def _with_body(known: Known, exchange: Exchange, operation: Operation) -> Known:
    body = exchange.request_json
    entry = (operation.operation_id, body)
    if not isinstance(body, dict) or entry in known.taken:
        return known
    return replace(known, taken=(*known.taken, entry)[-_REMEMBERED_BODIES:])


def _with_links(known: Known, exchange: Exchange, operation: Operation | None) -> Known:
    if operation is None or not exchange.succeeded or len(known.links) >= _REMEMBERED_LINKS:
        return known
    paths = {path for path in map(path_of, hrefs_of(exchange.response_json)) if path}
    if all(operation.operation_id in known.links.get(path, ()) for path in paths):
        return known
    added = {path: known.links.get(path, frozenset()) | {operation.operation_id} for path in paths}
    return replace(known, links={**known.links, **added})
