"""The file: what is written when, by whom, and who may open it."""

import os
import sqlite3
import stat
from contextlib import closing

import pytest

from reference_server.driver import Refused, Unavailable
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import Kind
from reference_server.storage.examination import examine
from reference_server.storage.layout import APPLICATION_ID
from reference_server.storage.store import Store, StoreError
from reference_server.worlds.file import parse_world

PATCH = Kind.SW_PATCH
HOSTS = [{"name": f"controller-{number}", "personality": "controller"} for number in range(2)]
HOSTS += [{"name": f"compute-{number}", "personality": "worker"} for number in range(1000)]


def connection_of(store):
    """The connection of a store, to watch it or to make it suffer."""
    return store._connection  # noqa: SLF001 - nobody else may have it


def test_what_was_written_is_read(drive, lived, opened, path):
    """What a server left in the file is what the next one finds; a new file holds nothing."""
    store = opened()
    assert store.load() is None
    driver = lived(drive(store=store), 5, 25)
    left = driver.snapshot()
    store.close()
    again = Store.open(path)
    assert again.load() == left
    again.close()


@pytest.mark.parametrize("seed", range(10))
def test_every_state_is_written(drive, lived, path, make_memory, seed):
    """After each change of a life the file, read as it lies there, holds what the same life has in memory."""

    class Checked(Store):
        seen = 0

        def save(self, snapshot):
            super().save(snapshot)
            Checked.seen += 1
            assert examine(self._path)[1] == snapshot

    store = Checked.open(path)
    lived(drive(store=store, seed=seed), seed, 15)
    store.close()
    assert Checked.seen > 1


def test_files_are_for_their_owner_alone(drive, opened, path):
    """Nobody else may read what is kept."""
    store = opened()
    drive(store=store).create(StrategyRequest(PATCH))
    modes = {name: stat.S_IMODE(os.stat(path.parent / name).st_mode) for name in os.listdir(path.parent)}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600}


def test_a_closed_store_is_one_file(stored, path):
    """Nothing is left beside the file once its server has ended."""
    stored()
    assert os.listdir(path.parent) == [path.name]


def test_a_file_is_for_one_server(opened, path):
    """A second server is told that the file is in use, and the first does not notice."""
    opened()
    with pytest.raises(StoreError, match="in use by another server"):
        Store.open(path)


def test_a_file_is_free_again(drive, opened, path):
    """A file is free once its server is gone, also by another name."""
    first = opened()
    drive(store=first)
    first.close()
    link = path.with_name("link")
    link.symlink_to(path)
    with closing(Store.open(link)) as second:
        assert second.load() is not None
        with pytest.raises(StoreError, match="in use"):
            Store.open(path)


def test_any_sqlite_sees_whose_it_is(stored, path):
    """The file says in its header of which application and version it is."""
    stored()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_little_is_written_of_a_large_strategy(drive, opened):
    """A change of one step in a strategy of a thousand stages writes a few small values, not the strategy."""
    world = parse_world({"hosts": HOSTS, "patches": [{"name": "P1"}]}, "large")
    store = opened()
    driver = drive(store=store, world=world)
    driver.create(StrategyRequest(PATCH))
    driver.advance(2)
    driver.apply(PATCH)
    written = []
    connection_of(store).set_trace_callback(written.append)
    driver.advance(1)
    assert driver.find(PATCH).apply.stages[0].current_step == 1
    assert len(driver.find(PATCH).apply.stages) == 1002
    assert 0 < sum(map(len, written)) < 40_000


# What cannot be written ---------------------------------------------------------------------------------------------


CALLS = {
    "create": lambda driver: driver.create(StrategyRequest(PATCH)),
    "advance": lambda driver: driver.advance(100),
    "inject": lambda driver: driver.inject(()),
    "clear": lambda driver: driver.clear_faults(),
    "reset": lambda driver: driver.reset(),
    "restart": lambda driver: driver.restart(),
    "restore": lambda driver: driver.restore(driver.snapshot()),
    "freeze": lambda driver: driver.freeze(),
    "thaw": lambda driver: driver.thaw(),
}
LATER_CALLS = CALLS | {
    "apply": lambda driver: driver.apply(PATCH),
    "refused apply": lambda driver: driver.apply(PATCH, 7),
    "delete": lambda driver: driver.delete(PATCH),
    "abort": lambda driver: driver.abort(PATCH),
}
del LATER_CALLS["create"]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_cannot_be_written_has_not_happened(drive, make_memory, call):
    """A call that fails to be written changes nothing, and works when it can be."""
    memory, twin = make_memory(), drive()
    driver = drive(store=memory)
    check_failure(driver, memory, twin, call)


@pytest.mark.parametrize("call", LATER_CALLS.values(), ids=LATER_CALLS)
def test_what_cannot_be_written_leaves_the_strategy(drive, make_memory, call):
    """So it is with a strategy, too."""
    memory, twin = make_memory(), drive()
    driver = drive(store=memory)
    make_ready(driver)
    make_ready(twin)
    check_failure(driver, memory, twin, call)


def make_ready(driver):
    """There is a strategy, and its build has ended."""
    driver.create(StrategyRequest(PATCH))
    driver.advance(2)


def check_failure(driver, memory, twin, call):
    """The call fails and changes nothing; then it does what it does to a driver without a store."""
    before, states = driver.snapshot(), len(memory.states)
    memory.failure = StoreError("the disk is full")
    with pytest.raises(Unavailable, match="the disk is full"):
        call(driver)
    assert (driver.snapshot(), driver.frozen, driver.clock.now()) == (before, True, before.moment)
    assert len(memory.states) == states
    memory.failure = None
    outcomes = [outcome(each, call) for each in (driver, twin)]
    assert outcomes[0] == outcomes[1]
    assert driver.snapshot() == twin.snapshot() == memory.states[-1]


def outcome(driver, call):
    """What a call gave or raised."""
    try:
        return call(driver)
    except Refused as error:
        return type(error), str(error)


def test_time_stands_before_what_cannot_be_written(drive, make_memory):
    """When the store fails in the middle of a long advance, what was written is true, and time goes no further."""

    class Full(make_memory):
        def save(self, snapshot):
            super().save(snapshot)
            if len(self.states) == 12:
                self.failure = StoreError("the disk is full")

    memory = Full()
    driver, twin = drive(store=memory), drive()
    driver.create(StrategyRequest(PATCH))
    driver.advance(2)
    driver.apply(PATCH)
    with pytest.raises(Unavailable):
        driver.advance(10_000)
    stands = driver.clock.now()
    assert driver.snapshot() == memory.states[-1]
    memory.failure = None
    driver.advance(10_002 + twin.clock.now() - stands)
    twin.create(StrategyRequest(PATCH))
    twin.advance(2)
    twin.apply(PATCH)
    twin.advance(10_000)
    assert driver.snapshot() == twin.snapshot()


def test_a_full_disk(drive, opened):
    """When SQLite finds no room, the call fails with its words, and what was written before is still there."""
    store = opened()
    driver = drive(store=store)
    before = driver.snapshot()
    (pages,) = connection_of(store).execute("PRAGMA page_count").fetchone()
    connection_of(store).execute(f"PRAGMA max_page_count = {pages}")
    large = parse_world({"hosts": HOSTS}, "large")
    with pytest.raises(Unavailable, match="full"):
        driver.reset(large)
    assert driver.snapshot() == before
    connection_of(store).execute("PRAGMA max_page_count = 100000")
    driver.reset(large)
    assert driver.fleet == large.fleet


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_file_that_was_removed(drive, opened, path, suffix):
    """What would be written for nobody is not done, until the file is back."""
    store = opened()
    driver = drive(store=store)
    file, aside = path.with_name(path.name + suffix), path.with_name("aside")
    file.rename(aside)
    with pytest.raises(Unavailable, match="cannot be written"):
        driver.create(StrategyRequest(PATCH))
    file.write_bytes(b"something else")
    with pytest.raises(Unavailable, match="another file is in"):
        driver.create(StrategyRequest(PATCH))
    aside.replace(file)
    assert driver.create(StrategyRequest(PATCH)).state == "building"


def test_a_world_that_cannot_be_written(drive, opened, broken):
    """A world with text that is not Unicode is refused at the start, and later leaves the world that there was."""
    store = opened()
    with pytest.raises(StoreError, match="half of a character"):
        drive(store=store, world=broken)
    driver = drive(store=store)
    before = driver.snapshot()
    with pytest.raises(Unavailable, match="half of a character"):
        driver.reset(broken)
    assert driver.snapshot() == before


# Whose state it is --------------------------------------------------------------------------------------------------


def test_another_release(stored, drive, opened):
    """A server of another release is told which one the state is of."""
    stored()
    with pytest.raises(StoreError, match=r"of release stx-3\.0, not published"):
        drive("published", store=opened())


def test_another_world(stored, drive, opened):
    """A server that was given another world is told so."""
    stored()
    with pytest.raises(StoreError, match="begun with another world than large"):
        drive(store=opened(), world=parse_world({"hosts": HOSTS}, "large"))


@pytest.mark.parametrize("given", [True, False])
def test_the_same_world_or_none(stored, drive, opened, world, given):
    """A server goes on with the world that it was begun with, whether or not it is told which."""
    left = stored()
    driver = drive(store=opened(), world=world if given else None)
    assert (driver.world, driver.fleet) == (left.world, left.infrastructure.fleet)


def test_a_world_that_was_loaded_later(drive, path, world):
    """A world that took the place of the first one is gone on with, although the first one is given again."""
    other = parse_world({"hosts": HOSTS[:3]}, "other")
    store = Store.open(path)
    drive(store=store).reset(other)
    store.close()
    store = Store.open(path)
    assert drive(store=store).world == other
    store.close()
