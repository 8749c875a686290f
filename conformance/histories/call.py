"""One call of one client, and all calls of a race; what was asked and answered in the words of the law."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from conformance.exchange import Exchange
from conformance.known import NO_STRATEGY, Role, role_of, wish_of
from conformance.shape import read_strategy
from conformance.strategy import Strategy
from spec.contract import Operation

NEVER: Final = 1 << 62
"""The moment of return of a call that was never answered: its effect may come at any time."""

AFTER: Final = "after"
"""The client that looks when all others are done."""

READ: Final = "read"
DELETES: Final = frozenset({"delete", "delete-force"})
_WORDS: Final = {"delete-forced": "delete-force"}
_NOT_FOUND: Final = 404


class Asked(NamedTuple):
    """A request in the words of the law: create, apply-all, …, delete-force, or `read`; the stage of its stage-id."""

    word: str
    kind: str
    stage: int | None = None


class Answered(NamedTuple):
    """An answer: its status (0: none came), and the document if it shows one."""

    status: int
    shown: Strategy | None = None
    nothing: bool = False


@dataclass(frozen=True)
class Call:
    """One call. `invoked` and `returned` are ticks of one counter for all clients; `exchange` None: no answer came."""

    client: str
    operation: Operation
    method: str
    path: str
    body: bytes
    exchange: Exchange | None
    invoked: int
    returned: int

    @cached_property
    def asked(self) -> Asked | None:
        """What was asked; None when the law has no word for it."""
        role = role_of(self.operation)
        kind = self.operation.kind or ""
        if role is Role.READ:
            return Asked(READ, kind)
        wish = wish_of(Exchange(self.method, self.path, 0, request_body=self.body), role)
        return Asked(_WORDS.get(wish.word, wish.word), kind, wish.stage) if wish is not None and wish.clear else None

    @cached_property
    def answered(self) -> Answered:
        """What was answered."""
        if self.exchange is None:
            return Answered(0)
        found = self.exchange.response_json if self.exchange.succeeded else None
        nothing = self.exchange.status == _NOT_FOUND or found == NO_STRATEGY
        return Answered(self.exchange.status, read_strategy(found), nothing)

    @property
    def accepted(self) -> bool:
        """A status of class 2xx came, and not the news that nothing is there."""
        return self.exchange is not None and self.exchange.succeeded and not self.answered.nothing

    def overlaps(self, other: "Call") -> bool:
        """Neither call had returned when the other one was invoked."""
        return self.invoked < other.returned and other.invoked < self.returned


@dataclass(frozen=True)
class History:
    """All calls of a race, with what was there when it began: one strategy of a kind as a document shows it, or none.

    `still`: the clock of the target stood still meanwhile, so that nothing moves but what a request sets off; `lasting`
    are situations of which one client alone has seen that they last then.
    `before` are the exchanges that led there, `name` says which race it was; both are evidence only.
    """

    calls: tuple[Call, ...]
    kind: str = ""
    strategy: Strategy | None = None
    still: bool = False
    lasting: frozenset[str] = frozenset()
    before: tuple[Exchange, ...] = ()
    name: str = ""

    @cached_property
    def in_order(self) -> tuple[Call, ...]:
        """The calls by the moment of their invocation."""
        return tuple(sorted(self.calls, key=lambda each: each.invoked))

    def is_contended(self, call: Call) -> bool:
        """Another client's call that asks for a change was under way at the same time."""
        return any(
            each.client != call.client and each.asked is not None and each.asked.word != READ and each.overlaps(call)
            for each in self.calls
        )
