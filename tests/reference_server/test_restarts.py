"""ENGINE.md 8.6 in motion: restarts of the engine in every state, at every kind of step, while the world goes on."""

from dataclasses import replace

import pytest

from reference_server.clock import VirtualClock
from reference_server.driver import Conflict, Driver, Missing, Refused
from reference_server.engine.model import StrategyRequest
from reference_server.engine.timing import waiting_step
from reference_server.engine.words import ApplyType, InstanceAction, Kind, PhaseName, State, StepName
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world

PATCH, UPGRADE = Kind.SW_PATCH, Kind.SW_UPGRADE
WORLD = {
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller", "software_load": "2"},
        {"name": "storage-0", "personality": "storage"},
        {"name": "storage-1", "personality": "storage"},
        {"name": "compute-0", "personality": "worker"},
        {"name": "compute-1", "personality": "worker"},
    ],
    "local_host_name": "controller-1",
    "instances": [{"name": "vm-0", "host": "compute-0"}],
    "host_groups": [{"name": "group-0", "member_names": ["storage-0", "storage-1"]}],
    "patches": [{"name": "P1"}],
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
}
QUERIES = ("query-alarms", "query-sw-patches", "query-sw-patch-hosts", "query-upgrade")


class Kept:
    """A store that holds a state, and no more."""

    def __init__(self, stored):
        self.stored = stored

    def load(self):
        return self.stored

    def save(self, snapshot):
        pass


@pytest.fixture
def drive():
    """Makes a driver of the world with some members changed."""

    def begin(release="stx-3.0", **changes):
        return Driver(parse_world(WORLD | changes, "world"), load_release(release), VirtualClock())

    return begin


def copy(driver):
    """Another driver of the same release that is where this one is."""
    twin = Driver(driver.world, driver.release, VirtualClock())
    twin.restore(driver.snapshot())
    return twin


def resumed(driver):
    """The driver of another process, which goes on from what this one has kept."""
    return Driver(None, driver.release, VirtualClock(), store=Kept(driver.snapshot()))


def strategy_of(driver):
    """The strategy there is, of either kind."""
    return driver.find(PATCH) or driver.find(UPGRADE)


def step_of(driver):
    """The step that waits, if one does."""
    strategy = strategy_of(driver)
    if strategy is None or strategy.current_phase is PhaseName.INITIAL:
        return None
    return waiting_step(strategy.phase(strategy.current_phase))


def until(driver, done, kind=PATCH):
    """Let time pass, event by event, until the strategy is as wanted."""
    while not done(driver.find(kind)):
        assert driver.next_event() is not None, driver.find(kind).state
        driver.advance(driver.next_event() - driver.clock.now())
    return driver


def in_state(*states):
    """Whether a strategy is in one of these states."""
    return lambda strategy: str(strategy.state) in states


def create(driver, kind=PATCH, **members):
    """A strategy that is being built."""
    driver.create(StrategyRequest(kind, **members))
    return driver


def ready(driver):
    """A strategy that can be applied."""
    return until(create(driver), in_state("ready-to-apply"))


def applying(driver):
    """A strategy that is being applied."""
    ready(driver).apply(PATCH)
    driver.advance(1)
    return driver


def paused(driver):
    """A strategy that waits for its second stage to be applied."""
    ready(driver).apply(PATCH, 0)
    return until(driver, lambda strategy: strategy.apply.current_stage == 1)


def locked(driver):
    """A strategy that is patching its first host, which is locked."""
    return until(applying(driver), lambda strategy: waiting_step(strategy.apply).name == "sw-patch-hosts")


def aborting(driver):
    """So it is, and an abort was asked for."""
    locked(driver).abort(PATCH)
    return driver


def undoing(driver):
    """The abort phase is running."""
    return until(aborting(driver), lambda strategy: strategy.current_phase == "abort")


def given_up(driver):
    """The abort was asked for a second time."""
    aborting(driver).abort(PATCH)
    return driver


def aborted_in_pause(driver):
    """The abort was asked for in a pause."""
    paused(driver).abort(PATCH)
    return driver


def ends(*faults):
    """Changes of the world that make steps end otherwise."""
    return {"faults": [*faults]}


NEVER_QUERIED = {"durations": {"query-alarms": 1000}}
SITUATIONS = {
    # situation               state              changes of the world          how to get there
    "building":              ("building",        {},                           create),
    "build-failed":          ("build-failed",    {"patches": [], "patch_hosts": []},
                                                 lambda driver: until(create(driver), in_state("build-failed"))),
    "build-timeout":         ("build-timeout",   NEVER_QUERIED,
                                                 lambda driver: until(create(driver), in_state("build-timeout"))),
    "ready-to-apply":        ("ready-to-apply",  {},                           ready),
    "applying":              ("applying",        {},                           applying),
    "paused":                ("applying",        {},                           paused),
    "applied":               ("applied",         {},
                                                 lambda driver: until(applying(driver), in_state("applied"))),
    "aborting in apply":     ("aborting",        {},                           aborting),
    "aborting in abort":     ("aborting",        {},                           undoing),
    "given up":              ("aborted",         {},                           given_up),
    "aborted in a pause":    ("aborted",         {},                           aborted_in_pause),
    "aborted":               ("aborted",         {},
                                                 lambda driver: until(undoing(driver), in_state("aborted"))),
    "abort-failed":          ("abort-failed",    ends({"step": "unlock-hosts", "phase": "abort", "ends": "fails"}),
                                                 lambda driver: until(undoing(driver), in_state("abort-failed"))),
    "abort-timeout":         ("abort-timeout",   ends({"step": "unlock-hosts", "phase": "abort", "ends": "never"}),
                                                 lambda driver: until(undoing(driver), in_state("abort-timeout"))),
}  # fmt: skip
REQUESTS = {
    "apply-all": lambda driver: driver.apply(PATCH),
    "apply-stage 0": lambda driver: driver.apply(PATCH, 0),
    "apply-stage 1": lambda driver: driver.apply(PATCH, 1),
    "abort": lambda driver: driver.abort(PATCH),
    "abort-stage 0": lambda driver: driver.abort(PATCH, 0),
    "delete": lambda driver: driver.delete(PATCH),
    "force delete": lambda driver: driver.delete(PATCH, force=True),
    "create": create,
    "apply of the other kind": lambda driver: driver.apply(UPGRADE),
}


@pytest.fixture(params=SITUATIONS)
def situation(request, drive):
    """A driver in each situation, and the state that it is in."""
    state, changes, bring = SITUATIONS[request.param]
    return state, bring(drive(**changes))


def test_every_visible_state_is_restarted():
    """No state that can be seen is left out below."""
    seen = {state for state, _, _ in SITUATIONS.values()}
    assert seen == {str(state) for state in State} - {"initial", "apply-failed", "apply-timeout"}


def without_timeouts(document):
    """A document without the timeouts of its phases."""
    phases = {name: document[name] | {"timeout": None} for name in ("build-phase", "apply-phase", "abort-phase")}
    return document | phases


def test_a_restart_changes_phase_timeouts_alone(situation):
    """Whatever the state: all of the document survives but the timeouts of phases (rules 1, 2)."""
    state, driver = situation
    before = driver.document(strategy_of(driver))
    assert before["state"] == state
    driver.restart()
    after = driver.document(strategy_of(driver))
    assert without_timeouts(after) == without_timeouts(before)
    expected = {name: expected_timeout(after[name]) for name in ("build-phase", "apply-phase", "abort-phase")}
    assert {name: after[name]["timeout"] for name in expected} == expected


def expected_timeout(phase):
    """Rule 2, told from the document: 0, or what remains of a run, the current stage in full, and 1."""
    stages = phase["stages"][phase["current-stage"] : phase["stop-at-stage"]]
    if not phase["inprogress"] or not stages or not stages[0]["inprogress"]:
        return 0
    return sum(stage["timeout"] for stage in stages) + 1


def test_another_process_goes_on_the_same(situation):
    """A process that takes over what was kept is where a restart within the process leads."""
    _, driver = situation
    other = resumed(driver)
    driver.restart()
    assert other.snapshot() == driver.snapshot()


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_requests_mean_the_same_after_a_restart(situation, request_):
    """Each request is accepted or refused, with its reason, as without the restart (rule 7)."""
    _, driver = situation
    other = resumed(driver)
    assert outcome(other, request_) == outcome(driver, request_)


def outcome(driver, request):
    """What a request leads to: the refusal, and the state after it."""
    try:
        request(driver)
        refusal = None
    except (Conflict, Missing, Refused) as error:
        refusal = type(error), str(error)
    strategy = strategy_of(driver)
    return refusal, strategy and (strategy.state, strategy.current_phase, strategy.uuid)


# Every kind of step ---------------------------------------------------------------------------------------------------


LIVES = {
    "patch, migrate": ({}, applying, PATCH, None),
    "patch, stop-start": (
        {},
        lambda driver: start(driver, PATCH, default_instance_action=InstanceAction.STOP_START),
        PATCH,
        None,
    ),
    "patch, parallel": ({}, lambda driver: start(driver, PATCH, worker_apply_type=ApplyType.PARALLEL), PATCH, None),
    "patch, a locked host": (
        {"hosts": [*WORLD["hosts"], {"name": "compute-2", "personality": "worker", "admin_state": "locked"}]},
        lambda driver: start(driver, PATCH),
        PATCH,
        None,
    ),
    "patch, 8.0": ({"release": "stx-8.0"}, applying, PATCH, None),
    "upgrade": ({}, lambda driver: start(driver, UPGRADE, complete_upgrade=True), UPGRADE, None),
    "undo": (
        {"faults": [{"step": "migrate-instances", "ends": "fails"}]},
        lambda driver: start(driver, PATCH, worker_apply_type=ApplyType.PARALLEL),
        PATCH,
        "migrate-instances",
    ),
    "undo of a stop": (
        {"faults": [{"step": "lock-hosts", "host": "compute-0", "ends": "fails"}]},
        lambda driver: start(driver, PATCH, default_instance_action=InstanceAction.STOP_START),
        PATCH,
        None,
    ),
}


def start(driver, kind, **members):
    """A strategy with these members that is being applied."""
    until(create(driver, kind, **members), in_state("ready-to-apply"), kind).apply(kind)
    return driver


@pytest.fixture(params=LIVES)
def waits(request, drive):
    """Drivers of one life, by phase and name of the step that waits in them for the first time."""
    changes, begin, kind, failing = LIVES[request.param]
    driver = begin(drive(**changes))
    found = {}
    while driver.next_event() is not None:
        step = step_of(driver)
        if step is not None:
            found.setdefault((str(strategy_of(driver).current_phase), str(step.name)), copy(driver))
        driver.advance(driver.next_event() - driver.clock.now())
    return found, kind, failing


def test_every_kind_of_step_waits_through_a_restart(waits):
    """A step that waits for a query times out after its 60 s; every other one ends well, fed by the world (rule 4)."""
    drivers, kind, failing = waits
    ended = {name: restarted_end(driver, kind) for name, driver in drivers.items()}
    ends = dict.fromkeys(QUERIES, "timed-out") | ({failing: "failed"} if failing else {})
    assert ended == {name: ends.get(name[1], "success") for name in drivers}


def restarted_end(driver, kind):
    """How the step ends that waits in this driver, restarted."""
    driver.restart()
    strategy = driver.find(kind)
    phase = strategy.phase(strategy.current_phase)
    place = strategy.current_phase, phase.current_stage, phase.stages[phase.current_stage].current_step
    begun = driver.clock.now()
    until(driver, lambda now: step_at(now, place).result != "wait", kind)
    step = step_at(driver.find(kind), place)
    assert driver.clock.now() - begun <= step.timeout + 1.5  # of 6.0 on: in whole seconds
    return str(step.result)


def step_at(strategy, place):
    """The step at that place of a strategy."""
    name, stage, step = place
    return strategy.phase(name).stages[stage].steps[step]


def waiting_in(driver):
    """The names of all steps that wait from here to the end of a life."""
    seen = set()
    while driver.next_event() is not None:
        seen |= {step_of(driver).name} if step_of(driver) else set()
        driver.advance(driver.next_event() - driver.clock.now())
    return seen


def test_every_kind_of_step_is_restarted(drive):
    """The lives above come through every kind of step that there is."""
    seen = set().union(*(waiting_in(begin(drive(**changes))) for changes, begin, _, _ in LIVES.values()))
    queried_at_build = {StepName.QUERY_SW_PATCHES, StepName.QUERY_SW_PATCH_HOSTS, StepName.QUERY_UPGRADE}
    assert seen | queried_at_build == set(StepName)


@pytest.mark.parametrize(("kind", "queries"), [(PATCH, 3), (UPGRADE, 2)])
@pytest.mark.parametrize("number", range(3))
def test_each_query_of_a_build_times_out(drive, kind, queries, number):
    """Whichever query a build waits for when the engine restarts: 60 s later it is a build-timeout."""
    driver = create(drive(), kind)
    driver.advance(0.5 * min(number, queries - 1))
    driver.restart()
    driver.advance(60)
    assert driver.find(kind).state == "building"
    driver.advance(1)
    assert driver.find(kind).state == "build-timeout"
    assert driver.next_event() is None


@pytest.mark.parametrize("kind", [PATCH, UPGRADE])
def test_without_the_quirk_a_build_goes_on(drive, kind):
    """B10 off: the query is asked again, answered once, and the build ends well."""
    driver = create(drive(), kind)
    rules = driver.release.rulebook
    quirks = replace(rules.quirks, restart_forgets_phase_timeout=False)
    driver.release = replace(driver.release, rulebook=replace(rules, quirks=quirks))
    driver.restart()
    driver.advance(5)
    assert driver.find(kind).state == "ready-to-apply"
    assert driver.next_event() is None


# What else goes on ----------------------------------------------------------------------------------------------------


def test_uuids_are_not_repeated(drive):
    """The first create after a restart has the uuid that it would have had without."""
    driver, twin = drive(), drive()
    create(driver).delete(PATCH, force=True)
    create(twin).delete(PATCH, force=True)
    other = resumed(driver)
    assert create(other).find(PATCH).uuid == create(twin).find(PATCH).uuid


def test_time_goes_on(drive):
    """A new process does not begin again at the start of its clock."""
    driver = drive()
    driver.advance(12345)
    assert resumed(driver).clock.now() == driver.clock.now()


def test_the_world_goes_on(drive):
    """What the infrastructure was doing it does, although nobody asks again; what was changed stays."""
    driver = applying(drive())
    until(driver, lambda strategy: waiting_step(strategy.apply).name == "unlock-hosts")
    other = resumed(driver)
    assert other.fleet == driver.fleet
    assert other.next_event() is not None
    until(other, in_state("applied"))


def test_the_journal_goes_on(drive):
    """Events and alarms survive, and the next event has the next number."""
    driver = applying(drive())
    before = driver.journal
    other = resumed(driver)
    assert other.journal == before
    other.abort(PATCH)
    until(other, in_state("aborted"))
    assert [event.number for event in other.journal.events] == list(range(1, len(other.journal.events) + 1))


def test_a_revision_is_never_used_twice(drive):
    """After a restart, a restore and in another process the number of the revision is a new one."""
    driver = applying(drive())
    snapshot, seen = driver.snapshot(), [driver.revision]
    driver.restart()
    seen.append(driver.revision)
    driver.restore(snapshot)
    seen.append(driver.revision)
    seen.append(resumed(driver).revision)
    assert seen == sorted(set(seen))
