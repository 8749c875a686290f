"""Completion percentages inside one document (ENGINE.md 1.4)."""

from collections.abc import Iterable, Iterator

from conformance.checks.context import Context, Deviation
from conformance.exchange import Exchange
from conformance.strategy import Phase


def percentage_of_idle_phase_is_100(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A phase that is not in progress shows 100 percent.

    Mutants: idle-phase-at-zero.
    """
    return None if context.strategy is None else _idle(context.fresh_phases)


def _idle(phases: Iterable[tuple[str, Phase]]) -> Iterator[Deviation]:
    for where, phase in phases:
        if not phase.inprogress and phase.percentage != 100:  # noqa: PLR2004 - percent
            yield _wrong(
                "a phase that is not in progress shows 100 percent",
                100,
                phase.percentage,
                f"{where}/completion-percentage",
            )


def percentage_is_floor_of_done_steps(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A phase in progress shows the finished share of all its steps in percent, rounded down; 100 without steps.

    Mutants: percentage-of-stage, percentage-of-run, percentage-rounded, running-step-counted-as-done.
    """
    if context.strategy is None or not any(phase.inprogress for _, phase in context.strategy.phases()):
        return None
    return _shares(context.fresh_phases, context.law.done)


def _shares(phases: Iterable[tuple[str, Phase]], done: frozenset[str]) -> Iterator[Deviation]:
    for where, phase in phases:
        if phase.inprogress and phase.percentage != (share := _share(phase, done)):
            message = "the percentage is not the finished share of the steps"
            yield _wrong(message, share, phase.percentage, f"{where}/completion-percentage")


def _share(phase: Phase, done: frozenset[str]) -> int:
    """Finished steps of every stage in percent of all steps, rounded down."""
    steps = sum(map(len, phase.columns.steps))
    finished = sum(
        alike * count for shares, alike in phase.shares.items() for result, count in shares if result in done
    )
    return 100 * finished // steps if steps else 100


def strategy_percentage_is_current_phase(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """`current-phase-completion-percentage` is the percentage of the phase that `current-phase` names.

    Mutants: percentage-of-apply-phase.
    """
    strategy = context.strategy
    phase = strategy.phase(strategy.current_phase) if strategy else None
    if strategy is None or phase is None:
        return None
    if strategy.percentage == phase.percentage:
        return ()
    where = "/strategy/current-phase-completion-percentage"
    return (_wrong(f"it is not that of the {phase.name} phase", phase.percentage, strategy.percentage, where),)


def _wrong(message: str, expected: int, actual: int, where: str) -> Deviation:
    return Deviation(message, str(expected), str(actual), where)
