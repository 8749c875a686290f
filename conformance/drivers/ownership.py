"""Whose strategy it is: on a target that others may use, a run deletes what it created itself, and nothing else.

A strategy is the run's when the answer to one of its creates showed the uuid. Whatever else turns up is somebody
else's, also when the answer to a create was lost and nobody can know: it stops the run and is left alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from conformance.drivers.glance import strategy_of
from conformance.exchange import Exchange
from conformance.known import Role, role_of
from spec.contract import Contract

type Note = Callable[[Mapping[str, Any]], None]


class NotCleared(Exception):  # noqa: N818 - a fact about the target, not an error of ours
    """The target keeps a strategy that could not be aborted and deleted; nothing more can be tried on it."""


class Intruder(NotCleared):
    """A strategy turned up that this run did not create; it is left alone, and the run ends."""


@dataclass(slots=True)
class Ownership:
    """The strategies of one run.

    `own` are those that may still be there, uuid to kind; `pending` the kinds of creates whose answer is out or was
    lost; `asked` counts the requests that may have changed something. Every change of these is told to `note`, as a
    JSON object, before anything is sent that builds on it.
    """

    note: Note = lambda _: None
    own: dict[str, str] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    asked: int = 0
    _ever: set[str] = field(default_factory=set)

    def adopt(self, kind: str, uuid: str) -> None:
        """Count a strategy as the run's."""
        self.own[uuid] = kind
        self._ever.add(uuid)

    def knows(self, uuid: str) -> bool:
        """The run created the strategy of that uuid, or took it over."""
        return uuid in self._ever

    def is_foreign(self, contract: Contract, exchange: Exchange) -> bool:
        """The answer shows a strategy that the run did not create."""
        role = role_of(contract.match(exchange.method, exchange.path))
        strategy = strategy_of(exchange)
        if role in (None, Role.CREATE) or strategy is None:
            return False
        return not self.knows(str(strategy.get("uuid")))

    def ask(self, contract: Contract, method: str, path: str) -> None:
        """A request that may change something is about to be sent."""
        self.asked += 1
        operation = contract.match(method, path)
        kind = (operation.kind if operation is not None else None) or ""
        creates = role_of(operation) is Role.CREATE
        self.note({"event": "asked", "request": f"{method} {path}", "kind": kind, "creates": creates})
        if creates:
            self.pending.add(kind)

    def see(self, contract: Contract, exchange: Exchange) -> None:
        """An answer has come. Raises Intruder when it shows a strategy that is not the run's."""
        operation = contract.match(exchange.method, exchange.path)
        role = role_of(operation)
        if operation is None or operation.kind is None or role is None:
            return
        strategy = strategy_of(exchange)
        uuid = strategy.get("uuid") if strategy is not None else None
        if role is Role.CREATE:
            self._created(operation.kind, exchange.status, uuid)
        elif strategy is not None:
            self._shown(operation.kind, uuid, strategy)
        elif role is Role.READ and (exchange.status == HTTPStatus.NOT_FOUND or exchange.succeeded):
            self._absent(operation.kind)

    def learn(self, contract: Contract, exchange: Exchange) -> None:
        """An answer has come to one of several clients: a strategy that it created is the run's."""
        operation = contract.match(exchange.method, exchange.path)
        strategy = strategy_of(exchange)
        if role_of(operation) is Role.CREATE and operation is not None and strategy is not None:
            self._created(operation.kind or "", exchange.status, strategy.get("uuid"))

    def forget(self) -> None:
        """Nothing is left on the target: it was reset."""
        for kind in {*self.own.values(), *self.pending}:
            self._absent(kind)

    def _created(self, kind: str, status: int, uuid: Any) -> None:
        if isinstance(uuid, str) and uuid:
            self.adopt(kind, uuid)
            self.note({"event": "created", "kind": kind, "uuid": uuid})
        elif status < HTTPStatus.BAD_REQUEST or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return  # nobody knows what was created, if anything: it stays pending until a look shows nothing
        else:
            self.note({"event": "refused", "kind": kind})
        self.pending.discard(kind)

    def _shown(self, kind: str, uuid: Any, strategy: Mapping[str, Any]) -> None:
        if isinstance(uuid, str) and self.knows(uuid):
            return
        for own in [own for own, its in self.own.items() if its == kind]:
            self.note({"event": "replaced", "kind": kind, "uuid": own})  # there is never more than one
            del self.own[own]
        lost = (
            "the answer to a create was lost or did not show a uuid, so it may be this run's own; nobody can know"
            if kind in self.pending
            else "this run did not create it"
        )
        raise Intruder(
            f"there is a {kind} strategy {uuid} (state {strategy.get('state')}): {lost}. It is left alone; delete it, "
            "or run with --take-over"
        )

    def _absent(self, kind: str) -> None:
        gone = [uuid for uuid, its in self.own.items() if its == kind]
        if gone or kind in self.pending:
            self.note({"event": "gone", "kind": kind})
        for uuid in gone:
            del self.own[uuid]
        self.pending.discard(kind)
