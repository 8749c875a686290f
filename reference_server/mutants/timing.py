"""Mutants that add up timeouts wrongly, have other ones, or do not keep them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reference_server.engine.course import Course
from reference_server.engine.model import Step
from reference_server.engine.rulebook import RecipeStep, Rulebook
from reference_server.engine.steps import AT_TIMEOUT
from reference_server.engine.timing import due
from reference_server.engine.words import PhaseName, Result, StepName
from reference_server.mutants.layers import Clean
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members, phases_of, stages_of
from reference_server.mutants.variant import Variant


class _TimeoutOfAllStages(Course):
    """Gives a run of one stage the time of all."""

    def _begin_phase(self, name: PhaseName, stop_at_stage: int) -> None:
        super()._begin_phase(name, stop_at_stage)
        timeout = sum(stage.timeout for stage in self.phase.stages)
        if timeout:
            self._put_phase(replace(self.phase, timeout=timeout + 1, due=due(self.now, timeout + 1)))


class _UndoWithoutTimeout(Course):
    """Starts the abort phase without a timeout of its own."""

    def _begin_phase(self, name: PhaseName, stop_at_stage: int) -> None:
        super()._begin_phase(name, stop_at_stage)
        if name is PhaseName.ABORT:
            self._put_phase(replace(self.phase, timeout=0, due=None))


class _Rearming(Course):
    """Sets a timer that has fired anew, instead of ending what it was set for."""

    def end_step(self, result: Result) -> None:
        step = self.stage.steps[self.stage.current_step]
        if step.name in AT_TIMEOUT:
            super().end_step(result)
        else:
            self._put_step(replace(step, due=due(self.now, step.timeout)))

    def end_stage_by_timer(self) -> None:
        self._put_stage(replace(self.stage, due=due(self.now, self.stage.timeout)))

    def end_phase_by_timer(self) -> None:
        self._put_phase(replace(self.phase, due=due(self.now, self.phase.timeout)))


class _StageTimerAlone(Course):
    """Has timers for stages and phases alone."""

    def _put_step(self, step: Step) -> None:
        timed = step.name in AT_TIMEOUT
        super()._put_step(step if timed else replace(step, due=None))


def _stage_without_its_second(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["timeout"] = sum(step["timeout"] for step in stage["steps"])


def _phase_without_its_second(strategy: Members) -> None:
    for phase in phases_of(strategy):
        phase["timeout"] = max(phase["timeout"] - 1, 0)


def _phase_timeout_before_start(strategy: Members) -> None:
    apply = strategy["apply-phase"]
    if apply["stages"] and not apply["timeout"]:
        apply["timeout"] = sum(stage["timeout"] for stage in apply["stages"]) + 1


def _sync_not_added(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["timeout"] -= sum(step["timeout"] for step in stage["steps"] if step["step-name"] == "wait-data-sync")


def _runs_down(asked: Asked, clean: Clean) -> Answer:
    """Shows of the timeout of a phase in progress what is left of it."""
    answer = clean.send(asked)
    driver = clean.driver
    now = driver.clock.now()
    left: dict[str, int] = {}
    for kind in (each for each in driver.release.rulebook.ignored_alarms if str(each) == asked.kind):
        strategy = driver.find(kind)
        phases = (strategy.build, strategy.apply, strategy.abort) if strategy is not None else ()
        left = {f"{phase.name}-phase": int(phase.due - now) for phase in phases if phase.due is not None}

    def edit(shown: Members) -> None:
        for name, seconds in left.items():
            shown[name]["timeout"] = max(seconds, 0)

    return answer.with_strategy(edit)


def _retimed(rules: Rulebook, seconds: Mapping[StepName, int]) -> Rulebook:
    """The rulebook with other timeouts of these steps, wherever they stand."""

    def line(step: RecipeStep) -> RecipeStep:
        return replace(step, timeout=seconds.get(step.step, step.timeout))

    recipes = {key: tuple(map(line, recipe)) for key, recipe in rules.recipes.items()}
    return replace(rules, recipes=recipes, step_timeouts={**rules.step_timeouts, **seconds})


def _hasty_locks(rules: Rulebook) -> Rulebook:
    return _retimed(rules, {StepName.LOCK_HOSTS: 600})


def _slow_queries(rules: Rulebook) -> Rulebook:
    return _retimed(rules, {StepName.QUERY_SW_PATCHES: 90, StepName.QUERY_UPGRADE: 90})


TIMING: Final = (
    Mutant(
        name="stage-timeout-without-its-second",
        area="timing",
        defect="The timeout of a stage is the sum of those of its steps, without the second on top.",
        breaks=("VIM-LIFE-027",),
        make=Variant(edit=_stage_without_its_second),
    ),
    Mutant(
        name="phase-timeout-without-its-second",
        area="timing",
        defect="The timeout of a phase is the sum of those of its stages, without the second on top.",
        breaks=("VIM-LIFE-028",),
        make=Variant(edit=_phase_without_its_second),
    ),
    Mutant(
        name="phase-timeout-of-all-stages",
        area="timing",
        defect="The timeout of the apply phase is that of all its stages, also when a single one is applied.",
        breaks=("VIM-LIFE-028",),
        make=Variant(course=_TimeoutOfAllStages),
    ),
    Mutant(
        name="phase-timeout-before-start",
        area="timing",
        defect="The apply phase shows its timeout as soon as it is planned.",
        breaks=("VIM-LIFE-029",),
        make=Variant(edit=_phase_timeout_before_start),
    ),
    Mutant(
        name="phase-timeout-runs-down",
        area="timing",
        defect="The timeout of a phase in progress is the time that is left.",
        breaks=("VIM-LIFE-028", "VIM-LIFE-030"),
        make=Variant(behaviour=_runs_down),
    ),
    Mutant(
        name="data-sync-not-added",
        area="timing",
        defect="The timeout of a stage leaves its data sync out of the sum.",
        breaks=("VIM-LIFE-027",),
        make=Variant(edit=_sync_not_added),
    ),
    Mutant(
        name="undo-without-timeout",
        area="timing",
        defect="The abort phase runs with timeout 0.",
        breaks=("VIM-LIFE-028",),
        make=Variant(course=_UndoWithoutTimeout),
    ),
    Mutant(
        name="timer-set-anew",
        area="timing",
        defect="A timer that has fired is set anew, so that nothing is ever timed out.",
        breaks=("VIM-LIFE-127",),
        make=Variant(course=_Rearming),
    ),
    Mutant(
        name="stage-timer-alone",
        area="timing",
        defect="Steps have no timers, so that a step that hangs is timed out when its stage is.",
        breaks=("VIM-LIFE-127",),
        make=Variant(course=_StageTimerAlone),
    ),
    Mutant(
        name="hasty-locks",
        area="timing",
        defect="A lock of hosts is given 600 seconds instead of 900.",
        breaks=("VIM-LIFE-096",),
        make=Variant(rules=_hasty_locks),
    ),
    Mutant(
        name="slow-queries",
        area="timing",
        defect="Queries of the build phase are given 90 seconds instead of 60.",
        breaks=("VIM-LIFE-096",),
        make=Variant(rules=_slow_queries),
    ),
)
