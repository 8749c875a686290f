"""Turns what was drawn into requests: the law names the situation and what may be asked in it.

Whatever was not seen yet goes first. A roll is a number that Hypothesis drew; what it becomes depends on where the
target stands, so that the same rolls on the same target are the same requests.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from conformance.checks.lawful import situation_of
from conformance.drivers.changes import Change
from conformance.drivers.conversation import JSON, Conversation, NotCleared
from conformance.drivers.faults import named, needs_world
from conformance.drivers.glance import current_stage, dumped, is_at_rest, total_stages
from conformance.drivers.lifecycle import Scenario, Stuck, go
from conformance.drivers.samples import spelled
from conformance.drivers.worlds import random_world
from conformance.findings.edges import Edges
from conformance.generic import is_generic
from conformance.model.ways import Faults, faults_of, ways_of
from conformance.shape import read_strategy
from conformance.targets.control import ControlError, RefusedError
from conformance.targets.transport import Unreachable
from spec.graph import ACCEPTED, ANOTHER, ITSELF, Edge, Graph
from spec.law import ABSENT, Expectation, Law

ROLLS: Final = 1000

# How much more often than a known one that leads nowhere an edge is taken: one that was not seen yet, rather if it does
# not leave the situation; one that leads on; and one that ends the strategy.
_UNSEEN: Final = 40
_UNSEEN_LEAVING: Final = 10
_ONWARD: Final = 8
_ENDING: Final = 2

# Seconds of a little pause: none, a beat, a step, an audit, a timeout.
_PAUSES: Final = (0.0, 1.0, 7.0, 30.0, 120.0, 400.0, 1500.0)
_FORMS: Final[Mapping[str, Sequence[bytes]]] = {
    "delete": (b"", b"{}", dumped({"force": False})),
    "delete-force": (dumped({"force": True}),),
}
_WORDS: Final = {word: request for request, word in ANOTHER.items()}


class Player:
    """Plays drawn moves in one conversation.

    `ended` is why nothing more is sent, once the target is gone; `own_world` is the world of the target, when it can be
    put back. `edges` are those seen so far.
    """

    def __init__(self, conversation: Conversation, law: Law, graph: Graph, edges: Edges) -> None:
        self.kinds = conversation.kinds
        self.ended: Exception | None = None
        self._talk = conversation
        self._law = law
        self._graph = graph
        self._edges = edges
        self._bodies: dict[str, dict[str, Any]] = {}
        self._arrivals: dict[str, str] = {}
        self._moved = False
        control = conversation.target.control
        self._offers = control.offers if control is not None and conversation.simulated else frozenset()
        self.own_world = _own_world(conversation) if "world" in self._offers else None

    # --- moves, one per rule

    def begin(self) -> None:
        """Begin with no strategy, in the target's own world."""
        self.restore()
        self._unless_ended(self._talk.clear)

    def restore(self) -> None:
        """Put the target's own world back in place."""
        own = self.own_world
        if self._moved and own is not None:
            self._unless_ended(lambda: self._talk.load(own))
        self._moved = False

    def world(self, seed: int) -> None:
        """Put a random world in place, where the control can put it back; one time in two the own world stays."""
        if self.own_world is not None and seed % 2:
            self._moved = True
            self._unless_ended(lambda: self._load(random_world(seed)))

    def ask(self, roll: int, body: Mapping[str, Any]) -> None:
        """Send a request that the law knows for what is there, and look where that led."""
        self._unless_ended(lambda: self._ask(roll, body))

    def later(self, roll: int) -> None:
        """Let time pass: until the situation is another, until the strategy rests, or a little."""
        self._unless_ended(lambda: self._later(roll))

    def visit(self, roll: int) -> None:
        """Go to a situation from the beginning, rather to one of which more is unseen."""
        self._unless_ended(lambda: self._visit(roll))

    def disturb(self, roll: int) -> None:
        """Have something go wrong from now on, where the control offers faults."""
        if "faults" in self._offers:
            faults = [each for kind in self.kinds for each in faults_of(kind, self._talk.contract, self._law)]
            if faults:
                self._unless_ended(lambda: self._break(faults[roll % len(faults)]))

    def restart(self) -> None:
        """Restart the service, where the control offers that."""
        control = self._talk.target.control
        if "restart" in self._offers and control is not None:
            self._unless_ended(lambda: self._stirred(control.restart))

    # --- how

    def _ask(self, roll: int, body: Mapping[str, Any]) -> None:
        shown = {kind: self._talk.strategy(kind) for kind in self.kinds}
        asked = self._askable(shown)
        if not asked:
            return
        kind, word = _rolled(asked, roll)
        if word == ITSELF:
            place = self._place(shown[kind])
            self._talk.wait(kind, lambda seen: self._place(seen) != place)
            return
        self._send(kind, word, roll, body, shown[kind] or {})
        for each in self.kinds:
            self._talk.strategy(each)

    def _askable(self, shown: Mapping[str, dict[str, Any] | None]) -> dict[tuple[str, str], int]:
        """The kinds and words that may be asked now, and `itself` where waiting leads on; each with its weight."""
        unseen = frozenset(self._edges.unseen(self._graph))
        places = {kind: self._place(strategy) for kind, strategy in shown.items()}
        crowded = any(shown.values())
        found: dict[tuple[str, str], int] = {}
        for edge in self._graph.edges:
            if edge.before != places[edge.kind] or not self._is_allowed(edge):
                continue
            if edge.request == "create" and not _fits(edge, crowded=crowded):
                continue
            asked = edge.kind, edge.request or ITSELF
            found[asked] = max(found.get(asked, 0), self._weight(edge, unseen))
        return found

    def _weight(self, edge: Edge, unseen: frozenset[Edge]) -> int:
        leaves = edge.cause == ITSELF or edge.outcome == ACCEPTED
        if edge in unseen:
            return _UNSEEN_LEAVING if leaves else _UNSEEN
        return 1 if not leaves else _ENDING if edge.after == ABSENT else _ONWARD

    def _is_allowed(self, edge: Edge) -> bool:
        """What the run permits; on a real system nothing that the law leaves open: it may leave hosts locked."""
        if edge.cause == ITSELF:
            return True
        request = _WORDS.get(edge.request, edge.request)
        if not self._talk.may({Change(request.partition("-")[0])}):
            return False
        return self._talk.simulated or Expectation.EITHER not in self._law.words_for(request, edge.before)

    def _send(self, kind: str, word: str, roll: int, body: Mapping[str, Any], seen: dict[str, Any]) -> None:
        if word == "create":
            operation = self._talk.operation("create", kind)
            if is_generic(self._law, kind):
                body = spelled(self._talk.contract, operation.operation_id, body)
            self._talk.send_json("create", kind, {**self._talk.example(operation), **body})
        elif word in _FORMS:
            operation = self._talk.operation("delete", kind)
            forms = [form for form in _FORMS[word] if form or operation.body != "required"]
            form = forms[roll % len(forms)]
            self._talk.send("DELETE", operation.path, body=form, headers=JSON if form else ())
        else:
            self._talk.act(kind, _action(word, roll, seen))

    def _later(self, roll: int) -> None:
        shown = {kind: strategy for kind in self.kinds if (strategy := self._talk.strategy(kind)) is not None}
        if not shown or roll % 4 == 0:
            self._talk.pace.nudge(_PAUSES[roll % len(_PAUSES)])
            return
        kind, strategy = next(iter(shown.items()))
        place = self._place(strategy)
        if roll % 4 < 3:  # noqa: PLR2004 - two sides of four
            self._talk.wait(kind, lambda seen: self._place(seen) != place)
        else:
            self._talk.wait(kind, is_at_rest, closely=False)

    def _visit(self, roll: int) -> None:
        ways = {
            way.id: way
            for kind in self.kinds
            for way in ways_of(kind, self._talk.contract, self._law)
            if self._can_go(way)
        }
        if not ways:
            return
        self._talk.clear()
        way = ways[_rolled({name: self._interest(each) for name, each in ways.items()}, roll)]
        try:
            go(way, self._talk)
        except (Stuck, RefusedError):
            return
        self._arrivals[way.id] = self._place(self._talk.strategy(way.kind)) or ""

    def _can_go(self, way: Scenario) -> bool:
        if not self._talk.may(way.changes) or (way.simulated and not self._talk.simulated):
            return False
        return way.needs <= self._offers

    def _interest(self, way: Scenario) -> int:
        """How much is unseen where the way leads; a way that was not gone yet is the most interesting."""
        arrival = self._arrivals.get(way.id)
        if arrival is None:
            return _UNSEEN
        return 1 + sum((edge.kind, edge.before) == (way.kind, arrival) for edge in self._edges.unseen(self._graph))

    def _break(self, faults: Faults) -> None:
        control = self._talk.target.control
        if control is None:
            return
        try:
            told = named(faults, control.world() if needs_world(faults) else {})
        except (LookupError, RefusedError):
            return
        self._stirred(lambda: control.inject(told))

    def _load(self, world: dict[str, Any]) -> None:
        with suppress(RefusedError):  # not every target takes any world
            self._talk.load(world)

    def _stirred(self, action: Callable[[], None]) -> None:
        try:
            action()
        except RefusedError:
            return
        self._talk.stir()

    def _place(self, strategy: dict[str, Any] | None) -> str | None:
        """The situation as the law names it; None for a document that shows none."""
        if strategy is None:
            return ABSENT
        read = read_strategy({"strategy": strategy})
        situation = situation_of(read, self._law) if read is not None else None
        return situation.name if situation is not None else None

    def _unless_ended(self, action: Callable[[], None]) -> None:
        if self.ended is not None:
            return
        try:
            action()
        except (Unreachable, NotCleared, ControlError) as error:
            # To be told by whoever holds the player: Hypothesis would take it for a failure and repeat the moves.
            self.ended = error


def _own_world(talk: Conversation) -> dict[str, Any] | None:
    """The world of the target; None when it does not show it, and so could not get it back."""
    control = talk.target.control
    if control is None:
        return None
    with suppress(RefusedError):
        return control.world() or None
    return None


def _fits(edge: Edge, *, crowded: bool) -> bool:
    """A create of an absent kind is accepted or refused, by whether the other kind is there."""
    return edge.before != ABSENT or crowded is (edge.outcome != ACCEPTED)


def _rolled[T](weights: Mapping[T, int], roll: int) -> T:
    """The name on which the roll falls; every name has as many sides as it weighs."""
    side = roll % sum(weights.values())
    for name, weight in weights.items():
        side -= weight
        if side < 0:
            return name
    raise AssertionError("a roll falls on some side")


def _action(word: str, roll: int, seen: dict[str, Any]) -> dict[str, Any]:
    """The body of an action; a stage other than the current one is the next, the one before, or one beyond all."""
    action = _WORDS.get(word, word)
    if action not in ANOTHER:
        return {"action": action}
    current, total = current_stage(seen), total_stages(seen)
    others = (current + 1, current - 1, total + 7, -1 if current else current + 2)
    stage = current if action == word else others[roll % len(others)]
    return {"action": action, "stage-id": str(stage)}
