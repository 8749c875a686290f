from dataclasses import replace

import pytest

from reference_server.engine.model import Phase, Stage, Step
from reference_server.engine.timing import completion_percentage, due, run_timeout
from reference_server.engine.words import PhaseName, Result, StageName, StepName


def stage(*timeouts, result=Result.INITIAL):
    """A stage of steps with these timeouts."""
    return Stage(StageName.PATCH_WORKERS, tuple(Step(StepName.LOCK_HOSTS, each, result=result) for each in timeouts))


def phase(*stages, **fields):
    """An apply phase of these stages."""
    return Phase(PhaseName.APPLY, stages, **fields)


DONE = stage(*[1] * 7, result=Result.SUCCESS)


@pytest.mark.parametrize(
    ("made", "percentage"),
    [
        pytest.param(phase(), 100, id="never run"),
        pytest.param(phase(inprogress=True), 100, id="running without any step"),
        pytest.param(phase(DONE, stage(1), result=Result.FAILED), 100, id="failed"),
        pytest.param(phase(stage(1, 1, 1), inprogress=True), 0, id="nothing done"),
        pytest.param(phase(DONE, stage(*[1] * 7), stage(*[1] * 6), stage(*[1] * 7), inprogress=True), 25, id="7 of 27"),
        pytest.param(
            phase(DONE, stage(*[1] * 7), stop_at_stage=1, inprogress=True), 50, id="stages after the stop count"
        ),
    ],
)
def test_percentage_of_a_phase(made, percentage):
    """The percentage is that of finished steps of all steps, rounded down, and 100 when nothing runs."""
    assert completion_percentage(made) == percentage


@pytest.mark.parametrize("result", list(Result))
def test_which_steps_count_as_done(result):
    """A step counts as done with exactly these results."""
    made = phase(stage(1, result=result), stage(1), inprogress=True)
    done = result in {"success", "degraded", "failed", "timed-out", "aborted"}
    assert completion_percentage(made) == (50 if done else 0)


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [((60, 900, 900, 1800, 15, 1800, 60), 5536), ((60, 60, 60), 181), ((60, 60), 121), ((0, 0), 0), ((), 0)],
)
def test_a_stage_timeout_is_the_sum_of_its_steps_and_one(timeouts, expected):
    """A stage's timeout is the sum of its step timeouts + 1, and 0 if that sum is 0."""
    assert stage(*timeouts).timeout == expected


FOUR = (stage(5535), stage(5535), stage(4635), stage(6435))  # stage timeouts 5536, 5536, 4636, 6436


@pytest.mark.parametrize(
    ("current", "stop", "expected"),
    [(0, 4, 22145), (0, 1, 5537), (1, 2, 5537), (2, 4, 11073), (4, 4, 77)],
    ids=["all", "stage 0", "then stage 1", "then the rest", "an empty run leaves it"],
)
def test_a_phase_timeout_covers_the_run_that_starts(current, stop, expected):
    """A phase's timeout is the sum over the stages of its run + 1 (ENGINE.md 1.5)."""
    assert run_timeout(phase(*FOUR, current_stage=current, timeout=77), stop) == expected


def test_a_timeout_of_zero_has_no_timer():
    """A timer fires its timeout later, and never when that is 0."""
    assert (due(10.0, 5), due(10.0, 0)) == (15.0, None)


def test_deadline_is_the_earliest_timer(play, make_step):
    """The deadline is that of the waiting step, before those of its stage and phase."""
    played = play([make_step("system-stabilize", timeout=15)]).apply()
    assert played.phase.due == played.now + 17
    assert played.stage.due == played.now + 16
    assert played.step.due == played.now + 15
    stretched = replace(played.step, due=played.now + 99)
    stage_left = replace(played.stage, steps=(stretched,))
    played.strategy = played.strategy.with_phase(replace(played.phase, stages=(stage_left,)))
    assert played.expire().state == "aborted", "the stage's timer is next"
