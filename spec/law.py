"""The law of what may be seen of a strategy, as frozen values with typed queries; its tables are `lifecycle.yaml`.

Words are the words of the wire. A state, phase, result or step that the law does not know is not lawful; a situation,
request, part or kind that it does not know is a fault of the caller and raises KeyError.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

ABSENT: Final = "absent"
"""The situation of a kind that has no strategy."""


class Cause(StrEnum):
    """What moved a strategy from one state to the next."""

    ITSELF = "itself"
    APPLY = "apply"
    ABORT = "abort"


ANY_CAUSE: Final = frozenset(Cause)


class Expectation(StrEnum):
    """How a request must be answered; `either` binds nobody."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    MISSING = "missing"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class StateLaw:
    """One visible state: its phases, whether it rests, and the states that may follow, by cause (ENGINE.md 2.1)."""

    name: str
    phases: frozenset[str]
    rests: bool
    following: Mapping[Cause, frozenset[str]]


@dataclass(frozen=True, slots=True)
class PhaseLook:
    """How one phase looks in a situation. `idle`: not begun. `inprogress` None: either way."""

    idle: bool = False
    inprogress: bool | None = None
    results: frozenset[str] = frozenset()

    def fits(self, *, inprogress: bool, result: str) -> bool:
        """The progress and the result of a phase are those of this look."""
        if self.idle:
            return not inprogress and result == "initial"
        return self.inprogress in (None, inprogress) and result in self.results


@dataclass(frozen=True, slots=True)
class Situation:
    """One row of the request table: state, current phase, looks of the phases, and what it may turn into by itself.

    `run` says where the apply phase stands: `going` (current-stage < stop-at-stage), `stopped` (current-stage =
    stop-at-stage < total-stages), `complete` (current-stage = total-stages), or None where the law says nothing.
    """

    name: str
    state: str
    phase: str
    looks: Mapping[str, PhaseLook]
    drifts: frozenset[str]
    run: str | None = None


@dataclass(frozen=True, slots=True)
class StageLaw:
    """One kind of apply stage: the step that does its work, and the strategy member that says how (None: no member)."""

    name: str
    work: str
    apply_type: str | None = None


@dataclass(frozen=True)
class KindLaw:
    """One kind of strategy: its build stage and the order of its apply stages (ENGINE.md 5, 6).

    The plan of a `generic` kind is an open set: its stages, and its `steps` of apply and abort, are known words and no
    more. Neither their order nor what a stage has to hold is judged, and other words may stand there.
    """

    name: str
    build_stage: str
    build_steps: tuple[str, ...]
    stages: tuple[StageLaw, ...]
    generic: bool = False
    steps: frozenset[str] = frozenset()

    def stage(self, name: str) -> StageLaw | None:
        """The law of the apply stage of that name."""
        rank = self._ranks.get(name)
        return self.stages[rank] if rank is not None else None

    def rank(self, name: str) -> int | None:
        """The place of a stage name in the order of the apply phase; None for a name that does not belong there."""
        return self._ranks.get(name)

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {stage.name: rank for rank, stage in reversed(list(enumerate(self.stages)))}


@dataclass(frozen=True, slots=True)
class StepLaw:
    """One kind of step: the kinds that have it, its entity-type, the steps that undo or take it back (ENGINE.md 4)."""

    name: str
    kinds: frozenset[str]
    entities: str
    undone_by: str | None = None
    taken_back_by: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Members that only rise and that never change, by part; the states in which the stages of a phase are fixed."""

    rising: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, tuple[str, ...]]
    dates: tuple[str, ...]
    planned: Mapping[str, frozenset[str]]


@dataclass(frozen=True, eq=False)
class Law:
    """The whole law. Tables are public: a check reads its table here and names no word of the wire itself.

    It is compared by identity, as the contract is, so that what is made of both can be remembered.

    `null_stage`: what an action on a stage asks for when its `stage-id` is null, by the action. `stillborn`: the kinds
    of which a strategy may fail before its build begins.
    """

    states: Mapping[str, StateLaw]
    hidden: frozenset[str]
    phases: tuple[str, ...]
    situations: Mapping[str, Situation]
    requests: Mapping[str, Mapping[str, str]]
    effects: Mapping[str, Mapping[str, frozenset[str]]]
    success: Mapping[str, int]
    refused: frozenset[int]
    missing: frozenset[int]
    aside: frozenset[int]
    null_stage: Mapping[str, str]
    stillborn: frozenset[str]
    results: Mapping[str, Mapping[str, frozenset[str]]]
    final: frozenset[str]
    done: frozenset[str]
    weight: tuple[str, ...]
    progress: Progress
    kinds: Mapping[str, KindLaw]
    order: Mapping[str, tuple[str, ...]]
    steps: Mapping[str, StepLaw]

    # --- states and phases

    def reachable(self, state: str, causes: Iterable[Cause] = ANY_CAUSE) -> frozenset[str]:
        """Every state that the causes can lead to from this one, itself included."""
        allowed = frozenset(causes)
        found = self._reached.get((state, allowed))
        if found is None:
            following = {name: _union(law.following[cause] for cause in allowed) for name, law in self.states.items()}
            found = self._reached[state, allowed] = _closure(state, following)
        return found

    @cached_property
    def _reached(self) -> dict[tuple[str, frozenset[Cause]], frozenset[str]]:
        """What `reachable` has worked out so far."""
        return {}

    def state_may_follow(self, before: str, after: str, causes: Iterable[Cause] = ANY_CAUSE) -> bool:
        """A document of the same strategy may show `after` when the last one showed `before`, polls missed or not.

        `causes` are what may have happened in between: without an accepted apply or abort only `itself`.
        """
        return before in self.states and after in self.reachable(before, causes)

    def phase_may_follow(self, before: str, after: str) -> bool:
        """The current phase may move from `before` to `after`: never back."""
        known = before in self.phases and after in self.phases
        return known and self.phases.index(before) <= self.phases.index(after)

    # --- situations and requests

    def situation(self, state: str, phase: str, *, running: bool) -> Situation | None:
        """The situation of a document: its state, its `current-phase`, and whether a stage of its apply phase runs.

        None when no situation has that state in that phase. `running` tells `running` from `paused`, no more.
        """
        fitting = self._fitting.get((state, phase), [])
        if len(fitting) > 1:
            wanted = "going" if running else "stopped"
            return next((each for each in fitting if each.run == wanted), None)
        return fitting[0] if fitting else None

    @cached_property
    def _fitting(self) -> Mapping[tuple[str, str], list[Situation]]:
        """The situations of each state in each phase."""
        found: dict[tuple[str, str], list[Situation]] = {}
        for each in self.situations.values():
            found.setdefault((each.state, each.phase), []).append(each)
        return found

    def drifts_to(self, situation: str) -> frozenset[str]:
        """Every situation that this one may have turned into without a request, itself included."""
        return self._drifting.get(situation, frozenset({situation}))

    @cached_property
    def _drifting(self) -> Mapping[str, frozenset[str]]:
        drifts = {name: each.drifts for name, each in self.situations.items()}
        return {name: _closure(name, drifts) for name in drifts}

    def effects_of(self, request: str, situation: str) -> frozenset[str]:
        """Every situation that the answer to an accepted request may show; none where it is never accepted."""
        if request in self.effects:
            return self.effects[request].get(situation, frozenset())
        return frozenset() if situation == ABSENT else frozenset({ABSENT})

    def words_for(self, request: str, situation: str) -> tuple[Expectation, Expectation]:
        """How a request must be answered for the stage that the law is about, and for any other one."""
        return _CELLS[self.requests[situation][request]]

    def expected(
        self, request: str, situation: str, *, stage: int | None = None, current: int | None = None
    ) -> Expectation:
        """How a request must be answered in a situation (a name, or `absent`).

        `request` is create, apply-all, apply-stage, abort, abort-stage, delete or delete-force; `stage` is its stage-id
        and `current` the `current-stage` of the apply phase (None: not known; then a word about stages binds nobody).
        """
        met, otherwise = self.words_for(request, situation)
        if met is otherwise:
            return met
        if stage is None or current is None:
            return Expectation.EITHER
        return met if stage == current else otherwise

    # --- results

    def result_may_follow(self, part: str, before: str, after: str, *, at_rest: bool = False) -> bool:
        """A step, stage or phase may show `after` when the last document showed `before`; polls may have been missed.

        `at_rest`: the part was not in progress any more, so that a final result stays.
        """
        table = self.results[part]
        if before not in table or after not in table:
            return False
        if at_rest and before in self.final:
            return before == after
        return after in self._later_results[part][before]

    @cached_property
    def _later_results(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        return {part: {name: _closure(name, table) for name in table} for part, table in self.results.items()}

    def heaviest(self, results: Iterable[str]) -> str:
        """The result that outweighs the others, as children turn their parent; `initial` for none (ENGINE.md 3)."""
        ranks = self._ranks
        return min((ranks[each], each) for each in {*results, "initial"} if each in ranks)[1]

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        """The place of each result in the order of weights."""
        return {result: rank for rank, result in enumerate(self.weight)}

    # --- plans

    def plan_of(self, kind: str | None) -> KindLaw | None:
        """By what plans of a kind are judged; None for a generic kind and one not known, whose plans are not judged."""
        law = self.kinds.get(kind or "")
        return None if law is None or law.generic else law

    def first_out_of_order(self, phase: str, names: Iterable[str]) -> int | None:
        """The index of the first step that may not stand where it does in a stage of that phase; None when all may."""
        order, at = self.order[phase], 0
        for index, name in enumerate(names):
            try:
                at = order.index(name, at) + 1
            except ValueError:
                return index
        return None

    def steps_of(self, kind: str, phase: str) -> frozenset[str]:
        """The step names that a phase of that kind may have; of a generic kind those that are known."""
        return self._steps_of[kind, phase]

    @cached_property
    def _steps_of(self) -> Mapping[tuple[str, str], frozenset[str]]:
        found = {
            (kind, phase): law.steps or frozenset(name for name in names if kind in self.steps[name].kinds)
            for kind, law in self.kinds.items()
            for phase, names in self.order.items()
        }
        return found | {(kind, "build"): frozenset(law.build_steps) for kind, law in self.kinds.items()}

    def stages_of(self, kind: str, phase: str) -> frozenset[str]:
        """The stage names that a phase of that kind may have; stages of an abort carry the names of those they undo.

        Of a generic kind those that are known.
        """
        if phase == "build":
            return frozenset({self.kinds[kind].build_stage})
        return frozenset(stage.name for stage in self.kinds[kind].stages)


# Words of the request table: the expectation for the stage that the word is about, and for every other one.
_CELLS: Final[Mapping[str, tuple[Expectation, Expectation]]] = {
    "accepted": (Expectation.ACCEPTED, Expectation.ACCEPTED),
    "refused": (Expectation.REFUSED, Expectation.REFUSED),
    "missing": (Expectation.MISSING, Expectation.MISSING),
    "either": (Expectation.EITHER, Expectation.EITHER),
    "either-for-any": (Expectation.EITHER, Expectation.EITHER),
    "if-next": (Expectation.ACCEPTED, Expectation.REFUSED),
    "if-current": (Expectation.ACCEPTED, Expectation.REFUSED),
    "either-if-current": (Expectation.EITHER, Expectation.REFUSED),
}


def _closure(start: str, table: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found, open_ = {start}, [start]
    while open_:
        later = set(table.get(open_.pop(), ())) - found
        found |= later
        open_.extend(later)
    return frozenset(found)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
