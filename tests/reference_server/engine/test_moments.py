"""ENGINE.md 1.8, moment by moment, for a patch strategy; 1.4 and 1.5 on the way."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.words import StepName


def phase(found):
    """The columns of the table: result, current stage, in progress, timeout, whether begun, whether ended."""
    began, ended = found.started is not None, found.ended is not None
    return str(found.result), found.current_stage, found.inprogress, found.timeout, began, ended


def stages(found):
    """Result, current step and in progress of each stage."""
    return [(str(stage.result), stage.current_step, stage.inprogress) for stage in found.stages]


def steps(found):
    """Results of the steps of the first stage."""
    return [str(step.result) for step in found.stages[0].steps]


IDLE = ("initial", 0, False, 0, False, False)


def two_stages(make_step):
    """Alarm query, lock and unlock of either controller."""
    names = ("controller-0", "controller-1")
    return [
        [
            make_step("query-alarms", timeout=60, fail_on_alarms=True),
            make_step("lock-hosts", name),
            make_step("unlock-hosts", name),
        ]
        for name in names
    ]


@pytest.fixture
def ready(play, make_step):
    """Two stages of three steps: timeouts 1861 each."""
    return play(*two_stages(make_step))


def run_stage(played, name):
    """From the alarm query of a stage to its end."""
    return played.answered().locked(name).unlocked(name)


def test_create_response(play):
    """The create response shows a build of which the first query has been sent."""
    created = play().create()
    assert (created.state, str(created.strategy.current_phase)) == ("building", "build")
    assert phase(created.strategy.build) == ("inprogress", 0, True, 182, True, False)
    assert stages(created.strategy.build) == [("inprogress", 0, True)]
    assert created.strategy.build.stages[0].timeout == 181
    assert steps(created.strategy.build) == ["wait", "initial", "initial"]
    assert phase(created.strategy.apply) == phase(created.strategy.abort) == IDLE
    assert (created.strategy.build.stop_at_stage, created.strategy.apply.stages) == (1, ())
    assert created.effects == (m.QueryAlarms(created.asker),)


@pytest.mark.parametrize(
    ("kind", "stage", "steps", "timeouts"),
    [
        ("sw-patch", "sw-patch-query", ["query-alarms", "query-sw-patches", "query-sw-patch-hosts"], (181, 182)),
        ("sw-upgrade", "sw-upgrade-query", ["query-alarms", "query-upgrade"], (121, 122)),
    ],
)
def test_the_stage_of_a_build(play, kind, stage, steps, timeouts):
    """A build is one stage of queries of 60 s each (ENGINE.md 5.1, 6.1), whose alarm query does not look at alarms."""
    build = play().create(kind).strategy.build
    (found,) = build.stages
    assert (found.name, [step.name for step in found.steps]) == (stage, steps)
    assert {(step.timeout, step.entity_type, step.entity_names, step.fail_on_alarms) for step in found.steps} == {
        (60, "", (), False)
    }
    assert (found.timeout, build.timeout) == timeouts


def test_build_running(play):
    """After the first answer the stage shows success and the phase still in progress."""
    played = play().create().answered()
    assert phase(played.strategy.build) == ("inprogress", 0, True, 182, True, False)
    assert stages(played.strategy.build) == [("success", 1, True)]


def test_built(play):
    """A build whose rules hold is ready to apply, with stages that nobody has started."""
    played = play().built()
    assert played.story == ("ready-to-apply", "build", "initial", "")
    assert phase(played.strategy.build) == ("success", 1, False, 182, True, True)
    assert phase(played.strategy.apply) == IDLE
    assert len(played.strategy.apply.stages) == 4


def test_build_failed_by_a_rule(play, fleet):
    """A violated rule makes the build phase fail while its stage and steps stay successful."""
    played = play(fleet=replace(fleet, patches=())).built()
    assert played.state == "build-failed"
    assert phase(played.strategy.build) == ("failed", 1, False, 182, True, True)
    assert played.strategy.build.reason == "no software patches found"
    assert stages(played.strategy.build) == [("success", 3, False)]
    assert played.strategy.build.stages[0].reason == ""


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_build_query_failed(play, answers):
    """A query that is not completed makes step, stage and phase fail without a reason."""
    played = play().create().answered(answers)
    played.tell(m.QueryFailed(played.asker))
    assert played.state == "build-failed"
    assert phase(played.strategy.build) == ("failed", 0, False, 182, True, True)
    assert stages(played.strategy.build) == [("failed", answers, False)]
    assert steps(played.strategy.build)[answers] == "failed"
    assert played.strategy.build.reason == ""
    assert played.strategy.apply.stages == ()


def test_build_query_timed_out(play):
    """A query without an answer times out after 60 s, without a reason."""
    played = play().create().expire()
    assert played.now == pytest.approx(1060.5)
    assert played.state == "build-timeout"
    assert phase(played.strategy.build) == ("timed-out", 0, False, 182, True, True)
    assert steps(played.strategy.build) == ["timed-out", "initial", "initial"]
    assert played.strategy.build.reason == ""


def test_apply_all_response(ready):
    """Apply-all starts the first step of the first stage; the phase timeout covers all stages."""
    ready.apply()
    assert ready.story == ("applying", "apply", "inprogress", "")
    assert phase(ready.phase) == ("inprogress", 0, True, 3723, True, False)
    assert ready.phase.stop_at_stage == 2
    assert stages(ready.phase) == [("inprogress", 0, True), ("initial", 0, False)]
    assert steps(ready.phase) == ["wait", "initial", "initial"]


def test_after_stage_0(ready):
    """After its first stage the phase shows success and goes on."""
    run_stage(ready.apply(), "controller-0")
    assert phase(ready.phase) == ("success", 1, True, 3723, True, False)
    assert stages(ready.phase) == [("success", 3, False), ("inprogress", 0, True)]


def test_apply_stage_0_response(ready):
    """Apply-stage stops after that stage; the phase timeout covers it alone."""
    ready.apply(0)
    assert phase(ready.phase) == ("inprogress", 0, True, 1862, True, False)
    assert ready.phase.stop_at_stage == 1


def test_paused_after_stage_0(ready):
    """Between single stages the phase is in progress, shows success, and no timer runs."""
    run_stage(ready.apply(0), "controller-0")
    assert ready.story == ("applying", "apply", "success", "")
    assert phase(ready.phase) == ("success", 1, True, 1862, True, False)
    assert ready.phase.stop_at_stage == 1
    assert stages(ready.phase)[1] == ("initial", 0, False)
    assert (ready.step, ready.phase.due, ready.effects) == (None, None, ())


def test_all_done(ready):
    """After the last stage the strategy is applied; the abort phase was never touched."""
    run_stage(run_stage(ready.apply(), "controller-0"), "controller-1")
    assert ready.story == ("applied", "apply", "success", "")
    assert phase(ready.phase) == ("success", 2, False, 3723, True, True)
    assert ready.phase.stop_at_stage == 2
    assert phase(ready.strategy.abort) == IDLE


def test_the_last_stage_by_itself_ends_the_apply(ready):
    """Stage after stage ends in applied as well; each run has its own timeout, the start is that of the first."""
    run_stage(ready.apply(0), "controller-0").wait(1000)
    run_stage(ready.apply(1), "controller-1")
    assert ready.state == "applied"
    assert (ready.phase.timeout, ready.phase.started) == (1862, 1000.0)


def test_the_rest_after_a_pause_is_timed_by_itself(play, make_step):
    """Apply-all after a pause has the timeout of the stages that remain."""
    played = play(*two_stages(make_step), *two_stages(make_step))
    run_stage(played.apply(0), "controller-0").apply()
    assert (played.phase.timeout, played.phase.stop_at_stage) == (3 * 1861 + 1, 4)


def test_abort_requested(ready):
    """An abort waits for the running step; the phase shows aborted at once, and what is to be undone is known."""
    ready.apply().answered().abort()
    assert ready.story == ("aborting", "apply", "aborted", "")
    assert phase(ready.phase) == ("aborted", 0, True, 3723, True, False)
    assert stages(ready.phase)[0] == ("aborted", 1, True)
    assert str(ready.step.result) == "wait"
    assert phase(ready.strategy.abort) == IDLE
    assert [step.name for step in ready.strategy.abort.stages[0].steps] == ["unlock-hosts"]


def test_that_step_finished(ready):
    """The apply phase ends aborted when the step does, and the abort phase starts."""
    ready.apply().answered().abort().wait(20).locked("controller-0")
    assert ready.story == ("aborting", "abort", "aborted", "")
    assert phase(ready.strategy.apply) == ("aborted", 0, False, 3723, True, True)
    assert stages(ready.strategy.apply)[0] == ("aborted", 1, False)
    assert steps(ready.strategy.apply) == ["success", "success", "initial"]
    assert phase(ready.phase) == ("inprogress", 0, True, 1802, True, False)
    assert ready.effects == (m.UnlockHosts(ready.asker, ("controller-0",)),)


def test_undo_done(ready):
    """When all is undone the strategy is aborted and the abort phase a success."""
    ready.apply().answered().abort().locked("controller-0").wait(60).unlocked("controller-0")
    assert ready.story == ("aborted", "abort", "aborted", "")
    assert phase(ready.phase) == ("success", 1, False, 1802, True, True)
    assert stages(ready.phase) == [("success", 1, False)]


def test_dates(ready):
    """Steps and stages start and end when they do; a start that was set is never set again."""
    ready.apply().wait(1).answered().wait(20).locked("controller-0").wait(60).unlocked("controller-0")
    first = ready.phase.stages[0]
    assert [(step.started, step.ended) for step in first.steps] == [(1000, 1001), (1001, 1021), (1021, 1081)]
    assert (first.started, first.ended) == (1000, 1081)
    assert (ready.stage.started, ready.phase.started, ready.phase.ended) == (1081, 1000, None)


def test_a_failing_step_ends_the_phase(ready):
    """The indices stay on the culprit, its reason is that of stage and phase, later stages stay initial."""
    ready.apply().answered().tell(m.HostActionFailed(StepName.LOCK_HOSTS, "controller-0"))
    apply = ready.strategy.apply
    assert phase(apply) == ("failed", 0, False, 3723, True, True)
    assert (apply.reason, apply.stages[0].reason) == ("host lock failed",) * 2
    assert stages(apply) == [("failed", 1, False), ("initial", 0, False)]
