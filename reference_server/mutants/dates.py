"""Mutants that show wrong dates."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from reference_server.clock import FORMAT
from reference_server.engine.course import Course
from reference_server.engine.words import PhaseName, Result
from reference_server.mutants.layers import Clean
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members, phases_of, stages_of, steps_of
from reference_server.mutants.variant import Variant

_START: Final = "start-date-time"
_END: Final = "end-date-time"
_OFFSET: Final = timedelta(hours=2)


class _StartMovesOnResume(Course):
    """Notes the start of each run as that of the phase."""

    def _begin_phase(self, name: PhaseName, stop_at_stage: int) -> None:
        super()._begin_phase(name, stop_at_stage)
        self._put_phase(replace(self.phase, started=self.now))


class _NoEndAfterFailure(Course):
    """Ends a stage that went wrong without noting when."""

    def _close_stage(self, result: Result, reason: str) -> None:
        index = self.phase.current_stage
        super()._close_stage(result, reason)
        for phase in (self.strategy.build, self.strategy.apply, self.strategy.abort):
            if index < len(phase.stages) and phase.stages[index].result is result:
                stage = replace(phase.stages[index], ended=None)
                stages = (*phase.stages[:index], stage, *phase.stages[index + 1 :])
                self.strategy = self.strategy.with_phase(replace(phase, stages=stages))


class _SetWhenItEnds(Course):
    """Notes both dates of a step when it ends."""

    def _put_step(self, step: Any) -> None:
        super()._put_step(replace(step, started=None) if step.result is Result.WAIT else step)

    def _end_step(self, progress: Any) -> None:
        step = progress.step
        super()._end_step(replace(progress, step=replace(step, started=step.started or self.now)))


def _parts(strategy: Members) -> list[Members]:
    return [*phases_of(strategy), *stages_of(strategy), *steps_of(strategy)]


def _stage_ends_with_its_last_start(strategy: Members) -> None:
    for stage in stages_of(strategy):
        if stage[_END] and stage["result"] == "success":
            stage[_END] = stage["steps"][-1][_START]


def _iso_dates(strategy: Members) -> None:
    for part in _parts(strategy):
        for name in (_START, _END):
            part[name] = part[name].replace(" ", "T")


def _dated_ahead(strategy: Members) -> None:
    for phase in phases_of(strategy):
        for stage in phase["stages"]:
            if stage["result"] == "initial":
                stage[_START] = phase[_START]


def _end_foretold(strategy: Members) -> None:
    for step in steps_of(strategy):
        if step["result"] == "wait":
            step[_END] = _moved(step[_START], timedelta(seconds=step["timeout"]))


def _ends_in_utc(strategy: Members) -> None:
    for part in _parts(strategy):
        part[_START] = _moved(part[_START], _OFFSET)


def _steps_begin_with_their_stage(strategy: Members) -> None:
    for stage in stages_of(strategy):
        for step in stage["steps"]:
            if step[_START]:
                step[_START] = stage[_START]


def _moved(date: str, by: timedelta) -> str:
    return (datetime.strptime(date, FORMAT) + by).strftime(FORMAT) if date else ""  # noqa: DTZ007 - of the wire


def _dates_of_the_answer(asked: Asked, clean: Clean) -> Answer:
    now = clean.driver.clock.stamp(clean.driver.clock.now())

    def edit(strategy: Members) -> None:
        for phase in phases_of(strategy):
            if phase[_END]:
                phase[_END] = now

    return clean.send(asked).with_strategy(edit)


DATES: Final = (
    Mutant(
        name="stage-ends-with-its-last-start",
        area="dates",
        defect="The end of a stage is the moment at which its last step began.",
        breaks=("VIM-LIFE-038",),
        make=Variant(edit=_stage_ends_with_its_last_start),
    ),
    Mutant(
        name="start-moves-on-resume",
        area="dates",
        defect="The start of the apply phase becomes that of its newest run.",
        breaks=("VIM-LIFE-038", "VIM-LIFE-039"),
        make=Variant(course=_StartMovesOnResume),
    ),
    Mutant(
        name="no-end-after-failure",
        area="dates",
        defect="A stage that did not succeed has no end.",
        breaks=("VIM-LIFE-042",),
        make=Variant(course=_NoEndAfterFailure),
    ),
    Mutant(
        name="iso-dates",
        area="dates",
        defect="Dates are written with a T between day and time.",
        breaks=("VIM-LIFE-037",),
        make=Variant(edit=_iso_dates),
    ),
    Mutant(
        name="dated-ahead",
        area="dates",
        defect="Stages that have not begun show the start of their phase as their own.",
        breaks=("VIM-LIFE-040",),
        make=Variant(edit=_dated_ahead),
    ),
    Mutant(
        name="start-told-at-the-end",
        area="dates",
        defect="The start of a step is noted when it ends.",
        breaks=("VIM-LIFE-041",),
        make=Variant(course=_SetWhenItEnds),
    ),
    Mutant(
        name="end-foretold",
        area="dates",
        defect="A running step shows as its end the moment at which it would time out.",
        breaks=("VIM-LIFE-041", "VIM-LIFE-039"),
        make=Variant(edit=_end_foretold),
    ),
    Mutant(
        name="dates-of-the-answer",
        area="dates",
        defect="The end of a phase that has ended is the moment of the answer.",
        breaks=("VIM-LIFE-038", "VIM-LIFE-039"),
        make=Variant(behaviour=_dates_of_the_answer),
    ),
    Mutant(
        name="ends-in-utc",
        area="dates",
        defect="Starts are local time, two hours ahead, and ends are UTC.",
        breaks=("VIM-LIFE-038",),
        make=Variant(edit=_ends_in_utc),
    ),
    Mutant(
        name="steps-begin-with-their-stage",
        area="dates",
        defect="The start of every step is that of its stage.",
        breaks=("VIM-LIFE-038",),
        make=Variant(edit=_steps_begin_with_their_stage),
    ),
)
