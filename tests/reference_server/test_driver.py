"""The driver: lock, clock, effects out, events in, deadlines; whole lives of strategies at virtual pace."""

import gc
import re
import threading
from dataclasses import replace

import pytest

from reference_server.clock import VIRTUAL_START, VirtualClock
from reference_server.driver import Conflict, Driver, Missing, Refused
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import ApplyType, InstanceAction, Kind
from reference_server.journal import MOST_EVENTS
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world

PATCH, UPGRADE = Kind.SW_PATCH, Kind.SW_UPGRADE
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
# The full example of ENGINE.md, appendix A.
WORLD = {
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller"},
        {"name": "compute-0", "personality": "worker"},
        {"name": "compute-1", "personality": "worker"},
    ],
    "instances": [{"name": "vm-0", "host": "compute-0"}],
    "patches": [{"name": "P1"}],
}
UPGRADING = {
    "local_host_name": "controller-1",
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
}


@pytest.fixture
def drive():
    """Makes a driver of the world with some members changed."""

    def begin(release="stx-3.0", *, seed=0, clock=None, **changes):
        return Driver(parse_world(WORLD | changes, "world"), load_release(release), clock or VirtualClock(), seed=seed)

    return begin


@pytest.fixture
def driver(drive):
    """A driver of that world under 3.0.0."""
    return drive()


def live(driver, kind, until):
    """The documents seen at each event until one is as wanted; an error when nothing more happens."""
    seen = []
    while True:
        document = driver.document(driver.find(kind))
        seen.append(document)
        if until(document):
            return seen
        assert driver.next_event() is not None, f"nothing more happens in state {document['state']}"
        driver.advance(driver.next_event() - driver.clock.now())


def in_state(*states):
    """Whether a document shows one of these states."""
    return lambda document: document["state"] in states


def build(driver, kind, **members):
    """The document of a new strategy once its build has ended."""
    driver.create(StrategyRequest(kind, **members))
    return live(driver, kind, in_state("ready-to-apply", "build-failed"))[-1]


def run(driver, kind):
    """The documents seen until the apply has ended."""
    return live(driver, kind, in_state("applied", "aborted"))


def distinct(values):
    """Each value once, in the order of their first time."""
    return list(dict.fromkeys(values))


# Whole lives -------------------------------------------------------------------------------------------------------


def test_a_patch_strategy_from_create_to_delete(driver):
    """The full example: timeouts, percentages and states of a patch strategy, to the last host."""
    ready = build(driver, PATCH)
    assert [stage["timeout"] for stage in ready["apply-phase"]["stages"]] == [5536, 5536, 4636, 6436]
    driver.apply(PATCH)
    seen = run(driver, PATCH)
    assert distinct(document["state"] for document in seen) == ["applying", "applied"]
    assert {document["apply-phase"]["timeout"] for document in seen} == {22145}
    percentages = distinct(document["current-phase-completion-percentage"] for document in seen)
    assert percentages == [
        0,
        3,
        7,
        11,
        14,
        18,
        22,
        25,
        29,
        33,
        37,
        40,
        44,
        48,
        51,
        55,
        59,
        62,
        66,
        70,
        74,
        77,
        81,
        85,
        88,
        92,
        96,
        100,
    ]
    assert all(host.is_working for host in driver.fleet.hosts)
    assert all(host.patch_current for host in driver.fleet.patch_hosts)
    driver.delete(PATCH)
    assert driver.find(PATCH) is None


def test_the_build_of_a_patch_strategy(driver):
    """A patch build runs 0, 33, 66, 100."""
    driver.create(StrategyRequest(PATCH))
    seen = live(driver, PATCH, in_state("ready-to-apply"))
    assert [document["current-phase-completion-percentage"] for document in seen] == [0, 33, 66, 100]


def test_a_patched_fleet_has_nothing_to_patch(driver):
    """The fleet remembers: after an apply and a delete the next strategy has nothing to do."""
    build(driver, PATCH)
    driver.apply(PATCH)
    run(driver, PATCH)
    driver.delete(PATCH)
    again = build(driver, PATCH)
    assert (again["state"], again["build-phase"]["reason"]) == (
        "build-failed",
        "no software patches need to be applied",
    )


def test_an_upgrade_strategy_from_create_to_completion(drive):
    """Controllers, workers, activation, completion: after it every host runs the new release and the record is gone."""
    driver = drive(**UPGRADING)
    ready = build(driver, UPGRADE, complete_upgrade=True)
    assert [stage["stage-name"] for stage in ready["apply-phase"]["stages"]] == [
        "sw-upgrade-controllers",
        "sw-upgrade-controllers",
        "sw-upgrade-worker-hosts",
        "sw-upgrade-worker-hosts",
        "sw-upgrade-complete",
    ]
    driver.apply(UPGRADE)
    seen = run(driver, UPGRADE)
    assert seen[-1]["state"] == "applied"
    assert {host.software_load for host in driver.fleet.hosts} == {"2"}
    assert (driver.fleet.upgrade, driver.fleet.local_host_name) == (None, "controller-0")


@pytest.mark.parametrize(
    ("world", "request_"),
    [
        pytest.param({}, {"worker_apply_type": ApplyType.PARALLEL}, id="parallel workers"),
        pytest.param({}, {"default_instance_action": InstanceAction.STOP_START}, id="stop and start"),
        pytest.param(
            {"hosts": [{"name": "controller-0", "personality": "controller,worker"}], "single_controller": True,
             "instances": [{"name": "vm-0", "host": "controller-0"}]},
            {"default_instance_action": InstanceAction.STOP_START},
            id="simplex",
        ),
        pytest.param(
            {"hosts": [{"name": f"controller-{n}", "personality": "controller,worker"} for n in (0, 1)],
             "instances": [{"name": f"vm-{n}", "host": f"controller-{n}"} for n in (0, 1)]},
            {},
            id="duplex, instances on both",
        ),
        pytest.param(
            {"hosts": [*WORLD["hosts"], *({"name": f"storage-{n}", "personality": "storage"} for n in (0, 1))]},
            {"storage_apply_type": ApplyType.PARALLEL},
            id="storage",
        ),
        pytest.param(
            {"hosts": [*WORLD["hosts"], {"name": "compute-2", "personality": "worker", "admin_state": "locked"}]},
            {"worker_apply_type": ApplyType.PARALLEL},
            id="a locked worker",
        ),
        pytest.param(
            {"instances": [{"name": f"vm-{n}", "host": f"compute-{n % 2}"} for n in range(6)]},
            {},
            id="instances everywhere",
        ),
        pytest.param({"openstack_installed": False}, {"worker_apply_type": ApplyType.PARALLEL}, id="without OpenStack"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["published", "stx-3.0"])
def test_worlds_that_are_patched_to_the_end(drive, release, world, request_):
    """In a world without faults every patch strategy that builds is applied, and the instances run."""
    driver = drive(release, **world)
    assert build(driver, PATCH, **request_)["state"] == "ready-to-apply"
    driver.apply(PATCH)
    last = run(driver, PATCH)[-1]
    assert (last["state"], last["apply-phase"]["reason"]) == ("applied", "")
    assert all(instance.enabled for instance in driver.fleet.instances)


def test_stage_by_stage(driver):
    """Each stage stops after itself; the last one ends the apply."""
    build(driver, PATCH)
    driver.apply(PATCH, 0)
    paused = live(driver, PATCH, lambda document: document["apply-phase"]["current-stage"] == 1)[-1]
    assert (paused["state"], paused["apply-phase"]["timeout"], paused["current-phase-completion-percentage"]) == (
        "applying",
        5537,
        25,
    )
    assert driver.next_event() is None
    with pytest.raises(Refused, match="next-stage = 1"):
        driver.apply(PATCH, 2)
    driver.apply(PATCH, 1)
    live(driver, PATCH, lambda document: document["apply-phase"]["current-stage"] == 2)
    assert driver.apply(PATCH).apply.timeout == 11073


def test_an_abort_during_a_lock(driver):
    """The lock of 20 s is waited for, then its host is unlocked in 60 s; the rest is never begun."""
    build(driver, PATCH)
    driver.apply(PATCH)
    live(driver, PATCH, lambda document: document["apply-phase"]["stages"][0]["current-step"] == 2)
    begun = driver.clock.now()
    assert driver.abort(PATCH).state == "aborting"
    last = run(driver, PATCH)[-1]
    assert (last["state"], last["current-phase"], last["abort-phase"]["result"]) == ("aborted", "abort", "success")
    assert driver.clock.now() - begun == 80
    assert all(host.is_working for host in driver.fleet.hosts)


def test_a_forced_delete_leaves_the_world_as_it_is(driver):
    """Force delete undoes nothing and stops nothing: the lock that was asked for still comes to its end."""
    build(driver, PATCH)
    driver.apply(PATCH)
    live(driver, PATCH, lambda document: document["apply-phase"]["stages"][0]["current-step"] == 2)
    driver.delete(PATCH, force=True)
    assert driver.find(PATCH) is None
    driver.advance(100)
    assert driver.fleet.host_by_name["controller-1"].locked
    assert driver.next_event() is None


# Requests ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [PATCH, UPGRADE])
def test_one_strategy_in_the_whole_engine(drive, second):
    """A create beside a strategy of either kind is a conflict and leaves the first one."""
    driver = drive(**UPGRADING)
    first = driver.create(StrategyRequest(PATCH))
    with pytest.raises(Conflict):
        driver.create(StrategyRequest(second))
    assert driver.find(PATCH) == first


def test_the_other_kind_is_invisible(driver):
    """A strategy is found, applied, aborted and deleted under its own kind only."""
    driver.create(StrategyRequest(PATCH))
    assert driver.find(UPGRADE) is None
    with pytest.raises(Missing):
        driver.apply(UPGRADE)
    with pytest.raises(Missing):
        driver.abort(UPGRADE)
    with pytest.raises(Missing):
        driver.delete(UPGRADE, force=True)


def test_refusals_carry_the_reason(driver):
    """A refused request says why, and the strategy stays."""
    driver.create(StrategyRequest(PATCH))
    with pytest.raises(Refused) as refused:
        driver.delete(PATCH)
    assert refused.value.reason == "strategy is being built, can't delete"
    assert driver.find(PATCH) is not None


def test_of_simultaneous_creates_one_wins(driver):
    """Of sixteen threads that create at once exactly one has a strategy."""
    start = threading.Barrier(16)
    outcomes = []

    def create():
        start.wait()
        try:
            outcomes.append(driver.create(StrategyRequest(PATCH)).uuid)
        except Conflict:
            outcomes.append(None)

    threads = [threading.Thread(target=create) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 16
    assert [uuid for uuid in outcomes if uuid] == [driver.find(PATCH).uuid]


@pytest.mark.parametrize(("release", "kind", "named"), [
    ("published", PATCH, False), ("published", UPGRADE, True), ("stx-3.0", PATCH, True), ("stx-3.0", UPGRADE, True),
])  # fmt: skip
def test_the_name_in_documents(drive, release, kind, named):
    """The release says which kinds write their name."""
    driver = drive(release, **UPGRADING)
    assert ("name" in driver.document(driver.create(StrategyRequest(kind)))) is named


# Identity and time -------------------------------------------------------------------------------------------------


def test_uuids_come_from_the_seed(drive):
    """Each create has a new uuid; the same seed gives the same ones, another seed others."""

    def uuids(driver):
        found = []
        for _ in range(3):
            found.append(driver.create(StrategyRequest(PATCH)).uuid)
            driver.delete(PATCH, force=True)
        return found

    first = uuids(drive(seed=1))
    assert len(set(first)) == 3
    assert uuids(drive(seed=1)) == first
    assert not set(uuids(drive(seed=2))) & set(first)


def test_uuids_are_of_version_4(driver):
    """The uuid of a strategy is one of version 4."""
    assert re.fullmatch(UUID4, driver.create(StrategyRequest(PATCH)).uuid)


def test_two_drivers_live_the_same_life(drive):
    """The same seed and requests give the same documents at the same moments."""
    first, second = drive(), drive()
    documents = []
    for driver in (first, second):
        build(driver, PATCH)
        driver.apply(PATCH)
        documents.append(run(driver, PATCH))
    assert documents[0] == documents[1]


def test_one_long_advance_is_the_same_as_many_short_ones(drive):
    """Everything happens at its own moment, however far the clock is moved at once."""
    by_events, at_once = drive(), drive()
    build(by_events, PATCH)
    at_once.create(StrategyRequest(PATCH))
    at_once.advance(by_events.clock.now() - VIRTUAL_START)
    for driver in (by_events, at_once):
        driver.apply(PATCH)
    live(by_events, PATCH, in_state("applied"))
    at_once.advance(1_000_000)
    assert at_once.document(at_once.find(PATCH)) == by_events.document(by_events.find(PATCH))


def test_nothing_is_pending_without_a_strategy(driver):
    """A fleet at rest has no next event, and time may pass without limit."""
    assert driver.next_event() is None
    driver.advance(1e9)
    assert driver.find(PATCH) is None


def test_a_timer_fires_within_a_second(drive):
    """A query that is never answered ends between 60 s and 61 s after it was sent."""
    driver = drive(durations={"query-alarms": 10_000})
    driver.advance(0.3)
    driver.create(StrategyRequest(PATCH))
    driver.advance(60)
    assert driver.find(PATCH).state == "building"
    driver.advance(1)
    timed_out = driver.find(PATCH)
    assert timed_out.state == "build-timeout"
    assert 60 < timed_out.build.ended - timed_out.build.started <= 60.5


def test_a_swact_waits_for_audits(driver):
    """Host audits come every 30 s from the driver's start; a swact ends with the first one 120 s after the first."""
    build(driver, PATCH)
    driver.apply(PATCH)
    live(driver, PATCH, lambda document: document["apply-phase"]["stages"][0]["current-step"] == 2)
    assert driver.clock.now() - VIRTUAL_START == 150


def test_what_takes_no_time_is_not_in_the_answer(drive):
    """A world whose queries take no time still answers a create with building, and the next look is built."""
    driver = drive(durations=dict.fromkeys(["query-alarms", "query-sw-patches", "query-sw-patch-hosts"], 0))
    assert driver.create(StrategyRequest(PATCH)).state == "building"
    assert driver.find(PATCH).state == "ready-to-apply"


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_only_a_finite_time_can_pass(driver, seconds):
    """A driver is not advanced backwards or for ever."""
    with pytest.raises(ValueError, match="finite number"):
        driver.advance(seconds)


class RunningClock(VirtualClock):
    """A clock that the test sets, in the place of one that runs."""

    frozen = False

    def __init__(self):
        super().__init__(1000.0)

    @property
    def moment(self):
        return self.now()

    @moment.setter
    def moment(self, moment):
        self.stand_at(moment)


def test_a_running_clock_is_caught_up_with_at_each_call(drive):
    """What was due while nobody looked has happened at its own moments when somebody looks."""
    clock = RunningClock()
    driver = drive(clock=clock)
    driver.create(StrategyRequest(PATCH))
    clock.moment += 500
    built = driver.find(PATCH)
    assert (built.state, built.build.ended) == ("ready-to-apply", 1001.5)
    driver.apply(PATCH)
    clock.moment += 1_000_000
    driver.settle()
    assert driver.next_event() is None
    assert driver.find(PATCH).apply.started == 1500.0


def test_a_running_clock_can_be_moved_on(drive):
    """A running clock jumps ahead, and what was due on the way has happened."""
    driver = drive(clock=RunningClock())
    driver.create(StrategyRequest(PATCH))
    driver.advance(10)
    assert (driver.clock.now(), driver.find(PATCH).state) == (1010.0, "ready-to-apply")


# Reset -------------------------------------------------------------------------------------------------------------


def test_reset(driver):
    """No strategy, the world as it was loaded, nothing pending; time and uuids go on."""
    first = build(driver, PATCH)
    driver.apply(PATCH)
    driver.advance(300)
    assert driver.fleet != driver.world.fleet
    now = driver.clock.now()
    driver.reset()
    assert (driver.find(PATCH), driver.fleet, driver.next_event()) == (None, driver.world.fleet, None)
    assert driver.clock.now() == now
    assert build(driver, PATCH)["uuid"] != first["uuid"]


def test_reset_to_another_world(driver):
    """A reset may bring another world, which is then the one to come back to."""
    world = parse_world(WORLD | {"patches": []}, "another")
    driver.reset(world)
    assert driver.world is world
    driver.reset()
    assert build(driver, PATCH)["build-phase"]["reason"] == "no software patches found"


def test_the_ignore_list_grows_from_strategy_to_strategy(drive):
    """Quirk B12: after a patch strategy an upgrade ignores 200.001 as well; a reset forgets that."""
    driver = drive(**UPGRADING, alarms=[{"alarm_id": "200.001"}])
    rules = driver.release.rulebook
    quirks = replace(rules.quirks, ignore_list_grows=True)
    driver.release = replace(driver.release, rulebook=replace(rules, quirks=quirks))
    assert build(driver, UPGRADE)["build-phase"]["reason"] == "active alarms present"
    driver.delete(UPGRADE)
    build(driver, PATCH)
    driver.delete(PATCH)
    assert build(driver, UPGRADE)["state"] == "ready-to-apply"
    driver.reset()
    assert build(driver, UPGRADE)["state"] == "build-failed"


# Left running ------------------------------------------------------------------------------------------------------


def cycle(driver, times):
    """So many strategies are created, applied and deleted; how many objects there are then."""
    for _ in range(times):
        driver.create(StrategyRequest(PATCH))
        driver.advance(2)
        driver.apply(PATCH)
        driver.document(driver.find(PATCH))
        driver.delete(PATCH, force=True)
    gc.collect()
    return len(gc.get_objects())


def test_memory_is_flat(driver):
    """Once the journal is full a driver holds no more after further strategies than before."""
    before = cycle(driver, MOST_EVENTS // 2 + 10)
    assert cycle(driver, 200) <= before + 50
