"""Mutants whose results and reasons do not follow from one another, or that go on where a run has to stop."""

from dataclasses import replace
from typing import Final

from reference_server.engine.behaviours.progress import Progress
from reference_server.engine.course import Course
from reference_server.engine.fleet import with_item
from reference_server.engine.model import Stage
from reference_server.engine.words import PhaseName, Result
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Members, phases_of, stages_of, steps_of
from reference_server.mutants.variant import Variant

_WRONG: Final = frozenset({"failed", "timed-out"})


class _TimedOutHasFailed(Course):
    """Calls a stage failed, whatever its step was."""

    def _close_stage(self, result: Result, reason: str) -> None:
        super()._close_stage(Result.FAILED if result is Result.TIMED_OUT else result, reason)


class _FailureStaysInTheStage(Course):
    """Ends the phase as if its last stage had gone well."""

    def _close_stage(self, result: Result, reason: str) -> None:
        if self.phase.name is not PhaseName.APPLY:
            super()._close_stage(result, reason)
            return
        stage = replace(self.stage, result=result, reason=reason, inprogress=False, ended=self.now, due=None)
        self._put_stage(stage)
        self._put_phase(replace(self.phase, result=Result.SUCCESS))
        self._close_phase()


class _StageEndsWellAnyway(Course):
    """The phase learns of the failed step, the stage does not."""

    def _close_stage(self, result: Result, reason: str) -> None:
        index = self.phase.current_stage
        super()._close_stage(result, reason)
        for phase in (self.strategy.build, self.strategy.apply, self.strategy.abort):
            if index < len(phase.stages) and phase.stages[index].result is result:
                stage = replace(phase.stages[index], result=Result.SUCCESS, reason="")
                stages = (*phase.stages[:index], stage, *phase.stages[index + 1 :])
                self.strategy = self.strategy.with_phase(replace(phase, stages=stages))


class _RunsOnAfterAFailure(Course):
    """Runs the other steps of a stage after one that failed, and lets the stage fail at its end."""

    def _end_step(self, progress: Progress) -> None:
        stage = self.stage
        is_last = stage.current_step + 1 == len(stage.steps)
        if self.phase.name is not PhaseName.APPLY or is_last or progress.step.result is not Result.FAILED:
            super()._end_step(progress)
            return
        self._hear(progress)
        step = replace(progress.step, ended=self.now, due=None)
        steps = with_item(stage.steps, stage.current_step, step)
        self._put_stage(replace(stage, steps=steps, current_step=stage.current_step + 1))

    def _end_stage(self) -> None:
        failed = _failed_step(self.stage)
        if failed is None:
            super()._end_stage()
        else:
            self._close_stage(Result.FAILED, failed)


def _failed_step(stage: Stage) -> str | None:
    return next((step.reason for step in stage.steps if step.result is Result.FAILED), None)


class _EmptyUndoWaits(Course):
    """An abort phase with nothing to do is begun, and waits for its first stage."""

    def _goes_on(self) -> bool:
        waits = self.phase.name is PhaseName.ABORT and not self.phase.stages
        return False if waits else super()._goes_on()


def _undone_is_forgotten(strategy: Members) -> None:
    """What is undone is shown as if it had never been done."""
    if strategy["current-phase"] == "abort":
        apply = strategy["apply-phase"]
        for stage in apply["stages"][apply["current-stage"] : apply["current-stage"] + 1]:
            for step in stage["steps"]:
                if step["result"] == "success":
                    step.update({"result": "initial", "start-date-time": "", "end-date-time": ""})


def _success_with_a_reason(strategy: Members) -> None:
    for stage in stages_of(strategy):
        if stage["result"] == "success" and not stage["inprogress"]:
            stage["reason"] = "completed"


def _reason_lost_at_the_phase(strategy: Members) -> None:
    for phase in (strategy["apply-phase"], strategy["abort-phase"]):
        phase["reason"] = ""


def _reason_lost_at_the_stage(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["reason"] = ""


def _next_step_waits_too(strategy: Members) -> None:
    for stage in stages_of(strategy):
        for step, following in zip(stage["steps"], stage["steps"][1:], strict=False):
            if step["result"] == "wait" and following["result"] == "initial":
                following.update({"result": "wait", "start-date-time": step["start-date-time"]})
                break


def _next_stage_begun(strategy: Members) -> None:
    """During its last step a stage is no longer in progress, and the next one is."""
    apply = strategy["apply-phase"]
    for stage, following in zip(apply["stages"], apply["stages"][1:], strict=False):
        if stage["inprogress"] and stage["current-step"] == stage["total-steps"] - 1:
            start = stage["steps"][-1]["start-date-time"]
            following.update({"inprogress": True, "result": "inprogress", "start-date-time": start})


def _phase_result_of_its_stage(strategy: Members) -> None:
    apply = strategy["apply-phase"]
    current = apply["stages"][apply["current-stage"] : apply["current-stage"] + 1]
    if strategy["state"] == "applying" and current:
        apply["result"] = "inprogress" if not current[0]["inprogress"] else current[0]["result"]


def _failed_step_waits(strategy: Members) -> None:
    for step in steps_of(strategy):
        if step["result"] in _WRONG:
            step.update({"result": "wait", "end-date-time": ""})


def _no_result_before_the_end(strategy: Members) -> None:
    """A phase in progress shows no result before it has ended."""
    for phase in phases_of(strategy):
        if phase["inprogress"]:
            phase["result"] = "initial"


RESULTS: Final = (
    Mutant(
        name="undone-is-forgotten",
        area="results",
        defect="In the abort phase the steps of the interrupted stage are initial again.",
        breaks=("VIM-LIFE-051", "VIM-LIFE-011"),
        make=Variant(edit=_undone_is_forgotten),
    ),
    Mutant(
        name="stage-ends-well-anyway",
        area="results",
        defect="A stage succeeds although a step of it has failed, and the phase fails.",
        breaks=("VIM-LIFE-092", "VIM-LIFE-093"),
        make=Variant(course=_StageEndsWellAnyway),
    ),
    Mutant(
        name="failure-stays-in-the-stage",
        area="results",
        defect="A strategy is applied although the stage that ran last has failed.",
        breaks=("VIM-LIFE-045", "VIM-LIFE-093"),
        make=Variant(course=_FailureStaysInTheStage),
    ),
    Mutant(
        name="success-with-a-reason",
        area="results",
        defect="Stages that have succeeded give a reason.",
        breaks=("VIM-LIFE-022",),
        make=Variant(edit=_success_with_a_reason),
    ),
    Mutant(
        name="reason-lost-at-the-phase",
        area="results",
        defect="The reason of a failure is given by step and stage, and is empty in the phase.",
        breaks=("VIM-LIFE-093",),
        make=Variant(edit=_reason_lost_at_the_phase),
    ),
    Mutant(
        name="reason-lost-at-the-stage",
        area="results",
        defect="The reason of a failure is given by step and phase, and is empty in the stage.",
        breaks=("VIM-LIFE-092",),
        make=Variant(edit=_reason_lost_at_the_stage),
    ),
    Mutant(
        name="timed-out-has-failed",
        area="results",
        defect="A stage whose step has timed out has failed.",
        breaks=("VIM-LIFE-092",),
        make=Variant(course=_TimedOutHasFailed),
    ),
    Mutant(
        name="runs-on-after-a-failure",
        area="results",
        defect="After a step that failed the other steps of its stage are run before the stage fails.",
        breaks=("VIM-LIFE-094", "VIM-LIFE-011"),
        make=Variant(course=_RunsOnAfterAFailure),
    ),
    Mutant(
        name="next-step-waits-too",
        area="results",
        defect="The step after the running one is shown as running too.",
        breaks=("VIM-LIFE-011", "VIM-LIFE-013"),
        make=Variant(edit=_next_step_waits_too),
    ),
    Mutant(
        name="next-stage-begun-early",
        area="results",
        defect="During the last step of a stage the next stage is shown as in progress.",
        breaks=("VIM-LIFE-011", "VIM-LIFE-013"),
        make=Variant(edit=_next_stage_begun),
    ),
    Mutant(
        name="phase-result-of-its-stage",
        area="results",
        defect="The result of the running apply phase is that of its current stage, and goes back with each new one.",
        breaks=("VIM-LIFE-053",),
        make=Variant(edit=_phase_result_of_its_stage),
    ),
    Mutant(
        name="no-result-before-the-end",
        area="results",
        defect="A phase in progress shows the result initial.",
        breaks=("VIM-LIFE-045", "VIM-LIFE-093"),
        make=Variant(edit=_no_result_before_the_end),
    ),
    Mutant(
        name="empty-undo-waits",
        area="results",
        defect="An abort phase that has nothing to undo is begun and never ends.",
        breaks=("VIM-LIFE-095",),
        make=Variant(course=_EmptyUndoWaits),
    ),
    Mutant(
        name="failed-step-still-waits",
        area="results",
        defect="The step that failed is shown as waiting for ever.",
        breaks=("VIM-LIFE-013", "VIM-LIFE-092"),
        make=Variant(edit=_failed_step_waits),
    ),
)
