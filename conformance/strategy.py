"""A strategy document as typed values, which checks compare without testing for types; `shape.py` reads them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress, count, repeat
from operator import attrgetter, contains
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


# Of the members of a stage and of a step, the first ones are its plan.
STAGE_PLAN: Final = Stage._fields.index("current_step")
STEP_PLAN: Final = Step._fields.index("result")
PHASES: Final = ("build", "apply", "abort")
"""The phases by their names in the law, in the order of their places in a strategy."""


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
