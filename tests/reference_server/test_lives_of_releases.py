"""Whole strategies of each release in a simulated world: what its steps wait for is what the world delivers."""

import pytest

from reference_server.clock import VirtualClock
from reference_server.driver import Driver
from reference_server.engine.model import StrategyRequest
from reference_server.engine.timing import waiting_step
from reference_server.engine.words import ApplyType, Kind
from reference_server.rulebooks import load_release
from reference_server.simulation.faults import parse_faults
from reference_server.worlds.file import parse_world

RELEASES = ("stx-2018.10", "stx-2.0", "stx-3.0", "stx-4.0", "stx-5.0", "stx-6.0", "stx-7.0", "stx-8.0", "stx-9.0")
UPGRADE = {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"}
STANDARD = {
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller", "software_load": "2"},
        {"name": "storage-0", "personality": "storage"},
        {"name": "storage-1", "personality": "storage"},
        {"name": "compute-0", "personality": "worker"},
        {"name": "compute-1", "personality": "worker"},
        {"name": "compute-2", "personality": "worker"},
    ],
    "local_host_name": "controller-1",
    "instances": [{"name": "vm-0", "host": "compute-0"}, {"name": "vm-1", "host": "compute-1"}],
    "patches": [{"name": "P1"}],
    "upgrade": UPGRADE,
}
AIO = {
    "hosts": [{"name": name, "personality": "controller,worker"} for name in ("controller-0", "controller-1")],
    "local_host_name": "controller-1",
    "instances": [{"name": "vm-0", "host": "controller-0"}, {"name": "vm-1", "host": "controller-1"}],
    "patches": [{"name": "P1"}],
    "upgrade": UPGRADE,
}
ONE = {"hosts": [{"name": "compute-0", "personality": "worker"}, {"name": "compute-1", "personality": "worker"}]}
PATCH_ONE = ONE | {
    "patches": [{"name": "P1"}],
    "patch_hosts": [{"name": "compute-0"}],
    "instances": [{"name": "vm-0", "host": "compute-0"}],
}
UPGRADE_ONE = {
    "hosts": [
        {"name": "controller-1", "personality": "controller", "software_load": "2"},
        {"name": "compute-0", "personality": "worker"},
    ],
    "upgrade": UPGRADE | {"state": "upgrading-hosts"},
}


class Life:
    """A strategy from its create on, in a world; `waits` are the moments at which steps began, by name."""

    def __init__(self, release, world, kind, **members):
        self.kind = Kind(kind)
        self.driver = Driver(parse_world(world, "world"), load_release(release), VirtualClock())
        self.driver.create(StrategyRequest(self.kind, **members))
        self.until(lambda strategy: strategy.state != "building")
        self.driver.apply(self.kind)

    @property
    def strategy(self):
        return self.driver.find(self.kind)

    @property
    def now(self):
        return self.driver.clock.now()

    @property
    def steps(self):
        """Every step of the apply phase."""
        return [step for stage in self.strategy.apply.stages for step in stage.steps]

    def until(self, done):
        """Let time pass until the strategy is so, or nothing happens any more."""
        while not done(self.strategy) and self.driver.next_event() is not None:
            self.driver.advance(max(self.driver.next_event() - self.now, 0))
        return self

    def at(self, name):
        """Let time pass until this step waits."""
        return self.until(lambda strategy: (step := waiting_step(strategy.apply)) is not None and step.name == name)

    def lived(self):
        """Let everything happen; the state and the reason of the apply phase."""
        self.until(lambda _: False)
        return str(self.strategy.state), self.strategy.apply.reason

    def took(self, name):
        """How long the first step of this name took, in seconds."""
        step = next(step for step in self.steps if step.name == name and step.ended is not None)
        return step.ended - step.started


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", ["sw-patch", "sw-upgrade"])
def test_a_standard_system_is_worked_on(release, kind):
    """A release does not come through its own plan for a standard system, each of its steps done."""
    life = Life(release, STANDARD, kind, worker_apply_type=ApplyType.PARALLEL)
    assert life.lived() == ("applied", "")
    assert {str(step.result) for step in life.steps} == {"success"}


@pytest.mark.parametrize(
    ("kind", "release"),
    [("sw-patch", "stx-4.0"), ("sw-patch", "stx-9.0"), ("sw-upgrade", "stx-5.0"), ("sw-upgrade", "stx-9.0")],
)
def test_an_aio_duplex_system_is_worked_on(kind, release):
    """A release does not come through its own plan for two AIO controllers."""
    life = Life(release, AIO, kind)
    assert life.lived() == ("applied", "")
    hosts = life.driver.fleet.hosts
    assert [host.software_load for host in hosts] == {"sw-patch": ["1", "1"], "sw-upgrade": ["2", "2"]}[kind]


def test_alarms_that_have_cleared_take_about_a_minute():
    """Without an alarm wait-alarms-clear takes another time than 60 s to 90 s: audits come every 30 s."""
    life = Life("stx-8.0", PATCH_ONE, "sw-patch")
    assert life.lived() == ("applied", "")
    assert 60 <= life.took("wait-alarms-clear") <= 90.5


def test_an_alarm_holds_a_stage_up_until_it_clears():
    """The stage goes on while an alarm of its reboot stands, or not when it has cleared."""
    life = Life("stx-8.0", PATCH_ONE, "sw-patch").at("unlock-hosts")
    life.driver.inject(faults({"change": "alarm-raised", "alarm": {"alarm_id": "400.001"}, "when": {"seconds": 0}}))
    life.at("wait-alarms-clear")
    clear = {"change": "alarm-cleared", "alarm": {"alarm_id": "400.001"}, "when": {"seconds": 300}}
    life.driver.inject(faults(clear))
    assert life.lived() == ("applied", "")
    assert 300 <= life.took("wait-alarms-clear") <= 330.5


def test_an_alarm_that_stands_times_out():
    """An alarm that never clears lets the stage succeed, or lets it wait for longer than its 600 s."""
    life = Life("stx-8.0", PATCH_ONE, "sw-patch").at("unlock-hosts")
    life.driver.inject(faults({"change": "alarm-raised", "alarm": {"alarm_id": "400.001"}, "when": {"seconds": 0}}))
    assert life.lived() == ("aborted", "")
    assert 601 <= life.took("wait-alarms-clear") <= 601.5
    assert str(life.strategy.apply.result) == "timed-out"


def test_an_instance_that_came_after_the_build_is_migrated():
    """An instance that came to the host after the build, which takes 1.5 s, is in the way of the lock 0.5 s later."""
    came = {"change": "instance-appears", "to": {"name": "vm-9", "host": "compute-0"}, "when": {"seconds": 1.7}}
    life = Life("stx-8.0", PATCH_ONE | {"faults": [came]}, "sw-patch")
    assert life.lived() == ("applied", "")
    assert {instance.host_name for instance in life.driver.fleet.instances} == {"compute-1"}


def test_instances_on_a_host_that_does_not_compute_are_in_the_way():
    """The lock of a host with instances and without a compute service does not fail (B19)."""
    bare = PATCH_ONE | {"hosts": [host | {"openstack_compute": False} for host in ONE["hosts"]]}
    reason = "Lock of host(s) compute-0 failed because instance(s) vm-0 were not migrated or stopped."
    assert Life("stx-8.0", bare, "sw-patch").lived() == ("aborted", reason)


@pytest.mark.parametrize(
    ("release", "failures", "outcome"),
    [
        ("stx-4.0", 1, ("aborted", "host unlock failed")),
        ("stx-5.0", 5, ("applied", "")),
        ("stx-9.0", 5, ("applied", "")),
        ("stx-9.0", 6, ("aborted", "host unlock failed")),
    ],
)
def test_unlocks_of_an_upgrade_that_fail(release, failures, outcome):
    """An upgraded worker whose unlock fails so often is lost, or saved, otherwise than in that release."""
    fault = {"step": "unlock-hosts", "host": "compute-0", "ends": "fails", "phase": "apply", "times": failures}
    assert Life(release, UPGRADE_ONE | {"faults": [fault]}, "sw-upgrade").lived() == outcome


def test_unlocks_of_a_patch_that_fail():
    """The unlock of a patched host is tried again."""
    fault = {"step": "unlock-hosts", "ends": "fails", "phase": "apply", "times": 1}
    assert Life("stx-9.0", PATCH_ONE | {"faults": [fault]}, "sw-patch").lived() == ("aborted", "host unlock failed")


def test_a_try_that_a_restart_forgot_times_out_and_is_undone():
    """A restart between the failure of an unlock and its next try does not end in a time-out 1800 s later (B17)."""
    fault = {"step": "unlock-hosts", "ends": "fails", "phase": "apply", "times": 1}
    life = Life("stx-8.0", UPGRADE_ONE | {"faults": [fault]}, "sw-upgrade").at("unlock-hosts")
    life.driver.advance(70)
    life.driver.restart()
    begun = life.now
    life.until(lambda strategy: strategy.state == "aborting")
    assert 1801 <= life.now - begun <= 1801.5
    assert life.lived() == ("aborted", "")
    assert not any(host.locked for host in life.driver.fleet.hosts)


def faults(*written):
    """Faults as they are read."""
    return parse_faults(list(written), "faults")
