"""Has a target plan: create bodies of every shape on worlds of every shape, each strategy built, looked at and deleted.

With an oracle each strategy is compared with its prediction, right after its build, and some at the end of an apply.
"""

from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any, Final

from conformance.drivers.changes import Change
from conformance.drivers.conversation import Conversation
from conformance.drivers.glance import is_busy
from conformance.generic import NO_PLANS, planned_kinds
from conformance.predictions.oracle import Oracle
from conformance.predictions.prediction import Prediction, World
from conformance.predictions.reordered import in_the_order_of
from conformance.shape import read_strategy
from conformance.strategy import Strategy
from conformance.targets.control import ControlError, RefusedError
from spec.law import Law
from spec.ledger import Ledger

type Body = Mapping[str, Any]

_BUILD: Final = 200.0  # seconds in which a simulated build has come to its end
_DRAWN: Final = 3
_SET: Final = 2  # bodies that are not drawn
_LISTED: Final = "listed_value_is_accepted"
# What the first two bodies of a kind ask for, where the reference lists the value; the rest is drawn.
_PLAIN: Final = ("serial", "migrate", "strict", 2)
_WIDE: Final = ("parallel", "serial", "stop-start", "relaxed", 3)


def bodies_of(ledger: Ledger, operation_id: str, rng: Random, drawn: int = _DRAWN) -> Iterator[dict[str, Any]]:
    """Create bodies of one operation: everything in series, everything in parallel, and so many that are drawn."""
    values = {
        each.parameters["member"]: list(each.parameters["values"])
        for each in ledger.checked
        if each.check == _LISTED and each.parameters["operation"] == operation_id
    }
    for wanted in (_PLAIN, _WIDE):
        yield {member: next((word for word in wanted if word in words), words[0]) for member, words in values.items()}
    for _ in range(drawn):
        yield {member: rng.choice(_often(words)) for member, words in values.items()}


def _often(words: list[Any]) -> list[Any]:
    """The words to draw from: what is ignored leaves nothing to plan, so it stands there once and all others twice."""
    return [*words, *(word for word in words if word != "ignore")]


class Planner:
    """Plays create bodies on worlds, of kinds whose plan the law tells; `oracle` None only has the target plan."""

    def __init__(self, conversation: Conversation, ledger: Ledger, law: Law, oracle: Oracle | None, seed: int) -> None:
        self._talk = conversation
        self._ledger = ledger
        self._kinds = planned_kinds(conversation.contract, law)
        self._oracle = oracle
        self._seed = seed

    def on_worlds(self, worlds: Iterable[tuple[str, World]], *, drawn: int = _DRAWN) -> str | None:
        """Load each world and plan on it; None, or why the target could not be tried. Raises Unreachable, NotCleared.

        A world that the target refuses is left out; that is its right.
        """
        if not self._kinds:
            return NO_PLANS
        control = self._talk.target.control
        if control is None or "world" not in control.offers:
            return "it needs a target whose control offers world"
        before = own_world(self._talk, None)
        refused = []
        with self._talk:
            for name, world in worlds:
                try:
                    self._talk.settle(world)
                    self._on(world, _rng(self._seed, name), drawn, run=True)
                except RefusedError as error:
                    refused.append(f"{name} ({error})")
            if before is not None:
                self._talk.settle(before)
        return f"these worlds were refused: {', '.join(refused)}" if refused else None

    def on_own_world(self, world: World | None, *, drawn: int = _DRAWN) -> str | None:
        """Plan on the world that the target has; None, or why there is nothing to plan.

        `world` is its document, where it is known. Nothing is applied, so that the document stays true. Raises
        Unreachable, NotCleared.
        """
        if not self._kinds:
            return NO_PLANS
        with self._talk:
            self._on(world, _rng(self._seed, ""), drawn, run=False)
        return None

    def _on(self, world: World | None, rng: Random, drawn: int, *, run: bool) -> None:
        for kind in self._kinds:
            operation = self._talk.operation("create", kind)
            reasons: list[str] = []
            for number, body in enumerate(bodies_of(self._ledger, operation.operation_id, rng, drawn)):
                if number == _SET and len(set(reasons)) == 1 and reasons[0]:
                    break  # no body changes what stands in the way of every build
                seen = self._plan(kind, body, world, run=run and number == drawn % 2)
                reasons.append(seen.build.reason if seen is not None else "")
        self._talk.expect(None)

    def _plan(self, kind: str, body: Body, world: World | None, *, run: bool) -> Strategy | None:
        """One strategy from its creation to its deletion; how it looked when its build had ended."""
        created = self._talk.send_json("create", kind, body)
        if not created.succeeded:
            return None
        seen = self._built(kind)
        prediction = self._prediction(kind, body, world, seen) if world is not None and seen is not None else None
        self._talk.expect(prediction)
        self._talk.strategy(kind)
        worn = run and prediction is not None and self._run(kind, prediction)
        self._talk.send_json("delete", kind, {"force": False})
        if worn and world is not None:
            self._talk.settle(world)  # what was applied cannot be planned again
        return seen

    def _built(self, kind: str) -> Strategy | None:
        """The strategy when its build has ended; None when it never does."""
        self._talk.pace.nudge(_BUILD)
        shown = self._talk.wait(kind, lambda strategy: not is_busy(strategy), closely=False)
        return read_strategy({"strategy": shown})

    def _prediction(self, kind: str, body: Body, world: World, seen: Strategy) -> Prediction | None:
        if self._oracle is None:
            return None
        if self._loads_worlds:
            return self._oracle.nearest(world, kind, body, seen)
        # The patch controller need not list its hosts in the same order twice (ENGINE.md C6).
        return self._oracle.nearest(in_the_order_of(seen, world), kind, body, seen)

    @property
    def _loads_worlds(self) -> bool:
        control = self._talk.target.control
        return control is not None and "world" in control.offers

    def _run(self, kind: str, prediction: Prediction) -> bool:
        """Apply all of the strategy on a simulated target, and compare what it comes to; whether it was applied."""
        assert self._oracle is not None  # noqa: S101 - there is a prediction
        simulated = self._talk.simulated and self._talk.pace.still and self._talk.may({Change.APPLY})
        ended = self._oracle.end_of(prediction) if simulated else None
        if ended is None or not self._talk.act(kind, {"action": "apply-all"}).succeeded:
            return False
        self._talk.expect(ended)
        self._talk.pace.nudge(ended.strategy.apply.timeout + ended.strategy.abort.timeout + _BUILD)
        self._talk.wait(kind, lambda strategy: not is_busy(strategy), closely=False)
        return True


def _rng(seed: int, name: str) -> Random:
    return Random(f"{seed} {name}")  # noqa: S311 - a drawing that can be repeated, no secret


def own_world(conversation: Conversation, given: World | None) -> World | None:
    """The world that a target has: as it was given, else as its control shows it; None when nobody says."""
    control = conversation.target.control
    if given is not None or control is None or "world" not in control.offers:
        return given
    try:
        return control.world()
    except ControlError:
        return None
