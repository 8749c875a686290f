"""Every way a step can end (ENGINE.md 4.2), reached from a world file with `faults`, at a virtual pace."""

from typing import NamedTuple

import pytest

from reference_server.clock import VirtualClock
from reference_server.driver import Driver
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import ApplyType, InstanceAction, Kind
from reference_server.rulebooks import load_release
from reference_server.simulation.faults import parse_faults
from reference_server.worlds.file import parse_world

PATCH = (Kind.SW_PATCH, {})
PARALLEL = (Kind.SW_PATCH, {"worker_apply_type": ApplyType.PARALLEL})
STOPPING = (Kind.SW_PATCH, {"default_instance_action": InstanceAction.STOP_START})
STOPPING_WORKERS = (STOPPING[0], STOPPING[1] | {"controller_apply_type": ApplyType.IGNORE})
UPGRADE = (Kind.SW_UPGRADE, {"complete_upgrade": True})
PATCHING = {
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller"},
        *({"name": f"compute-{number}", "personality": "worker"} for number in range(4)),
    ],
    "instances": [{"name": f"vm-{n}", "uuid": f"u{n}", "host": f"compute-{n}"} for n in (0, 1)],
    "patches": [{"name": "P1"}],
}  # fmt: skip
UPGRADING = PATCHING | {
    "local_host_name": "controller-1",
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
}
STORAGE = {"hosts": [*PATCHING["hosts"], *({"name": f"storage-{n}", "personality": "storage"} for n in (0, 1))]}
LOCKED = {"hosts": [*PATCHING["hosts"], {"name": "compute-9", "personality": "worker", "admin_state": "locked"}]}
EVERYWHERE = {"instances": [{"name": f"vm-{n}", "host": f"compute-{n}"} for n in range(4)]}
BUSY = "Another host operation lock-host is already inprogress for host compute-0."


class Row(NamedTuple):
    """What is asked for, the faults, and how the culprit ends; `world` has further members."""

    asked: tuple
    faults: list
    step: str
    result: str
    reason: str = ""
    world: dict | None = None


def fails(step, **more):
    """The action of a step fails."""
    return {"step": step, "ends": "fails", **more}


def never(step, **more):
    """Nothing comes of the action of a step."""
    return {"step": step, "ends": "never", **more}


def refused(step, **more):
    """The director refuses the action of a step."""
    return {"step": step, "ends": "refused", "reason": BUSY, **more}


def change(name, step, *, stage=None, seconds=0, **more):
    """Something changes by itself while a step of the apply waits."""
    when = {"step": step, "phase": "apply", "seconds": seconds} | ({} if stage is None else {"stage": stage})
    return {"change": name, "when": when, **more}


ALARM = {"alarm_id": "100.101"}
FAILED, TIMED_OUT = "failed", "timed-out"
# fmt: off
APPLY = {
    "alarms": Row(PATCH, [change("alarm-raised", "system-stabilize", alarm=ALARM)],
                  "query-alarms", FAILED, "alarms from platform are present"),
    "alarm query": Row(PATCH, [fails("query-alarms", phase="apply")], "query-alarms", FAILED),
    "alarm query unanswered": Row(PATCH, [never("query-alarms", phase="apply")], "query-alarms", TIMED_OUT),
    "swact fails": Row(PATCH, [fails("swact-hosts")], "swact-hosts", FAILED, "host swact failed"),
    "swact refused": Row(PATCH, [refused("swact-hosts")], "swact-hosts", FAILED, BUSY),
    "swact of an unknown host": Row(
        PATCH, [change("host-vanishes", "query-alarms", stage=1, host="controller-0")],
        "swact-hosts", FAILED, "Unknown host controller-0 given."),
    "services not disabled": Row(PARALLEL, [fails("disable-host-services", host="compute-1")],
                                 "disable-host-services", FAILED, "disable host services failed"),
    "services: time out": Row(PARALLEL, [never("disable-host-services")], "disable-host-services", TIMED_OUT),
    "services: host gone": Row(PARALLEL, [change("host-vanishes", "disable-host-services", host="compute-1")],
                               "disable-host-services", FAILED, "host no longer exists"),
    "services: unknown host": Row(PARALLEL, [change("host-vanishes", "query-alarms", stage=3, host="compute-0")],
                                  "disable-host-services", FAILED, "Unknown host compute-0 given."),
    "migration: moved": Row(
        PATCH, [change("instance-moves", "query-alarms", instance="vm-0", host="compute-1"),
                change("instance-appears", "query-alarms", to={"name": "new", "host": "compute-0"})],
        "migrate-instances", FAILED, "instance vm-0 has moved from compute-0 to compute-1 after strategy created"),
    "migration: instance gone": Row(
        PATCH, [change("instance-vanishes", "query-alarms", instance="vm-0"),
                change("instance-appears", "query-alarms", to={"name": "new", "host": "compute-0"})],
        "migrate-instances", FAILED, "Instance u0 does not exist."),
    "migration: host gone": Row(PATCH, [change("host-vanishes", "query-alarms", host="compute-0")],
                                "migrate-instances", FAILED, "Host compute-0 does not exist."),
    "migration refused": Row(PATCH, [refused("migrate-instances")], "migrate-instances", FAILED, BUSY),
    "migration fails": Row(PATCH, [fails("migrate-instances", instance="vm-0")], "migrate-instances", FAILED,
                           "Migrate of instance vm-0 from host compute-0 failed."),
    "migration timed out": Row(PATCH, [fails("migrate-instances") | {"ends": "timed-out"}], "migrate-instances",
                               FAILED, "Migrate of instance vm-0 from host compute-0 timed out."),
    "migration cancelled": Row(PATCH, [fails("migrate-instances") | {"ends": "cancelled"}], "migrate-instances",
                               FAILED, "Migrate of instance vm-0 on host compute-0 cancelled."),
    "migration: time out": Row(PATCH, [never("migrate-instances")], "migrate-instances", TIMED_OUT),
    "migration: a locked instance stays": Row(
        PATCH, [], "migrate-instances", TIMED_OUT,
        world={"instances": [*PATCHING["instances"], {"name": "off", "host": "compute-0", "admin_state": "locked"}]}),
    "stop: moved": Row(STOPPING, [change("instance-moves", "query-alarms", instance="vm-0", host="compute-1")],
                       "stop-instances", FAILED,
                       "instance vm-0 has moved from compute-0 to compute-1 after strategy created"),
    "stop: gone": Row(STOPPING, [change("instance-vanishes", "stop-instances", instance="u0")],
                      "stop-instances", FAILED, "instance no longer exists"),
    "stop refused": Row(STOPPING, [refused("stop-instances")], "stop-instances", FAILED, BUSY),
    "stop: time out": Row(STOPPING, [never("stop-instances")], "stop-instances", TIMED_OUT),
    "start: gone": Row(STOPPING, [change("instance-vanishes", "start-instances", instance="u0")],
                       "start-instances", FAILED, "instance no longer exists"),
    "start: gone before": Row(STOPPING, [change("instance-vanishes", "unlock-hosts", instance="u0", stage=4)],
                              "start-instances", FAILED, "instance no longer exists"),
    "start refused": Row(STOPPING, [refused("start-instances", phase="apply")], "start-instances", FAILED, BUSY),
    "start: time out": Row(STOPPING, [never("start-instances", phase="apply")], "start-instances", TIMED_OUT),
    "lock: instances in the way": Row(
        PATCH, [change("instance-appears", "query-alarms", stage=4, to={"name": "new", "host": "compute-2"}),
                change("instance-appears", "query-alarms", stage=4, to={"name": "newer", "host": "compute-2"})],
        "lock-hosts", FAILED,
        "Lock of host(s) compute-2 failed because instance(s) new,newer were not migrated or stopped.",
        {"instances": []}),
    "lock fails": Row(PATCH, [fails("lock-hosts", host="compute-0")], "lock-hosts", FAILED, "host lock failed"),
    "lock fails at once": Row(PATCH, [fails("lock-hosts", seconds=0)], "lock-hosts", FAILED, "host lock failed"),
    "lock refused": Row(PATCH, [refused("lock-hosts", host="compute-0")], "lock-hosts", FAILED, BUSY),
    "lock: host gone": Row(PATCH, [change("host-vanishes", "lock-hosts", seconds=5, stage=0, host="controller-0"),
                                   change("host-vanishes", "lock-hosts", seconds=5, stage=0, host="controller-1")],
                           "lock-hosts", FAILED, "host no longer exists"),
    "lock: unknown host": Row(PATCH, [change("host-vanishes", "query-alarms", stage=4, host="compute-2"),
                                      change("host-vanishes", "query-alarms", stage=4, host="compute-3")],
                              "lock-hosts", FAILED, "Unknown host compute-2 given.", {"instances": []}),
    "lock: time out": Row(PATCH, [never("lock-hosts", host="compute-0")], "lock-hosts", TIMED_OUT),
    "unlock fails": Row(PATCH, [fails("unlock-hosts", phase="apply")], "unlock-hosts", FAILED, "host unlock failed"),
    "unlock refused": Row(PATCH, [refused("unlock-hosts", phase="apply")], "unlock-hosts", FAILED, BUSY),
    "unlock: host gone": Row(PATCH, [change("host-vanishes", "unlock-hosts", host="compute-0", stage=4)],
                             "unlock-hosts", FAILED, "host no longer exists"),
    "unlock: time out": Row(PATCH, [never("unlock-hosts", phase="apply")], "unlock-hosts", TIMED_OUT),
    "reboot fails": Row(PATCH, [fails("reboot-hosts")], "reboot-hosts", FAILED, "host reboot failed", LOCKED),
    "reboot refused": Row(PATCH, [refused("reboot-hosts")], "reboot-hosts", FAILED, BUSY, LOCKED),
    "patch request": Row(PATCH, [{"step": "sw-patch-hosts", "ends": "refused"}], "sw-patch-hosts", FAILED),
    "patch refused": Row(PATCH, [refused("sw-patch-hosts")], "sw-patch-hosts", FAILED, BUSY),
    "patch: one host": Row(PARALLEL, [fails("sw-patch-hosts", host="compute-2")], "sw-patch-hosts", FAILED,
                           "software update failed to apply on host compute-2"),
    "patch: host after host": Row(
        PARALLEL, [fails("sw-patch-hosts", host="compute-3", seconds=10),
                   fails("sw-patch-hosts", host="compute-2", seconds=100)],
        "sw-patch-hosts", FAILED, "software update failed to apply on host compute-3", {"instances": []}),
    "patch: no host finishes": Row(PATCH, [never("sw-patch-hosts")], "sw-patch-hosts", TIMED_OUT),
    "patch: polls fail": Row(PATCH, [fails("query-sw-patch-hosts", phase="apply")], "sw-patch-hosts", TIMED_OUT),
    "patch: said to have failed": Row(
        PATCH, [never("sw-patch-hosts"),
                change("patch-host-changes", "sw-patch-hosts", host="controller-1", to={"patch_failed": True})],
        "sw-patch-hosts", FAILED, "software update failed to apply on host controller-1",
        {"local_host_name": "controller-0"}),
    "stabilize: host": Row(PATCH, [change("host-changes", "system-stabilize", seconds=5, host="compute-3",
                                          to={"avail_status": "degraded"})],
                           "system-stabilize", FAILED, "host compute-3 changed state unexpectedly"),
    "stabilize: host gone": Row(PATCH, [change("host-vanishes", "system-stabilize", host="compute-3", stage=1)],
                                "system-stabilize", FAILED, "host compute-3 changed state unexpectedly"),
    "stabilize: new host": Row(PATCH, [change("host-appears", "system-stabilize", stage=1,
                                              to={"name": "compute-7", "personality": "worker"})],
                               "system-stabilize", FAILED, "host compute-7 changed state unexpectedly"),
    "stabilize: instance locked": Row(PATCH, [change("instance-changes", "system-stabilize", instance="vm-1", stage=1,
                                                     to={"admin_state": "locked", "oper_state": "disabled"})],
                                      "system-stabilize", FAILED, "instance vm-1 changed state unexpectedly"),
    "sync: query": Row(PATCH, [fails("wait-data-sync")], "wait-data-sync", FAILED, world=STORAGE),
    "sync: alarm stays": Row(PATCH, [change("alarm-raised", "wait-data-sync", alarm=ALARM)],
                             "wait-data-sync", TIMED_OUT, world=STORAGE),
    "sync: unanswered": Row(PATCH, [never("wait-data-sync")], "wait-data-sync", TIMED_OUT, world=STORAGE),
    "upgrade fails": Row(UPGRADE, [fails("upgrade-hosts")], "upgrade-hosts", FAILED, "host upgrade failed"),
    "upgrade refused": Row(UPGRADE, [refused("upgrade-hosts")], "upgrade-hosts", FAILED, BUSY),
    "upgrade: host gone": Row(UPGRADE, [change("host-vanishes", "upgrade-hosts", host="compute-0", stage=2)],
                              "upgrade-hosts", FAILED, "host no longer exists", {"instances": []}),
    "upgrade: time out": Row(UPGRADE, [never("upgrade-hosts")], "upgrade-hosts", TIMED_OUT),
    "activation request": Row(UPGRADE, [fails("activate-upgrade")], "activate-upgrade", FAILED),
    "activation poll": Row(UPGRADE, [fails("query-upgrade", phase="apply")], "activate-upgrade", FAILED),
    "activation: time out": Row(UPGRADE, [never("activate-upgrade")], "activate-upgrade", TIMED_OUT),
    "completion request": Row(UPGRADE, [fails("complete-upgrade")], "complete-upgrade", FAILED),
    "completion: time out": Row(UPGRADE, [never("complete-upgrade")], "complete-upgrade", TIMED_OUT),
    "completion poll": Row(UPGRADE, [change("upgrade-changes", "activate-upgrade", to={"state": "activation-complete"}),
                                     {"step": "query-upgrade", "phase": "apply", "ends": "late", "seconds": 0,
                                      "times": 1},
                                     fails("query-upgrade", phase="apply")], "complete-upgrade", FAILED),
    "reboot: unlocked by itself": Row(
        PATCH, [change("host-changes", "sw-patch-hosts", host="compute-9", stage=2, to={"admin_state": "unlocked"})],
        "reboot-hosts", FAILED, "Cannot reboot unlocked host compute-9.", LOCKED | {"instances": []}),
    "reboot: unknown host": Row(
        PATCH, [change("host-vanishes", "sw-patch-hosts", host="compute-9", stage=6, seconds=300)],
        "reboot-hosts", FAILED, "Unknown host compute-9 given.", LOCKED | {"instances": []}),
    "unlock: unknown host": Row(PATCH, [change("host-vanishes", "sw-patch-hosts", host="compute-0", stage=4,
                                               seconds=300)],
                                "unlock-hosts", FAILED, "Unknown host compute-0 given."),
}
BUILD = {
    "alarms": (PATCH, fails("query-alarms"), FAILED, "build-failed"),
    "alarms, unanswered": (PATCH, never("query-alarms"), TIMED_OUT, "build-timeout"),
    "patches": (PATCH, fails("query-sw-patches"), FAILED, "build-failed"),
    "patches, unanswered": (PATCH, never("query-sw-patches"), TIMED_OUT, "build-timeout"),
    "patch hosts": (PATCH, fails("query-sw-patch-hosts"), FAILED, "build-failed"),
    "patch hosts, unanswered": (PATCH, never("query-sw-patch-hosts"), TIMED_OUT, "build-timeout"),
    "upgrade": (UPGRADE, fails("query-upgrade"), FAILED, "build-failed"),
    "upgrade, unanswered": (UPGRADE, never("query-upgrade"), TIMED_OUT, "build-timeout"),
}
# reason of the undo's failure, and the state in the end
UNDO = {
    "unlock fails": (PATCH, "sw-patch-hosts", fails("unlock-hosts", phase="abort"),
                     "host unlock failed", "abort-failed"),
    "unlock refused": (PATCH, "sw-patch-hosts", refused("unlock-hosts", phase="abort"), BUSY, "abort-failed"),
    "unlock hangs": (PATCH, "sw-patch-hosts", never("unlock-hosts", phase="abort"), "", "abort-timeout"),
    "upgrade, unlock hangs": (UPGRADE, "upgrade-hosts", never("unlock-hosts", phase="abort"), "", "abort-timeout"),
    "services fail": (PARALLEL, "migrate-instances", fails("enable-host-services"),
                      "enable host services failed", "abort-failed"),
    "services hang": (PARALLEL, "migrate-instances", never("enable-host-services"), "", "abort-timeout"),
    "start refused": (STOPPING_WORKERS, "sw-patch-hosts", refused("start-instances", phase="abort"),
                      BUSY, "abort-failed"),
    "start hangs": (STOPPING_WORKERS, "sw-patch-hosts", never("start-instances", phase="abort"), "", "abort-timeout"),
}
# fmt: on


def begin(asked, faults=(), world=None):
    """A driver whose world has these faults, and the kind, with a strategy that is being built."""
    kind, members = asked
    plain = PATCHING if kind is Kind.SW_PATCH else UPGRADING
    driver = Driver(
        parse_world(plain | (world or {}) | {"faults": list(faults)}, "world"), load_release("stx-3.0"), VirtualClock()
    )
    driver.create(StrategyRequest(kind, **members))
    return driver, kind


def ready(asked, faults=(), world=None):
    """The same with the build behind it."""
    driver, kind = begin(asked, faults, world)
    driver.advance(10)
    assert driver.find(kind).state == "ready-to-apply", driver.find(kind).build.reason
    return driver, kind


def end(driver, kind):
    """The strategy when nothing more happens, however long one waits."""
    driver.advance(1_000_000)
    assert driver.next_event() is None
    return driver.find(kind)


def culprit(phase):
    """The current step of a phase that stopped."""
    stage = phase.stages[phase.current_stage]
    return stage.steps[stage.current_step]


def told(step):
    """How a step ended."""
    return step.name, step.result, step.reason


def reach(driver, kind, name):
    """Let time pass until such a step of the apply waits."""
    while (found := culprit(driver.find(kind).apply)).name != name or found.result != "wait":
        driver.advance(max(driver.next_event() - driver.clock.now(), 0))


@pytest.mark.parametrize("row", APPLY.values(), ids=APPLY)
def test_a_step_of_the_apply(row):
    """A step ends otherwise than its world says, or the apply tells another story, or it does not end in aborted."""
    driver, kind = ready(row.asked, row.faults, row.world)
    driver.apply(kind)
    strategy = end(driver, kind)
    assert told(culprit(strategy.apply)) == (row.step, row.result, row.reason)
    assert (strategy.apply.result, strategy.apply.reason) == (row.result, row.reason)
    assert strategy.state in {"aborted", "abort-failed", "abort-timeout"}


@pytest.mark.parametrize(("asked", "fault", "result", "state"), BUILD.values(), ids=BUILD)
def test_a_query_of_the_build(asked, fault, result, state):
    """A query of the build that is not completed or not answered leads to another state, or has a reason."""
    driver, kind = begin(asked, [fault])
    strategy = end(driver, kind)
    assert (strategy.state, told(culprit(strategy.build))) == (state, (fault["step"], result, ""))


@pytest.mark.parametrize(("asked", "step", "fault", "reason", "state"), UNDO.values(), ids=UNDO)
@pytest.mark.parametrize(
    ("request_", "result"), [(Driver.find, "timed-out"), (Driver.abort, "aborted")], ids=["automatic", "asked for"]
)
def test_an_undo_that_does_not_succeed(asked, step, fault, reason, state, request_, result):
    """An undo that fails or hangs ends the strategy in another state, or hides its reason."""
    driver, kind = ready(asked, [never(step), fault], EVERYWHERE)
    driver.apply(kind)
    reach(driver, kind, step)
    request_(driver, kind)
    strategy = end(driver, kind)
    assert (strategy.state, strategy.abort.reason, culprit(strategy.abort).name) == (state, reason, fault["step"])
    assert strategy.apply.result == result


@pytest.mark.parametrize("name", ["lock fails at once", "lock: time out", "unlock refused", "patch request",
                                  "stabilize: host", "swact fails", "lock fails"])  # fmt: skip
def test_faults_that_are_injected(name):
    """A fault that is injected before the apply makes a step end otherwise than the same fault in a world file."""
    row = APPLY[name]
    driver, kind = ready(row.asked, world=row.world)
    driver.inject(parse_faults(row.faults, "faults", driver.fleet))
    driver.apply(kind)
    strategy = end(driver, kind)
    assert told(culprit(strategy.apply)) == (row.step, row.result, row.reason)


def test_a_fault_that_is_injected_while_its_step_waits():
    """A fault that is injected while an action runs does not decide how that ends."""
    driver, kind = ready(PATCH)
    driver.apply(kind)
    reach(driver, kind, "lock-hosts")
    driver.inject(parse_faults([fails("lock-hosts")], "faults", driver.fleet))
    assert told(culprit(end(driver, kind).apply)) == ("lock-hosts", "failed", "host lock failed")


def test_a_vanished_host_in_the_world_that_is_left():
    """The world document of a fleet that lost a host with an instance on it is refused, or is another fleet."""
    lost = [change("host-vanishes", "swact-hosts", host="compute-0"),
            change("instance-vanishes", "swact-hosts", instance="vm-1")]  # fmt: skip
    stale = [fails("migrate-instances", instance="vm-1"), fails("lock-hosts", times=3)]
    driver, kind = ready(PATCH, [*lost, *stale])
    driver.apply(kind)
    end(driver, kind)
    document = driver.world_document()
    assert document["vanished_hosts"] == ["compute-0"]
    assert document["faults"] == [{"step": "lock-hosts", "ends": "fails", "times": 2}]
    assert parse_world(document, "left").fleet == driver.fleet


@pytest.mark.parametrize(
    ("step", "reason"),
    [("enable-host-services", "host no longer exists"), ("migrate-instances", "Unknown host compute-0 given.")],
)
def test_an_undo_of_a_host_that_vanishes(step, reason):
    """The undo of a host that vanishes during it, or before it, succeeds or has another reason."""
    gone = {"change": "host-vanishes", "host": "compute-0", "when": {"step": step, "seconds": 1}}
    driver, kind = ready(
        PARALLEL, [never("migrate-instances"), gone], {"instances": [{"name": "vm-0", "host": "compute-0"}]}
    )
    driver.apply(kind)
    strategy = end(driver, kind)
    assert (strategy.state, told(culprit(strategy.abort))) == (
        "abort-failed", ("enable-host-services", "failed", reason))  # fmt: skip


def test_a_second_abort_gives_the_undo_up():
    """A second abort while a hanging lock is waited for does not end at once, or undoes something."""
    driver, kind = ready(PATCH, [never("lock-hosts")])
    driver.apply(kind)
    reach(driver, kind, "lock-hosts")
    assert (driver.abort(kind).state, driver.abort(kind).state) == ("aborting", "aborted")
    strategy = end(driver, kind)
    assert (strategy.state, strategy.abort.result, told(culprit(strategy.apply))[1]) == (
        "aborted", "initial", "timed-out")  # fmt: skip


def test_an_abort_while_paused_has_nothing_to_undo():
    """An abort between two stages of a world whose next stage would fail does not end at once."""
    driver, kind = ready(PATCH, [fails("lock-hosts", host="controller-0")])
    driver.apply(kind, 0)
    driver.advance(100_000)
    assert (driver.abort(kind).state, end(driver, kind).abort.stages) == ("aborted", ())
