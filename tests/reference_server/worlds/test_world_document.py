"""A fleet written back as a world document reads as the same fleet, pace and faults."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.simulation.faults import fault_document, parse_faults
from reference_server.worlds.file import load_world, parse_world, world_document

FILES = [path.name for path in files("reference_server.worlds").iterdir()]
SHIPPED = sorted(name.removesuffix(".yaml") for name in FILES if name.endswith(".yaml"))
PERSONALITIES = st.sampled_from(["controller", "worker", "controller,worker", "storage"])
NAMES = st.sampled_from(["a", "b", "c", "d"])
COUNTS = st.integers(1, 9)
SECONDS = st.integers(0, 1000) | st.floats(0, 1e6)
ACTIONS = ["query-alarms", "activate-upgrade", "wait-data-sync", "lock-hosts", "sw-patch-hosts", "migrate-instances"]


def some(*, needed=None, **possible):
    """Objects with these members, and some of those."""
    return st.fixed_dictionaries(needed or {}, optional=possible)


STATES = {
    "admin_state": st.sampled_from(["locked", "unlocked"]),
    "oper_state": st.sampled_from(["enabled", "disabled"]),
}
WHEN = some(needed={"seconds": SECONDS}) | some(
    needed={"step": st.sampled_from([*ACTIONS, "system-stabilize"])}, stage=st.integers(0, 9), seconds=SECONDS,
    phase=st.sampled_from(["build", "apply", "abort"]),
)  # fmt: skip
HOST = some(needed={"name": NAMES, "personality": PERSONALITIES},
            avail_status=st.sampled_from(["available", "degraded"]), services_disabled=st.booleans(),
            openstack_compute=st.booleans(), software_load=st.text(max_size=3), **STATES)  # fmt: skip
ALARM = some(needed={"alarm_id": NAMES}, mgmt_affecting=st.sampled_from(["True", "False"]))
FAULT = st.one_of(
    some(needed={"step": st.sampled_from(ACTIONS), "ends": st.sampled_from(["fails", "never"])}, times=COUNTS),
    some(needed={"step": st.sampled_from(ACTIONS), "ends": st.just("late"), "seconds": SECONDS}),
    some(needed={"step": st.just("lock-hosts"), "ends": st.just("refused"), "reason": NAMES}, seconds=SECONDS,
         phase=st.sampled_from(["apply", "abort"])),
    some(needed={"change": st.just("host-appears"), "to": HOST, "when": WHEN}),
    some(needed={"change": st.sampled_from(["alarm-raised", "alarm-cleared"]), "alarm": ALARM, "when": WHEN}),
    some(needed={"change": st.just("upgrade-changes"), "to": st.none() | st.just({"state": "started"}), "when": WHEN}),
)  # fmt: skip


def named(strategy, most):
    """Lists of objects, each name once."""
    return st.lists(strategy, max_size=most, unique_by=lambda each: each["name"])


@st.composite
def worlds(draw):
    """World documents, small and strange."""
    hosts = draw(st.lists(HOST, min_size=1, max_size=4, unique_by=lambda host: host["name"]))
    names = [host["name"] for host in hosts]
    on = st.sampled_from(names)
    aggregates = some(needed={"name": NAMES, "host_names": st.lists(on, unique=True)})
    return {
        "hosts": hosts,
        "instances": draw(named(some(needed={"name": NAMES, "host": on}, **STATES), 4)),
        "host_aggregates": draw(named(aggregates, 2)),
        "patches": draw(named(some(needed={"name": NAMES}), 2)),
        "alarms": draw(st.lists(ALARM, max_size=3)),
        "ignore_alarms": draw(st.lists(NAMES, max_size=2)),
        "upgrade": draw(st.none() | st.just({"state": "starting", "from_release": "1", "to_release": "2"})),
        "openstack_installed": draw(st.booleans()),
        "durations": draw(some(**{"lock-hosts": SECONDS, "query-alarms": SECONDS})),
        "faults": draw(st.lists(FAULT, max_size=4)),
    }  # fmt: skip


def written(world):
    """The world document of a world."""
    return world_document(world.fleet, world.durations, world.faults)


@given(worlds())
def test_any_world_reads_as_it_was_written(document):
    """A world is another one after it was written and read."""
    world = parse_world(document, "world")
    assert parse_world(written(world), "world") == world


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_worlds_read_as_they_were_written(name):
    """A shipped world is another one after it was written and read."""
    world = load_world(name)
    assert parse_world(written(world), name) == world


@given(st.lists(FAULT, max_size=5))
def test_faults_read_as_they_were_written(documents):
    """A fault is another one after it was written and read."""
    faults = parse_faults(documents, "faults")
    assert parse_faults([fault_document(fault) for fault in faults], "faults") == faults
