"""What runs when, inside one document: phases, stages and steps one after the other (ENGINE.md 0, 1.2, 1.3, 1.8)."""

from collections.abc import Iterable, Iterator
from itertools import compress, count, repeat
from operator import ne
from typing import Final

from conformance.checks.context import Context, Deviation, show
from conformance.checks.timeouts import is_begun
from conformance.exchange import Exchange
from conformance.strategy import Phase, Placed, Stage, Strategy

_WAITING: Final = "wait"
# Result and inprogress of a stage whose turn is over; these and current-step of one that has to wait for its turn.
_DONE: Final = ("success", False)
_TO_COME: Final = ("initial", False, 0)


def children_run_in_order(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Before the current stage every stage has succeeded, after it none has begun; so it is with steps.

    Mutants: stage-index-of-run, current-step-never-raised, undone-is-forgotten, runs-on-after-a-failure,
    next-step-waits-too, next-stage-begun-early and 1 more.
    """
    return None if context.strategy is None else _out_of_turn(context.fresh_phases, context.fresh_stages)


def _out_of_turn(phases: Iterable[tuple[str, Phase]], stages: Iterable[Placed]) -> Iterator[Deviation]:
    for where, phase in phases:
        yield from _stages_out_of_turn(where, phase)
    for where, _, _, stage in stages:
        yield from _steps_out_of_turn(where, stage)


def _stages_out_of_turn(where: str, phase: Phase) -> Iterator[Deviation]:
    seen = phase.columns
    done = zip(seen.result[: max(phase.current_stage, 0)], seen.inprogress, strict=False)
    for index in compress(count(), map(ne, done, repeat(_DONE))):
        place = f"{where}/stages/{index}/result"
        words = _words(phase.stages[index])
        yield Deviation("a stage before the current one has not succeeded", "success", words, place)
    after = max(phase.current_stage + 1, 0)
    to_come = zip(seen.result[after:], seen.inprogress[after:], seen.current_step[after:], strict=True)
    for index in compress(count(after), map(ne, to_come, repeat(_TO_COME))):
        place = f"{where}/stages/{index}/result"
        yield Deviation("a stage after the current one has begun", "initial", _words(phase.stages[index]), place)


def _steps_out_of_turn(where: str, stage: Stage) -> Iterator[Deviation]:
    for index, step in enumerate(stage.steps):
        if index < stage.current_step and step.result != "success":
            place = f"{where}/steps/{index}/result"
            yield Deviation("a step before the current one has not succeeded", "success", show(step.result), place)
        if index > stage.current_step and step.result != "initial":
            place = f"{where}/steps/{index}/result"
            yield Deviation("a step after the current one has begun", "initial", show(step.result), place)


def one_child_runs_at_a_time(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """At most one stage of a phase and one step of a stage run, none of them in a whole that is not in progress.

    Mutants: next-step-waits-too, next-stage-begun-early, failed-step-still-waits, running-step-cut-short.
    """
    return None if context.strategy is None else _too_many(context.fresh_phases, context.fresh_stages)


def _too_many(phases: Iterable[tuple[str, Phase]], stages: Iterable[Placed]) -> Iterator[Deviation]:
    for where, phase in phases:
        running = sum(phase.columns.inprogress)
        if running > int(phase.inprogress):
            yield _crowd("stages", running, phase.inprogress, f"{where}/stages")
    for where, _, _, stage in stages:
        waiting = stage.results.get(_WAITING, 0)
        if waiting > int(stage.inprogress):
            yield _crowd("steps", waiting, stage.inprogress, f"{where}/steps")


def _crowd(what: str, count: int, inprogress: bool, where: str) -> Deviation:  # noqa: FBT001 - the word of the wire
    expected = "at most one" if inprogress else "none, as the whole is not in progress"
    return Deviation(f"{count} {what} are running", expected, str(count), where)


def phases_run_in_order(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Only the current phase is in progress, and phases after it have not begun.

    Mutants: build-never-closed.
    """
    strategy = context.strategy
    if strategy is None or strategy.current_phase not in context.law.phases:
        return None
    return _phases(strategy, context.law.phases)


def _phases(strategy: Strategy, order: tuple[str, ...]) -> Iterator[Deviation]:
    current = order.index(strategy.current_phase)
    for rank, (where, phase) in enumerate(strategy.phases()):
        if rank != current and phase.inprogress:
            yield Deviation(
                f"the current phase is {strategy.current_phase}",
                "not in progress",
                "in progress",
                f"{where}/inprogress",
            )
        if rank > current and is_begun(phase):
            yield Deviation(
                f"it has begun before its turn, after {strategy.current_phase}",
                "initial",
                phase.result,
                f"{where}/result",
            )


def _words(stage: Stage) -> str:
    return f"{stage.result}{', in progress' if stage.inprogress else ''}"
