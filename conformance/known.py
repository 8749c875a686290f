"""What one history of exchanges has shown so far, and what a request asks for, as frozen values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from conformance.caller import Asked, Reception
from conformance.exchange import NO_JSON, Exchange
from conformance.rights import Plea
from conformance.strategy import Strategy
from spec.contract import Operation

_REMEMBERED_UUIDS: Final = 64
_REMEMBERED_MOVES: Final = 16
_DIGITS: Final = 9  # no plan has more stages

_NOTHING: Final[Mapping[str, str]] = {}

NO_STRATEGY: Final = {"strategy": None}
"""The body by which some servers say that there is no strategy."""


class Role(StrEnum):
    """What an operation does to a strategy."""

    READ = "read"
    CREATE = "create"
    DELETE = "delete"
    ACT = "act"


class Presence(StrEnum):
    """Whether a strategy of a kind is there."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    PRESENT = "present"


class Outcome(StrEnum):
    """What became of a request that asked for a change; `unclear` when the answer does not tell."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"


class Wish(NamedTuple):
    """What a request asks for: `create`, `delete`, `delete-forced`, or the action word with its stage-id.

    `clear` is false when the body does not say it in the contract's words (a `stage-id` that is no number, a `force`
    that is no boolean); such a wish is never judged by the law of actions.
    """

    word: str
    stage: int | None = None
    clear: bool = True


class Move(NamedTuple):
    """A wish and what became of it."""

    wish: Wish
    outcome: Outcome
    status: int


@dataclass(frozen=True, slots=True)
class Slot:
    """What is known of the strategy of one kind: the last document, when it was complete, and what was asked since.

    `body` is the create body that was accepted, for as long as the strategy is there; `deleted` says that a delete
    was accepted and nothing was created since. `role` is that of the request whose answer was the document. `since`
    says, by its place, from when on at least each part runs: `at` of the first document that showed it running.
    """

    presence: Presence = Presence.UNKNOWN
    seen: Strategy | None = None
    at: float = 0.0
    moves: tuple[Move, ...] = ()
    body: Mapping[str, Any] | None = None
    deleted: bool = False
    role: Role | None = None
    since: Mapping[str, float] = field(default_factory=dict)

    def after(self, move: Move) -> "Slot":
        """The same strategy after a request whose answer did not show it; too many, and the document is forgotten."""
        if move in self.moves:
            return self
        if len(self.moves) >= _REMEMBERED_MOVES:
            return replace(self, seen=None, moves=())
        return replace(self, moves=(*self.moves, move))


_UNKNOWN: Final = Slot()


@dataclass(frozen=True, slots=True)
class Known:
    """What one history has shown so far.

    `slots` has one for each kind that strategies can have. `gone` are uuids of strategies that were deleted or
    replaced, newest last; `taken` bodies that were accepted, each with its operationId; `links` the paths of hrefs that
    were shown, with the operationIds of the documents that showed them; `reception` how callers were received.
    """

    slots: Mapping[str, Slot] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    taken: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    links: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reception: Reception = field(default_factory=Reception)

    @classmethod
    def of(cls, kinds: Iterable[str]) -> "Known":
        """Nothing is known yet of strategies of these kinds."""
        return cls(dict.fromkeys(kinds, Slot()))

    def slot(self, kind: str | None) -> Slot:
        """What is known of that kind; an unknown kind is unknown."""
        return self.slots.get(kind or "", _UNKNOWN)

    def other(self, kind: str) -> Slot:
        """What is known of the other kinds: the one of which there is a strategy, or the first."""
        others = [slot for name, slot in self.slots.items() if name != kind]
        there = (slot for slot in others if slot.presence is Presence.PRESENT)
        return next(there, others[0] if others else Slot())

    @property
    def nothing_there(self) -> bool:
        """No strategy of any kind is there, for sure."""
        return bool(self.slots) and all(slot.presence is Presence.ABSENT for slot in self.slots.values())

    def with_slot(self, kind: str, slot: Slot) -> "Known":
        """A copy in which that kind is known so; a strategy that is there proves that no other is."""
        slots = {**self.slots, kind: slot}
        if slot.presence is Presence.PRESENT:
            slots |= {name: Slot(Presence.ABSENT, deleted=self.slot(name).deleted) for name in slots if name != kind}
        lost = self.slot(kind).seen
        replaced = lost is not None and (slot.seen is None or slot.seen.uuid != lost.uuid)
        if replaced and lost is not None and slot.presence is not Presence.UNKNOWN:
            return replace(self, slots=slots, gone=(*self.gone, lost.uuid)[-_REMEMBERED_UUIDS:])
        return replace(self, slots=slots)

    def taken_by(self, operation: str) -> list[Mapping[str, Any]]:
        """The bodies that the operation has accepted before."""
        return [body for taker, body in self.taken if taker == operation]

    def stirred(self) -> "Known":
        """The same, but no document counts as a look at where its strategy stays, and timers may have begun anew."""
        slots = {kind: replace(slot, role=None, since={}) for kind, slot in self.slots.items()}
        return replace(self, slots=slots)

    def unordered(self) -> "Known":
        """What is known whatever came first: which paths were linked and which bodies taken."""
        return replace(self.forgetting(), gone=(), reception=Reception())

    def forgetting(self) -> "Known":
        """The same, but nothing is known of strategies any more."""
        return replace(self, slots=dict.fromkeys(self.slots, Slot()))


def role_of(operation: Operation | None) -> Role | None:
    """What the operation does to a strategy; None for link documents and for what the contract does not know."""
    return _role(operation.method, operation.path) if operation is not None and operation.kind is not None else None


@lru_cache(maxsize=256)
def _role(method: str, path: str) -> Role | None:
    if path.endswith("/actions"):
        return Role.ACT
    if not path.endswith("/strategy"):
        return None
    return {"GET": Role.READ, "POST": Role.CREATE, "DELETE": Role.DELETE}.get(method)


def wish_of(exchange: Exchange, role: Role | None, null_stage: Mapping[str, str] = _NOTHING) -> Wish | None:
    """What the request asks for; None when it asks for nothing that the contract names.

    `null_stage`: what an action on a stage whose `stage-id` is null asks for (`spec.law.Law.null_stage`).
    """
    if role is None or role is Role.READ:
        return None
    body = exchange.request_json
    if role is Role.CREATE:
        return Wish("create", clear=isinstance(body, dict))
    if role is Role.DELETE:
        return _deletion(exchange, body)
    if role is Role.ACT and isinstance(body, dict) and isinstance(body.get("action"), str):
        if body.get("stage-id", _NOTHING) is None and body["action"] in null_stage:
            return Wish(null_stage[body["action"]])
        stage, clear = stage_number(body)
        return Wish(body["action"], stage, clear)
    return None


def asked_of(known: Known, exchange: Exchange, operation: Operation) -> Asked:
    """The request as far as callers go; `known` is what was known when it was sent."""
    role = role_of(operation)
    kind = operation.kind or "" if role is not None else ""
    if role in (None, Role.READ):
        return Asked(operation.operation_id, kind, role is Role.READ)
    wish, situation = wish_of(exchange, role), _situation(known, role, kind)
    clear = wish is not None and wish.clear and situation is not None
    plea = Plea(operation.operation_id, tuple(wish or ()), situation or "") if clear else None
    return Asked(operation.operation_id, kind, plea=plea)


def _situation(known: Known, role: Role | None, kind: str) -> str | None:
    """The state in which the strategy rests that a change is asked for; empty when none is there, None if unknown."""
    if role is Role.CREATE:
        return "" if known.nothing_there else None
    slot = known.slot(kind)
    if slot.presence is not Presence.PRESENT or slot.seen is None:
        return None
    if any(move.outcome is not Outcome.REFUSED for move in slot.moves):
        return None
    seen = slot.seen
    return None if any(phase.inprogress for phase in (seen.build, seen.apply, seen.abort)) else seen.state


def stage_number(body: Mapping[str, Any]) -> tuple[int | None, bool]:
    """The `stage-id` of an action as a number, and whether it is absent or said in the contract's words."""
    if "stage-id" not in body:
        return None, True
    value = body["stage-id"]
    if isinstance(value, int) and not isinstance(value, bool):
        return value, True
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        return int(value), True
    return None, False


def _deletion(exchange: Exchange, body: Any) -> Wish:
    if not exchange.request_body.strip() or body == {}:
        return Wish("delete")
    if body is NO_JSON or not isinstance(body, dict) or set(body) != {"force"} or not isinstance(body["force"], bool):
        return Wish("delete", clear=False)
    return Wish("delete-forced" if body["force"] else "delete")


def hrefs_of(document: Any) -> list[str]:
    """The hrefs of a link document: those of its links, and of the links of its versions."""
    if not isinstance(document, dict):
        return []
    versions = document.get("versions")
    holders = [document, *(versions if isinstance(versions, list) else ())]
    links = [link for holder in holders if isinstance(holder, dict) for link in _list(holder.get("links"))]
    return [link["href"] for link in links if isinstance(link, dict) and isinstance(link.get("href"), str)]


def path_of(href: str) -> str:
    """The path of a URL; empty when it cannot be read as one."""
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
