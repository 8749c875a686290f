"""Mutants that take actions where the state does not allow them, refuse those that it allows, or do something else."""

from collections.abc import Callable
from typing import Final

from reference_server.driver import Driver, Refused
from reference_server.engine.model import Strategy
from reference_server.engine.words import Kind, PhaseName, State
from reference_server.mutants.layers import Clean, behaving, driving
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, refusal

_APPLIES: Final = ("apply-all", "apply-stage")
_ABORTS: Final = ("abort", "abort-stage")


def _runs(strategy: Strategy) -> bool:
    return any(stage.inprogress for stage in strategy.apply.stages)


def _is_paused(strategy: Strategy) -> bool:
    return strategy.state is State.APPLYING and not _runs(strategy)


def _is_given_up(strategy: Strategy) -> bool:
    return strategy.state is State.ABORTED and strategy.current_phase is PhaseName.APPLY


def _stage(asked: Asked) -> int:
    """The stage that an action names; -1 for none."""
    stage = str(asked.members.get("stage-id", ""))
    return int(stage) if stage.isdigit() else -1


type _When = Callable[[Asked, Strategy], bool]


def _nodding(*actions: str, when: _When) -> Callable[[Asked, Clean], Answer]:
    """These actions are accepted when it is so, and nothing is done."""

    def behaviour(asked: Asked, clean: Clean) -> Answer:
        strategy = clean.strategy(asked.kind)
        is_it = asked.action in actions and strategy is not None and when(asked, strategy)
        return clean.shown(asked.kind, 202) if is_it else clean.send(asked)

    return behaviour


def _refusing(*actions: str, when: _When) -> Callable[[Asked, Clean], Answer]:
    """These actions are refused when it is so."""

    def behaviour(asked: Asked, clean: Clean) -> Answer:
        strategy = clean.strategy(asked.kind)
        is_it = asked.action in actions and strategy is not None and when(asked, strategy)
        return refusal(409, f"{asked.action} is not possible now") if is_it else clean.send(asked)

    return behaviour


def _state_before(asked: Asked, clean: Clean) -> Answer:
    """The answer to an apply shows the strategy as it was before."""
    before = clean.shown(asked.kind, 202) if asked.action in _APPLIES else None
    answer = clean.send(asked)
    return before if before is not None and answer.succeeded else answer


def _abort_after_pause(asked: Asked, clean: Clean) -> Answer:
    """An abort-stage while paused, of the stage that was applied last, is taken for an abort."""
    strategy = clean.strategy(asked.kind)
    is_it = asked.action == "abort-stage" and strategy is not None and _is_paused(strategy)
    if is_it and strategy is not None and _stage(asked) == strategy.apply.current_stage - 1:
        return clean.send(asked.with_json({"action": "abort"}))
    return clean.send(asked)


class _OneStageTooFar(Driver):
    """An apply-stage runs all stages that remain."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        if found is not None and stage_id == found.apply.current_stage and stage_id > 0:
            stage_id = None
        return super().apply(kind, stage_id)


class _OneStageOnly(Driver):
    """An apply-all while paused runs one stage."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        if found is not None and stage_id is None and _is_paused(found):
            stage_id = found.apply.current_stage
        return super().apply(kind, stage_id)


class _AnyStageNext(Driver):
    """An apply-stage while paused runs the next stage, whichever was named."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        if found is not None and stage_id is not None and _is_paused(found) and stage_id < found.apply.current_stage:
            stage_id = found.apply.current_stage
        return super().apply(kind, stage_id)


class _AnyStageAborts(Driver):
    """An abort-stage aborts the running stage, whichever was named."""

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        return super().abort(kind, None if stage_id is not None and found is not None and _runs(found) else stage_id)


class _ReadyAborts(Driver):
    """An abort of a strategy that is ready deletes it."""

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        if found is not None and stage_id is None and found.state is State.READY_TO_APPLY:
            self.delete(kind)
            return found
        return super().abort(kind, stage_id)


class _AppliesAgain(Driver):
    """An apply of a strategy that was given up while paused goes on with it."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        if found is not None and _is_given_up(found) and stage_id is None:
            return found
        return super().apply(kind, stage_id)


class _NoAbortInLaterStages(Driver):
    """An abort is refused from the second stage on."""

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        if found is not None and stage_id is None and _runs(found) and found.apply.current_stage > 0:
            raise Refused("stages have been applied")
        return super().abort(kind, stage_id)


ACTIONS: Final = (
    Mutant(
        name="second-apply-accepted",
        area="actions",
        defect="An apply-all while another one is running is accepted, and does nothing.",
        breaks=("VIM-LIFE-059",),
        make=behaving(
            _nodding("apply-all", when=lambda _, strategy: strategy.state is State.APPLYING and _runs(strategy))
        ),
    ),
    Mutant(
        name="apply-while-building-accepted",
        area="actions",
        defect="An apply-all while the strategy is being built is accepted, and does nothing.",
        breaks=("VIM-LIFE-058",),
        make=behaving(_nodding("apply-all", when=lambda _, strategy: strategy.state is State.BUILDING)),
    ),
    Mutant(
        name="apply-stage-of-failed-build-accepted",
        area="actions",
        defect="An apply-stage of a strategy whose build has failed is accepted, and does nothing.",
        breaks=("VIM-LIFE-062",),
        make=behaving(_nodding("apply-stage", when=lambda _, strategy: strategy.state is State.BUILD_FAILED)),
    ),
    Mutant(
        name="apply-of-applied-accepted",
        area="actions",
        defect="An apply-all of a strategy that has been applied is accepted, and does nothing.",
        breaks=("VIM-LIFE-060",),
        make=behaving(_nodding("apply-all", when=lambda _, strategy: strategy.state is State.APPLIED)),
    ),
    Mutant(
        name="apply-stage-of-applied-accepted",
        area="actions",
        defect="An apply-stage of the last stage is accepted once more when the strategy has been applied.",
        breaks=("VIM-LIFE-064",),
        make=behaving(
            _nodding(
                "apply-stage",
                when=lambda asked, strategy: (
                    strategy.state is State.APPLIED and _stage(asked) == len(strategy.apply.stages) - 1
                ),
            )
        ),
    ),
    Mutant(
        name="given-up-applied-again",
        area="actions",
        defect="An apply-all of a strategy that was aborted while it was paused is accepted, and does nothing.",
        breaks=("VIM-LIFE-061",),
        make=driving(_AppliesAgain),
    ),
    Mutant(
        name="any-stage-is-next",
        area="actions",
        defect="An apply-stage of a former stage runs the next stage when the strategy is paused.",
        breaks=("VIM-LIFE-066",),
        make=driving(_AnyStageNext),
    ),
    Mutant(
        name="next-stage-refused",
        area="actions",
        defect="An apply-stage of the next stage is refused when the strategy is paused.",
        breaks=("VIM-LIFE-057",),
        make=behaving(_refusing("apply-stage", when=lambda _, strategy: _is_paused(strategy))),
    ),
    Mutant(
        name="apply-all-while-paused-refused",
        area="actions",
        defect="An apply-all is refused when the strategy is paused between stages.",
        breaks=("VIM-LIFE-055",),
        make=behaving(_refusing("apply-all", when=lambda _, strategy: _is_paused(strategy))),
    ),
    Mutant(
        name="abort-of-ready-deletes",
        area="actions",
        defect="An abort of a strategy that is ready is accepted, and deletes it.",
        breaks=("VIM-LIFE-070",),
        make=driving(_ReadyAborts),
    ),
    Mutant(
        name="abort-in-later-stage-refused",
        area="actions",
        defect="An abort is refused from the second stage on.",
        breaks=("VIM-LIFE-067",),
        make=driving(_NoAbortInLaterStages),
    ),
    Mutant(
        name="abort-while-paused-refused",
        area="actions",
        defect="An abort is refused when the strategy is paused between stages.",
        breaks=("VIM-LIFE-068",),
        make=behaving(_refusing("abort", when=lambda _, strategy: _is_paused(strategy))),
    ),
    Mutant(
        name="abort-of-running-stage-refused",
        area="actions",
        defect="An abort-stage of the running stage is refused.",
        breaks=("VIM-LIFE-069",),
        make=behaving(_refusing("abort-stage", when=lambda _, strategy: _runs(strategy))),
    ),
    Mutant(
        name="any-stage-aborts",
        area="actions",
        defect="An abort-stage of another stage than the running one aborts that.",
        breaks=("VIM-LIFE-076",),
        make=driving(_AnyStageAborts),
    ),
    Mutant(
        name="abort-of-last-stage-while-paused",
        area="actions",
        defect="An abort-stage of the stage that was applied last is accepted when the strategy is paused.",
        breaks=("VIM-LIFE-076",),
        make=behaving(_abort_after_pause),
    ),
    Mutant(
        name="abort-stage-of-applied-accepted",
        area="actions",
        defect="An abort-stage of a strategy that has been applied is accepted, and does nothing.",
        breaks=("VIM-LIFE-074",),
        make=behaving(_nodding("abort-stage", when=lambda _, strategy: strategy.state is State.APPLIED)),
    ),
    Mutant(
        name="abort-while-undoing-accepted",
        area="actions",
        defect="An abort is accepted once more when the abort phase has begun.",
        breaks=("VIM-LIFE-072",),
        make=behaving(_nodding("abort", when=lambda _, strategy: strategy.current_phase is PhaseName.ABORT)),
    ),
    Mutant(
        name="apply-does-nothing",
        area="actions",
        defect="An apply-all of an upgrade strategy that is ready is accepted, and does nothing.",
        breaks=("VIM-UACT-033",),
        make=behaving(
            _nodding(
                "apply-all",
                when=lambda asked, strategy: asked.kind == "sw-upgrade" and strategy.state is State.READY_TO_APPLY,
            )
        ),
    ),
    Mutant(
        name="abort-does-nothing",
        area="actions",
        defect="An abort of a running strategy is accepted, and does nothing.",
        breaks=("VIM-LIFE-087",),
        make=behaving(_nodding(*_ABORTS, when=lambda _, strategy: _runs(strategy))),
    ),
    Mutant(
        name="answer-shows-state-before",
        area="actions",
        defect="The answer to an apply shows the strategy as it was before.",
        breaks=("VIM-PACT-032", "VIM-UACT-033"),
        make=behaving(_state_before),
    ),
    Mutant(
        name="apply-stage-runs-on",
        area="actions",
        defect="An apply-stage of any stage but the first runs all stages that remain.",
        breaks=("VIM-LIFE-016",),
        make=driving(_OneStageTooFar),
    ),
    Mutant(
        name="apply-all-runs-one-stage",
        area="actions",
        defect="An apply-all while the strategy is paused runs one stage.",
        breaks=("VIM-LIFE-016",),
        make=driving(_OneStageOnly),
    ),
)
