"""Mutants whose strategies get stuck, skip a state, or show one in which they are not."""

from dataclasses import replace
from typing import Any, Final

from reference_server.driver import Driver
from reference_server.engine.course import Course
from reference_server.engine.fleet import Fleet
from reference_server.engine.lifecycle import Trigger
from reference_server.engine.model import Strategy
from reference_server.engine.planning import Plan, plan
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import Kind, PhaseName, Result, State
from reference_server.mutants.layers import Clean, ruled
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members
from reference_server.mutants.variant import Variant


class _Halting(Course):
    """Comes to a halt where it should go on: nothing waits, and no timer runs."""

    def halts(self) -> bool:
        """Whether it does so now."""
        raise NotImplementedError

    def _goes_on(self) -> bool:
        if not self.halts():
            return super()._goes_on()
        self._put_phase(replace(self.phase, due=None))
        return False


class _BuildIsNeverOver(_Halting):
    def halts(self) -> bool:
        return self.phase.name is PhaseName.BUILD and self.phase.current_stage == self.phase.stop_at_stage


class _StopsAfterAStage(_Halting):
    """Does not start the next stage when one has ended."""

    _has_ended = False

    def _end_stage(self) -> None:
        super()._end_stage()
        self._has_ended = self.phase.name is PhaseName.APPLY and self.phase.current_stage < self.phase.stop_at_stage

    def halts(self) -> bool:
        return self._has_ended


class _AbortIsNeverOver(_Halting):
    def halts(self) -> bool:
        phase = self.phase
        return phase.name is PhaseName.ABORT and 0 < phase.current_stage == phase.stop_at_stage


class _KeepsBuilding(Course):
    """The build phase ends, the state is forgotten."""

    def trigger(self, trigger: Trigger) -> None:
        if trigger is not Trigger.BUILD_DONE:
            super().trigger(trigger)


class _ReadyBeforeBuilt(Course):
    """Is ready when the last query is sent, not when it is answered."""

    def _start_step(self) -> None:
        is_last = self.stage.current_step + 1 == len(self.stage.steps)
        if self.phase.name is PhaseName.BUILD and is_last:
            super().trigger(Trigger.BUILD_DONE)
        super()._start_step()

    def trigger(self, trigger: Trigger) -> None:
        late = self.strategy.state is State.READY_TO_APPLY
        if late and trigger in (Trigger.BUILD_FAILED, Trigger.BUILD_TIMED_OUT):
            self.strategy = replace(self.strategy, state=State.BUILDING)
        if not (late and trigger is Trigger.BUILD_DONE):
            super().trigger(trigger)


class _AppliedAfterOneStage(Course):
    """Takes the end of a run for the end of the phase."""

    def _end_run(self) -> bool:
        if self.phase.name is not PhaseName.APPLY:
            return super()._end_run()
        self._put_phase(replace(self.phase, result=Result.SUCCESS))
        self._close_phase()
        return True


class _RestsInApplying(Course):
    """Notes that the apply has failed, and does nothing about it."""

    def _close_phase(self, trigger: Trigger | None = None) -> None:
        failed = self.phase.result in (Result.FAILED, Result.TIMED_OUT)
        if self.phase.name is PhaseName.APPLY and failed and self.strategy.state is State.APPLYING:
            self._put_phase(replace(self.phase, inprogress=False, ended=self.now, due=None))
        else:
            super()._close_phase(trigger)


class _FailedBuildIsReady(Course):
    def trigger(self, trigger: Trigger) -> None:
        super().trigger(Trigger.BUILD_DONE if trigger is Trigger.BUILD_FAILED else trigger)


class _FailedUndoIsAborted(Course):
    def trigger(self, trigger: Trigger) -> None:
        super().trigger(Trigger.ABORT_DONE if trigger is Trigger.ABORT_FAILED else trigger)


class _TimedOutUndoHasFailed(Course):
    def trigger(self, trigger: Trigger) -> None:
        super().trigger(Trigger.ABORT_FAILED if trigger is Trigger.ABORT_TIMED_OUT else trigger)


class _AbortedIsReadyAgain(Driver):
    """A minute after an abort the strategy is on offer again."""

    def find(self, kind: Kind) -> Strategy | None:
        found = super().find(kind)
        if found is not None and found.state is State.ABORTED and found.abort.ended is not None:
            offered = self._moment > found.abort.ended + 60
            return replace(found, state=State.READY_TO_APPLY) if offered else found
        return found


class _AbortAnsweredBefore(Driver):
    """The answer to an abort is made before it is carried out."""

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        with self._lock:
            before = self.find(kind)
            after = super().abort(kind, stage_id)
            return before or after


def _nothing_to_do_is_ready(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    made = plan(strategy, fleet, rules)
    return made if made.stages else Plan(())


def _applied_with_the_last_stage(strategy: Members) -> None:
    apply = strategy["apply-phase"]
    if strategy["state"] == "applying" and apply["current-stage"] == apply["total-stages"] - 1:
        strategy["state"] = "applied"


def _is_paused(strategy: Members) -> bool:
    stages = strategy["apply-phase"]["stages"]
    return strategy["state"] == "applying" and not any(stage["inprogress"] for stage in stages)


def _ready_while_paused(strategy: Members) -> None:
    if _is_paused(strategy):
        strategy["state"] = "ready-to-apply"


def _phase_falls_back(strategy: Members) -> None:
    if strategy["current-phase"] == "abort" and strategy["state"] == "aborted":
        strategy["current-phase"] = "apply"
        strategy["current-phase-completion-percentage"] = strategy["apply-phase"]["completion-percentage"]


def _build_never_closed(strategy: Members) -> None:
    strategy["build-phase"]["inprogress"] = True


def _old_plan(asked: Asked, clean: Clean) -> Answer:
    """Until a new strategy is planned it shows the plan of the one before."""
    answer = clean.send(asked)
    strategy = answer.strategy
    if strategy is None:
        return answer
    plans: dict[str, Any] = clean.memory
    if strategy["state"] == "building":
        old = plans.get(asked.kind, {})
        return answer.with_strategy(lambda shown: shown["apply-phase"].update(old))
    if strategy["state"] == "ready-to-apply":
        apply = strategy["apply-phase"]
        plans[asked.kind] = {"stages": apply["stages"], "total-stages": apply["total-stages"]}
    return answer


STATES: Final = (
    Mutant(
        name="stuck-in-building",
        area="state",
        defect="The build phase is never concluded when its last query has been answered.",
        breaks=("VIM-LIFE-127",),
        make=Variant(course=_BuildIsNeverOver),
    ),
    Mutant(
        name="stuck-in-applying",
        area="state",
        defect="An apply of all stages does not go on after its first one.",
        breaks=("VIM-LIFE-045",),
        make=Variant(course=_StopsAfterAStage),
    ),
    Mutant(
        name="stuck-in-aborting",
        area="state",
        defect="The abort phase is never concluded when everything is undone.",
        breaks=("VIM-LIFE-127",),
        make=Variant(course=_AbortIsNeverOver),
    ),
    Mutant(
        name="built-and-still-building",
        area="state",
        defect="When the build phase has ended the state stays building.",
        breaks=("VIM-LIFE-045",),
        make=Variant(course=_KeepsBuilding),
    ),
    Mutant(
        name="ready-before-built",
        area="state",
        defect="The strategy is ready when the last query is sent, not when it is answered.",
        breaks=("VIM-LIFE-044", "VIM-LIFE-045"),
        make=Variant(course=_ReadyBeforeBuilt),
    ),
    Mutant(
        name="applied-after-one-stage",
        area="state",
        defect="A strategy is applied when a single stage has been, whatever is left.",
        breaks=("VIM-LIFE-045",),
        make=Variant(course=_AppliedAfterOneStage),
    ),
    Mutant(
        name="applied-with-the-last-stage",
        area="state",
        defect="The state is applied as soon as the last stage has begun.",
        breaks=("VIM-LIFE-045",),
        make=Variant(edit=_applied_with_the_last_stage),
    ),
    Mutant(
        name="apply-failed-shown",
        area="state",
        defect="A strategy whose apply has failed stays in apply-failed.",
        breaks=("VIM-LIFE-046", "VIM-LIFE-088"),
        make=ruled(quirks={"failed_apply_ends_aborted": False}),
    ),
    Mutant(
        name="ready-while-paused",
        area="state",
        defect="Between two single stages the strategy is ready-to-apply again.",
        breaks=("VIM-LIFE-045", "VIM-LIFE-047"),
        make=Variant(edit=_ready_while_paused),
    ),
    Mutant(
        name="aborted-is-ready-again",
        area="state",
        defect="A minute after an abort the strategy is ready-to-apply again.",
        breaks=("VIM-LIFE-045", "VIM-LIFE-047", "VIM-LIFE-048"),
        make=Variant(driver=_AbortedIsReadyAgain),
    ),
    Mutant(
        name="abort-answered-before",
        area="state",
        defect="The answer to an abort shows the strategy as it was before.",
        breaks=("VIM-LIFE-087",),
        make=Variant(driver=_AbortAnsweredBefore),
    ),
    Mutant(
        name="nothing-to-do-is-ready",
        area="state",
        defect="A build that finds nothing to do is ready-to-apply, without a stage.",
        breaks=("VIM-LIFE-044",),
        make=Variant(planner=_nothing_to_do_is_ready),
    ),
    Mutant(
        name="failed-apply-rests",
        area="state",
        defect="When the apply phase has failed the state stays applying and nothing is aborted.",
        breaks=("VIM-LIFE-088", "VIM-LIFE-045"),
        make=Variant(course=_RestsInApplying),
    ),
    Mutant(
        name="failed-build-is-ready",
        area="state",
        defect="A strategy whose build phase has failed is ready-to-apply.",
        breaks=("VIM-LIFE-045",),
        make=Variant(course=_FailedBuildIsReady),
    ),
    Mutant(
        name="failed-undo-is-aborted",
        area="state",
        defect="A strategy whose abort phase has failed is aborted.",
        breaks=("VIM-LIFE-045",),
        make=Variant(course=_FailedUndoIsAborted),
    ),
    Mutant(
        name="timed-out-undo-has-failed",
        area="state",
        defect="A strategy whose abort phase has timed out is abort-failed.",
        breaks=("VIM-LIFE-045",),
        make=Variant(course=_TimedOutUndoHasFailed),
    ),
    Mutant(
        name="phase-falls-back",
        area="state",
        defect="The current phase of an aborted strategy is the apply phase again.",
        breaks=("VIM-LIFE-049", "VIM-LIFE-045"),
        make=Variant(edit=_phase_falls_back),
    ),
    Mutant(
        name="build-never-closed",
        area="state",
        defect="The build phase is shown as in progress for as long as the strategy exists.",
        breaks=("VIM-LIFE-014", "VIM-LIFE-045"),
        make=Variant(edit=_build_never_closed),
    ),
    Mutant(
        name="old-plan-in-new-strategy",
        area="state",
        defect="Until a new strategy is planned it shows the stages of the one before.",
        breaks=("VIM-LIFE-043", "VIM-LIFE-050"),
        make=Variant(behaviour=_old_plan),
    ),
)
