"""ENGINE.md 2.4 to 2.6 and 4.4: automatic abort, abort while paused, second abort, and what waits for what."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.words import StepName

FAILED_LOCK = m.HostActionFailed(StepName.LOCK_HOSTS, "controller-0")
FAILED_PATCH = "software update failed to apply on host controller-0"


@pytest.fixture
def stages(make_step):
    """Two stages of lock, patch and unlock."""
    return [
        [
            make_step("query-alarms", timeout=60, fail_on_alarms=True),
            make_step("lock-hosts", name),
            make_step("sw-patch-hosts", name),
            make_step("unlock-hosts", name),
            make_step("system-stabilize", timeout=60),
        ]
        for name in ("controller-0", "controller-1")
    ]


@pytest.fixture
def ready(play, stages):
    """A strategy that is ready to apply these stages."""
    return play(*stages)


def indices(phase):
    """Current stage of a phase, and current step of each of its stages."""
    return phase.current_stage, [stage.current_step for stage in phase.stages]


# 2.4 ---------------------------------------------------------------------------------------------------------------


def test_a_failed_apply_undoes_and_ends_aborted(ready):
    """The apply phase keeps failure and reason; the abort phase runs by itself; the state is never apply-failed."""
    ready.apply().answered().locked("controller-0").patched("controller-0", patch_failed=True).tick().answered()
    assert ready.story == ("aborting", "abort", "failed", FAILED_PATCH)
    assert (ready.strategy.apply.inprogress, ready.strategy.apply.ended) == (False, ready.now)
    assert indices(ready.strategy.apply) == (0, [2, 0])
    assert ready.effects == (m.UnlockHosts(ready.asker, ("controller-0",)),)
    ready.unlocked("controller-0")
    assert ready.story == ("aborted", "abort", "failed", FAILED_PATCH)


def test_a_failure_with_nothing_to_undo_is_over_at_once(ready):
    """Without anything to undo the caller sees applying, then aborted; the abort phase began and ended."""
    ready.apply().alarms("100.101")
    assert ready.story == ("aborted", "abort", "failed", "alarms from platform are present")
    abort = ready.strategy.abort
    assert (str(abort.result), abort.timeout, abort.stages, abort.inprogress) == ("success", 0, (), False)
    assert abort.started == abort.ended == ready.now


def test_a_failure_whose_undo_is_satisfied_is_over_at_once(ready):
    """A lock that failed left the host unlocked: its undo succeeds in no time."""
    ready.apply().answered().tell(FAILED_LOCK)
    assert ready.story == ("aborted", "abort", "failed", "host lock failed")
    assert indices(ready.strategy.abort) == (1, [1])
    assert ready.effects == ()


def test_a_time_out_undoes_and_ends_aborted(ready):
    """A timed-out apply has no reason; it is undone like a failed one."""
    ready.apply().answered().locked("controller-0").expire()
    assert ready.story == ("aborting", "abort", "timed-out", "")
    assert ready.unlocked("controller-0").story == ("aborted", "abort", "timed-out", "")


def test_a_failure_in_a_later_stage(ready):
    """Finished stages stay finished, and only the failing one is undone."""
    ready.apply().answered().locked("controller-0").patched("controller-0").tick().answered()
    ready.unlocked("controller-0").expire().answered().locked("controller-1").expire()
    assert indices(ready.strategy.apply) == (1, [5, 2])
    assert [str(stage.result) for stage in ready.strategy.apply.stages] == ["success", "timed-out"]
    assert ready.effects == (m.UnlockHosts(ready.asker, ("controller-1",)),)


def test_a_stage_timer(play, make_step):
    """A stage whose own timer fires times out with the reason `timeout`, and so does its phase."""
    played = play([make_step("lock-hosts", "controller-0")]).apply()
    early = replace(played.stage, due=played.now + 1)
    played.strategy = played.strategy.with_phase(replace(played.phase, stages=(early,)))
    played.expire()
    assert played.outcome == ("timed-out", "timeout")
    assert played.strategy.apply.stages[0].reason == "timeout"


def test_a_phase_timer(play, make_step):
    """A phase whose own timer fires times out with the reason `timeout`."""
    played = play([make_step("lock-hosts", "controller-0")]).apply()
    played.strategy = played.strategy.with_phase(replace(played.phase, due=played.now + 1))
    assert played.expire().outcome == ("timed-out", "timeout")


def test_a_phase_timer_of_the_build(play):
    """A build phase whose own timer fires is a build-timeout with the reason `timeout`."""
    played = play().create()
    played.strategy = played.strategy.with_phase(replace(played.phase, due=played.now + 1))
    played.expire()
    assert (played.state, played.strategy.build.reason) == ("build-timeout", "timeout")


# manual abort ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "result", "reason"),
    [
        (lambda played: played.locked("controller-0"), "success", ""),
        (lambda played: played.tell(FAILED_LOCK), "failed", "host lock failed"),
        (lambda played: played.expire(), "timed-out", ""),
    ],
    ids=["success", "failed", "timed-out"],
)
def test_a_pending_abort_waits_for_the_step_however_it_ends(ready, ending, result, reason):
    """The step keeps its own result; stage and phase end aborted without a reason, on the interrupted step."""
    ending(ready.apply().answered().abort().wait(1))
    apply = ready.strategy.apply
    step = apply.stages[0].steps[1]
    assert (str(step.result), step.reason, step.ended) == (result, reason, ready.now)
    assert (str(apply.result), apply.reason, apply.stages[0].reason) == ("aborted", "", "")
    assert indices(apply) == (0, [1, 0])
    assert str(ready.strategy.current_phase) == "abort"


def test_an_abort_of_a_lock_takes_lock_and_unlock(ready):
    """A lock of 20 s and an unlock of 60 s: aborted 80 s after the abort."""
    ready.apply().answered().abort().wait(20).locked("controller-0").wait(60).unlocked("controller-0")
    assert ready.story == ("aborted", "abort", "aborted", "")
    assert ready.strategy.abort.ended - ready.strategy.apply.stages[0].steps[1].started == 80


def test_an_abort_of_a_swact_waits_and_undoes_nothing(play, make_step):
    """An abort during a swact ends after its 120 s with nothing to undo."""
    played = play([make_step("swact-hosts", "controller-0")]).apply().tick().abort()
    assert played.tick(119).story == ("aborting", "apply", "aborted", "")
    assert played.tick(1).story == ("aborted", "abort", "aborted", "")
    assert (played.strategy.abort.stages, played.strategy.abort.timeout) == ((), 0)


def test_abort_of_a_stage_is_the_abort_of_the_strategy(ready):
    """Abort-stage of the running stage does what abort does."""
    running = ready.apply().answered().strategy
    by_stage = ready.abort(0).strategy
    ready.strategy = running
    assert by_stage == ready.abort().strategy
    assert by_stage.state == "aborting"


def test_an_abort_during_single_stages(ready):
    """Aborting a single-stage run keeps where it was to stop."""
    ready.apply(0).answered().abort().locked("controller-0")
    assert (ready.strategy.apply.stop_at_stage, str(ready.strategy.current_phase)) == (1, "abort")


# 2.5 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def paused(play, make_step):
    """Three stages, the first of them applied alone."""
    return play(*[[make_step("system-stabilize", timeout=15)] for _ in range(3)]).apply(0).expire()


def test_abort_while_paused(paused):
    """At once aborted in the apply phase, which stays in progress without an end; nothing is undone."""
    paused.abort()
    apply = paused.strategy.apply
    assert paused.story == ("aborted", "apply", "aborted", "")
    assert (apply.inprogress, apply.ended, apply.current_stage) == (True, None, 1)
    assert [str(stage.result) for stage in apply.stages] == ["success", "aborted", "initial"]
    assert (apply.stages[1].started, apply.stages[1].ended, apply.stages[1].inprogress) == (None, None, False)
    abort = paused.strategy.abort
    assert (str(abort.result), abort.stages, abort.started) == ("initial", (), None)


def test_abort_while_paused_without_the_quirk(play, make_step):
    """Without quirk B4 the phase is closed and the empty abort phase runs."""
    quirks = {"abort_while_paused_leaves_phase_running": False}
    played = play(*[[make_step("system-stabilize", timeout=15)] for _ in range(3)], **quirks).apply(0).expire().abort()
    apply = played.strategy.apply
    assert played.story == ("aborted", "abort", "aborted", "")
    assert (apply.inprogress, apply.ended, apply.current_stage) == (False, played.now, 1)
    assert [str(stage.result) for stage in apply.stages] == ["success", "aborted", "initial"]
    assert (str(played.strategy.abort.result), played.strategy.abort.ended) == ("success", played.now)


# 2.6 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def given_up(ready):
    """Aborted a second time while the first abort waited for a lock."""
    return ready.apply().answered().abort().abort()


def test_second_abort(given_up):
    """At once aborted; step, stage and phase look as if they ran, and the undo is listed but not run."""
    apply = given_up.strategy.apply
    assert given_up.story == ("aborted", "apply", "aborted", "")
    assert (apply.inprogress, apply.stages[0].inprogress, str(apply.stages[0].result)) == (True, True, "aborted")
    assert str(given_up.step.result) == "wait"
    abort = given_up.strategy.abort
    assert (len(abort.stages), str(abort.result), abort.started) == (1, "initial", None)


def test_events_no_longer_reach_the_step(given_up):
    """The lock that the step waited for changes nothing any more."""
    before = given_up.strategy
    given_up.locked("controller-0").tick(30).tell(FAILED_LOCK)
    assert (given_up.strategy, given_up.effects) == (before, ())


def test_its_timer_still_ends_the_step(given_up):
    """The timer of the step ends it, stage and phase are no longer in progress, and nothing follows."""
    given_up.expire()
    apply = given_up.strategy.apply
    assert given_up.story == ("aborted", "apply", "aborted", "")
    assert (apply.inprogress, apply.stages[0].inprogress, apply.ended) == (False, False, given_up.now)
    assert str(apply.stages[0].steps[1].result) == "timed-out"
    assert str(given_up.strategy.abort.result) == "initial"
    assert given_up.effects == ()


def test_an_answer_still_ends_the_step(ready):
    """The answer to a question of the step ends it, and nothing follows."""
    ready.apply().abort().abort().alarms()
    assert ready.story == ("aborted", "apply", "aborted", "")
    assert (ready.phase.inprogress, str(ready.phase.stages[0].steps[0].result)) == (False, "success")
    assert indices(ready.phase) == (0, [0, 0])


def test_a_phase_timer_after_the_second_abort_ends_the_phase(given_up):
    """Even the timer of the phase only ends what looked as if it ran."""
    given_up.strategy = given_up.strategy.with_phase(replace(given_up.phase, due=given_up.now))
    given_up.wait(1).tell(m.Expired())
    assert given_up.story == ("aborted", "apply", "aborted", "")
    assert given_up.phase.inprogress is False


def test_second_abort_without_the_quirk(play, stages):
    """Without quirk B5 a second abort is accepted and changes nothing: the undo still runs."""
    played = play(*stages, second_abort_gives_up_undo=False).apply().answered().abort()
    before = played.strategy
    assert played.abort().strategy == before
    assert played.locked("controller-0").unlocked("controller-0").story == ("aborted", "abort", "aborted", "")


def test_the_corner_of_the_phase_timer(ready):
    """A phase timer during a pending abort: the state sticks at apply-timeout while the undo runs to its end."""
    ready.apply().answered().change("controller-0", locked=True, enabled=False).abort()
    ready.strategy = ready.strategy.with_phase(replace(ready.phase, due=ready.now))
    ready.wait(1).tell(m.Expired())
    assert ready.story == ("apply-timeout", "abort", "aborted", "")
    assert ready.effects == (m.UnlockHosts(ready.asker, ("controller-0",)),)
    ready.unlocked("controller-0")
    assert ready.story == ("apply-timeout", "abort", "aborted", "")
    assert str(ready.strategy.abort.result) == "success"
