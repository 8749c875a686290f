"""ENGINE-8.0.md 4.1, 4.2, 8.6: what steps of later releases do otherwise than those of 3.0.0, with its numbers."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.fleet import Instance
from reference_server.engine.model import StrategyRequest
from reference_server.engine.restart import restart
from reference_server.engine.words import AlarmRestrictions, EntityType, Kind, StepName

APPLIED = ("applied", "apply", "success", "")
TWO = ("compute-0", "compute-1")
SOURCES = ("compute-0", "compute-1")
LOCKED = {"locked": True, "enabled": False, "availability": "online"}
RELAXED = StrategyRequest(Kind.SW_PATCH, alarm_restrictions=AlarmRestrictions.RELAXED)
UNLOCK_FAILED = ("failed", "host unlock failed")


def failed(reason):
    """How a strategy ends whose only step failed with nothing to undo."""
    return "aborted", "abort", "failed", reason


def restarted(played):
    """The play after a restart of the engine."""
    turn = restart(played.strategy, played.now, played.fleet, played.rules)
    played.strategy, played.effects = turn.strategy, turn.effects
    return played


@pytest.fixture
def run(play, make_step):
    """Applies a strategy whose only step has this name, on these entities, under a release."""

    def begin(name, *entities, release="stx-8.0", request=None, fleet=None, **fields):
        members = {"fleet": fleet} if fleet is not None else {}
        return play([make_step(name, *entities, **fields)], release=release, request=request, **members).apply()

    return begin


# query-alarms (D9) ---------------------------------------------------------------------------------------------------

PRESENT = {
    "stx-2018.10": "alarms are present",
    "stx-3.0": "alarms from platform are present",
    "stx-4.0": "alarms from platform are present",
    "stx-5.0": "alarms ['400.001', '100.101', '400.001'] from platform are present",
    "stx-9.0": "alarms ['400.001', '100.101', '400.001'] from platform are present",
}


@pytest.mark.parametrize(("release", "reason"), PRESENT.items())
def test_the_reason_of_counted_alarms(run, release, reason):
    """Alarms fail a stage in other words, in another order, or with those that do not count."""
    played = run("query-alarms", release=release, fail_on_alarms=True)
    assert played.alarms("400.001", "200.001", "100.101", "400.001").story == failed(reason)


def test_the_reason_of_one_alarm(run):
    """A single alarm stands in brackets too."""
    played = run("query-alarms", fail_on_alarms=True).alarms("400.001")
    assert played.story == failed("alarms ['400.001'] from platform are present")


# wait-alarms-clear ---------------------------------------------------------------------------------------------------


@pytest.fixture
def clearing(run):
    """A wait for alarms to clear."""
    return run("wait-alarms-clear", timeout=600)


def test_alarms_are_asked_for_a_minute_after_the_first_tick(clearing):
    """The first question comes with the first tick at least 60 s after the first tick, not after the start."""
    assert clearing.effects == ()
    assert clearing.tick(50).tick(59.5).effects == ()
    assert clearing.tick(0.5).effects == (m.QueryAlarms(clearing.asker),)
    assert clearing.alarms().story == APPLIED


def test_a_change_is_no_tick(clearing):
    """Changes of hosts and instances neither begin the minute, nor ask, nor fail the step as system-stabilize."""
    clearing.host("compute-0", availability="degraded").tick(40).tick(59.5)
    assert clearing.host("compute-1", availability="degraded").wait(1).instance("vm-0", enabled=False).effects == ()
    assert (clearing.state, clearing.tick().effects) == ("applying", (m.QueryAlarms(clearing.asker),))


def test_one_question_at_a_time(clearing):
    """Nothing is asked while an answer is outstanding; with alarms left the next tick asks again."""
    clearing.tick().tick(60)
    assert clearing.tick(30).effects == clearing.tick(30).effects == ()
    assert clearing.alarms("400.001").state == "applying"
    assert clearing.tick(30).effects == (m.QueryAlarms(clearing.asker),)
    assert clearing.alarms().story == APPLIED


def test_wait_data_sync_asks_on_every_tick(run):
    """wait-data-sync asks on each tick from 120 s on, as before."""
    played = run("wait-data-sync").tick().tick(120)
    assert played.effects == played.tick(30).effects == (m.QueryAlarms(played.asker),)


@pytest.mark.parametrize(
    ("request_", "alarm", "affecting", "clear"),
    [
        pytest.param(None, "400.001", "False", False, id="strict"),
        pytest.param(RELAXED, "400.001", "False", True, id="relaxed, not affecting"),
        pytest.param(RELAXED, "400.001", "True", False, id="relaxed, affecting"),
        pytest.param(None, "200.001", "True", True, id="ignored"),
    ],
)
def test_alarms_that_do_not_count_have_cleared(run, request_, alarm, affecting, clear):
    """The step waits for alarms that do not count, or not for those that do."""
    played = run("wait-alarms-clear", timeout=600, request=request_).tick().tick(60)
    assert (played.alarms(alarm, mgmt_affecting=affecting).state == "applied") is clear


def test_a_question_that_is_not_completed(clearing):
    """A question that is not completed fails the step without a reason."""
    assert clearing.tick().tick(60).tell(m.QueryFailed(clearing.asker)).story == failed("")


def test_alarms_that_never_clear(clearing):
    """The step times out, without a reason, although a system-stabilize would have succeeded."""
    clearing.tick().tick(60).alarms("400.001")
    assert clearing.expire().story == ("aborted", "abort", "timed-out", "")


def test_the_minute_begins_anew_after_a_restart(clearing):
    """After a restart 60 s are waited again and then asked, though a question was outstanding; the timer is full."""
    restarted(clearing.tick().tick(60))
    assert clearing.effects == ()
    assert clearing.step.due == pytest.approx(clearing.now + 601)
    assert clearing.tick(30).tick(59).effects == ()
    assert clearing.tick(1).effects == (m.QueryAlarms(clearing.asker),)
    assert clearing.alarms().story == APPLIED


# migrate-instances-from-host -----------------------------------------------------------------------------------------


@pytest.fixture
def emptying(run):
    """Both workers being emptied, each of its instance."""
    return lambda **members: run("migrate-instances-from-host", "vm-0", "vm-1", sources=SOURCES, **members)


def with_instances(fleet, *instances):
    """The fleet with these instances alone."""
    return replace(
        fleet, instances=tuple(Instance(name, f"uuid-{name}", host, **more) for name, host, more in instances)
    )


def test_it_asks_for_hosts(emptying):
    """The step asks for its hosts to be emptied, whatever instances are on them."""
    played = emptying()
    assert played.effects == (m.MigrateFromHosts(played.asker, TWO),)


def test_without_instances_at_the_build_it_empties_too(run, fleet):
    """A step that shows no instance does not empty its hosts of those that have come since."""
    played = run("migrate-instances-from-host", host_names=TWO[:1], entity_type=EntityType.INSTANCES)
    assert played.effects == (m.MigrateFromHosts(played.asker, ("compute-0",)),)
    free = run("migrate-instances-from-host", host_names=("controller-0",), entity_type=EntityType.INSTANCES)
    assert (free.story, free.effects) == (APPLIED, ())


@pytest.mark.parametrize("news", [m.InstanceChanged("uuid-vm-1", "vm-1"), m.Tick()], ids=["change", "tick"])
def test_it_ends_when_nobody_is_left(emptying, news):
    """The step ends while an instance is left on one of its hosts, or not when nobody is, seen by change or tick."""
    played = emptying().move("vm-0", "controller-1")
    assert played.tell(m.InstanceChanged("uuid-vm-0", "vm-0")).state == "applying"
    assert played.move("vm-1", "controller-1").tell(news).story == APPLIED


def test_an_instance_that_came_later_counts(emptying, fleet):
    """An instance that is on a host now, and was not at the build, is waited for, and fails the step if it fails."""
    played = emptying()
    played.fleet = replace(fleet, instances=(*fleet.instances, Instance("vm-9", "uuid-vm-9", "compute-0")))
    played.move("vm-0", "controller-1").move("vm-1", "controller-1").tell(m.InstanceChanged("uuid-vm-1", "vm-1"))
    assert played.state == "applying"
    played.tell(m.MigrateFailed("uuid-vm-9", "vm-9", "compute-0"))
    assert played.story == failed("Migrate of instance vm-9 from host compute-0 failed.")


def test_the_failure_on_another_host_is_nothing_to_it(emptying):
    """A migration that fails elsewhere fails the step."""
    assert emptying().tell(m.MigrateFailed("uuid-vm-7", "vm-7", "controller-0")).state == "applying"


def test_one_that_has_moved(play, make_step):
    """An instance of the build that is on another host now fails the step, if anybody is on its hosts at all."""
    step = make_step("migrate-instances-from-host", "vm-0", "vm-1", sources=SOURCES)
    played = play([step], release="stx-8.0").move("vm-1", "controller-1")
    moved = "instance vm-1 has moved from compute-1 to controller-1 after strategy created"
    assert played.apply().story == failed(moved)
    free = play([step], release="stx-8.0").move("vm-0", "controller-1").move("vm-1", "controller-1")
    assert free.apply().story == APPLIED


def test_one_that_is_gone_is_not_missed(emptying, fleet):
    """An instance of the build that is in no table any more fails the step."""
    played = emptying(fleet=with_instances(fleet, ("vm-0", "compute-0", {})))
    assert played.effects == (m.MigrateFromHosts(played.asker, TWO),)


def test_locked_instances_alone_need_not_move(emptying, fleet):
    """Only locked instances on the hosts: the step succeeds at once."""
    played = emptying(fleet=with_instances(fleet, ("vm-0", "compute-0", {"locked": True, "enabled": False})))
    assert (played.story, played.effects) == (APPLIED, ())


def test_a_locked_instance_beside_another_is_waited_for(emptying, fleet):
    """A locked instance beside an unlocked one is never moved and keeps the step waiting for its 1800 s."""
    both = with_instances(fleet, ("vm-0", "compute-0", {"locked": True, "enabled": False}), ("vm-1", "compute-1", {}))
    played = emptying(fleet=both, timeout=1800).move("vm-1", "controller-1").tick()
    assert played.state == "applying"
    assert played.expire().story == ("aborted", "abort", "timed-out", "")


def test_a_restart_asks_nothing_again_and_keeps_the_hosts(emptying, fleet):
    """After a restart the hosts are still waited for; an instance that vanished keeps its uuid and loses its name."""
    played = emptying()
    played.fleet = with_instances(fleet, ("vm-0", "compute-0", {}))
    step = restarted(played).step
    assert (played.effects, step.host_names, step.sources) == ((), TWO, SOURCES)
    assert (step.entity_names, step.entity_uuids) == (("vm-0",), ("uuid-vm-0", "uuid-vm-1"))
    played.fleet = with_instances(fleet)
    assert played.tick().story == APPLIED


# unlock-hosts that is tried again (D11) ------------------------------------------------------------------------------


@pytest.fixture
def unlocking(play, make_step):
    """Locked hosts being unlocked, with five retries."""

    def begin(*names, retries=5):
        played = play([make_step("unlock-hosts", *names, timeout=1800, retries=retries)], release="stx-8.0")
        for name in names:
            played.change(name, **LOCKED)
        return played.apply()

    return begin


def fails(played, name="compute-0"):
    """The unlock of a host fails."""
    return played.tell(m.HostActionFailed(StepName.UNLOCK_HOSTS, name))


def test_a_failed_unlock_is_tried_again_two_minutes_later(unlocking):
    """The unlock is asked for again with the first event at least 120 s after its failure, once."""
    played = fails(unlocking("compute-0"))
    assert (played.state, played.effects) == ("applying", ())
    assert played.tick(119.5).effects == ()
    assert played.tick(0.5).effects == (m.UnlockHosts(played.asker, ("compute-0",)),)
    assert played.tick(30).effects == ()
    assert played.unlocked("compute-0").story == APPLIED


def test_a_change_of_a_host_is_an_event_too(unlocking):
    """The unlock is asked for again at a change of any host when its time has come."""
    played = fails(unlocking("compute-0")).wait(120).host("compute-1", availability="degraded")
    assert played.effects == (m.UnlockHosts(played.asker, ("compute-0",)),)


def test_five_failures_are_survived_and_the_sixth_fails(unlocking):
    """A host may fail five times; the sixth failure fails the step at once."""
    played = unlocking("compute-0")
    for _ in range(5):
        assert fails(played).tick(120).effects == (m.UnlockHosts(played.asker, ("compute-0",)),)
    assert fails(played).outcome == UNLOCK_FAILED


def test_two_failures_lead_to_one_try_after_the_later_one(unlocking):
    """Two hosts that fail at 0 s and 60 s are tried again together, once, at 180 s."""
    played = fails(unlocking(*TWO))
    fails(played.wait(60), "compute-1")
    assert played.tick(60).effects == played.tick(59.5).effects == ()
    assert played.tick(0.5).effects == (m.UnlockHosts(played.asker, TWO),)
    assert played.tick(120).effects == ()


def test_what_is_unlocked_by_then_is_not_asked_for(unlocking):
    """A try is for the hosts that are still locked alone."""
    played = fails(unlocking(*TWO)).unlocked("compute-1").tick(120)
    assert played.effects == (m.UnlockHosts(played.asker, ("compute-0",)),)


def test_every_host_has_retries_of_its_own(unlocking):
    """The failures of one host use up the retries of another."""
    played = unlocking(*TWO)
    for _ in range(5):
        fails(played, "compute-1").tick(120)
    assert fails(played).state == "applying"
    assert fails(played, "compute-1").outcome == UNLOCK_FAILED


def test_a_host_that_is_unlocked_is_not_tried_again(unlocking):
    """The failure of a host that is no longer locked, though not enabled, fails the step at once."""
    played = unlocking("compute-0").host("compute-0", locked=False)
    assert fails(played).outcome == UNLOCK_FAILED


def test_a_try_that_is_refused_fails(unlocking):
    """The refusal of a further try fails the step, and not with the reason of the refusal."""
    played = fails(unlocking("compute-0")).tick(120)
    assert played.tell(m.ActionRefused(played.asker, "busy")).outcome == UNLOCK_FAILED
    first = unlocking("compute-0")
    assert first.tell(m.ActionRefused(first.asker, "busy")).outcome == ("failed", "busy")


def test_the_timer_covers_all_tries(unlocking):
    """The 1800 s of the step go on from its start, whatever is tried again."""
    played = unlocking("compute-0")
    due = played.step.due
    assert fails(played).tick(120).step.due == due


def test_without_retries_the_first_failure_fails(unlocking):
    """An unlock without retries is tried again."""
    assert fails(unlocking("compute-0", retries=0)).outcome == UNLOCK_FAILED


def test_a_restart_forgets_the_pending_try_and_counts_anew(unlocking):
    """After a restart nothing is tried again until a further failure, and there are five retries once more (B17)."""
    played = unlocking("compute-0")
    for _ in range(4):
        fails(played).tick(120)
    restarted(fails(played))
    assert played.tick(120).effects == played.tick(600).effects == ()
    for _ in range(5):
        assert fails(played).tick(120).effects == (m.UnlockHosts(played.asker, ("compute-0",)),)
    assert fails(played).outcome == UNLOCK_FAILED


def test_a_forgotten_try_times_out_and_the_undo_unlocks(play, make_step):
    """After a restart the step times out 1800 s later; the undo that follows asks for the unlock."""
    steps = [
        make_step("lock-hosts", "controller-0"),
        make_step("unlock-hosts", "controller-0", timeout=1800, retries=5),
    ]
    played = fails(play(steps, release="stx-8.0").apply().locked("controller-0"), "controller-0")
    begun = restarted(played.wait(100)).now
    played.tick(1700)
    played.expire()
    assert (played.state, played.strategy.apply.result) == ("aborting", "timed-out")
    assert 1801 <= played.now - begun <= 1802
    assert played.effects == (m.UnlockHosts(played.asker, ("controller-0",)),)


# patch hosts that say two things (D12) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "outcome"),
    [
        ("stx-3.0", ("success", "")),
        ("stx-5.0", ("success", "")),
        ("stx-6.0", ("failed", "software update failed to apply on host compute-0")),
        ("stx-9.0", ("failed", "software update failed to apply on host compute-0")),
    ],
)
def test_a_host_that_is_current_and_failed(run, release, outcome):
    """A host that has the patch and has failed counts otherwise than in that release."""
    played = run("sw-patch-hosts", *TWO, release=release).patched("compute-0", patch_current=True, patch_failed=True)
    assert played.patched("compute-1").tick().answered().outcome == outcome


# whole seconds (D13) -------------------------------------------------------------------------------------------------

OVERTIME = [("stx-3.0", 0.5), ("stx-5.0", 0.5), ("stx-6.0", 1.0), ("stx-9.0", 1.0)]
"""How long after its time a timer fires that is looked at every half second."""


@pytest.mark.parametrize(("release", "overtime"), OVERTIME)
@pytest.mark.parametrize(
    ("name", "timeout", "state"), [("swact-hosts", 900, "aborted"), ("system-stabilize", 15, "applied")]
)
def test_a_timer_fires_after_whole_seconds(run, release, overtime, name, timeout, state):
    """A step of so many seconds ends sooner or later than that release ends it."""
    played = run(name, *["controller-0"] * (name == "swact-hosts"), timeout=timeout, release=release)
    assert played.wait(timeout + overtime - 0.5).tell(m.Expired()).state == "applying"
    assert played.wait(0.5).tell(m.Expired()).state == state


@pytest.mark.parametrize(("release", "overtime"), OVERTIME)
def test_a_simplex_lock_waits_for_whole_seconds(run, release, overtime):
    """A simplex lock ends 15.5 s, or from 6.0 on 16.0 s, after its first event."""
    played = run("lock-hosts", "controller-0", wait_until_disabled=False, release=release)
    played.host("controller-0", locked=True)
    assert played.tick(15 + overtime - 0.5).state == "applying"
    assert played.tick(0.5).story == APPLIED


def test_waits_for_ticks_are_as_long_as_before(run):
    """A wait that counts from the first tick is longer where timers are cut to whole seconds."""
    assert run("swact-hosts", "controller-0").tick().tick(120).story == APPLIED


def test_timers_of_stages_and_phases_are_cut_too(run):
    """Stage and phase have timers of another kind than their step, also after a restart."""
    played = run("swact-hosts", "controller-0")
    dues = [played.step.due, played.stage.due, played.phase.due]
    assert dues == pytest.approx([played.now + seconds + 1 for seconds in (900, 901, 902)])
    assert all(due < played.now + seconds + 1 for due, seconds in zip(dues, (900, 901, 902), strict=True))
    again = restarted(played.wait(50))
    assert [again.step.due, again.stage.due, again.phase.due] == pytest.approx([due + 50 for due in dues])
