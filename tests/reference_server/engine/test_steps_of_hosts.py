"""ENGINE.md 4.2, the steps on hosts: lock, unlock, services, swact, reboot, upgrade, patch."""

import pytest

from reference_server.engine import messages as m
from reference_server.engine.fleet import UpgradeRecord
from reference_server.engine.steps import STEPS
from reference_server.engine.words import StepName

TWO = ("controller-0", "controller-1")
APPLIED = ("applied", "apply", "success", "")


def failed(reason):
    """How a strategy ends whose only step failed with nothing to undo, or with everything undone at once."""
    return "aborted", "abort", "failed", reason


TIMED_OUT = ("aborted", "abort", "timed-out", "")


@pytest.fixture
def run(play, make_step):
    """Applies a strategy whose only step has this name, on these entities."""

    def begin(name, *entities, changes=(), timeout=900, **fields):
        played = play([make_step(name, *entities, timeout=timeout, **fields)])
        for host, change in changes:
            played.host(host, **change)
        return played.apply()

    return begin


LOCKED = {"locked": True, "enabled": False, "availability": "online"}
DOWN = [(name, LOCKED) for name in TWO]
UP_AND_DOWN = [("controller-1", LOCKED)]
SERVED = [(name, {"services_disabled": True}) for name in TWO]


def test_every_step_kind_has_a_behaviour():
    """Some step name has no row in the table of step kinds."""
    assert set(STEPS) == set(StepName)


@pytest.mark.parametrize(
    ("name", "changes", "effect", "asked"),
    [
        ("lock-hosts", (), m.LockHosts, TWO),
        ("lock-hosts", UP_AND_DOWN, m.LockHosts, ("controller-0",)),
        ("unlock-hosts", DOWN, m.UnlockHosts, TWO),
        ("unlock-hosts", UP_AND_DOWN, m.UnlockHosts, ("controller-1",)),
        ("disable-host-services", (), m.DisableHostServices, TWO),
        ("disable-host-services", SERVED[:1], m.DisableHostServices, ("controller-1",)),
        ("enable-host-services", SERVED, m.EnableHostServices, TWO),
        ("enable-host-services", SERVED[:1], m.EnableHostServices, ("controller-0",)),
        ("swact-hosts", (), m.SwactHosts, TWO),
        ("reboot-hosts", DOWN, m.RebootHosts, TWO),
        ("upgrade-hosts", DOWN, m.UpgradeHosts, TWO),
        ("sw-patch-hosts", (), m.InstallPatches, TWO),
    ],
)
def test_what_a_step_asks_for(run, name, changes, effect, asked):
    """At its start the step asks for its action on the hosts that still need it, and waits."""
    played = run(name, *TWO, changes=changes)
    assert played.effects == (effect(played.asker, asked),)
    assert (str(played.step.result), played.step.due) == ("wait", played.now + 900)


@pytest.mark.parametrize(
    ("name", "changes"),
    [("lock-hosts", DOWN), ("unlock-hosts", ()), ("disable-host-services", SERVED), ("enable-host-services", ())],
)
def test_a_step_whose_work_is_done_succeeds_at_once(run, name, changes):
    """Hosts that are in the state already are not asked for it."""
    played = run(name, *TWO, changes=changes)
    assert (played.story, played.effects) == (APPLIED, ())


@pytest.mark.parametrize(
    ("name", "start", "change"),
    [
        ("lock-hosts", (), LOCKED),
        ("unlock-hosts", DOWN, {"locked": False, "enabled": True}),
        ("disable-host-services", (), {"services_disabled": True}),
        ("enable-host-services", SERVED, {"services_disabled": False}),
    ],
)
@pytest.mark.parametrize("news", [m.HostChanged("controller-1"), m.Tick()], ids=["event", "tick"])
def test_a_step_waits_for_the_last_of_its_hosts(run, name, start, change, news):
    """The step ends when all listed hosts are in the state, and not before."""
    played = run(name, *TWO, changes=start).host("controller-0", **change)
    assert played.state == "applying"
    assert played.change("controller-1", **change).tell(news).story == APPLIED


@pytest.mark.parametrize(
    ("name", "start", "half_way"),
    [
        ("lock-hosts", (), {"locked": True}),
        ("unlock-hosts", DOWN, {"locked": False}),
    ],
)
def test_locked_means_disabled_and_unlocked_means_enabled(run, name, start, half_way):
    """An administrative state alone does not end the step."""
    played = run(name, "controller-0", changes=start)
    assert played.host("controller-0", **half_way).state == "applying"


def test_services_end_their_step_by_their_own_event(run):
    """A report of the service ends disable-host-services."""
    assert run("disable-host-services", "compute-0").services("compute-0", disabled=True).story == APPLIED


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("lock-hosts", (), "host lock failed"),
        ("unlock-hosts", DOWN, "host unlock failed"),
        ("disable-host-services", (), "disable host services failed"),
        ("enable-host-services", SERVED, "enable host services failed"),
        ("swact-hosts", (), "host swact failed"),
        ("reboot-hosts", DOWN, "host reboot failed"),
        ("upgrade-hosts", DOWN, "host upgrade failed"),
    ],
)
class TestRefusals:
    """What a failure notification does to a step on hosts."""

    def test_of_a_listed_host(self, run, name, changes, reason):
        """The failure of the action on one listed host fails the step with its reason."""
        played = run(name, *TWO, changes=changes)
        assert played.tell(m.HostActionFailed(StepName(name), "controller-1")).story == failed(reason)

    def test_of_another_host(self, run, name, changes, reason):
        """The failure of the action on a host that is not listed is nothing to the step."""
        played = run(name, *TWO, changes=changes)
        assert played.tell(m.HostActionFailed(StepName(name), "compute-0")).state == "applying"

    def test_of_another_action(self, run, name, changes, reason):
        """The failure of another action on a listed host is nothing to the step."""
        played = run(name, *TWO, changes=changes)
        assert played.tell(m.HostActionFailed(StepName.MIGRATE_INSTANCES, "controller-0")).state == "applying"

    def test_by_the_director(self, run, name, changes, reason):
        """A refusal with a reason of its own fails the step with that reason."""
        played = run(name, *TWO, changes=changes)
        refusal = "Another host operation lock is already inprogress for host controller-0."
        assert played.tell(m.ActionRefused(played.asker, refusal)).story == failed(refusal)


@pytest.mark.parametrize(
    "name",
    [
        "lock-hosts",
        "unlock-hosts",
        "disable-host-services",
        "enable-host-services",
        "swact-hosts",
        "reboot-hosts",
        "upgrade-hosts",
    ],
)
def test_a_host_that_nobody_knows(run, name):
    """A listed host that is not in the host table fails the step at once."""
    played = run(name, "controller-0", "ghost-1", changes=DOWN)
    assert played.outcome == ("failed", "Unknown host ghost-1 given.")


@pytest.mark.parametrize(
    "name", ["lock-hosts", "unlock-hosts", "disable-host-services", "enable-host-services", "upgrade-hosts"]
)
def test_a_host_that_vanishes(run, name):
    """A listed host that vanishes while the step waits fails the step."""
    changes = {"lock-hosts": (), "disable-host-services": (), "enable-host-services": SERVED}.get(name, DOWN)
    played = run(name, *TWO, changes=changes).gone("controller-1")
    assert played.outcome == ("failed", "host no longer exists")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("reboot-hosts", "Cannot reboot unlocked host controller-0."),
        ("upgrade-hosts", "Cannot upgrade unlocked host controller-0."),
    ],
)
def test_a_host_that_must_be_locked(run, name, reason):
    """An unlocked host is neither rebooted nor upgraded."""
    assert run(name, "controller-1", "controller-0", changes=UP_AND_DOWN).story == failed(reason)


@pytest.mark.parametrize(
    ("name", "timeout"),
    [("lock-hosts", 900), ("swact-hosts", 900), ("sw-patch-hosts", 1800), ("disable-host-services", 180)],
)
def test_a_step_that_never_ends_times_out(run, name, timeout):
    """The timer ends the step between its timeout and a second later, without a reason; what it asked for is undone."""
    played = run(name, "controller-0", timeout=timeout)
    played.wait(timeout).tell(m.Expired())
    assert played.state == "applying", "timers are strict"
    played.wait(0.5).tell(m.Expired())
    assert played.story == TIMED_OUT
    assert str(played.strategy.apply.stages[0].steps[0].result) == "timed-out"
    assert played.strategy.apply.stages[0].steps[0].reason == ""


# lock --------------------------------------------------------------------------------------------------------------


def test_a_lock_with_instances_in_the_way(run):
    """Instances that are neither migrated nor stopped fail the lock, all of them named."""
    reason = "Lock of host(s) compute-0,compute-1 failed because instance(s) vm-0,vm-1 were not migrated or stopped."
    assert run("lock-hosts", "compute-0", "compute-1").story == failed(reason)


def test_a_lock_with_stopped_instances(play, make_step):
    """Instances that are locked and disabled are not in the way; only those on listed hosts count."""
    played = play([make_step("lock-hosts", "compute-0")]).instance("vm-0", locked=True, enabled=False).apply()
    assert played.effects == (m.LockHosts(played.asker, ("compute-0",)),)


@pytest.mark.parametrize("change", [{"locked": True}, {"enabled": False}])
def test_a_half_stopped_instance_is_in_the_way(play, make_step, change):
    """An instance that is only locked, or only disabled, is in the way of a lock."""
    played = play([make_step("lock-hosts", "compute-0")]).instance("vm-0", **change).apply()
    assert played.strategy.apply.reason.startswith("Lock of host(s) compute-0 failed because instance(s) vm-0")


@pytest.fixture
def simplex(play, make_step):
    """A lock that does not wait for "disabled"."""
    return play([make_step("lock-hosts", "controller-0", wait_until_disabled=False)])


def test_a_simplex_lock_takes_more_than_15_seconds_from_its_first_event(simplex):
    """The lock ends with the first event more than 15 s after the first one, though the host is still enabled."""
    simplex.apply().wait(5).host("controller-0", locked=True)
    assert simplex.tick(15).state == "applying"
    assert simplex.tick(0.5).story == APPLIED


def test_a_simplex_lock_waits_for_locked(simplex):
    """Time alone does not end a simplex lock."""
    assert simplex.apply().tick().tick(100).state == "applying"


def test_a_simplex_lock_of_a_locked_host(simplex):
    """A host that is locked, if still enabled, needs no simplex lock."""
    assert simplex.host("controller-0", locked=True).apply().story == APPLIED


# steps that count ticks --------------------------------------------------------------------------------------------


UPGRADED = {"software_load": "2", "target_load": "2", "availability": "online"}
UPGRADE = UpgradeRecord("upgrading-hosts", "1", "2")


@pytest.mark.parametrize(("name", "seconds", "changes"), [("swact-hosts", 120, ()), ("reboot-hosts", 60, DOWN)])
def test_ticks_are_counted_from_the_first_one(run, name, seconds, changes):
    """The step ends with the first tick at least so many seconds after the first tick that it saw."""
    played = run(name, "controller-0", changes=changes).tick(29)
    assert played.tick(seconds - 0.5).state == "applying"
    assert played.host("compute-0", availability="degraded").state == "applying", "a change is no tick"
    assert played.tick(0.5).story == APPLIED


@pytest.mark.parametrize(
    ("name", "seconds", "changes"), [("swact-hosts", 120, ()), ("reboot-hosts", 60, DOWN), ("upgrade-hosts", 120, DOWN)]
)
def test_what_is_no_tick_does_not_count(run, name, seconds, changes):
    """Neither does the change of a host begin the count of ticks, nor does it end the step when the time is over."""
    played = run(name, "controller-0", changes=changes)
    played.strategy = played.with_upgrade(UPGRADE)
    played.change("controller-0", **UPGRADED).host("compute-0", availability="degraded").tick(10)
    assert played.tick(seconds - 5).state == "applying", "more than the time since the change, less since the tick"
    assert played.wait(5).host("compute-0", availability="available").state == "applying"
    assert played.tick().story == APPLIED


def test_a_swact_does_not_look_who_is_active(run, fleet):
    """The swact ends in success although the active controller is still the same."""
    played = run("swact-hosts", "controller-0").tick().tick(120)
    assert (played.story, played.fleet.local_host_name) == (APPLIED, "controller-0")


@pytest.fixture
def upgrading(play, make_step, fleet):
    """An upgrade of a locked controller, from release 1 to release 2."""
    played = play([make_step("upgrade-hosts", "controller-0", timeout=3600)]).locked("controller-0")
    played.strategy = played.with_upgrade(fleet.upgrade)
    return played.apply()


def test_an_upgrade_ends_two_minutes_after_its_first_tick(upgrading):
    """A host that runs the new release ends the step with the first tick at least 120 s after the first."""
    upgrading.tick().host("controller-0", **UPGRADED)
    assert upgrading.tick(119.5).state == "applying"
    assert upgrading.tick(0.5).story == APPLIED


@pytest.mark.parametrize(
    "missing",
    [
        {"software_load": "1"},
        {"target_load": "1"},
        {"availability": "offline"},
        {"software_load": "3", "target_load": "3"},
    ],
)
def test_an_upgrade_waits_for_loads_and_availability(upgrading, missing):
    """Both loads must be the release upgraded to, and the host online, before the step ends."""
    upgrading.tick().host("controller-0", **(UPGRADED | missing))
    assert upgrading.tick(600).state == "applying"
    upgrading.host("controller-0", **UPGRADED)
    assert upgrading.tick(30).story == APPLIED


# patch -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def patching(run):
    """Patches being installed on three hosts."""
    return run("sw-patch-hosts", "compute-0", "controller-1", "controller-0", timeout=1800)


def test_a_poll_alone_changes_nothing(patching):
    """A tick that only asks makes another strategy of the one there is, as if it had changed."""
    before = patching.strategy
    assert patching.tick(30).effects
    assert patching.strategy is before


def test_patching_polls_on_every_tick(patching):
    """Each tick asks for the patch hosts, and nothing else does."""
    assert patching.tick(30).effects == (m.QueryPatchHosts(patching.asker),)
    assert patching.answered().effects == ()
    assert patching.tick(30).effects == (m.QueryPatchHosts(patching.asker),)
    assert patching.host("compute-1", availability="degraded").effects == ()


def test_patching_ends_when_all_listed_hosts_are_current(patching):
    """Hosts that are not listed do not matter; of the listed ones all do."""
    patching.patched("compute-0").patched("controller-1").tick().answered()
    assert patching.state == "applying"
    assert patching.patched("controller-0").tick().answered().story == APPLIED


def test_patching_waits_for_all_hosts_before_it_fails(patching):
    """One failed host does not end the step while others are pending; then the failure is told."""
    patching.patched("compute-0", patch_failed=True).tick().answered()
    assert patching.state == "applying"
    patching.patched("controller-1").patched("controller-0").tick().answered()
    assert patching.story == failed("software update failed to apply on host compute-0")


def test_of_several_failed_hosts_the_last_listed_is_named(patching):
    """The reason names the last failed host in the order of the step."""
    patching.patched("controller-1", patch_failed=True).patched("compute-0", patch_failed=True).patched("controller-0")
    assert patching.tick().answered().story == failed("software update failed to apply on host controller-1")


def test_a_failed_poll_of_patching_is_ignored(patching):
    """Only the request itself can fail the step, not a poll."""
    patching.tick().tell(m.QueryFailed(patching.asker))
    assert patching.state == "applying"


def test_patching_whose_request_is_not_completed(patching):
    """A request that is not completed fails the step without a reason."""
    assert patching.tell(m.RequestFailed(patching.asker)).story == failed("")


def test_patching_of_a_host_that_the_patch_controller_forgot(patching):
    """A listed host that is not in the answer is pending, so the step can only time out."""
    patching.patched("compute-0").patched("controller-1").patched("controller-0")
    known = tuple(host for host in patching.fleet.patch_hosts if host.name != "controller-0")
    patching.tell(m.PatchHostsAnswered(patching.asker, known))
    assert patching.state == "applying"
    assert patching.expire().story == TIMED_OUT
