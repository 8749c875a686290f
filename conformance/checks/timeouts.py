"""Timeouts inside one document, in seconds (ENGINE.md 1.5, 8.6).

The timeouts of steps differ between releases; only their sums are judged.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from conformance.checks.context import Context, Deviation, listing
from conformance.exchange import Exchange
from conformance.strategy import Phase, Placed, Strategy, running_parts

_GRACE: Final = 120.0
"""Seconds by which a timer may fire late: real ones look at them only now and then."""


def stage_timeout_is_sum(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The timeout of a stage is the sum of its step timeouts and 1 s; 0 when that sum is 0.

    Mutants: stage-timeout-without-its-second, data-sync-not-added, ended-steps-without-timeout.
    """
    return None if context.strategy is None else _stage_sums(context.fresh_stages)


def _stage_sums(stages: Iterable[Placed]) -> Iterator[Deviation]:
    for where, _, _, stage in stages:
        total = sum(step.timeout for step in stage.steps)
        expected = total + 1 if total else 0
        if stage.timeout != expected:
            hint = "add up the timeouts of the steps and 1 s"
            yield Deviation(
                "the timeout is not the sum of the steps", str(expected), str(stage.timeout), f"{where}/timeout", hint
            )


def phase_timeout_is_sum(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The timeout of a phase that has begun is the sum of the stage timeouts of its run and 1 s.

    A run may have begun at any stage up to the current one. 0 is accepted while no stage runs: a service that was
    restarted shows it (ENGINE.md 8.6).

    Mutants: runs-past-its-stop, phase-timeout-without-its-second, phase-timeout-of-all-stages, phase-timeout-runs-down,
    undo-without-timeout.
    """
    if context.strategy is None:
        return None
    begun = [entry for entry in context.fresh_phases if is_begun(entry[1])]
    if not begun and not any(is_begun(phase) for _, phase in context.strategy.phases()):
        return None
    return [deviation for where, phase in begun if not _is_of_all(phase) for deviation in _phase_sum(where, phase)]


def _is_of_all(phase: Phase) -> bool:
    """The timeout is that of a run from the first stage on."""
    total = sum(phase.columns.timeout[: phase.stop_at_stage])
    return phase.current_stage >= 0 and phase.timeout == (total + 1 if total else 0)


def _phase_sum(where: str, phase: Phase) -> Iterator[Deviation]:
    sums = run_timeouts(phase)
    allowed = sums if phase.running else sums | {0}
    if phase.timeout not in allowed:
        yield Deviation(
            "the timeout is not that of a run of this phase",
            listing(sorted(sums)),
            str(phase.timeout),
            f"{where}/timeout",
        )


def run_timeouts(phase: Phase) -> set[int]:
    """The timeouts of all runs that end at `stop-at-stage` and begin at a stage up to the current one."""
    run = phase.columns.timeout[: phase.stop_at_stage]
    first = min(phase.current_stage, len(phase.stages))
    rest = sum(run[first:]) if first >= 0 else 0
    sums = accumulate(reversed(run[: max(first, 0)]), initial=rest) if first >= 0 else iter(())
    return {total + 1 if total else 0 for total in sums}


def phase_timeout_is_zero_before_start(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A phase that has not begun has timeout 0.

    Mutants: phase-timeout-before-start.
    """
    if context.strategy is None or all(is_begun(phase) for _, phase in context.strategy.phases()):
        return None
    idle = [entry for entry in context.fresh_phases if not is_begun(entry[1])]
    return [
        Deviation("the phase has not begun", "0", str(phase.timeout), f"{where}/timeout")
        for where, phase in idle
        if phase.timeout
    ]


def nothing_outlives_its_timeout(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What runs longer than its timeout is timed out: a step, and a phase that is not paused.

    Only where the clock moves as told and a restart, which gives everything its full time again, cannot be missed.

    Mutants: stuck-in-building, stuck-in-aborting, timer-set-anew, stage-timer-alone.
    """
    strategy = context.strategy
    if strategy is None or context.before is None or not context.still or strategy.uuid != context.before.uuid:
        return None
    state = context.law.states.get(strategy.state)
    if state is None or state.rests:
        return None
    return _overdue(strategy, context)


def _overdue(strategy: Strategy, context: Context) -> Iterator[Deviation]:
    for place, timeout in running_parts(strategy):
        ran = context.exchange.at - context.slot.since.get(place, context.exchange.at)
        if ran > timeout + _GRACE:
            hint = "end what has run longer than its timeout, as timed out"
            yield Deviation("it runs longer than its timeout", f"at most {timeout} s", f"{ran:.0f} s", place, hint)


def is_begun(phase: Phase) -> bool:
    """The phase has been started: it has a start date, a result, or is in progress."""
    return bool(phase.start) or phase.inprogress or phase.result != "initial"
