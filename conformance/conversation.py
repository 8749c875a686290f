"""One history of exchanges with a target.

Everything that is sent is judged, and it begins and ends with no strategy.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self

from conformance.bodies import example_of
from conformance.checks.context import Deviation
from conformance.exchange import Exchange, Headers
from conformance.glance import dumped, is_at_rest, is_busy, limit_of, strategy_of
from conformance.histories.call import History
from conformance.judge import Judge, Opinion
from conformance.pace import Pace, VirtualPace, WallPace
from conformance.roles import kinds_of, operation_of
from conformance.target import Target, Unsendable
from spec.contract import Contract, Operation

JSON: Final[Headers] = (("Content-Type", "application/json"),)

# A simulation may do things at even times (audits, looks at timers). What is tried after a reset begins at an even
# time too, so that it does not depend on what was tried before. Seconds.
_GRID: Final = 3600.0
_MOST_NOTES: Final = 20


class NotCleared(Exception):  # noqa: N818 - a fact about the target, not an error of ours
    """The target keeps a strategy that could not be aborted and deleted; nothing more can be tried on it."""


def pace_of(target: Target, *, changes: bool) -> Pace:
    """The pace that suits a target: its own clock when it obeys us and we may change things, else the wall clock."""
    control = target.control
    return VirtualPace(control) if changes and control is not None and "clock" in control.offers else WallPace()


class Conversation:
    """Talks to one target in one history.

    As a context it clears the target before and after, whatever happens in between.
    """

    def __init__(  # noqa: PLR0913 - who talks to whom, about what, and how
        self, target: Target, judge: Judge, contract: Contract, history: str, *, changes: bool, pace: Pace | None = None
    ) -> None:
        self.target = target
        self.contract = contract
        self.history = history
        self.changes = changes
        self.pace = pace or pace_of(target, changes=changes)
        self._judge = judge
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
        """The example of the operation's request body; a fresh copy."""
        return example_of(self.contract, operation.operation_id)

    def send(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        headers: Headers = (),
        anonymous: bool = False,
    ) -> Exchange:
        """Send one request and have it judged. Raises Unreachable, Unsendable."""
        if method not in ("GET", "HEAD", "OPTIONS"):
            self._touched = True
        try:
            exchange = self.target.send(
                method, path, query=query, body=body, headers=headers, origin=self.history, anonymous=anonymous
            )
            self._judge.judge(exchange, self.history)
        except Unsendable:
            raise
        except BaseException:
            # Nobody knows what the request has done: the judge must not go on from what was before it.
            self._begin()
            raise
        return exchange

    def strategy(self, kind: str) -> dict[str, Any] | None:
        """The strategy of that kind as the target shows it now, or None."""
        operation = self.operation("get", kind)
        return strategy_of(self.send(operation.method.upper(), operation.path))

    def wait(
        self, kind: str, holds: Callable[[dict[str, Any]], bool], *, closely: bool = True
    ) -> dict[str, Any] | None:
        """Poll the strategy of a kind until the condition holds for it; the strategy then, or None when it never will.

        It never will when there is no strategy, when the strategy rests, or when twice the longest `timeout` that its
        phases show has passed.
        """
        seen = self.strategy(kind)
        waited = self.pace.until(
            lambda: self.strategy(kind),
            lambda value: value is None or is_at_rest(value) or holds(value),
            limit_of(seen),
            closely=closely,
        )
        last: dict[str, Any] | None = waited.last
        return last if last is not None and holds(last) else None

    def clear(self) -> None:
        """Leave the target with no strategy. Raises NotCleared when it will not let go of one, Unreachable."""
        if not self.changes:
            return
        if self.simulated and self.target.control is not None:
            self.target.control.begin_anew(_GRID)
            self._begin()
        elif self._touched:
            for kind in self.kinds:
                self._delete(kind)
        self._touched = False

    def _delete(self, kind: str) -> None:
        strategy = self.strategy(kind)
        if strategy is None:
            return
        if strategy.get("state") == "applying":
            self.act(kind, {"action": "abort"})
        self.wait(kind, lambda seen: not is_busy(seen))
        self.send_json("delete", kind, {"force": False})
        if self.strategy(kind) is not None:
            raise NotCleared(f"the {kind} strategy is still there after abort, wait and delete")

    def stir(self) -> None:
        """Tell the judge that the control has just done something to the target, which need not be as it was."""
        control = self.target.control
        self._judge.stir(self.history, control.last if control is not None else None)

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
        try:
            yield self.target
        finally:
            self._begin()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told beside the verdicts, each text once."""
        return tuple(self._notes)

    def note(self, text: str) -> None:
        """Tell something that is no verdict."""
        if len(self._notes) < _MOST_NOTES:
            self._notes.setdefault(text)

    def hear(self, exchange: Exchange, requirements: Iterable[str], charged: str, deviation: Deviation) -> Opinion:
        """Have the judge hear a second witness of the last exchange."""
        return self._judge.hear(exchange, requirements, charged, deviation)

    def judge_history(self, history: History) -> None:
        """Have judged what others asked at the same time."""
        self._judge.judge_history(history)

    def _begin(self) -> None:
        # A target that we do not change may be changed by others between two of our requests.
        self._monitor = self._judge.begin(self.history, shared=not self.changes, still_clock=self.pace.still)

    def __enter__(self) -> Self:
        self.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
