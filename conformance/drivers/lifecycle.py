"""Scripted lifecycles: reads the scenarios (data, `scenarios/*.yaml`) and plays them on a target.

A scenario never judges: every exchange goes to the judge. What a step expects only decides whether going on makes
sense; when it does not, the reason is handed back, and what was not exercised stays untested.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from conformance.drivers.changes import Change, changes_of_action, needs
from conformance.drivers.conversation import JSON, Conversation
from conformance.drivers.faults import named, needs_world
from conformance.drivers.glance import (
    current_stage,
    dumped,
    is_running,
    phase_of,
    running_step,
    steps_at_hand,
    strategy_of,
    total_stages,
)
from conformance.drivers.samples import spelled
from conformance.exchange import Exchange
from conformance.generic import Programme
from conformance.shape import gist
from conformance.targets.control import Control, RefusedError
from spec.documents import read_document

type Step = Mapping[str, Any]
type Programmes = Mapping[str, Programme]

# What a scenario says of kinds whose plan is open -> the programmes of those that play it.
_OPEN_TO: Final = {
    "":      frozenset[Programme](),
    "long":  frozenset({Programme.LONG}),
    "brief": frozenset({Programme.LONG, Programme.BRIEF}),
}  # fmt: skip
_WHOLE: Final = Programme.WHOLE

_MOST_ROUNDS: Final = 200
_BEYOND: Final = 7


class Stuck(Exception):  # noqa: N818 - a fact about the target, not an error of ours
    """The scenario cannot go on; the text says at which step and why."""


@dataclass(frozen=True)
class Scenario:
    """One script for one kind of strategy: `steps`, or `each` tried in the situation that `reach` leads to.

    `level` is how deep it looks. `faults` are injected before the first step. `simulated` says that it must not be
    played on a real system. `wear` is how much of the work it uses up: 0 none, 1 a stage, 2 all of it.
    """

    id: str
    title: str
    kind: str
    steps: tuple[Step, ...] = ()
    reach: tuple[Step, ...] = ()
    each: tuple[Step, ...] = ()
    simulated: bool = False
    faults: tuple[Mapping[str, Any], ...] = ()
    level: str = "lifecycle"

    @property
    def needs(self) -> frozenset[str]:
        """What the control of the target has to offer, so that this can be played."""
        steps = (*self.steps, *self.reach, *self.each)
        restarts = {"restart"} if any("restart" in step for step in steps) else set()
        faults = (*self.faults, *(step["fault"] for step in steps if "fault" in step))
        fails = {"faults", "reset"} if faults else set()
        names = {"world"} if needs_world(faults) else set()
        return frozenset(restarts | fails | names)

    @property
    def changes(self) -> frozenset[Change]:
        """What it does to the target, whichever of the steps of `each` are left out."""
        return frozenset[Change]().union(*map(_changes, (*self.steps, *self.reach)))

    @property
    def wear(self) -> int:
        """What is applied once cannot be applied again on a target that is not reset: such scenarios come last."""
        waits = [step["wait"] for step in (*self.steps, *self.reach) if "wait" in step]
        if any("applied" in _listed(wait.get("state", "")) for wait in waits):
            return 2
        return int(any(wait.get("running") is False or wait.get("stage", 0) > 0 for wait in waits))


def read_scenarios(folder: Path | None = None, programmes: Programmes | None = None) -> tuple[Scenario, ...]:
    """Every scenario of a folder (by default those of this package), one per kind and situation.

    With `programmes` those of their kinds, of each as many as it is tried at. Raises DocumentError.
    """
    folder = folder or Path(str(files("conformance"))) / "scenarios"
    schema = json.loads(
        (Path(str(files("conformance"))) / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8")
    )
    paths = sorted(folder.glob("*.yaml"))
    read = [(path.stem, read_document(path, schema)) for path in paths]
    scenarios = [scenario for name, document in read for scenario in _scenarios(name, document, programmes)]
    return tuple(sorted(scenarios, key=lambda scenario: (scenario.wear, scenario.id)))


def play(scenario: Scenario, conversation: Conversation) -> str | None:
    """Play a scenario; None when it went through, else why it could not. Leaves the target with no strategy.

    Raises Unreachable, NotCleared, ControlError.
    """
    if scenario.simulated and not conversation.simulated:
        return "it would leave hosts locked on a target that cannot be reset"
    missing = scenario.needs - _offers(conversation.target.control)
    if missing:
        return f"it needs a target whose control offers {' and '.join(sorted(missing))}"
    if not conversation.may(scenario.changes):
        return needs(scenario.changes - conversation.leave.permitted)
    with conversation:
        player = _Player(scenario.kind, conversation)
        try:
            player.break_(scenario.faults)
            player.steps(scenario.steps)
            player.each(scenario)
        except Stuck as stuck:
            return str(stuck)
        except RefusedError as refused:
            return f"the control of the target cannot do it: {refused}"
    return None


def go(scenario: Scenario, conversation: Conversation) -> None:
    """Go the way of a scenario to its situation, from an empty target, and stop there.

    Raises Stuck, RefusedError, Unreachable, ControlError.
    """
    player = _Player(scenario.kind, conversation)
    player.break_(scenario.faults)
    player.steps(scenario.reach)


def _offers(control: Control | None) -> frozenset[str]:
    return control.offers if control is not None else frozenset()


class _Player:
    """Plays steps for one kind of strategy and remembers what the strategy looked like."""

    def __init__(self, kind: str, conversation: Conversation) -> None:
        self._kind = kind
        self._talk = conversation
        self._seen: dict[str, Any] = {}
        self._closely = True

    def steps(self, steps: tuple[Step, ...] | list[Step]) -> None:
        for number, step in enumerate(steps, 1):
            try:
                self._step(step)
            except Stuck as stuck:
                raise Stuck(f"step {number} ({_words(step)}): {stuck}") from None

    def each(self, scenario: Scenario) -> None:
        """Try every step in the situation that `reach` leads to; reach it anew whenever it was left."""
        if not scenario.each:
            return
        self.steps(scenario.reach)
        situation = self._situation()
        for step in filter(lambda step: self._talk.may(_changes(step)), scenario.each):
            self._step(step, tolerant=True)
            if self._situation() != situation:
                self._talk.clear()
                self._seen, self._closely = {}, False
                self.break_(scenario.faults)
                self.steps(scenario.reach)
                situation = self._situation()

    def _step(self, step: Step, *, tolerant: bool = False) -> None:
        name = next(name for name in _STEPS if name in step)
        if step.get("simulated") and not self._talk.simulated:
            return
        exchange = _STEPS[name](self, step)
        if not tolerant:
            self._talk.ask_which()
        if exchange is None:
            return
        strategy = strategy_of(exchange)
        if strategy is not None and step.get("kind") != "other":
            self._seen = strategy
        expected = step.get("expect", "accepted")
        if not tolerant and expected != "any" and expected != _outcome(exchange):
            raise Stuck(f"answered {exchange.status}, so what comes after it could not be tried")

    def _situation(self) -> tuple[Any, ...]:
        shown = {kind: self._talk.strategy(kind) for kind in self._talk.kinds}
        self._seen = shown[self._kind] or self._seen
        strategies = shown.values()
        # On a clock that stands still nothing that the contract knows may differ; on the wall clock only what the
        # strategy does by itself may.
        if self._talk.pace.still:
            return tuple(((strategy or {}).get("uuid"), gist(strategy)) for strategy in strategies)
        return tuple(
            (strategy or {}).get(member) for strategy in strategies for member in ("uuid", "state", "current-phase")
        )

    def _of(self, step: Step) -> str:
        return (
            self._kind if step.get("kind") != "other" else next(kind for kind in self._talk.kinds if kind != self._kind)
        )

    def create(self, step: Step) -> Exchange:
        operation = self._talk.operation("create", self._of(step))
        wanted = spelled(self._talk.contract, operation.operation_id, step["create"])
        body = {**self._talk.example(operation), **wanted}
        left_out = {name for name, value in wanted.items() if value is None}
        return self._talk.send_json(
            "create", self._of(step), {name: value for name, value in body.items() if name not in left_out}
        )

    def act(self, step: Step) -> Exchange:
        wanted = step["act"]
        body: dict[str, Any] = {"action": wanted["action"]}
        if "stage" in wanted:
            # The reference says xsd:string; a server need not take an integer.
            body["stage-id"] = str(self._stage(wanted["stage"]))
        return self._talk.act(self._of(step), body)

    def delete(self, step: Step) -> Exchange:
        wanted = step["delete"]
        operation = self._talk.operation("delete", self._of(step))
        bare = wanted == "bare" and operation.body != "required"
        body = b"" if bare else dumped(wanted if isinstance(wanted, dict) else {})
        return self._talk.send("DELETE", operation.path, body=body, headers=JSON if body else ())

    def get(self, step: Step) -> Exchange:
        operation = self._talk.operation("get", self._of(step))
        return self._talk.send("GET", operation.path)

    def wait(self, step: Step) -> None:
        wanted = step["wait"]
        seen = self._talk.wait(self._of(step), lambda strategy: _shows(strategy, wanted), closely=self._closely)
        if seen is None:
            now = self._talk.strategy(self._of(step)) or {}
            raise Stuck(f"did not come about; state {now.get('state')}, phase {now.get('current-phase')}")
        self._seen = seen

    def pass_(self, step: Step) -> None:
        self._talk.pace.nudge(float(step["pass"]))

    def break_(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Inject faults, with the names of the target's world in them."""
        control = self._talk.target.control
        if faults and control is not None:
            try:
                control.inject(named(faults, control.world() if needs_world(faults) else {}))
            except LookupError as error:
                raise Stuck(str(error)) from None
            self._talk.stir()

    def fault(self, step: Step) -> None:
        self.break_([step["fault"]])

    def restart(self, _: Step) -> None:
        control = self._talk.target.control
        if control is not None:
            control.restart()
            self._talk.stir()

    def while_(self, step: Step) -> None:
        for _ in range(_MOST_ROUNDS):
            if self._seen.get("state") != "applying" or is_running(self._seen):
                return
            self.steps(step["do"])
        raise Stuck(f"still paused after {_MOST_ROUNDS} rounds")

    def _stage(self, stage: int | str) -> int:
        current, total = current_stage(self._seen), total_stages(self._seen)
        words = {"current": current, "next": current + 1, "previous": current - 1, "beyond": total + _BEYOND}
        return words[stage] if isinstance(stage, str) else stage


_STEPS: Final = {
    "create": _Player.create,
    "act": _Player.act,
    "delete": _Player.delete,
    "get": _Player.get,
    "wait": _Player.wait,
    "pass": _Player.pass_,
    "while": _Player.while_,
    "fault": _Player.fault,
    "restart": _Player.restart,
}


def _kinds_of(what: Mapping[str, Any], programmes: Programmes | None, kinds: Sequence[str]) -> list[str]:
    """The kinds that play a scenario or a situation, of those that may."""
    named: list[str] = what.get("kinds", kinds)
    if programmes is None:
        return named
    open_to = _OPEN_TO[what.get("generic", "")]
    return [
        kind
        for kind, programme in programmes.items()
        if (kind in named if programme is _WHOLE else programme in open_to)
    ]


def _scenarios(name: str, document: Mapping[str, Any], programmes: Programmes | None) -> Iterator[Scenario]:
    title, simulated = document["title"], document.get("simulated", False)
    level = document.get("level", "lifecycle")
    kinds = document["kinds"]
    for kind in _kinds_of(document, programmes, kinds):
        for case, what in document.get("cases", {}).items():
            if kind in _kinds_of(what, programmes, kinds):
                yield Scenario(
                    f"{name}-{case}-{kind}",
                    f"{title}: {case}",
                    kind,
                    steps=tuple(document["steps"]),
                    simulated=True,
                    faults=tuple(what["faults"]),
                    level=level,
                )
        if "steps" in document and "cases" not in document:
            yield Scenario(
                f"{name}-{kind}", title, kind, steps=tuple(document["steps"]), simulated=simulated, level=level
            )
        for situation, how in document.get("situations", {}).items():
            if kind in _kinds_of(how, programmes, kinds):
                yield Scenario(
                    f"{name}-{situation}-{kind}",
                    f"{title}: {situation}",
                    kind,
                    reach=tuple(how["reach"]),
                    each=tuple(document["each"]),
                    simulated=simulated or how.get("simulated", False) or "faults" in how,
                    faults=tuple(how.get("faults", ())),
                    level=how.get("level", level),
                )


def _changes(step: Step) -> frozenset[Change]:
    inner = frozenset[Change]().union(*map(_changes, step.get("do", ())))
    own = {Change(name) for name in ("create", "delete") if name in step}
    return inner | own | (changes_of_action(step["act"]) if "act" in step else frozenset())


def _shows(strategy: dict[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(_CONDITIONS[name](strategy, value) for name, value in wanted.items())


_CONDITIONS: Final[Mapping[str, Callable[[dict[str, Any], Any], bool]]] = {
    "state": lambda strategy, words: strategy.get("state") in _listed(words),
    "phase": lambda strategy, words: strategy.get("current-phase") in _listed(words),
    "step": lambda strategy, words: running_step(strategy) in _listed(words),
    "running": lambda strategy, wanted: is_running(strategy) is wanted,
    "beside": lambda strategy, words: not steps_at_hand(strategy).isdisjoint(_listed(words)),
    "stage": lambda strategy, number: current_stage(strategy) == number and bool(phase_of(strategy, "apply")),
}


def _listed(words: str | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else words


def _outcome(exchange: Exchange) -> str:
    return "accepted" if HTTPStatus.OK <= exchange.status < HTTPStatus.MULTIPLE_CHOICES else "refused"


def _words(step: Step) -> str:
    return ", ".join(f"{name} {value}" for name, value in step.items() if name not in ("expect", "do"))
