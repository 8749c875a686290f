"""Ids, counts and positions inside one document (ENGINE.md 1.2, 1.3, 4.3)."""

from collections.abc import Iterable, Iterator, Sequence

from conformance.checks.context import Context, Deviation
from conformance.exchange import Exchange
from conformance.known import Role
from conformance.strategy import Phase, Placed, Strategy


def totals_are_counts(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """`total-stages` counts the stages of a phase, `total-steps` the steps of a stage.

    Mutants: steps-left, stages-of-run.
    """
    return None if context.strategy is None else _totals(context.fresh_phases, context.fresh_stages)


def _totals(phases: Iterable[tuple[str, Phase]], stages: Iterable[Placed]) -> Iterator[Deviation]:
    for where, phase in phases:
        if phase.total_stages != len(phase.stages):
            yield _wrong("the count of stages is wrong", len(phase.stages), phase.total_stages, f"{where}/total-stages")
    for where, _, _, stage in stages:
        if stage.total_steps != len(stage.steps):
            yield _wrong("the count of steps is wrong", len(stage.steps), stage.total_steps, f"{where}/total-steps")


def ids_are_positions(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Stage and step ids are positions, counted from 0.

    Mutants: stage-ids-from-one.
    """
    return None if context.strategy is None else _positions(context.fresh_stages)


def _positions(stages: Sequence[Placed]) -> Iterator[Deviation]:
    for where, _, index, stage in stages:
        if stage.id != index:
            yield _wrong("the id of a stage is its position", index, stage.id, f"{where}/stage-id")
    for where, _, _, stage in stages:
        for index, step in enumerate(stage.steps):
            if step.id != index:
                yield _wrong("the id of a step is its position", index, step.id, f"{where}/steps/{index}/step-id")


def current_indices_in_range(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """`current-stage` and `current-step` lie between 0 and the number of stages or steps.

    Mutants: index-before-the-first.
    """
    return None if context.strategy is None else _out_of_range(context.fresh_phases, context.fresh_stages)


def _out_of_range(phases: Iterable[tuple[str, Phase]], stages: Iterable[Placed]) -> Iterator[Deviation]:
    for where, phase in phases:
        if not 0 <= phase.current_stage <= len(phase.stages):
            yield _wrong(
                "the index is out of range", f"0 to {len(phase.stages)}", phase.current_stage, f"{where}/current-stage"
            )
    for where, _, _, stage in stages:
        if not 0 <= stage.current_step <= len(stage.steps):
            yield _wrong(
                "the index is out of range", f"0 to {len(stage.steps)}", stage.current_step, f"{where}/current-step"
            )


def stop_at_stage_in_range(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """`stop-at-stage` lies between 0 and the number of stages, and a phase in progress has not gone beyond it.

    Mutants: stop-forgotten-in-a-pause, runs-past-its-stop.
    """
    return None if context.strategy is None else _wrong_stops(context.fresh_phases)


def _wrong_stops(phases: Iterable[tuple[str, Phase]]) -> Iterator[Deviation]:
    for where, phase in phases:
        count, stop = len(phase.stages), phase.stop_at_stage
        if not 0 <= stop <= count:
            yield _wrong("the run stops outside the phase", f"0 to {count}", stop, f"{where}/stop-at-stage")
        elif phase.inprogress and phase.current_stage > stop:
            yield _wrong(
                "the run has gone beyond its end", f"at least {phase.current_stage}", stop, f"{where}/stop-at-stage"
            )


def indices_end_past_the_end(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """After a complete successful run the indices stand past the end; in an abort phase also on the last (B11).

    Mutants: current-step-never-raised, index-on-the-last-stage.
    """
    return None if context.strategy is None else _short_ends(context.strategy, context)


def _short_ends(strategy: Strategy, context: Context) -> Iterator[Deviation]:
    for where, phase in context.fresh_phases:
        slack = int(phase is strategy.abort)
        if phase.result == "success" and not phase.inprogress and phase.end:
            yield from _short(phase.current_stage, len(phase.stages), slack, f"{where}/current-stage")
    for where, phase, _, stage in context.fresh_stages:
        slack = int(phase is strategy.abort)
        if stage.result == "success" and not stage.inprogress and stage.end:
            yield from _short(stage.current_step, len(stage.steps), slack, f"{where}/current-step")


def _short(current: int, count: int, slack: int, where: str) -> Iterator[Deviation]:
    if current < count - slack:
        yield _wrong("the run is complete, its index is not past the end", count, current, where)


def stages_beyond_stop_are_untouched(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Stages from `stop-at-stage` on are not begun by the current run; an abort while paused may mark the next one.

    Mutants: runs-past-its-stop.
    """
    return None if context.strategy is None else _begun_beyond(context.fresh_phases)


def _begun_beyond(phases: Iterable[tuple[str, Phase]]) -> Iterator[Deviation]:
    for where, phase in phases:
        if phase.result == "initial":
            continue
        for index, stage in enumerate(phase.stages[phase.stop_at_stage :], phase.stop_at_stage):
            begun = stage.inprogress or stage.start or stage.result not in ("initial", "aborted")
            if begun or any(step.result != "initial" for step in stage.steps):
                yield _wrong(
                    "a stage beyond the end of the run has begun",
                    "initial",
                    stage.result,
                    f"{where}/stages/{index}/result",
                )


def stop_at_stage_follows_request(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """An accepted apply-all runs to the end of the phase, an accepted apply-stage n to the end of stage n.

    Mutants: apply-stage-runs-on, apply-all-runs-one-stage, restart-goes-on, stop-always-at-the-end, one-stage-too-many.
    """
    wish, strategy = context.wish, context.strategy
    if strategy is None or wish is None or context.role is not Role.ACT or not exchange.succeeded or not wish.clear:
        return None
    if wish.word == "apply-all" and wish.stage is None:
        return _stop(strategy.apply, len(strategy.apply.stages))
    if wish.word == "apply-stage" and wish.stage is not None:
        return _stop(strategy.apply, wish.stage + 1)
    return None


def _stop(phase: Phase, expected: int) -> Iterable[Deviation]:
    if phase.stop_at_stage == expected:
        return ()
    return (
        _wrong(
            "the run does not stop where the request says",
            expected,
            phase.stop_at_stage,
            "/strategy/apply-phase/stop-at-stage",
        ),
    )


def _wrong(message: str, expected: object, actual: object, where: str) -> Deviation:
    return Deviation(message, str(expected), str(actual), where)
