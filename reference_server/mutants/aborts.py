"""Mutants that abort wrongly: what is undone, in which order, when, and what is said about it."""

from dataclasses import replace
from typing import Final

from reference_server.driver import Driver
from reference_server.engine import messages
from reference_server.engine.behaviours.progress import Progress
from reference_server.engine.course import Course
from reference_server.engine.fleet import with_item
from reference_server.engine.lifecycle import Trigger
from reference_server.engine.model import Stage, Step, Strategy
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.timing import running_stage
from reference_server.engine.undo import undo_stages
from reference_server.engine.words import Kind, PhaseName, Result, StageName, State, StepName
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Members
from reference_server.mutants.variant import Variant


class _Undoes(Course):
    """Computes what to undo as usual, and then changes it."""

    def plan_undo(self) -> None:
        super().plan_undo()
        abort = replace(self.strategy.abort, stages=self.undone(self.strategy.abort.stages))
        self.strategy = replace(self.strategy, abort=abort)

    def undone(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        """The stages of the abort phase."""
        raise NotImplementedError


class _Forwards(_Undoes):
    def undone(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        return tuple(replace(stage, steps=stage.steps[::-1]) for stage in stages)


class _Nothing(_Undoes):
    def undone(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:  # noqa: ARG002 - whatever there is
        return ()


class _OneHostAlone(_Undoes):
    def undone(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        return tuple(replace(stage, steps=tuple(map(_first_entity, stage.steps))) for stage in stages)


def _first_entity(step: Step) -> Step:
    return replace(
        step, entity_uuids=step.entity_uuids[:1], entity_names=step.entity_names[:1], host_names=step.host_names[:1]
    )


class _AnotherName(_Undoes):
    def undone(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        name = StageName.PATCH_QUERY if self.strategy.kind is Kind.SW_PATCH else StageName.UPGRADE_QUERY
        return tuple(replace(stage, name=name) for stage in stages)


class _FinishedStagesToo(Course):
    """Undoes also what the finished stages have given back themselves."""

    def plan_undo(self) -> None:
        apply = self.strategy.apply
        open_stages = tuple(
            replace(stage, current_step=min(stage.current_step, len(stage.steps) - 1)) for stage in apply.stages
        )
        undone = undo_stages(replace(apply, stages=open_stages), self.rules)
        self.strategy = replace(self.strategy, abort=replace(self.strategy.abort, stages=undone))


class _NotTheRunningStep(Course):
    """Undoes the steps that have ended, and forgets the one that runs."""

    def plan_undo(self) -> None:
        apply = self.strategy.apply
        stage = apply.stages[apply.current_stage]
        cut = replace(stage, steps=stage.steps[: stage.current_step], current_step=stage.current_step - 1)
        stages = (*apply.stages[: apply.current_stage], cut)
        undone = undo_stages(replace(apply, stages=stages), self.rules)
        self.strategy = replace(self.strategy, abort=replace(self.strategy.abort, stages=undone))


class _CutsTheStepShort(Course):
    """Does not wait for the running step."""

    def show_abort(self) -> None:
        super().show_abort()
        if self.abort_is_pending and self.strategy.state is State.ABORTING and self.stage.inprogress:
            self._put_stage(replace(self.stage, inprogress=False, ended=self.now, due=None))
            self._close_phase()
            self._run()

    def _close_aborted(self, trigger: Trigger | None = None) -> None:
        super().show_abort()
        self._put_stage(replace(self.stage, inprogress=False, ended=self.now, due=None))
        self._close_phase(trigger)


class _WaitsForTheStage(Course):
    """Lets the whole stage run to its end before it aborts."""

    def _end_step(self, progress: Progress) -> None:
        stage, step = self.stage, progress.step
        is_last = stage.current_step + 1 == len(stage.steps)
        if not self.abort_is_pending or is_last or step.result is not Result.SUCCESS:
            super()._end_step(progress)
            return
        self._hear(progress)
        steps = with_item(stage.steps, stage.current_step, replace(step, ended=self.now, due=None))
        self._put_stage(replace(stage, steps=steps, current_step=stage.current_step + 1))


class _AbortsUnasked(Course):
    """Aborts when its second stage has begun, as if somebody had asked for it."""

    def _start_step(self) -> None:
        super()._start_step()
        strategy = self.strategy
        waits = strategy.state is State.APPLYING and self.stage.steps[self.stage.current_step].result is Result.WAIT
        if waits and strategy.apply.current_stage == 1:
            self.plan_undo()
            self.trigger(Trigger.ABORT_REQUESTED)
            self.show_abort()


class _AbortedBeforeUndone(Course):
    """Is aborted when the abort phase begins."""

    def _begin_phase(self, name: PhaseName, stop_at_stage: int) -> None:
        super()._begin_phase(name, stop_at_stage)
        if name is PhaseName.ABORT and self.strategy.abort.stages:
            super().trigger(Trigger.ABORT_DONE)

    def trigger(self, trigger: Trigger) -> None:
        if self.strategy.current_phase is PhaseName.ABORT and self.strategy.state is State.ABORTED:
            return
        super().trigger(trigger)


class _SecondAbortClaimsSuccess(Course):
    """Skips the undo at a second abort, and says that all of it has been done."""

    def trigger(self, trigger: Trigger) -> None:
        given_up = trigger is Trigger.ABORTED_AT_ONCE and self.strategy.state is State.ABORTING
        super().trigger(trigger)
        if given_up:
            apply = self.strategy.apply
            stage = replace(apply.stages[apply.current_stage], inprogress=False, ended=self.now, due=None)
            self._put_stage(stage)
            self._put_phase(replace(self.phase, inprogress=False, ended=self.now, due=None))
            abort = replace(self.strategy.abort, result=Result.SUCCESS, started=self.now, ended=self.now)
            self.strategy = replace(self.strategy, abort=abort, current_phase=PhaseName.ABORT)


class _OnlySaid(Driver):
    """Answers that it aborts, and goes on applying."""

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        with self._lock:
            before = self.find(kind)
            answer = self.handle(
                before, messages.Abort(stage_id), self._moment, self._simulator.fleet, self.release.rulebook
            )
            running = before is not None and running_stage(before.apply) is not None
            if running and isinstance(answer, messages.Turn) and answer.strategy is not None:
                return answer.strategy
            return super().abort(kind, stage_id)


def _only_unlocks(rules: Rulebook) -> Rulebook:
    return replace(rules, undo={StepName.LOCK_HOSTS: StepName.UNLOCK_HOSTS})


def _succeeded_although_aborted(strategy: Members) -> None:
    if strategy["current-phase"] == "abort":
        strategy["apply-phase"]["result"] = "success"


def _index_past_the_end(strategy: Members) -> None:
    if strategy["current-phase"] == "abort":
        apply = strategy["apply-phase"]
        apply["current-stage"] = apply["total-stages"]


ABORTS: Final = (
    Mutant(
        name="undo-forwards",
        area="abort",
        defect="The abort phase undoes the steps in the order in which they were done.",
        breaks=("VIM-LIFE-098", "VIM-LIFE-107"),
        make=Variant(course=_Forwards),
    ),
    Mutant(
        name="undo-only-unlocks",
        area="abort",
        defect="The abort phase unlocks hosts, and leaves stopped instances and disabled services as they are.",
        breaks=("VIM-LIFE-098",),
        make=Variant(rules=_only_unlocks),
    ),
    Mutant(
        name="undo-of-finished-stages",
        area="abort",
        defect="The abort phase undoes the stages that were complete as well.",
        breaks=("VIM-LIFE-098",),
        make=Variant(course=_FinishedStagesToo),
    ),
    Mutant(
        name="running-step-not-undone",
        area="abort",
        defect="The abort phase undoes what had ended when the abort came, and not the step that ran then.",
        breaks=("VIM-LIFE-098",),
        make=Variant(course=_NotTheRunningStep),
    ),
    Mutant(
        name="undo-of-one-host",
        area="abort",
        defect="The abort phase undoes each step on its first host alone.",
        breaks=("VIM-LIFE-098",),
        make=Variant(course=_OneHostAlone),
    ),
    Mutant(
        name="undo-under-another-name",
        area="abort",
        defect="The stages of the abort phase have the name of the query stage.",
        breaks=("VIM-LIFE-018", "VIM-LIFE-099"),
        make=Variant(course=_AnotherName),
    ),
    Mutant(
        name="abort-without-undo",
        area="abort",
        defect="An abort undoes nothing.",
        breaks=("VIM-LIFE-098",),
        make=Variant(course=_Nothing),
    ),
    Mutant(
        name="running-step-cut-short",
        area="abort",
        defect="The abort phase begins at once, while the running step still runs.",
        breaks=("VIM-LIFE-100", "VIM-LIFE-013"),
        make=Variant(course=_CutsTheStepShort),
    ),
    Mutant(
        name="abort-waits-for-the-stage",
        area="abort",
        defect="An abort lets all further steps of the stage run, not only the one that runs.",
        breaks=("VIM-LIFE-145",),
        make=Variant(course=_WaitsForTheStage),
    ),
    Mutant(
        name="aborts-unasked",
        area="abort",
        defect="A strategy aborts in its second stage although nothing failed and nobody asked for it.",
        breaks=("VIM-LIFE-146",),
        make=Variant(course=_AbortsUnasked),
    ),
    Mutant(
        name="aborted-before-undone",
        area="abort",
        defect="A strategy is aborted when its abort phase begins, not when it has ended.",
        breaks=("VIM-LIFE-045",),
        make=Variant(course=_AbortedBeforeUndone),
    ),
    Mutant(
        name="second-abort-claims-success",
        area="abort",
        defect="A second abort skips the undo, and the abort phase shows success.",
        breaks=("VIM-LIFE-093", "VIM-LIFE-098", "VIM-LIFE-100"),
        make=Variant(course=_SecondAbortClaimsSuccess),
        source="REAL-VIM.md 6: real servers skip the undo at a second abort; they do not claim that it was done.",
    ),
    Mutant(
        name="abort-only-said",
        area="abort",
        defect="An abort is accepted and answered as begun, and the apply goes on.",
        breaks=("VIM-LIFE-047", "VIM-LIFE-051", "VIM-LIFE-053"),
        make=Variant(driver=_OnlySaid),
    ),
    Mutant(
        name="apply-succeeds-although-aborted",
        area="abort",
        defect="The apply phase shows success when its abort phase has begun.",
        breaks=("VIM-LIFE-045", "VIM-LIFE-093"),
        make=Variant(edit=_succeeded_although_aborted),
    ),
    Mutant(
        name="abort-moves-the-index",
        area="abort",
        defect="In the abort phase the current stage of the apply phase is past its end.",
        breaks=("VIM-LIFE-011", "VIM-LIFE-098"),
        make=Variant(edit=_index_past_the_end),
    ),
)
