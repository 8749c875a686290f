"""A strategy document as typed values, read once per answer, so that checks compare values and never test for types.

The shape of a document is the business of the contract; a document whose phases, stages or steps lack a member or
carry a wrong type is not read at all, and only the checks of shape speak about it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress, count, repeat
from operator import attrgetter, contains, itemgetter
from typing import Any, Final, NamedTuple


class Step(NamedTuple):
    """One step; `timeout` in seconds, times as texts of the wire (ENGINE.md 1.3)."""

    id: int
    name: str
    timeout: int
    entity_type: str
    entity_uuids: tuple[str, ...]
    entity_names: tuple[str, ...]
    result: str
    reason: str
    start: str
    end: str


class _Stage(NamedTuple):
    """The members of a stage."""

    id: int
    name: str
    timeout: int
    total_steps: int
    current_step: int
    inprogress: bool
    result: str
    reason: str
    start: str
    end: str
    steps: tuple[Step, ...]


class Stage(_Stage):
    """One stage (ENGINE.md 1.3), and what follows from its steps, computed once."""

    @cached_property
    def results(self) -> Mapping[str, int]:
        """How many steps have each result; what none has is not there."""
        found: dict[str, int] = {}
        for step in self.steps:
            found[step.result] = found.get(step.result, 0) + 1
        return found

    @cached_property
    def shares(self) -> frozenset[tuple[str, int]]:
        """The same as a set: a result and how many steps have it."""
        return frozenset(self.results.items())

    @cached_property
    def starts(self) -> Sequence[str]:
        """When each step started."""
        return [step.start for step in self.steps]

    @cached_property
    def ends(self) -> Sequence[str]:
        """When each step ended."""
        return [step.end for step in self.steps]

    @cached_property
    def ended(self) -> int:
        """How many steps have an end date."""
        return sum(map(bool, self.ends))

    @cached_property
    def uuids(self) -> Mapping[str, str]:
        """The uuid of each host, as the last step that names it has it."""
        return {
            name: uuid
            for step in self.steps
            if step.entity_type == "hosts" and len(step.entity_names) == len(step.entity_uuids)
            for name, uuid in zip(step.entity_names, step.entity_uuids, strict=True)
        }

    @cached_property
    def owners(self) -> Mapping[tuple[str, str], str]:
        """The name that belongs to each uuid, by the type of the entity and the uuid."""
        return {
            (step.entity_type, uuid): name
            for step in self.steps
            if len(step.entity_names) == len(step.entity_uuids)
            for name, uuid in zip(step.entity_names, step.entity_uuids, strict=True)
        }

    @cached_property
    def entities(self) -> Mapping[str, frozenset[str]]:
        """The names of the entities that steps of each name work on."""
        found: dict[str, frozenset[str]] = {}
        for step in self.steps:
            found[step.name] = found.get(step.name, frozenset()).union(step.entity_names)
        return found


_RESULTS: Final = attrgetter("results")
_SHARES: Final = attrgetter("shares")


class _Phase(NamedTuple):
    """The members of a phase."""

    name: str
    timeout: int
    total_stages: int
    current_stage: int
    stop_at_stage: int
    inprogress: bool
    percentage: int
    result: str
    reason: str
    start: str
    end: str
    stages: tuple[Stage, ...]


class Columns(NamedTuple):
    """The members of all stages of a phase, each member in the order of the stages."""

    id: Sequence[int] = ()
    name: Sequence[str] = ()
    timeout: Sequence[int] = ()
    total_steps: Sequence[int] = ()
    current_step: Sequence[int] = ()
    inprogress: Sequence[bool] = ()
    result: Sequence[str] = ()
    reason: Sequence[str] = ()
    start: Sequence[str] = ()
    end: Sequence[str] = ()
    steps: Sequence[tuple[Step, ...]] = ()


class Phase(_Phase):
    """One phase (ENGINE.md 1.2); `percentage` is `completion-percentage`."""

    @cached_property
    def columns(self) -> Columns:
        """What is asked of every stage, member by member: there may be thousands of them."""
        return Columns(*zip(*self.stages, strict=True))

    @cached_property
    def shares(self) -> Mapping[frozenset[tuple[str, int]], int]:
        """How many stages have so many steps of each result, by these numbers."""
        return Counter(map(_SHARES, self.stages))

    @cached_property
    def running(self) -> bool:
        """A stage of this phase is being run; false while an apply waits between single stages."""
        return True in self.columns.inprogress


class Placed(NamedTuple):
    """A stage, the JSON pointer of its place in the answer, the phase that holds it, and the index `at` which it is."""

    where: str
    phase: Phase
    at: int
    stage: Stage


class Strategy(NamedTuple):
    """One strategy; `members` are its members as they came, for what is not typed here."""

    uuid: str
    state: str
    current_phase: str
    percentage: int
    build: Phase
    apply: Phase
    abort: Phase
    members: Mapping[str, Any]

    def phases(self) -> Iterator[tuple[str, Phase]]:
        """The three phases, each with the JSON pointer of its place in the answer."""
        yield "/strategy/build-phase", self.build
        yield "/strategy/apply-phase", self.apply
        yield "/strategy/abort-phase", self.abort

    def stages(self) -> Iterator[Placed]:
        """Every stage with its place."""
        for where, phase in self.phases():
            for index, stage in enumerate(phase.stages):
                yield Placed(f"{where}/stages/{index}", phase, index, stage)

    def steps(self) -> Iterator[tuple[str, Stage, Step]]:
        """Every step with the JSON pointer of its place and the stage that holds it."""
        return steps_of(self.stages())

    def phase(self, name: str) -> Phase | None:
        """The phase of that name; None for a name that no phase has."""
        if name == "apply":
            return self.apply
        return self.build if name == "build" else self.abort if name == "abort" else None


def steps_of(stages: Iterable[Placed]) -> Iterator[tuple[str, Stage, Step]]:
    """Every step of these stages with the JSON pointer of its place and the stage that holds it."""
    for where, _, _, stage in stages:
        for index, step in enumerate(stage.steps):
            yield f"{where}/steps/{index}", stage, step


_TEXTS: Final = {str}
# Members in the order of the fields above, with the type that each must have (JSON has exact types: true is no number).
_STEP: Final = {
    "step-id": int,
    "step-name": str,
    "timeout": int,
    "entity-type": str,
    "entity-uuids": list,
    "entity-names": list,
    "result": str,
    "reason": str,
    "start-date-time": str,
    "end-date-time": str,
}
_STAGE: Final = {
    "stage-id": int,
    "stage-name": str,
    "timeout": int,
    "total-steps": int,
    "current-step": int,
    "inprogress": bool,
    "result": str,
    "reason": str,
    "start-date-time": str,
    "end-date-time": str,
    "steps": list,
}
_PHASE: Final = {
    "phase-name": str,
    "timeout": int,
    "total-stages": int,
    "current-stage": int,
    "stop-at-stage": int,
    "inprogress": bool,
    "completion-percentage": int,
    "result": str,
    "reason": str,
    "start-date-time": str,
    "end-date-time": str,
    "stages": list,
}
_STRATEGY: Final = {
    "uuid": str,
    "state": str,
    "current-phase": str,
    "current-phase-completion-percentage": int,
    "build-phase": dict,
    "apply-phase": dict,
    "abort-phase": dict,
}


# Of the members of a stage and of a step, the first ones are its plan.
STAGE_PLAN: Final = Stage._fields.index("current_step")
STEP_PLAN: Final = Step._fields.index("result")
PHASES: Final = ("build", "apply", "abort")
"""The phases by their names in the law, in the order of their places in a strategy."""
_NO_PHASES: Final = (None, None, None)
_MOVING: Final = frozenset({"state", "current-phase", "build-phase", "apply-phase", "abort-phase"})


# The members that are counts: a number with a fraction of zero, such as 12.0, is of the wrong type and yet read.
COUNTS: Final = frozenset(
    name for table in (_STEP, _STAGE, _PHASE, _STRATEGY) for name, kind in table.items() if kind is int
)


class WrongShapeError(Exception):
    """A member is missing or has the wrong type."""


class _Reader:
    """Takes the members of one kind of object out of it, all at once."""

    def __init__(self, members: Mapping[str, type]) -> None:
        self._take = itemgetter(*members)
        self._types = tuple(members.values())

    def __call__(self, value: Any) -> tuple[Any, ...]:
        try:
            found: tuple[Any, ...] = self._take(value)
        except (KeyError, TypeError) as error:
            raise WrongShapeError from error
        if tuple(map(type, found)) != self._types:
            found = tuple(map(_counted, found, self._types))
        if tuple(map(type, found)) != self._types:
            raise WrongShapeError
        return found

    def beside(self, value: Any, known: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
        """The members, and those of a value of which they were taken out before; None for members of wrong types."""
        try:
            found = self._take(value)
        except (KeyError, TypeError):
            return None
        return (found, self._take(known)) if tuple(map(type, found)) == self._types else None


def _counted(value: Any, kind: type) -> Any:
    return int(value) if kind is int and type(value) is float and value.is_integer() else value


_step_members: Final = _Reader(_STEP)
_stage_members: Final = _Reader(_STAGE)
_phase_members: Final = _Reader(_PHASE)
_strategy_members: Final = _Reader(_STRATEGY)


def read_strategy(value: Any) -> Strategy | None:
    """The strategy of an answer `{"strategy": {…}}`; None when there is none or its shape is wrong. Never raises."""
    document = value.get("strategy") if isinstance(value, dict) else None
    if not isinstance(document, dict):
        return None
    try:
        uuid, state, phase, percentage, build, apply, abort = _strategy_members(document)
        return Strategy(uuid, state, phase, percentage, _phase(build), _phase(apply), _phase(abort), document)
    except WrongShapeError:
        return None


def read_around(
    value: Any, stages: Mapping[str, Sequence[Stage]], members: Mapping[str, Any], before: Strategy | None
) -> Strategy:
    """The strategy of an answer without stages, with these stages in its phases (by their names in the law).

    `members` are those of the whole document. A phase that is as it was `before` is the same object. Raises
    WrongShapeError.
    """
    document = value.get("strategy") if isinstance(value, dict) else None
    if not isinstance(document, dict):
        raise WrongShapeError
    uuid, state, current, percentage, *phases = _strategy_members(document)
    build, apply, abort = map(
        _phase_around, phases, map(stages.__getitem__, PHASES), before[4:7] if before is not None else _NO_PHASES
    )
    return Strategy(uuid, state, current, percentage, build, apply, abort, members)


def _phase_around(value: Any, stages: Sequence[Stage], before: Phase | None) -> Phase:
    made = Phase._make((*_phase_members(value)[:-1], tuple(stages)))
    return before if before is not None and made == before else made


def is_planned_alike(before: Strategy, now: Strategy, changed: Mapping[str, Sequence[int]]) -> bool:
    """Both have the same stages and steps by names, timeouts and entities, in phases of the same names.

    `changed` are the indices of the stages that are not the same objects in both, by phase.
    """
    pairs = zip(PHASES, before[4:7], now[4:7], strict=True)
    return all(old is new or _is_phase_planned_alike(old, new, changed[name]) for name, old, new in pairs)


def _is_phase_planned_alike(before: Phase, now: Phase, changed: Sequence[int]) -> bool:
    if before.name != now.name or len(before.stages) != len(now.stages):
        return False
    return all(_is_stage_planned_alike(before.stages[index], now.stages[index]) for index in changed)


def _is_stage_planned_alike(before: Stage, now: Stage) -> bool:
    if before is now:
        return True
    same = before[:STAGE_PLAN] == now[:STAGE_PLAN] and len(before.steps) == len(now.steps)
    return same and all(
        one is other or one[:STEP_PLAN] == other[:STEP_PLAN] for one, other in zip(before.steps, now.steps, strict=True)
    )


def gist(seen: Any) -> Any:
    """What tells whether a strategy has moved: its state, its current phase and its phases, as far as they are known.

    What a vendor adds may change with every look. Anything but a strategy of the right shape is taken as it is.
    """
    strategy = read_strategy({"strategy": seen})
    if strategy is not None:
        return strategy.state, strategy.current_phase, strategy.build, strategy.apply, strategy.abort
    return (
        {name: seen.get(name) for name in _MOVING} if isinstance(seen, dict) and not _MOVING.isdisjoint(seen) else seen
    )


def running_parts(strategy: Strategy) -> Iterator[tuple[str, int]]:
    """What has a timer running: the current phase unless it is paused, and its step; a place of the run, and seconds.

    A timer of 0 seconds is none.
    """
    phase = strategy.phase(strategy.current_phase)
    if phase is None or not phase.inprogress or not phase.stages:
        return
    where = f"/strategy/{phase.name}-phase"
    if phase.timeout and (phase.running or phase.name != "apply"):
        yield f"{where} up to stage {phase.stop_at_stage}", phase.timeout
    for index in compress(count(), map(contains, map(_RESULTS, phase.stages), repeat("wait"))):
        for number, step in enumerate(phase.stages[index].steps):
            if step.result == "wait" and step.timeout:
                yield f"{where}/stages/{index}/steps/{number}", step.timeout


def _phase(value: Any) -> Phase:
    members = _phase_members(value)
    return Phase._make((*members[:-1], tuple(map(read_stage, members[-1]))))


def read_stage(value: Any, before: tuple[Stage, Any] | None = None) -> Stage:
    """The stage of a JSON value; a step that is as it was `before` is the same object. Raises WrongShapeError.

    `before` is a stage as it was read, and the JSON value that it was read from.
    """
    members = _stage_members(value)
    values = members[-1]
    known = list(zip(before[0].steps, before[1]["steps"], strict=True))[: len(values)] if before is not None else []
    steps = [_step_again(each, *old) for each, old in zip(values, known, strict=False)]
    steps += map(_step, values[len(known) :])
    return Stage._make((*members[:-1], tuple(steps)))


def _step_again(value: Any, before: Step, shown: Any) -> Step:
    if (pair := _step_members.beside(value, shown)) is not None:
        found, known = pair
        if found == known:
            return before
        if found[:STEP_PLAN] == known[:STEP_PLAN]:
            return Step._make(before[:STEP_PLAN] + found[STEP_PLAN:])
    step = _step(value)
    return before if step == before else step


def _step(value: Any) -> Step:
    *head, uuids, names = (members := _step_members(value))[:STEP_PLAN]
    return Step._make((*head, _texts(uuids), _texts(names), *members[STEP_PLAN:]))


def _texts(items: list[Any]) -> tuple[str, ...]:
    if items and set(map(type, items)) != _TEXTS:
        raise WrongShapeError
    return tuple(items)


def counts_with_fractions(value: Any, where: str = "") -> Iterator[tuple[str, float]]:
    """Place and value of every count that is written with a fraction of zero; any depth that JSON can be read in."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from counts_with_fractions(item, f"{where}/{index}")
    for name, member in value.items() if isinstance(value, dict) else ():
        if name in COUNTS and type(member) is float and member.is_integer():
            yield f"{where}/{name}", member
        elif isinstance(member, dict | list):
            yield from counts_with_fractions(member, f"{where}/{name}")
