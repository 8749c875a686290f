"""A small world with faults, drivers of it with and without a store, and lives of them to be kept."""

import random
from contextlib import suppress
from dataclasses import replace

import pytest

from reference_server.clock import VirtualClock
from reference_server.driver import Conflict, Driver, Missing, Refused
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import ApplyType, InstanceAction, Kind
from reference_server.rulebooks import load_release
from reference_server.storage.store import Store
from reference_server.worlds.file import parse_world

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
    "instances": [{"name": "vm-0", "host": "compute-0"}, {"name": "vm-1", "host": "compute-1"}],
    "instance_groups": [],
    "host_groups": [{"name": "group-0", "member_names": ["storage-0", "storage-1"]}],
    "host_aggregates": [{"name": "aggregate", "host_names": ["compute-0", "compute-1"]}],
    "patches": [{"name": "P1"}],
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
    "alarms": [{"alarm_id": "900.005", "mgmt_affecting": "False"}],
    "durations": {"lock-hosts": 33},
    "faults": [
        {"step": "unlock-hosts", "host": "compute-1", "ends": "fails", "times": 1},
        {"step": "lock-hosts", "host": "compute-0", "ends": "late", "seconds": 20},
        {"change": "alarm-raised", "alarm": {"alarm_id": "300.001"}, "when": {"seconds": 4000}},
        {"change": "alarm-cleared", "alarm": {"alarm_id": "300.001"}, "when": {"seconds": 4100}},
        {"change": "host-changes", "host": "controller-0", "to": {"avail_status": "degraded"},
         "when": {"step": "swact-hosts", "phase": "apply", "seconds": 5}},
    ],
}  # fmt: skip


class Memory:
    """A store that keeps every state in memory, and can be told to fail."""

    def __init__(self, stored=None):
        self.states = []
        self.stored = stored
        self.failure = None

    def load(self):
        return self.stored

    def save(self, snapshot):
        if self.failure is not None:
            raise self.failure
        self.states.append(snapshot)

    def close(self):
        pass


def live(driver, seed, turns):
    """Play that many random turns: requests of all kinds, right and wrong, and time that passes."""
    rng = random.Random(seed)  # noqa: S311 - reproducible on purpose
    for _ in range(turns):
        kind = rng.choice([Kind.SW_PATCH, Kind.SW_PATCH, Kind.SW_UPGRADE])
        with suppress(Conflict, Missing, Refused):
            rng.choice(TURNS)(driver, kind, rng)
    return driver


def _create(driver, kind, rng):
    driver.create(
        StrategyRequest(
            kind,
            worker_apply_type=rng.choice(list(ApplyType)),
            storage_apply_type=rng.choice([ApplyType.SERIAL, ApplyType.PARALLEL]),
            default_instance_action=rng.choice(list(InstanceAction)),
        )
    )


TURNS = (
    _create,
    _create,
    lambda driver, kind, _: driver.apply(kind),
    lambda driver, kind, _: driver.apply(kind),
    lambda driver, kind, rng: driver.apply(kind, rng.randrange(4)),
    lambda driver, kind, _: driver.abort(kind),
    lambda driver, kind, rng: driver.delete(kind, force=rng.random() < 0.3),
    *[lambda driver, _, rng: driver.advance(rng.choice([0.4, 1, 5, 30, 100, 500]))] * 8,
    lambda driver, _, rng: driver.advance(rng.choice([5_000, 50_000])),
)


@pytest.fixture
def world():
    """Two controllers, a storage host, two workers with an instance each, and faults of most kinds."""
    return parse_world(WORLD, "world")


@pytest.fixture
def broken(world):
    """The same world under a name that is not Unicode."""
    return replace(world, name="half a character: \ud800")


@pytest.fixture
def make_memory():
    """Makes a store that keeps every state in memory."""
    return Memory


@pytest.fixture
def drive(world):
    """Makes a driver of that world, over a store if there is one."""

    def begin(release="stx-3.0", *, store=None, seed=0, clock=None, world=world):
        return Driver(world, load_release(release), clock or VirtualClock(), seed=seed, store=store)

    return begin


@pytest.fixture
def lived():
    """Plays random turns on a driver."""
    return live


@pytest.fixture
def path(tmp_path):
    """Where a file may be kept."""
    return tmp_path / "state.db"


@pytest.fixture
def opened(path):
    """Opens the store of that file, or of another, and closes it at the end."""
    stores = []

    def begin(path=path):
        stores.append(Store.open(path))
        return stores[-1]

    yield begin
    for store in stores:
        store.close()


@pytest.fixture
def stored(path, drive, lived):
    """A function that leaves the file as a closed server does, in the middle of a life; the state that is in it."""

    def leave(seed=5, turns=25):
        store = Store.open(path)
        try:
            driver = lived(drive(store=store), seed, turns)
            return driver.snapshot()
        finally:
            store.close()

    return leave
