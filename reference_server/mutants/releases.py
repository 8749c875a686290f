"""Mutants of the engine that real releases were: defects that were met in the field, in our own words."""

from dataclasses import replace
from typing import Any, Final

from reference_server.driver import Driver
from reference_server.engine.behaviours.progress import Progress, succeeded
from reference_server.engine.course import Course
from reference_server.engine.lifecycle import Situation, situation_of
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import Kind, Result, StepName
from reference_server.mutants import deployments
from reference_server.mutants.layers import Clean
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, refusal
from reference_server.mutants.variant import Variant

_RUNS: Final = frozenset({Situation.RUNNING, Situation.ABORT_PENDING, Situation.UNDOING, Situation.BUILDING})


class _Forced(Driver):
    """Knows whether the strategy that was deleted last was still running."""

    left_running = False

    def delete(self, kind: Kind, *, force: bool = False) -> None:
        found = self.find(kind)
        super().delete(kind, force=force)
        self.left_running = situation_of(found) in _RUNS


def _dies_once(asked: Asked, clean: Clean) -> Answer:
    """The next request meets a process that is gone, the one after that its successor."""
    driver = clean.driver
    if isinstance(driver, _Forced) and driver.left_running:
        driver.left_running = False
        return refusal(500, "the engine does not answer")
    return clean.send(asked)


class _CompletesTwice(Course):
    """Takes the end of an alarm query for the end of the step after it too."""

    def _end_step(self, progress: Progress) -> None:
        was_query = progress.step.name is StepName.QUERY_ALARMS and progress.step.result is Result.SUCCESS
        super()._end_step(progress)
        stage = self.stage if self.phase.inprogress and self.phase.current_stage < len(self.phase.stages) else None
        if was_query and stage is not None and stage.inprogress and stage.current_step < len(stage.steps):
            following = stage.steps[stage.current_step]
            super()._end_step(succeeded(replace(following, started=self.now)))


class _Unseen(Driver):
    """Its world does not show what has leaked: nobody can look into a real one either."""

    def world_document(self) -> dict[str, Any]:
        shown = super().world_document()
        return {**shown, "ignore_alarms": list(self.world.fleet.ignore_alarms)} if "ignore_alarms" in shown else shown


def _leaking(rules: Rulebook) -> Rulebook:
    return replace(rules, quirks=replace(rules.quirks, ignore_list_grows=True))


RELEASES: Final = (
    Mutant(
        name="forced-delete-kills",
        area="historic",
        defect="After a forced delete of a strategy that runs, the next request is answered 500.",
        breaks=(
            "VIM-PGET-011", "VIM-PPOST-010", "VIM-PDEL-004", "VIM-PACT-010",
            "VIM-UGET-011", "VIM-UPOST-010", "VIM-UDEL-004", "VIM-UACT-010",
        ),
        make=Variant(driver=_Forced, behaviour=_dies_once),
        source="REAL-VIM.md 6: the timer of the running step outlives its strategy and ends the process.",
    ),
    Mutant(
        name="ignored-alarms-leak",
        area="historic",
        defect="Alarms that a patch strategy ignores are ignored by upgrade strategies after it.",
        breaks=("VIM-LIFE-119",),
        make=Variant(rules=_leaking, driver=_Unseen, world=deployments.BACKUP_ALARM),
        source="REAL-VIM.md 6: in 3.0.0 the list of ignored alarms grows with each strategy of the process.",
    ),
    Mutant(
        name="alarm-query-completes-twice",
        area="historic",
        defect="The answer to an alarm query ends the step after it as well.",
        breaks=("VIM-LIFE-103", "VIM-LIFE-119"),
        make=Variant(course=_CompletesTwice),
        source="REAL-VIM.md 6: with the OpenStack fault management plugin every alarm query completes twice.",
    ),
)  # fmt: skip
