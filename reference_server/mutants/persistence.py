"""Mutants that a restart of the service does harm to."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from reference_server.driver import Driver
from reference_server.engine import messages
from reference_server.engine.fleet import Fleet
from reference_server.engine.messages import Turn
from reference_server.engine.model import Phase, Stage, Strategy
from reference_server.engine.restart import restart
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import AlarmRestrictions, Kind, PhaseName, Result, State
from reference_server.mutants.layers import driving
from reference_server.mutants.mutant import Mutant

_UUID: Final = "00000000-0000-4000-8000-0000000000ff"


class _Lost(Driver):
    """No strategy survives."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:  # noqa: ARG004 - as the clean one
        return Turn(None)


class _UpgradeLostWhilePaused(Driver):
    """An upgrade strategy that is paused does not survive."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        is_it = strategy.kind is Kind.SW_UPGRADE and _is_paused(strategy)
        return Turn(None) if is_it else restart(strategy, now, fleet, rules)


class _NewUuid(Driver):
    """The strategy is stored without its uuid."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        turn = restart(strategy, now, fleet, rules)
        return replace(turn, strategy=replace(turn.strategy, uuid=_UUID)) if turn.strategy else turn


class _ResultsReset(Driver):
    """Results of steps are not stored."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        turn = restart(strategy, now, fleet, rules)
        if turn.strategy is None or turn.strategy.state is not State.APPLIED:
            return turn
        apply = _each_stage(turn.strategy.apply, _without_results)
        return replace(turn, strategy=replace(turn.strategy, apply=apply))


class _BackToReady(Driver):
    """A strategy that is paused comes back as one that is ready."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        turn = restart(strategy, now, fleet, rules)
        if turn.strategy is None or not _is_paused(strategy):
            return turn
        back = replace(turn.strategy, state=State.READY_TO_APPLY, current_phase=PhaseName.BUILD)
        return replace(turn, strategy=back)


class _NewDates(Driver):
    """The build phase ends when the service is restarted."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        turn = restart(strategy, now, fleet, rules)
        if turn.strategy is None or turn.strategy.build.ended is None:
            return turn
        build = _each_stage(turn.strategy.build, lambda stage: replace(stage, ended=now))
        return replace(turn, strategy=replace(turn.strategy, build=build))


class _GoesOn(Driver):
    """A strategy that is paused goes on with all that remains."""

    def restart(self) -> None:
        super().restart()
        for kind in self.release.wire.kinds:
            found = self.find(kind)
            if found is not None and _is_paused(found):
                self._command(messages.Apply())


class _PlanForgotten(Driver):
    """The stages of an apply phase that has been applied are not stored."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        turn = restart(strategy, now, fleet, rules)
        if turn.strategy is None or turn.strategy.state is not State.APPLIED:
            return turn
        apply = replace(turn.strategy.apply, stages=(), current_stage=0, stop_at_stage=0)
        return replace(turn, strategy=replace(turn.strategy, apply=apply))


class _RequestForgotten(Driver):
    """What was asked for is not stored: the strategy falls back to the defaults."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        turn = restart(strategy, now, fleet, rules)
        if turn.strategy is None:
            return turn
        request = replace(
            turn.strategy.request, alarm_restrictions=AlarmRestrictions.STRICT, max_parallel_worker_hosts=2
        )
        return replace(turn, strategy=replace(turn.strategy, request=request))


class _StageBegunAgain(Driver):
    """The stage that runs begins again with its first step, as if nothing of it had been done."""

    @staticmethod
    def begin_anew(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
        turn = restart(strategy, now, fleet, rules)
        if turn.strategy is None or not _runs(turn.strategy):
            return turn
        apply = turn.strategy.apply
        stages = tuple(_begun_again(stage, now) if stage.inprogress else stage for stage in apply.stages)
        return replace(turn, strategy=replace(turn.strategy, apply=replace(apply, stages=stages)))


def _runs(strategy: Strategy) -> bool:
    return any(stage.inprogress for stage in strategy.apply.stages)


def _is_paused(strategy: Strategy) -> bool:
    return strategy.state is State.APPLYING and not _runs(strategy)


def _each_stage(phase: Phase, change: Callable[[Stage], Stage]) -> Phase:
    return replace(phase, stages=tuple(change(stage) for stage in phase.stages))


def _without_results(stage: Stage) -> Stage:
    return replace(stage, steps=tuple(replace(step, result=Result.INITIAL) for step in stage.steps))


def _begun_again(stage: Stage, now: float) -> Stage:
    running = stage.steps[stage.current_step]
    steps = tuple(replace(step, result=Result.INITIAL, started=None, ended=None, due=None) for step in stage.steps)
    first = replace(steps[0], result=Result.WAIT, started=now, due=running.due)
    return replace(stage, current_step=0, steps=(first, *steps[1:]))


PERSISTENCE: Final = (
    Mutant(
        name="restart-loses-strategy",
        area="persistence",
        defect="A restart of the service loses the strategy.",
        breaks=("VIM-PGET-013", "VIM-UGET-013"),
        make=driving(_Lost),
    ),
    Mutant(
        name="restart-loses-paused-upgrade",
        area="persistence",
        defect="A restart of the service loses an upgrade strategy that is paused between stages.",
        breaks=("VIM-UGET-013",),
        make=driving(_UpgradeLostWhilePaused),
    ),
    Mutant(
        name="restart-changes-uuid",
        area="persistence",
        defect="After a restart of the service the strategy has another uuid.",
        breaks=("VIM-LIFE-001",),
        make=driving(_NewUuid),
    ),
    Mutant(
        name="restart-resets-results",
        area="persistence",
        defect="After a restart of the service the steps of an applied strategy show no results any more.",
        breaks=("VIM-LIFE-051",),
        make=driving(_ResultsReset),
    ),
    Mutant(
        name="restart-unpauses-to-ready",
        area="persistence",
        defect="After a restart of the service a strategy that was paused between stages is ready again.",
        breaks=("VIM-LIFE-047", "VIM-LIFE-049", "VIM-LIFE-125"),
        make=driving(_BackToReady),
    ),
    Mutant(
        name="restart-changes-dates",
        area="persistence",
        defect="After a restart of the service the stages of the build phase have ended at that moment.",
        breaks=("VIM-LIFE-039",),
        make=driving(_NewDates),
    ),
    Mutant(
        name="restart-goes-on",
        area="persistence",
        defect="A strategy that is paused between stages goes on by itself after a restart of the service.",
        breaks=("VIM-LIFE-125", "VIM-LIFE-016"),
        make=driving(_GoesOn),
    ),
    Mutant(
        name="restart-forgets-plan",
        area="persistence",
        defect="After a restart of the service a strategy that has been applied shows no stages any more.",
        breaks=("VIM-LIFE-050",),
        make=driving(_PlanForgotten),
    ),
    Mutant(
        name="restart-forgets-request",
        area="persistence",
        defect="After a restart of the service a strategy shows the default alarm restrictions and width.",
        breaks=("VIM-LIFE-003",),
        make=driving(_RequestForgotten),
    ),
    Mutant(
        name="restart-begins-stage-again",
        area="persistence",
        defect="After a restart of the service the stage that was running begins again with its first step.",
        breaks=("VIM-LIFE-025", "VIM-LIFE-051", "VIM-LIFE-039"),
        make=driving(_StageBegunAgain),
    ),
)
