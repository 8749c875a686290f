"""One turn in the making: phases, stages, steps started and ended until something waits (ENGINE.md 1.3, 2.4, 3, 4.3).

A course is made for one call of the machine and thrown away; the strategy it holds is replaced, never changed.
An engine that goes another way at some point is a class below it (`machine.handle` takes the class).
"""

from collections.abc import Iterable
from dataclasses import replace

from reference_server.engine.behaviours.progress import Progress, Scene
from reference_server.engine.building import build_phase, planned
from reference_server.engine.fleet import Fleet, with_item
from reference_server.engine.lifecycle import Trigger, follow, phase_end
from reference_server.engine.messages import Address, Effect, Turn
from reference_server.engine.model import Phase, Stage, Step, Strategy
from reference_server.engine.results import STOPPING, fold
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.steps import behaviour_of
from reference_server.engine.timing import due, run_timeout
from reference_server.engine.undo import undo_stages
from reference_server.engine.words import PhaseName, Result, State

TIMER_REASON = "timeout"
"""Reason of a stage or phase whose own timer fired (ENGINE.md 2.6)."""

UNDOING = frozenset({State.ABORTING, State.APPLY_FAILED, State.APPLY_TIMEOUT})
"""States in which the end of the apply phase leads to the abort phase."""


class Course:
    """A strategy at one moment, and what it asks for meanwhile."""

    def __init__(self, strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> None:
        self.strategy = strategy
        self.now = now
        self.fleet = fleet
        self.rules = rules
        self._effects: list[Effect] = []
        self._stage_is_fresh = False

    def turn(self) -> Turn:
        """What came of it."""
        return Turn(self.strategy, tuple(self._effects))

    def ask(self, effects: Iterable[Effect]) -> None:
        """Add to what is asked for."""
        self._effects.extend(effects)

    # Where we are ---------------------------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """The current phase."""
        return self.strategy.phase(self.strategy.current_phase)

    @property
    def stage(self) -> Stage:
        """The current stage of the current phase."""
        return self.phase.stages[self.phase.current_stage]

    @property
    def abort_is_pending(self) -> bool:
        """Whether an abort waits for the running step, or was given up while it did (ENGINE.md 2.5, 2.6)."""
        strategy = self.strategy
        return strategy.current_phase is PhaseName.APPLY and strategy.state in {State.ABORTING, State.ABORTED}

    @property
    def scene(self) -> Scene:
        """What a behaviour is told."""
        phase = self.phase
        asker = Address(self.strategy.uuid, phase.name, phase.current_stage, self.stage.current_step)
        return Scene(self.now, self.fleet, self.rules, self.strategy, asker)

    # Moves --------------------------------------------------------------------------------------------------------

    def trigger(self, trigger: Trigger) -> None:
        """Change the state as the table says."""
        self.strategy = replace(self.strategy, state=follow(self.strategy.state, trigger))

    def start_phase(self, name: PhaseName, stop_at_stage: int) -> None:
        """Start a phase, or its next run after a pause, up to (excluding) that stage."""
        self._begin_phase(name, stop_at_stage)
        self._run()

    def take(self, progress: Progress) -> None:
        """Take over what a behaviour made of the waiting step, and go on if that has ended."""
        if progress.step.result is Result.WAIT:
            self._note(progress)
        else:
            self._end_step(progress)
            self._run()

    def end_step(self, result: Result) -> None:
        """The timer of the waiting step has fired."""
        step = self.stage.steps[self.stage.current_step]
        self.take(Progress(replace(step, result=result)))

    def end_stage_by_timer(self) -> None:
        """The timer of the stage has fired while a step was waiting."""
        self._time_out_step()
        if self.abort_is_pending:
            self._close_aborted()
        else:
            self._close_stage(Result.TIMED_OUT, TIMER_REASON)
        self._run()

    def end_phase_by_timer(self) -> None:
        """The timer of the phase has fired while a step was waiting."""
        pending, state = self.abort_is_pending, self.strategy.state
        self._time_out_step()
        if pending:
            self._close_aborted(Trigger.APPLY_TIMED_OUT if state is State.ABORTING else None)
        else:
            self._close_stage(Result.TIMED_OUT, TIMER_REASON)
        self._run()

    def show_abort(self) -> None:
        """The current stage and the phase show `aborted`, whatever they showed (ENGINE.md 1.6)."""
        self._put_stage(_combined(self.stage, Result.ABORTED))
        self._put_phase(_combined(self.phase, Result.ABORTED))

    def close_pause(self) -> None:
        """End an apply phase that was paused, as aborted."""
        self._close_phase(Trigger.APPLY_ABORTED)
        self._run()

    def refuse_build(self, reason: str) -> None:
        """A new strategy that is never built: it has failed before its first phase (RELEASES.md 3)."""
        build = Phase(PhaseName.BUILD, result=Result.FAILED, reason=reason)
        self.strategy = replace(self.strategy, state=State.BUILD_FAILED, build=build)

    def plan_build(self) -> None:
        """Lay down the build phase of a new strategy."""
        self.strategy = replace(self.strategy, build=build_phase(self.strategy.request, self.fleet, self.rules))

    def plan_apply(self) -> None:
        """Compute the apply phase, as things stand, from what the build phase was told."""
        self.strategy = planned(self.strategy, self.fleet, self.rules)

    def plan_undo(self) -> None:
        """Compute what an abort has to undo, as things stand."""
        abort = replace(self.strategy.abort, stages=undo_stages(self.strategy.apply, self.rules))
        self.strategy = replace(self.strategy, abort=abort)

    # The run --------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Start stage after stage and step after step until one waits, a run has ended, or nothing is in progress."""
        while self._goes_on():
            pass

    def _goes_on(self) -> bool:
        phase = self.phase
        if not phase.inprogress:
            return False
        if phase.current_stage == phase.stop_at_stage:
            return self._end_run()
        stage = self.stage
        if not stage.inprogress:
            self._start_stage()
        elif stage.current_step == len(stage.steps):
            self._end_stage()
        elif stage.steps[stage.current_step].result is Result.WAIT:
            return False
        else:
            self._start_step()
        return True

    def _begin_phase(self, name: PhaseName, stop_at_stage: int) -> None:
        self.strategy = replace(self.strategy, current_phase=name)
        phase = _combined(self.phase, Result.INPROGRESS)
        timeout = run_timeout(phase, stop_at_stage)
        started = self.now if phase.started is None else phase.started
        running = replace(phase, inprogress=True, stop_at_stage=stop_at_stage, timeout=timeout, started=started)
        self._put_phase(replace(running, due=self._due(timeout)))

    def _start_stage(self) -> None:
        stage = _combined(self.stage, Result.INPROGRESS)
        self._stage_is_fresh = True
        self._put_stage(replace(stage, inprogress=True, started=self.now, due=self._due(stage.timeout)))

    def _start_step(self) -> None:
        stage = self.stage
        step = stage.steps[stage.current_step]
        progress = behaviour_of(step).start(step, self.scene)
        if progress.step.result is Result.WAIT:
            self._put_step(replace(progress.step, started=self.now, due=self._due(step.timeout)))
            self._hear(progress)
        else:
            self._end_step(replace(progress, step=replace(progress.step, started=self.now)))

    def _end_step(self, progress: Progress) -> None:
        """The current step has its final result.

        What becomes of the step and of its stage is put in place together: a copy of many stages is not made twice.
        """
        self._hear(progress)
        step = replace(progress.step, ended=self.now, due=None)
        stage = _with_step(self.stage, step)
        is_last = stage.current_step + 1 == len(stage.steps)
        combined = self._shown(stage, step.result, step.reason, is_last=is_last)
        if self.abort_is_pending:
            self._put_stage(stage)
            self._close_aborted()
        elif combined.result in STOPPING:
            self._put_stage(stage)
            self._close_stage(step.result, step.reason)
        else:
            self._put_stage(replace(combined, current_step=combined.current_step + 1))

    def _end_stage(self) -> None:
        """All steps of the current stage have ended well."""
        phase, stage = self.phase, _combined(self.stage, Result.SUCCESS)
        is_last = phase.current_stage + 1 == len(phase.stages)
        # Quirk B11 (ENGINE.md 4.3): an undo that never waited leaves the indices one short.
        undone_at_once = phase.name is PhaseName.ABORT and self._stage_is_fresh
        short = undone_at_once and self.rules.quirks.synchronous_undo_keeps_indices
        current_step = stage.current_step - 1 if short else stage.current_step
        self._put_stage(replace(stage, inprogress=False, ended=self.now, due=None, current_step=current_step))
        shown = self._shown(self.phase, stage.result, stage.reason, is_last=is_last)
        self._put_phase(replace(shown, current_stage=phase.current_stage + (0 if short and is_last else 1)))
        if short and is_last:
            self._close_phase()

    def _end_run(self) -> bool:
        """The stage to stop at is reached: the phase is paused, or complete."""
        phase = self.phase
        if phase.stop_at_stage < len(phase.stages):
            self._put_phase(replace(phase, due=None))
            return False
        self._put_phase(_combined(phase, Result.SUCCESS))
        self._close_phase()
        return True

    # Ends -----------------------------------------------------------------------------------------------------------

    def _close_stage(self, result: Result, reason: str) -> None:
        """The current stage, and with it the phase, has ended badly; the indices stay on the culprit."""
        stage = _combined(self.stage, result, reason)
        self._put_stage(replace(stage, inprogress=False, ended=self.now, due=None))
        self._put_phase(_combined(self.phase, result, reason))
        self._close_phase()

    def _close_aborted(self, trigger: Trigger | None = None) -> None:
        """The step for which an abort waited has ended: stage and phase end `aborted`, whatever it says itself."""
        self.show_abort()
        self._put_stage(replace(self.stage, inprogress=False, ended=self.now, due=None))
        self._close_phase(trigger)

    def _close_phase(self, trigger: Trigger | None = None) -> None:
        """End the current phase, change the state, and begin what follows from that by itself."""
        self._put_phase(replace(self.phase, inprogress=False, ended=self.now, due=None))
        if self.phase.name is PhaseName.BUILD and self.phase.result not in STOPPING:
            self.plan_apply()
        phase = self.phase
        undo_is_known = self.abort_is_pending
        self.trigger(trigger or phase_end(phase.name, phase.result))
        if phase.name is PhaseName.APPLY and self.strategy.state in UNDOING:
            self._undo(is_planned=undo_is_known)

    def _undo(self, *, is_planned: bool) -> None:
        """Begin the abort phase; an apply that failed by itself plans it first (ENGINE.md 2.4).

        A plan that is there already, with a state that is not aborting, is the corner of 2.6: the state sticks.
        """
        if not is_planned:
            if not self.rules.quirks.failed_apply_ends_aborted:
                return
            self.plan_undo()
            self.trigger(Trigger.ABORT_STARTED)
        self._begin_phase(PhaseName.ABORT, len(self.strategy.abort.stages))

    def _time_out_step(self) -> None:
        step = self.stage.steps[self.stage.current_step]
        self._put_step(replace(step, result=Result.TIMED_OUT, ended=self.now, due=None))

    def _due(self, timeout: int) -> float | None:
        return due(self.now, timeout, whole_seconds=self.rules.choices.whole_second_timers)

    # Values put in their place --------------------------------------------------------------------------------------

    def _shown[P: (Stage, Phase)](self, parent: P, result: Result, reason: str, *, is_last: bool) -> P:
        """The parent with a child's result, unless the release shows a success only after the last child (quirk B1)."""
        early = result in {Result.SUCCESS, Result.DEGRADED} and not is_last
        if early and not self.rules.quirks.result_success_after_first_child:
            return parent
        return _combined(parent, result, reason)

    def _note(self, progress: Progress) -> None:
        """Take note of what the waiting step is now; a poll alone leaves everything as it is."""
        if progress.step is not self.stage.steps[self.stage.current_step]:
            self._put_step(progress.step)
        self._hear(progress)

    def _hear(self, progress: Progress) -> None:
        self.ask(progress.effects)
        if progress.queried is not None:
            self.strategy = replace(self.strategy, queried=progress.queried)

    def _put_step(self, step: Step) -> None:
        self._put_stage(_with_step(self.stage, step))

    def _put_stage(self, stage: Stage) -> None:
        phase = self.phase
        self._put_phase(replace(phase, stages=with_item(phase.stages, phase.current_stage, stage)))

    def _put_phase(self, phase: Phase) -> None:
        self.strategy = self.strategy.with_phase(phase)


def _combined[P: (Stage, Phase)](parent: P, result: Result, reason: str = "") -> P:
    """The parent with a child's result combined into its own."""
    combined, combined_reason = fold(parent.result, parent.reason, result, reason)
    return replace(parent, result=combined, reason=combined_reason)


def _with_step(stage: Stage, step: Step) -> Stage:
    """The stage with this one as its current step."""
    return replace(stage, steps=with_item(stage.steps, stage.current_step, step))
