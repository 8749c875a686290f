"""The tables of the state machine (ENGINE.md 2): transitions, ends of phases, and every request in every situation.

Written by hand, every state a row. A cell that is not in a table is an error that names state and trigger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reference_server.engine.model import Strategy
from reference_server.engine.timing import running_stage
from reference_server.engine.words import PhaseName, Result, State


class Trigger(StrEnum):
    """What makes a strategy change its state."""

    CREATED = "created"
    BUILD_DONE = "build done"
    BUILD_FAILED = "build failed"
    BUILD_TIMED_OUT = "build timed out"
    APPLY_STARTED = "apply started"
    APPLY_DONE = "apply done"
    APPLY_FAILED = "apply failed"
    APPLY_TIMED_OUT = "apply timed out"
    APPLY_ABORTED = "apply aborted"
    ABORT_REQUESTED = "abort requested"
    ABORTED_AT_ONCE = "aborted at once"
    ABORT_STARTED = "abort started"
    ABORT_DONE = "abort done"
    ABORT_FAILED = "abort failed"
    ABORT_TIMED_OUT = "abort timed out"


class UnlawfulTransitionError(Exception):
    """The tables say nothing of this: a fault of the engine, never of a caller."""


# ENGINE.md 2.2. A trigger that leaves the state as it is stands here too.
LIFECYCLE: Mapping[State, Mapping[Trigger, State]] = {
    State.INITIAL: {
        Trigger.CREATED:         State.BUILDING,          # T1
    },
    State.BUILDING: {
        Trigger.BUILD_DONE:      State.READY_TO_APPLY,    # T2
        Trigger.BUILD_FAILED:    State.BUILD_FAILED,      # T2, T3
        Trigger.BUILD_TIMED_OUT: State.BUILD_TIMEOUT,     # T3
    },
    State.BUILD_FAILED:  {},
    State.BUILD_TIMEOUT: {},
    State.READY_TO_APPLY: {
        Trigger.APPLY_STARTED:   State.APPLYING,          # T4
    },
    State.APPLYING: {
        Trigger.APPLY_STARTED:   State.APPLYING,          # the next run after a pause, 2.3
        Trigger.APPLY_DONE:      State.APPLIED,           # T6
        Trigger.APPLY_FAILED:    State.APPLY_FAILED,      # T7, seen by nobody
        Trigger.APPLY_TIMED_OUT: State.APPLY_TIMEOUT,     # T8, seen by nobody
        Trigger.ABORT_REQUESTED: State.ABORTING,          # T9
        Trigger.ABORTED_AT_ONCE: State.ABORTED,           # T10
    },
    State.APPLY_FAILED: {
        Trigger.ABORT_STARTED:   State.ABORTING,          # 2.4
    },
    State.APPLY_TIMEOUT: {
        Trigger.ABORT_STARTED:   State.ABORTING,          # 2.4
        Trigger.ABORT_DONE:      State.APPLY_TIMEOUT,     # 2.6, the corner: the state sticks
        Trigger.ABORT_FAILED:    State.APPLY_TIMEOUT,
        Trigger.ABORT_TIMED_OUT: State.APPLY_TIMEOUT,
    },
    State.APPLIED: {},
    State.ABORTING: {
        Trigger.APPLY_ABORTED:   State.ABORTING,          # T11
        Trigger.APPLY_TIMED_OUT: State.APPLY_TIMEOUT,     # 2.6, the corner
        Trigger.ABORTED_AT_ONCE: State.ABORTED,           # T12
        Trigger.ABORT_DONE:      State.ABORTED,           # T13
        Trigger.ABORT_FAILED:    State.ABORT_FAILED,      # T13
        Trigger.ABORT_TIMED_OUT: State.ABORT_TIMEOUT,     # T13
    },
    State.ABORTED: {
        Trigger.APPLY_ABORTED:   State.ABORTED,           # 2.6: the step that was left running ends
    },
    State.ABORT_FAILED:  {},
    State.ABORT_TIMEOUT: {},
}  # fmt: skip

TRANSITIONS: Mapping[State, frozenset[State]] = {
    state: frozenset(row.values()) - {state} for state, row in LIFECYCLE.items()
}
"""The states that may follow each state; staying is not listed."""

# ENGINE.md 3 rule 5.
PHASE_ENDS: Mapping[PhaseName, Mapping[Result, Trigger]] = {
    PhaseName.INITIAL: {},
    PhaseName.BUILD: {
        Result.SUCCESS:   Trigger.BUILD_DONE,
        Result.DEGRADED:  Trigger.BUILD_DONE,
        Result.FAILED:    Trigger.BUILD_FAILED,
        Result.TIMED_OUT: Trigger.BUILD_TIMED_OUT,
    },
    PhaseName.APPLY: {
        Result.SUCCESS:   Trigger.APPLY_DONE,
        Result.DEGRADED:  Trigger.APPLY_DONE,
        Result.FAILED:    Trigger.APPLY_FAILED,
        Result.TIMED_OUT: Trigger.APPLY_TIMED_OUT,
        Result.ABORTED:   Trigger.APPLY_ABORTED,
    },
    PhaseName.ABORT: {
        Result.SUCCESS:   Trigger.ABORT_DONE,
        Result.DEGRADED:  Trigger.ABORT_DONE,
        Result.FAILED:    Trigger.ABORT_FAILED,
        Result.TIMED_OUT: Trigger.ABORT_TIMED_OUT,
    },
}  # fmt: skip


def follow(state: State, trigger: Trigger) -> State:
    """The state after this trigger. Raises UnlawfulTransitionError naming both."""
    try:
        return LIFECYCLE[state][trigger]
    except KeyError:
        raise UnlawfulTransitionError(f"state `{state}` has no row for `{trigger}`") from None


def phase_end(name: PhaseName, result: Result) -> Trigger:
    """What the end of this phase with this result triggers. Raises UnlawfulTransitionError naming both."""
    try:
        return PHASE_ENDS[name][result]
    except KeyError:
        raise UnlawfulTransitionError(f"phase `{name}` cannot end with result `{result}`") from None


# Requests (ENGINE.md 2.3) ---------------------------------------------------------------------------------------------


class Situation(StrEnum):
    """The rows of the request tables: state, phase, and whether a stage is running."""

    NONE = "no strategy"
    INITIAL = "initial"
    BUILDING = "building"
    BUILD_FAILED = "build-failed"
    BUILD_TIMEOUT = "build-timeout"
    READY = "ready-to-apply"
    RUNNING = "applying, stage running"
    PAUSED = "applying, paused"
    APPLY_FAILED = "apply-failed"
    APPLY_TIMEOUT = "apply-timeout"
    APPLIED = "applied"
    ABORT_PENDING = "aborting, phase apply"
    UNDOING = "aborting, phase abort"
    STUCK = "apply-timeout, phase abort"
    ABORTED_IN_APPLY = "aborted, phase apply"
    ABORTED = "aborted, phase abort"
    ABORT_FAILED = "abort-failed"
    ABORT_TIMEOUT = "abort-timeout"


class Request(StrEnum):
    """The columns of the request tables."""

    APPLY_ALL = "apply-all"
    APPLY_STAGE = "apply-stage"
    ABORT = "abort"
    ABORT_STAGE = "abort-stage"
    DELETE = "delete"
    FORCE_DELETE = "delete with force"


class Act(StrEnum):
    """What an allowed request does."""

    APPLY = "apply"
    BEGIN_ABORT = "begin abort"
    ABORT_PAUSE = "abort while paused"
    GIVE_UP = "give up the undo"
    NOTHING = "nothing"
    DELETE = "delete"


class When(StrEnum):
    """On which stage ids a ruling holds."""

    ALWAYS = "always"
    NEXT = "n = current-stage, and there is such a stage"
    PAST = "n < current-stage"
    BEYOND = "n >= total-stages"
    RUNNING = "n = current-stage, and it is in progress"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One line of a cell: when it holds, and the act or the reason of the refusal.

    A reason may name `{n}` (the stage id), `{total}`, `{current}` (stages of the apply phase) and `{build_reason}`.
    """

    act: Act | None = None
    reason: str = ""
    when: When = When.ALWAYS


Cell = tuple[Ruling, ...]
"""Rulings from top to bottom; the first that holds decides, and the last always holds."""


def _allowed(act: Act) -> Cell:
    return (Ruling(act=act),)


def _refused(reason: str) -> Cell:
    return (Ruling(reason=reason),)


_NO_ONE = _refused("there is no strategy")
_BUILD_REASON = _refused("{build_reason}")
_BUILD_STAGE = _refused("apply of stage id {n} failed: {build_reason} ")  # ends in a space
_FIRST_STAGE = (
    Ruling(act=Act.APPLY, when=When.NEXT),
    Ruling(reason="invalid stage id {n} for the apply, total-stages are {total}"),
)
_NEXT_STAGE = (
    Ruling(act=Act.APPLY, when=When.NEXT),
    Ruling(reason="apply already complete for stage id {n}", when=When.PAST),
    Ruling(reason="invalid stage id {n} for the apply, total-stages are {total}", when=When.BEYOND),
    Ruling(reason="stage id {n} is not the next stage to be applied, next-stage = {current}"),
)
_RUNS_ALREADY = _refused("apply already inprogress")
_DONE_ALREADY = _refused("apply already completed")
_NO_APPLY_NOW = _refused("apply not supported during an abort")
_NO_STAGE_NOW = _refused("apply of stage id {n} not supported during an abort")
_NOTHING_RUNS = _refused("apply not inprogress")
_STAGE_RUNS_NOT = _refused("apply not inprogress for stage id {n}")
_ABORT_STAGE = (
    Ruling(act=Act.BEGIN_ABORT, when=When.RUNNING),
    *_STAGE_RUNS_NOT,
)
_GIVE_UP_STAGE = (
    Ruling(act=Act.GIVE_UP, when=When.RUNNING),
    *_STAGE_RUNS_NOT,
)
_IDLE_STAGE = (
    Ruling(act=Act.NOTHING, when=When.RUNNING),
    *_STAGE_RUNS_NOT,
)
_APPLY = _allowed(Act.APPLY)
_BEGIN_ABORT = _allowed(Act.BEGIN_ABORT)
_ABORT_PAUSE = _allowed(Act.ABORT_PAUSE)
_GIVE_UP = _allowed(Act.GIVE_UP)
_NOTHING = _allowed(Act.NOTHING)
_DELETE = _allowed(Act.DELETE)
_BEING_BUILT = _refused("strategy is being built, can't delete")
_BEING_APPLIED = _refused("strategy is being applied, can't delete")
_BEING_ABORTED = _refused("strategy is being aborted, can't delete")

_COLUMNS = tuple(Request)
_CELLS: Mapping[Situation, tuple[Cell, Cell, Cell, Cell, Cell, Cell]] = {
    # situation                  apply-all      apply-stage    abort          abort-stage      delete          forced
    Situation.NONE:             (_NO_ONE,       _NO_ONE,       _NO_ONE,       _NO_ONE,         _NO_ONE,        _NO_ONE),
    Situation.INITIAL:          (_BUILD_REASON, _BUILD_STAGE,  _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
    Situation.BUILDING:         (_BUILD_REASON, _BUILD_STAGE,  _NOTHING_RUNS, _NOTHING_RUNS,   _BEING_BUILT,   _DELETE),
    Situation.BUILD_FAILED:     (_BUILD_REASON, _BUILD_STAGE,  _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
    Situation.BUILD_TIMEOUT:    (_BUILD_REASON, _BUILD_STAGE,  _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
    Situation.READY:            (_APPLY,        _FIRST_STAGE,  _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
    Situation.RUNNING:          (_RUNS_ALREADY, _RUNS_ALREADY, _BEGIN_ABORT,  _ABORT_STAGE,    _BEING_APPLIED, _DELETE),
    Situation.PAUSED:           (_APPLY,        _NEXT_STAGE,   _ABORT_PAUSE,  _STAGE_RUNS_NOT, _BEING_APPLIED, _DELETE),
    Situation.APPLY_FAILED:     (_DONE_ALREADY, _DONE_ALREADY, _NOTHING_RUNS, _STAGE_RUNS_NOT, _DELETE,        _DELETE),
    Situation.APPLY_TIMEOUT:    (_DONE_ALREADY, _DONE_ALREADY, _NOTHING_RUNS, _STAGE_RUNS_NOT, _DELETE,        _DELETE),
    Situation.APPLIED:          (_DONE_ALREADY, _DONE_ALREADY, _NOTHING_RUNS, _STAGE_RUNS_NOT, _DELETE,        _DELETE),
    Situation.ABORT_PENDING:    (_RUNS_ALREADY, _RUNS_ALREADY, _GIVE_UP,      _GIVE_UP_STAGE,  _BEING_ABORTED, _DELETE),
    Situation.UNDOING:          (_NO_APPLY_NOW, _NO_STAGE_NOW, _NOTHING_RUNS, _NOTHING_RUNS,   _BEING_ABORTED, _DELETE),
    Situation.STUCK:            (_NO_APPLY_NOW, _NO_STAGE_NOW, _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
    Situation.ABORTED_IN_APPLY: (_DONE_ALREADY, _DONE_ALREADY, _NOTHING,      _IDLE_STAGE,     _DELETE,        _DELETE),
    Situation.ABORTED:          (_NO_APPLY_NOW, _NO_STAGE_NOW, _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
    Situation.ABORT_FAILED:     (_NO_APPLY_NOW, _NO_STAGE_NOW, _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
    Situation.ABORT_TIMEOUT:    (_NO_APPLY_NOW, _NO_STAGE_NOW, _NOTHING_RUNS, _NOTHING_RUNS,   _DELETE,        _DELETE),
}  # fmt: skip

REQUESTS: Mapping[Situation, Mapping[Request, Cell]] = {
    situation: dict(zip(_COLUMNS, cells, strict=True)) for situation, cells in _CELLS.items()
}
"""Every request in every situation."""

# The situation of a state, by the current phase where that matters.
_SITUATIONS: Mapping[State, Mapping[PhaseName, Situation] | Situation] = {
    State.INITIAL:        Situation.INITIAL,
    State.BUILDING:       Situation.BUILDING,
    State.BUILD_FAILED:   Situation.BUILD_FAILED,
    State.BUILD_TIMEOUT:  Situation.BUILD_TIMEOUT,
    State.READY_TO_APPLY: Situation.READY,
    State.APPLYING:       Situation.RUNNING,
    State.APPLY_FAILED:   Situation.APPLY_FAILED,
    State.APPLY_TIMEOUT:  {PhaseName.APPLY: Situation.APPLY_TIMEOUT, PhaseName.ABORT: Situation.STUCK},
    State.APPLIED:        Situation.APPLIED,
    State.ABORTING:       {PhaseName.APPLY: Situation.ABORT_PENDING, PhaseName.ABORT: Situation.UNDOING},
    State.ABORTED:        {PhaseName.APPLY: Situation.ABORTED_IN_APPLY, PhaseName.ABORT: Situation.ABORTED},
    State.ABORT_FAILED:   Situation.ABORT_FAILED,
    State.ABORT_TIMEOUT:  Situation.ABORT_TIMEOUT,
}  # fmt: skip


def situation_of(strategy: Strategy | None) -> Situation:
    """The row of the request tables in which a strategy stands."""
    if strategy is None:
        return Situation.NONE
    found = _SITUATIONS[strategy.state]
    if not isinstance(found, Situation):
        found = found[strategy.current_phase]
    if found is Situation.RUNNING and running_stage(strategy.apply) is None:
        return Situation.PAUSED
    return found


def rule(strategy: Strategy | None, request: Request, stage_id: int | None = None) -> Ruling:
    """The ruling on a request, its reason filled in."""
    cell = REQUESTS[situation_of(strategy)][request]
    ruling = next(each for each in cell if _holds(each.when, strategy, stage_id))
    if ruling.act is not None or strategy is None:
        return ruling
    phase = strategy.apply
    reason = ruling.reason.format(
        n=stage_id, total=len(phase.stages), current=phase.current_stage, build_reason=strategy.build.reason
    )
    return Ruling(reason=reason, when=ruling.when)


def _holds(when: When, strategy: Strategy | None, stage_id: int | None) -> bool:
    if when is When.ALWAYS:
        return True
    if strategy is None or stage_id is None:
        return False
    current, total = strategy.apply.current_stage, len(strategy.apply.stages)
    match when:
        case When.NEXT:
            return stage_id == current < total
        case When.PAST:
            return stage_id < current
        case When.BEYOND:
            return stage_id >= total
        case When.RUNNING:
            return stage_id == current and running_stage(strategy.apply) is not None
