"""The simulated infrastructure: effects in, changes of the fleet and events out, each at its moment."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.words import PhaseName, StepName
from reference_server.simulation.actions import CHANGES
from reference_server.simulation.faults import parse_faults
from reference_server.simulation.pace import DURATIONS, KINDS
from reference_server.simulation.simulator import Simulator
from reference_server.worlds.file import parse_world

ASKER = m.Address("the-strategy", PhaseName.APPLY, 0, 1)
WORLD = {
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller"},
        *({"name": f"compute-{number}", "personality": "worker"} for number in range(3)),
    ],
    "instances": [
        {"name": "vm-0", "uuid": "u0", "host": "compute-0"},
        {"name": "vm-1", "uuid": "u1", "host": "compute-0"},
        {"name": "vm-2", "uuid": "u2", "host": "compute-0", "admin_state": "locked"},
        {"name": "vm-3", "uuid": "u3", "host": "compute-1"},
    ],
    "patches": [{"name": "P1"}],
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
    "alarms": [{"alarm_id": "100.101"}],
}


@pytest.fixture
def simulate():
    """Begins a simulation of the world with some members changed, and with faults."""

    def begin(*faults, **changes):
        return Simulator(parse_world(WORLD | changes | {"faults": list(faults)}, "world"))

    return begin


def happen(simulator):
    """Everything that is still to happen: (moment, event), and the fleet at each event."""
    seen = []
    while simulator.next_moment() is not None:
        moment = simulator.next_moment()
        seen += [(moment, event) for event in simulator.occur()]
    return seen


def host(simulator, name):
    """The host as it is now."""
    return simulator.fleet.host_by_name[name]


def test_every_effect_has_a_kind_and_every_kind_a_duration():
    """Some effect of the engine is unknown to the simulator, or takes no time that is written down."""
    effects = {each for each in vars(m).values() if isinstance(each, type) and issubclass(each, m.Asking)}
    generic = {m.Inquire, m.Work, m.WorkOnHosts}  # named like the step that asks, and of one duration
    assert set(KINDS) == effects - {m.Asking, m.OnHosts, m.OnInstances} - generic
    assert set(KINDS.values()) == set(DURATIONS)
    assert set(CHANGES) <= set(DURATIONS)


def test_nothing_happens_during_the_asking(simulate):
    """What is asked for changes nothing until its time has come."""
    simulator = simulate()
    before = simulator.fleet
    simulator.accept(m.LockHosts(ASKER, ("compute-2",)), 100.0)
    assert simulator.fleet is before
    assert simulator.next_moment() == 120.0


def test_a_world_without_wishes_is_still(simulate):
    """A world in which nobody asked for anything has no next moment."""
    assert simulate().next_moment() is None


def test_durations_of_the_world_file(simulate):
    """A world file says how long a kind of action takes."""
    simulator = simulate(durations={"lock-hosts": 7})
    simulator.accept(m.LockHosts(ASKER, ("compute-2",)), 100.0)
    simulator.accept(m.QueryAlarms(ASKER), 100.0)
    assert [moment for moment, _ in happen(simulator)] == [100.5, 107.0]


def test_hosts_change_one_after_the_other_at_one_moment(simulate):
    """The fleet of each event has the change it tells of, and not yet the next one."""
    simulator = simulate()
    simulator.accept(m.LockHosts(ASKER, ("compute-2", "controller-1")), 0.0)
    assert simulator.occur() == (m.HostChanged("compute-2"),)
    assert (host(simulator, "compute-2").locked, host(simulator, "controller-1").locked) == (True, False)
    assert (simulator.next_moment(), simulator.occur()) == (20.0, (m.HostChanged("controller-1"),))
    assert host(simulator, "controller-1").locked


@pytest.mark.parametrize(
    ("effect", "seconds", "event", "changed"),
    [
        (m.LockHosts, 20, m.HostChanged, {"locked": True, "enabled": False, "availability": "online"}),
        (m.UnlockHosts, 60, m.HostChanged, {"locked": False, "enabled": True, "availability": "available"}),
        (m.DisableHostServices, 5, m.ServicesChanged, {"services_disabled": True}),
        (m.EnableHostServices, 5, m.ServicesChanged, {"services_disabled": False}),
        (m.UpgradeHosts, 600, m.HostChanged, {"software_load": "2", "target_load": "2", "availability": "online"}),
    ],
)
def test_actions_on_hosts(simulate, effect, seconds, event, changed):
    """After its time the host is as the action makes it, and one event says so."""
    simulator = simulate()
    before = host(simulator, "compute-2")
    simulator.accept(effect(ASKER, ("compute-2",)), 0.0)
    assert happen(simulator) == [(seconds, event("compute-2"))]
    assert host(simulator, "compute-2") == replace(before, **changed)


def test_patches_are_seen_in_the_patch_host_list(simulate):
    """Installed patches make the host current, and no event tells of it."""
    simulator = simulate()
    simulator.accept(m.InstallPatches(ASKER, ("compute-2", "compute-1")), 0.0)
    assert happen(simulator) == []
    current = [each.name for each in simulator.fleet.patch_hosts if each.patch_current]
    assert current == ["compute-1", "compute-2"]


def test_a_reboot_leaves_a_locked_host_as_it_is(simulate):
    """A reboot is not seen."""
    simulator = simulate()
    before = simulator.fleet
    simulator.accept(m.RebootHosts(ASKER, ("compute-2",)), 0.0)
    assert (happen(simulator), simulator.fleet) == ([], before)


@pytest.mark.parametrize(
    ("asked", "active"),
    [("controller-0", "controller-1"), ("controller-1", "controller-0")],
    ids=["away from the active", "standby"],
)
def test_a_swact(simulate, asked, active):
    """A swact of the active controller makes the other one active, one of the standby changes nothing; no event."""
    simulator = simulate(local_host_name="controller-0")
    simulator.accept(m.SwactHosts(ASKER, (asked,)), 0.0)
    assert (happen(simulator), simulator.fleet.local_host_name) == ([], active)


def test_a_swact_with_nobody_to_take_over(simulate):
    """A swact is refused when no other controller works."""
    simulator = simulate()
    simulator.accept(m.LockHosts(ASKER, ("controller-1",)), 0.0)
    simulator.accept(m.SwactHosts(ASKER, ("controller-0",)), 0.0)
    assert happen(simulator)[-1] == (30.0, m.HostActionFailed(StepName.SWACT_HOSTS, "controller-0"))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (m.QueryAlarms, lambda fleet: m.AlarmsAnswered(ASKER, fleet.alarms)),
        (m.QueryPatches, lambda fleet: m.PatchesAnswered(ASKER, fleet.patches)),
        (m.QueryPatchHosts, lambda fleet: m.PatchHostsAnswered(ASKER, fleet.patch_hosts)),
        (m.QueryUpgrade, lambda fleet: m.UpgradeAnswered(ASKER, fleet.upgrade)),
    ],
)
def test_questions(simulate, question, answer):
    """A question is answered half a second later with what is true then."""
    simulator = simulate()
    simulator.accept(question(ASKER), 10.0)
    assert happen(simulator) == [(10.5, answer(simulator.fleet))]


def test_the_end_of_an_upgrade(simulate):
    """Activation is seen in the record, completion removes it."""
    simulator = simulate()
    simulator.accept(m.ActivateUpgrade(ASKER), 0.0)
    assert happen(simulator) == []
    assert simulator.fleet.upgrade.state == "activation-complete"
    simulator.accept(m.CompleteUpgrade(ASKER), 100.0)
    assert (happen(simulator), simulator.fleet.upgrade) == ([], None)


def test_the_upgrade_goes_on_when_all_controllers_are_upgraded(simulate):
    """The record says upgrading-hosts as soon as the last controller runs the new release, and not before."""
    simulator = simulate()
    simulator.accept(m.UpgradeHosts(ASKER, ("controller-1",)), 0.0)
    happen(simulator)
    assert simulator.fleet.upgrade.state == "upgrading-controllers"
    simulator.accept(m.UpgradeHosts(ASKER, ("controller-0",)), 1000.0)
    happen(simulator)
    assert simulator.fleet.upgrade.state == "upgrading-hosts"


@pytest.mark.parametrize(
    ("effect", "seconds", "locked", "enabled"),
    [(m.StopInstances, 10, True, False), (m.StartInstances, 10, False, True)],
)
def test_stop_and_start(simulate, effect, seconds, locked, enabled):
    """Each listed instance is stopped or started, with an event of its own."""
    simulator = simulate()
    simulator.accept(effect(ASKER, ("u0", "u2")), 0.0)
    assert happen(simulator) == [(seconds, m.InstanceChanged("u0", "vm-0")), (seconds, m.InstanceChanged("u2", "vm-2"))]
    assert [(each.locked, each.enabled) for each in simulator.fleet.instances[0:3:2]] == [(locked, enabled)] * 2


def test_migration_empties_the_host_but_for_locked_instances(simulate):
    """Listed instances move, and so do those that came since; locked ones stay."""
    simulator = simulate()
    simulator.accept(m.MigrateInstances(ASKER, ("u0",)), 0.0)
    assert happen(simulator) == [(30.0, m.InstanceChanged("u0", "vm-0")), (30.0, m.InstanceChanged("u1", "vm-1"))]
    assert [each.host_name for each in simulator.fleet.instances] == [
        "compute-2",
        "compute-1",
        "compute-0",
        "compute-1",
    ]


def test_hosts_are_emptied_of_whatever_is_on_them(simulate):
    """Asked for hosts, all instances on them move away, to none of them; locked ones stay."""
    simulator = simulate()
    simulator.accept(m.MigrateFromHosts(ASKER, ("compute-0", "compute-2")), 0.0)
    assert happen(simulator) == [(30.0, m.InstanceChanged("u0", "vm-0")), (30.0, m.InstanceChanged("u1", "vm-1"))]
    assert [each.host_name for each in simulator.fleet.instances] == [
        "compute-1",
        "compute-1",
        "compute-0",
        "compute-1",
    ]


@pytest.mark.parametrize(
    ("step", "effect", "fails"),
    [
        ("migrate-instances", m.MigrateFromHosts(ASKER, ("compute-1",)), True),
        ("migrate-instances-from-host", m.MigrateFromHosts(ASKER, ("compute-1",)), True),
        ("migrate-instances-from-host", m.MigrateInstances(ASKER, ("u3",)), False),
    ],
)
def test_which_migrations_an_ending_is_for(simulate, step, effect, fails):
    """A fault of migrate-instances is for every migration, one of migrate-instances-from-host for its own alone."""
    simulator = simulate({"step": step, "ends": "fails", "instance": "vm-3"})
    simulator.accept(effect, 0.0)
    assert isinstance(happen(simulator)[0][1], m.MigrateFailed) is fails


@pytest.mark.parametrize(
    ("waits", "step", "fails"),
    [
        ("wait-alarms-clear", "query-alarms", True),
        ("wait-alarms-clear", "wait-alarms-clear", True),
        ("wait-alarms-clear", "wait-data-sync", False),
        ("wait-data-sync", "wait-data-sync", True),
        ("query-alarms", "wait-alarms-clear", False),
    ],
)
def test_which_polls_an_ending_is_for(simulate, waits, step, fails):
    """A fault of a step that polls the alarms is for the polls of that step alone."""
    simulator = simulate({"step": step, "ends": "fails"})
    simulator.begin(StepName(waits), ASKER, 0.0)
    simulator.accept(m.QueryAlarms(ASKER), 0.0)
    assert isinstance(happen(simulator)[0][1], m.QueryFailed) is fails


def test_migration_with_nowhere_to_go(simulate):
    """A migration for which there is no other working host fails."""
    simulator = simulate()
    simulator.accept(m.DisableHostServices(ASKER, ("compute-1", "compute-2")), 0.0)
    simulator.accept(m.MigrateInstances(ASKER, ("u0",)), 0.0)
    assert happen(simulator)[2:] == [
        (30.0, m.MigrateFailed("u0", "vm-0", "compute-0")),
        (30.0, m.MigrateFailed("u1", "vm-1", "compute-0")),
    ]


def test_the_list_of_ignored_alarms_grows_at_once(simulate):
    """Ids are added to the operator's list, doubles too, and nothing happens later."""
    simulator = simulate(ignore_alarms=["1"])
    simulator.accept(m.GrowIgnoreList(("2", "1")), 0.0)
    assert (simulator.fleet.ignore_alarms, simulator.next_moment()) == (("1", "2", "1"), None)


REFUSED = {"ends": "refused", "reason": "Another host operation lock-host is already inprogress for host compute-2."}


@pytest.mark.parametrize(
    ("effect", "ending", "events"),
    [
        (m.QueryAlarms(ASKER), {"ends": "fails"}, [(0.5, m.QueryFailed(ASKER))]),
        (m.QueryAlarms(ASKER), {"ends": "never"}, []),
        (m.QueryAlarms(ASKER), {"ends": "late", "seconds": 7}, [(7.5, m.AlarmsAnswered(ASKER, ()))]),
        (m.ActivateUpgrade(ASKER), {"ends": "fails"}, [(60, m.RequestFailed(ASKER))]),
        (m.LockHosts(ASKER, ("compute-2",)), {"ends": "fails"},
         [(20, m.HostActionFailed(StepName.LOCK_HOSTS, "compute-2"))]),
        (m.LockHosts(ASKER, ("compute-2",)), {"ends": "fails", "seconds": 0},
         [(0, m.HostActionFailed(StepName.LOCK_HOSTS, "compute-2"))]),
        (m.LockHosts(ASKER, ("compute-2",)), {"ends": "never"}, []),
        (m.LockHosts(ASKER, ("compute-2",)), REFUSED, [(0.5, m.ActionRefused(ASKER, REFUSED["reason"]))]),
        (m.InstallPatches(ASKER, ("compute-2",)), {"ends": "fails"}, []),
        (m.InstallPatches(ASKER, ("compute-2",)), {"ends": "refused"}, [(0.5, m.RequestFailed(ASKER))]),
        (m.MigrateInstances(ASKER, ("u3",)), {"ends": "fails"},
         [(30, m.MigrateFailed("u3", "vm-3", "compute-1", m.Failure.FAILED))]),
        (m.MigrateInstances(ASKER, ("u3",)), {"ends": "timed-out"},
         [(30, m.MigrateFailed("u3", "vm-3", "compute-1", m.Failure.TIMED_OUT))]),
        (m.MigrateInstances(ASKER, ("u3",)), {"ends": "cancelled", "seconds": 3},
         [(3, m.MigrateFailed("u3", "vm-3", "compute-1", m.Failure.CANCELLED))]),
        (m.StopInstances(ASKER, ("u3",)), {"ends": "never"}, []),
        (m.StopInstances(ASKER, ("u3",)), REFUSED, [(0.5, m.ActionRefused(ASKER, REFUSED["reason"]))]),
    ],
)  # fmt: skip
def test_endings(simulate, effect, ending, events):
    """An action ends as it is scripted, at its moment; the hosts and instances stay as they were."""
    simulator = simulate({"step": str(KINDS[type(effect)])} | ending, alarms=[])
    before = simulator.fleet
    simulator.accept(effect, 0.0)
    assert happen(simulator) == events
    assert (simulator.fleet.hosts, simulator.fleet.instances) == (before.hosts, before.instances)


def test_a_patch_that_fails_is_seen_in_the_patch_host_list(simulate):
    """A scripted failure to install is the host's `patch_failed`; the other hosts are patched."""
    simulator = simulate({"step": "sw-patch-hosts", "host": "compute-1", "ends": "fails"})
    simulator.accept(m.InstallPatches(ASKER, ("compute-1", "compute-2")), 0.0)
    assert happen(simulator) == []
    found = simulator.fleet.patch_host_by_name
    assert [(found[name].patch_current, found[name].patch_failed) for name in ("compute-1", "compute-2")] == [
        (False, True),
        (True, False),
    ]


def test_the_first_ending_that_fits_decides_as_often_as_it_may(simulate):
    """Once late, then failing: `times` counts down, the next ending in the list follows, and then success."""
    simulator = simulate(
        {"step": "lock-hosts", "ends": "fails", "times": 1, "seconds": 1},
        {"step": "lock-hosts", "host": "compute-2", "ends": "late", "seconds": 5, "times": 1},
    )
    simulator.accept(m.LockHosts(ASKER, ("compute-1", "compute-2")), 0.0)
    assert happen(simulator) == [
        (1.0, m.HostActionFailed(StepName.LOCK_HOSTS, "compute-1")),
        (25.0, m.HostChanged("compute-2")),
    ]
    assert simulator.faults_at(30.0) == ()


@pytest.mark.parametrize(
    ("filters", "fails"),
    [
        ({"phase": "apply"}, True),
        ({"phase": "abort"}, False),
        ({"host": "compute-2"}, True),
        ({"host": "compute-1"}, False),
    ],
)
def test_whom_an_ending_is_for(simulate, filters, fails):
    """Phase and host of an ending are looked at."""
    simulator = simulate({"step": "lock-hosts", "ends": "fails"} | filters)
    simulator.accept(m.LockHosts(ASKER, ("compute-2",)), 0.0)
    assert isinstance(happen(simulator)[0][1], m.HostActionFailed) is fails


@pytest.mark.parametrize(
    ("filters", "fails"),
    [({"instance": "vm-3"}, True), ({"instance": "u3"}, True), ({"instance": "vm-0"}, False),
     ({"host": "compute-1"}, True), ({"host": "compute-0"}, False), ({"instance": "vm-3", "host": "compute-0"}, False)],
)  # fmt: skip
def test_which_instance_an_ending_is_for(simulate, filters, fails):
    """An instance is meant by its name, its uuid, or the host that it is on."""
    simulator = simulate({"step": "migrate-instances", "ends": "fails"} | filters)
    simulator.accept(m.MigrateInstances(ASKER, ("u3",)), 0.0)
    assert isinstance(happen(simulator)[0][1], m.MigrateFailed) is fails


def test_what_is_injected_is_for_actions_that_run_already(simulate):
    """A fault that comes while an action runs decides how it ends, before what the world said."""
    simulator = simulate({"step": "lock-hosts", "ends": "never"})
    simulator.accept(m.LockHosts(ASKER, ("compute-2",)), 0.0)
    simulator.inject(parse_faults([{"step": "lock-hosts", "ends": "fails"}], "faults"), 5.0)
    assert happen(simulator) == [(20.0, m.HostActionFailed(StepName.LOCK_HOSTS, "compute-2"))]


def test_faults_that_are_cleared_do_nothing(simulate):
    """After clearing, actions end well and nothing changes by itself."""
    simulator = simulate(
        {"step": "lock-hosts", "ends": "fails"},
        {"change": "host-vanishes", "host": "compute-1", "when": {"seconds": 3}},
        {"change": "host-vanishes", "host": "compute-1", "when": {"step": "lock-hosts"}},
    )
    simulator.clear_faults()
    simulator.begin(StepName.LOCK_HOSTS, ASKER, 0.0)
    simulator.accept(m.LockHosts(ASKER, ("compute-2",)), 0.0)
    assert happen(simulator) == [(20.0, m.HostChanged("compute-2"))]
    assert simulator.faults_at(0.0) == ()


@pytest.mark.parametrize(
    "effect",
    [
        m.LockHosts(ASKER, ("compute-1",)), m.UnlockHosts(ASKER, ("compute-1",)), m.SwactHosts(ASKER, ("compute-1",)),
        m.RebootHosts(ASKER, ("compute-1",)), m.UpgradeHosts(ASKER, ("compute-1",)),
        m.InstallPatches(ASKER, ("compute-1",)), m.DisableHostServices(ASKER, ("compute-1",)),
        m.EnableHostServices(ASKER, ("compute-1",)), m.MigrateInstances(ASKER, ("u3",)),
        m.MigrateFromHosts(ASKER, ("compute-1",)),
        m.StopInstances(ASKER, ("u3",)), m.StartInstances(ASKER, ("u3",)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends", [None, "never"])
def test_nothing_comes_of_actions_on_what_is_gone(simulate, effect, ends):
    """A host and an instance that vanish while an action is pending are told of as gone, and of nothing else."""
    gone = ({"change": "host-vanishes", "host": "compute-1", "when": {"seconds": 1}},
            {"change": "instance-vanishes", "instance": "vm-3", "when": {"seconds": 1}})  # fmt: skip
    endings = ({"step": str(KINDS[type(effect)]), "ends": ends},) if ends else ()
    simulator = simulate(*gone, *endings)
    simulator.accept(effect, 0.0)
    assert happen(simulator) == [(1.0, m.HostChanged("compute-1")), (1.0, m.InstanceChanged("u3", "vm-3"))]


def test_what_stands_can_be_gone_on_from(simulate):
    """A simulator that was resumed in the middle lives on like the one it was taken from."""
    faults = (
        {"step": "lock-hosts", "ends": "fails", "times": 2},
        {"change": "host-vanishes", "host": "controller-1", "when": {"seconds": 300}},
        {"change": "alarm-raised", "alarm": {"alarm_id": "1"}, "when": {"step": "unlock-hosts"}},
    )
    first = simulate(*faults)
    first.accept(m.LockHosts(ASKER, ("compute-1", "compute-2", "controller-1")), 0.0)
    first.accept(m.MigrateInstances(ASKER, ("u0",)), 0.0)
    first.occur()
    standing = first.standing()
    assert first.standing() is standing
    second = Simulator.resumed(standing, parse_world(WORLD | {"faults": list(faults)}, "world"))
    assert second.standing() == standing
    assert happen(second) == happen(first)
    assert second.standing() == first.standing() != standing


def test_answers_that_are_lost(simulate):
    """After a restart no question is answered and no refusal is heard; hosts go on changing."""
    simulator = simulate({"step": "activate-upgrade", "ends": "fails"}, {"step": "sw-patch-hosts", "ends": "refused"})
    simulator.accept(m.QueryAlarms(ASKER), 0.0)
    simulator.accept(m.ActivateUpgrade(ASKER), 0.0)
    simulator.accept(m.InstallPatches(ASKER, ("compute-1",)), 0.0)
    simulator.accept(m.LockHosts(ASKER, ("compute-1",)), 0.0)
    simulator.lose_answers()
    assert happen(simulator) == [(20.0, m.HostChanged("compute-1"))]
