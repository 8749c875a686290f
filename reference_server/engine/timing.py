"""Percentages, timeouts and deadlines (ENGINE.md 1.4, 1.5). All durations are whole seconds, all moments seconds."""

from math import inf, nextafter

from reference_server.engine.model import Phase, Stage, Step, Strategy
from reference_server.engine.results import FINISHED
from reference_server.engine.words import PhaseName, Result


def finished_steps(stage: Stage) -> int:
    """How many steps of the stage have ended, well or not."""
    return sum(step.result in FINISHED for step in stage.steps)


def completion_percentage(phase: Phase, finished: int | None = None) -> int:
    """Finished steps of all steps of the phase, in percent, rounded down; 100 if it does not run or has no step.

    `finished` is their number, where it is known.
    """
    if not phase.inprogress:
        return 100
    total = sum(len(stage.steps) for stage in phase.stages)
    done = sum(map(finished_steps, phase.stages)) if finished is None else finished
    return 100 * done // total if total else 100


def run_timeout(phase: Phase, stop_at_stage: int) -> int:
    """Timeout of a run from the current stage up to, excluding, that one; an empty run leaves the number as it is."""
    total = sum(stage.timeout for stage in phase.stages[phase.current_stage : stop_at_stage])
    return total + 1 if total else phase.timeout


def due(now: float, timeout: int, *, whole_seconds: bool = False) -> float | None:
    """The moment after which a timer of that length fires; a timeout of 0 has no timer.

    Where elapsed time is cut to whole seconds it fires as soon as one second more has passed (ENGINE-8.0.md D13): the
    moment is the last one before that.
    """
    if not timeout:
        return None
    return nextafter(now + timeout + 1, -inf) if whole_seconds else now + timeout


def running_stage(phase: Phase) -> Stage | None:
    """The stage that is in progress, if one is."""
    if not phase.inprogress or phase.current_stage >= len(phase.stages):
        return None
    stage = phase.stages[phase.current_stage]
    return stage if stage.inprogress else None


def waiting_step(phase: Phase) -> Step | None:
    """The step that waits for the infrastructure, if one does."""
    stage = running_stage(phase)
    if stage is None or stage.current_step >= len(stage.steps):
        return None
    step = stage.steps[stage.current_step]
    return step if step.result is Result.WAIT else None


def deadline(strategy: Strategy | None) -> float | None:
    """The earliest moment after which a timer of the running step, stage or phase fires; None: no timer runs."""
    if strategy is None or strategy.current_phase is PhaseName.INITIAL:
        return None
    phase = strategy.phase(strategy.current_phase)
    stage = running_stage(phase)
    step = waiting_step(phase)
    running = [each.due for each in (step, stage, phase) if each is not None and each.due is not None]
    return min(running, default=None)
