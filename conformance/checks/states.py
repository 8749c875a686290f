"""State, current phase and the three phases of one document fit together (ENGINE.md 1.8, 2.1)."""

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.checks.context import Context, Deviation, listing, show
from conformance.checks.lawful import ABORTS, APPLIES, situation_of
from conformance.checks.timeouts import is_begun
from conformance.exchange import Exchange
from conformance.known import Role
from conformance.strategy import Phase, Strategy
from spec.law import PhaseLook, Situation

_STOPPED: Final = frozenset({"failed", "timed-out", "aborted"})
_WENT_WRONG: Final = frozenset({"failed", "timed-out"})
_ABORTS: Final = frozenset({"aborting", "aborted", "abort-failed", "abort-timeout"})


def state_fits_phase(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """State, current phase and the progress and results of the three phases fit together.

    Mutants: stuck-in-applying, built-and-still-building, ready-before-built, applied-after-one-stage,
    applied-with-the-last-stage, ready-while-paused and 15 more.
    """
    strategy = context.strategy
    if strategy is None or strategy.state not in context.law.states or strategy.current_phase not in context.law.phases:
        return None
    situation = situation_of(strategy, context.law)
    if situation is None:
        phases = sorted(context.law.states[strategy.state].phases)
        message = f"a strategy in the state {strategy.state} is never in this phase"
        return (Deviation(message, listing(phases), strategy.current_phase, "/strategy/current-phase"),)
    return _misfits(strategy, situation)


def _misfits(strategy: Strategy, situation: Situation) -> Iterator[Deviation]:
    for where, phase in strategy.phases():
        look = situation.looks.get(phase.name)
        if look is not None and not look.fits(inprogress=phase.inprogress, result=phase.result):
            message = f"the {phase.name} phase does not fit the state {strategy.state}"
            yield Deviation(message, _look(look), _progress(phase), where)
    apply = strategy.apply
    stands = "going" if apply.current_stage < apply.stop_at_stage else "stopped"
    stands = "complete" if apply.current_stage == len(apply.stages) else stands
    if situation.run is not None and stands != situation.run:
        actual = f"stage {apply.current_stage} of {len(apply.stages)}, to stop at {apply.stop_at_stage}"
        message = f"the apply phase does not stand where the state {strategy.state} puts it"
        yield Deviation(message, f"a run that is {situation.run}", actual, "/strategy/apply-phase/current-stage")


def _look(look: PhaseLook) -> str:
    if look.idle:
        return "initial, not in progress"
    progress = {True: ", in progress", False: ", not in progress", None: ""}[look.inprogress]
    return f"{listing(sorted(look.results))}{progress}"


def _progress(phase: Phase) -> str:
    return f"{phase.result}, {'' if phase.inprogress else 'not '}in progress"


def failed_apply_aborts(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy does not rest in applying with an apply phase that has failed, timed out or was aborted.

    Mutants: apply-failed-shown, failed-apply-rests.
    """
    strategy = context.strategy
    if strategy is None or strategy.current_phase == "build":
        return None
    if strategy.state != "applying" or strategy.apply.result not in _STOPPED:
        return ()
    message = f"the apply phase has {strategy.apply.result} and the strategy is still being applied"
    return (
        Deviation(
            message,
            "aborting, or a state after it",
            "applying",
            "/strategy/state",
            "abort by itself when the apply fails",
        ),
    )


def ready_strategy_has_stages(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy that is ready has at least one stage to apply, none of them begun.

    Mutants: ready-before-built, nothing-to-do-is-ready.
    """
    strategy = context.strategy
    if strategy is None or strategy.state != "ready-to-apply":
        return None
    if not strategy.apply.stages:
        hint = "a build that finds nothing to do fails, with the reason in the build phase"
        return (
            Deviation("there is nothing to apply", "at least one stage", "none", "/strategy/apply-phase/stages", hint),
        )
    return [
        Deviation(
            "a stage has begun before the apply",
            "initial",
            show(stage.result),
            f"/strategy/apply-phase/stages/{index}/result",
        )
        for index, stage in enumerate(strategy.apply.stages)
        if stage.result != "initial" or stage.inprogress or any(step.result != "initial" for step in stage.steps)
    ]


def new_strategy_has_empty_phases(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy that has just been created has empty apply and abort phases.

    Mutants: old-plan-in-new-strategy.
    """
    if context.strategy is None or context.role is not Role.CREATE or not exchange.succeeded:
        return None
    return [
        Deviation(
            "a new strategy has no plan yet", "no stages, initial", f"{len(phase.stages)} stages, {phase.result}", where
        )
        for where, phase in context.strategy.phases()
        if phase is not context.strategy.build and (phase.stages or is_begun(phase))
    ]


def create_begins_building(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """The answer to a create shows the strategy being built: state building, build phase in progress.

    Mutants: initial-state-shown.
    """
    if context.strategy is None or not context.is_of(operation) or not exchange.succeeded:
        return None
    return _begins(context.strategy, ("building",), "build")


def apply_begins_applying(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """The answer to an accepted apply shows the strategy being applied: state applying, apply phase in progress.

    Mutants: apply-does-nothing, answer-shows-state-before.
    """
    if context.strategy is None or not context.is_of(operation) or not _accepted(exchange, context, APPLIES):
        return None
    return () if _failed_at_once(context.strategy) else _begins(context.strategy, ("applying",), "apply")


def _failed_at_once(strategy: Strategy) -> bool:
    """The apply began, went wrong and was aborted before the answer was written (ENGINE.md 2.4, 2.7)."""
    apply = strategy.apply
    went_wrong = apply.result in _WENT_WRONG and bool(apply.start and apply.end) and not apply.inprogress
    return went_wrong and strategy.state in _ABORTS and strategy.current_phase == "abort"


def abort_begins_aborting(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The answer to an accepted abort shows the strategy aborting or aborted.

    Mutants: abort-does-nothing, abort-answered-before.
    """
    if context.strategy is None or not _accepted(exchange, context, ABORTS):
        return None
    return _begins(context.strategy, ("aborting", "aborted"), "")


def _accepted(exchange: Exchange, context: Context, words: frozenset[str]) -> bool:
    return exchange.succeeded and context.role is Role.ACT and context.wish is not None and context.wish.word in words


def _begins(strategy: Strategy, states: tuple[str, ...], phase: str) -> Iterator[Deviation]:
    if strategy.state not in states:
        yield Deviation("the answer shows another state", listing(states), show(strategy.state), "/strategy/state")
    if not phase:
        return
    if strategy.current_phase != phase:
        yield Deviation(
            "the answer shows another phase", phase, show(strategy.current_phase), "/strategy/current-phase"
        )
    found = strategy.phase(phase)
    if found is not None and not found.inprogress:
        yield Deviation(f"the {phase} phase is not in progress", "true", "false", f"/strategy/{phase}-phase/inprogress")
