"""One history of exchanges with a target.

Everything that is sent is judged, and it begins and ends with no strategy.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, TypedDict

from conformance.caller import Caller
from conformance.drivers.changes import EVERY, Change, changes_of, is_safe, needs
from conformance.drivers.glance import dumped, is_at_rest, is_busy, limit_of, strategy_of
from conformance.drivers.interruption import is_insisted, undisturbed
from conformance.drivers.ownership import NotCleared, Ownership
from conformance.drivers.samples import example_of
from conformance.exchange import NO_JSON, Exchange, Headers
from conformance.histories.call import History
from conformance.judge import Judge
from conformance.known import Presence, Role, role_of
from conformance.predictions.prediction import Prediction
from conformance.roles import kinds_of, operation_of, teller_of
from conformance.targets.guard import UNAVAILABLE
from conformance.targets.pace import Pace, VirtualPace, WallPace
from conformance.targets.target import Target, Unsendable, hear_nothing
from spec.contract import Contract, Operation

__all__ = ["JSON", "Conversation", "Leave", "NotCleared", "pace_of"]

JSON: Final[Headers] = (("Content-Type", "application/json"),)

# A simulation may do things at even times (audits, looks at timers). What is tried after a reset begins at an even
# time too, so that it does not depend on what was tried before. Seconds.
_GRID: Final = 3600.0
_MOST_NOTES: Final = 20

# Characters of a member that a line of progress shows.
_TOLD: Final = 30


class _Parts(TypedDict):
    query: str
    body: bytes
    headers: Headers
    caller: Caller


@dataclass(frozen=True, slots=True)
class Leave:
    """What a conversation may do, and whose strategies it may touch.

    `ownership` is for targets that others may use; without it whatever is there is the conversation's.
    """

    permitted: frozenset[Change] = EVERY
    ownership: Ownership | None = None


def pace_of(target: Target, *, changes: bool) -> Pace:
    """The pace that suits a target: its own clock when it obeys us and we may change things, else the wall clock."""
    control = target.control
    obeys = changes and control is not None and "clock" in control.offers
    return VirtualPace(control) if obeys and control is not None else WallPace(target.poll_interval)


_ANY: Final = Leave()


class Conversation:
    """Talks to one target in one history.

    As a context it clears the target before and after, whatever happens in between. `judge` judges what is sent.
    """

    def __init__(  # noqa: PLR0913 - who talks to whom, about what, and how
        self,
        target: Target,
        judge: Judge,
        contract: Contract,
        history: str,
        *,
        changes: bool,
        pace: Pace | None = None,
        leave: Leave = _ANY,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.target = target
        self.contract = contract
        self.history = history
        self.changes = changes
        self.leave = leave
        self._tell = tell
        self.pace = pace or pace_of(target, changes=changes)
        self.judge = judge
        self._touched = False
        self._notes: dict[str, None] = {}
        self._begin()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of strategy that the contract knows, in its order."""
        return kinds_of(self.contract)

    @property
    def simulated(self) -> bool:
        """The target is a simulation that can be reset: nothing that is done to it has consequences."""
        return self.target.control is not None and "reset" in self.target.control.offers

    def operation(self, role: str, kind: str) -> Operation:
        """The operation that plays a role for a kind: `get`, `create`, `delete` or `act`."""
        return operation_of(self.contract, role, kind)

    def example(self, operation: Operation) -> dict[str, Any]:
        """A body that the operation must take; a fresh copy."""
        return example_of(self.contract, operation.operation_id)

    def send(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        headers: Headers = (),
        caller: Caller = Caller.OURS,
    ) -> Exchange:
        """Send one request as that caller and have it judged. Raises Unreachable, Unsendable, Intruder."""
        parts: _Parts = {"query": query, "body": body, "headers": headers, "caller": caller}
        if is_safe(method):
            return self._send(method, path, parts)
        self._before_a_change(method, path, body)
        with undisturbed():
            return self._send(method, path, parts)

    def _send(self, method: str, path: str, parts: _Parts) -> Exchange:
        try:
            exchange = self.target.send(method, path, origin=self.history, **parts)
            if self._others_came_between(exchange):
                self._begin()
            self.judge.judge(exchange, self.history)
        except Unsendable:
            raise
        except BaseException:
            # Nobody knows what the request has done: the judge must not go on from what was before it.
            self._begin()
            raise
        if self.leave.ownership is not None:
            self.leave.ownership.see(self.contract, exchange)
        return exchange

    def _others_came_between(self, exchange: Exchange) -> bool:
        """Nothing was there when we looked, and since then somebody else has created a strategy.

        The target is right to show it, and to refuse what cannot be done beside it. Raises Unreachable.
        """
        if self.leave.ownership is None:
            return False
        if any(slot.presence is Presence.PRESENT for slot in self._monitor.known.slots.values()):
            return False
        if self.simulated or not _may_be_in_the_way(exchange, self.contract):
            return self.is_foreign(exchange)
        paths = [self.operation("get", kind).path for kind in self.kinds]
        looks = [self.target.send("GET", path, origin=self.history) for path in paths]
        return any(self.is_foreign(look) for look in looks)

    def is_foreign(self, exchange: Exchange) -> bool:
        """The answer shows a strategy of somebody else, on a target that others may use."""
        ownership = self.leave.ownership
        return ownership is not None and not self.simulated and ownership.is_foreign(self.contract, exchange)

    def may(self, changes: Iterable[Change]) -> bool:
        """All of these changes are permitted."""
        return self.leave.permitted.issuperset(changes)

    def _before_a_change(self, method: str, path: str, body: bytes) -> None:
        """Make sure that the change is permitted and can hit nobody else's strategy. Raises Intruder, Unreachable."""
        missing = changes_of(self.contract, method, path, body) - self.leave.permitted
        if missing:
            raise AssertionError(f"{method} {path} was about to be sent, but {needs(missing)}")
        ownership = self.leave.ownership
        if ownership is not None:
            if not self.simulated and not ownership.own and "/strategy" in path:
                for kind in self.kinds:
                    self.strategy(kind)
            ownership.ask(self.contract, method, path)
        self._touched = True

    def strategy(self, kind: str) -> dict[str, Any] | None:
        """The strategy of that kind as the target shows it now, or None."""
        operation = self.operation("get", kind)
        return strategy_of(self.send(operation.method.upper(), operation.path))

    def ask_which(self) -> None:
        """Ask which strategy there is, where the release has an answer to that; the judge compares."""
        teller = teller_of(self.contract)
        if teller is not None:
            self.send(teller.method.upper(), teller.path)

    def wait(
        self, kind: str, holds: Callable[[dict[str, Any]], bool], *, closely: bool = True
    ) -> dict[str, Any] | None:
        """Poll the strategy of a kind until the condition holds for it; the strategy then, or None when it never will.

        It never will when there is no strategy, when the strategy rests, or when twice the longest `timeout` that its
        phases show has passed.
        """
        look = _Look(self, kind, self._tell)
        seen = look()
        waited = self.pace.until(
            look if self.pace.still else _beginning_with(seen, look),
            lambda value: value is None or is_at_rest(value) or holds(value),
            limit_of(seen),
            closely=closely,
        )
        last: dict[str, Any] | None = waited.last
        return last if last is not None and holds(last) else None

    def clear(self) -> None:
        """Leave the target with no strategy; also when the time of the run is up, not when somebody insists to end.

        Raises NotCleared when it will not let go of one, Unreachable.
        """
        if not self.changes or is_insisted():
            return
        with self.target.overtime():
            self._clear()

    def _clear(self) -> None:
        ownership = self.leave.ownership
        if self.simulated and self.target.control is not None:
            self.target.control.begin_anew(_GRID)
            self._begin()
            if ownership is not None:
                ownership.forget()
        elif self._touched:
            for kind in self.kinds:
                self.remove(kind)
        self._touched = False

    def remove(self, kind: str) -> None:
        """Abort the strategy of a kind if need be, wait for it, and delete it. Raises NotCleared, Unreachable."""
        strategy = self.strategy(kind)
        if strategy is None:
            return
        if strategy.get("state") == "applying":
            if self.may({Change.ABORT}):
                self.act(kind, {"action": "abort"})
            elif is_at_rest(strategy) and self.may({Change.APPLY}):
                self.act(kind, {"action": "apply-all"})  # between two stages it would rest for ever
        self.wait(kind, lambda seen: not is_busy(seen))
        self.send_json("delete", kind, {"force": False})
        if self.strategy(kind) is not None:
            raise NotCleared(f"the {kind} strategy is still there after abort, wait and delete")

    def load(self, world: Mapping[str, Any]) -> None:
        """Put another world in place of the target's, with no strategy in it. Raises ControlError."""
        if self.target.control is not None:
            self.target.control.load(world)
            self._begin()

    def stir(self) -> None:
        """Tell the judge that the control has just done something to the target, which need not be as it was."""
        control = self.target.control
        self.judge.stir(self.history, control.last if control is not None else None)

    def expect(self, prediction: Prediction | None) -> None:
        """Have the strategy that is shown next at the moment of a prediction compared with it."""
        self.judge.expect(self.history, prediction)

    def settle(self, world: Mapping[str, Any]) -> None:
        """Put another world under the target, and begin anew. Raises RefusedError."""
        if self.target.control is not None:
            self.target.control.load(world)
            self.judge.borrow(self.history)
            self._begin()
            self.stir()

    def act(self, kind: str, body: Any) -> Exchange:
        """Send an action request."""
        return self.send_json("act", kind, body)

    def send_json(self, role: str, kind: str, value: Any) -> Exchange:
        """Send a JSON value to the operation that plays a role for a kind."""
        operation = self.operation(role, kind)
        return self.send(operation.method.upper(), operation.path, body=dumped(value), headers=JSON)

    @property
    def recent(self) -> tuple[Exchange, ...]:
        """The last exchanges, from the moment at which the target was last cleared at the earliest."""
        return tuple(self._monitor.recent)

    @contextmanager
    def apart(self) -> Iterator[Target]:
        """Let others ask the target meanwhile; what they do to it is known afterwards by nobody."""
        self._touched = True
        ownership = self.leave.ownership
        if ownership is not None:
            for kind in self.kinds:
                operation = self.operation("create", kind)
                ownership.ask(self.contract, operation.method, operation.path)
            self.target.heard = lambda exchange: ownership.learn(self.contract, exchange)
        try:
            yield self.target
        finally:
            self.target.heard = hear_nothing
            self._begin()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told beside the verdicts, each text once."""
        return tuple(self._notes)

    def note(self, text: str) -> None:
        """Tell something that is no verdict."""
        if len(self._notes) < _MOST_NOTES:
            self._notes.setdefault(text)

    def judge_history(self, history: History) -> None:
        """Have judged what others asked at the same time."""
        self.judge.judge_history(history)

    def _begin(self) -> None:
        # A target that we do not change may be changed by others between two of our requests.
        self._monitor = self.judge.begin(self.history, shared=not self.changes, still_clock=self.pace.still)

    def __enter__(self) -> Self:
        self.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()


class _Look:
    """Looks at the strategy of a kind; a moment in which the service is not available shows nothing new."""

    def __init__(self, talk: Conversation, kind: str, tell: Callable[[str], None]) -> None:
        self._talk = talk
        self._operation = talk.operation("get", kind)
        self._tell = tell
        self._last: dict[str, Any] | None = None

    def __call__(self) -> dict[str, Any] | None:
        exchange = self._talk.send(self._operation.method.upper(), self._operation.path)
        if exchange.status not in UNAVAILABLE:
            self._last = strategy_of(exchange)
            self._tell(_told(self._operation.kind, self._last))
        return self._last


def _may_be_in_the_way(exchange: Exchange, contract: Contract) -> bool:
    """The request was refused as it is while a strategy is there: a conflict, or a create with nothing wrong in it."""
    operation = contract.match(exchange.method, exchange.path)
    role = role_of(operation)
    if operation is None or role in (None, Role.READ):
        return False
    if exchange.status == HTTPStatus.CONFLICT:
        return True
    if role is not Role.CREATE or exchange.status != HTTPStatus.BAD_REQUEST or exchange.request_json is NO_JSON:
        return False
    return not contract.body_errors(operation.operation_id, exchange.request_json)


def _beginning_with(seen: Any, look: Callable[[], Any]) -> Callable[[], Any]:
    """Looks of which the first was had already: in real time two looks are never nearer than the interval."""
    had = [seen]
    return lambda: had.pop() if had else look()


def _told(kind: str | None, strategy: dict[str, Any] | None) -> str:
    seen = strategy or {}
    state, percent = (str(seen.get(each))[:_TOLD] for each in ("state", "current-phase-completion-percentage"))
    return f"waiting: {kind} {state} {percent} %" if strategy else ""
