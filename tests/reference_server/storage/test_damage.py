"""Files that are damaged, foreign or none at all: a clear error, and not a byte of them is changed."""

import os
import random
import sqlite3
from contextlib import closing

import pytest

from reference_server.storage.layout import APPLICATION_ID
from reference_server.storage.store import Store, StoreError


def chance(seed):
    """The damage of that number."""
    return random.Random(seed)  # noqa: S311 - reproducible on purpose


def contents(folder):
    """All files of a folder, byte for byte."""
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}


def refusal(path):
    """Why the file cannot be opened; everything beside it is as it was. None when it was opened."""
    before = contents(path.parent)
    try:
        Store.open(path).close()
    except StoreError as error:
        assert contents(path.parent) == before
        return str(error)
    return None


def database(path, *statements):
    """A SQLite file made by these statements."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


FOREIGN = {
    "text": (lambda path: path.write_text("all work and no play\n" * 50), "no database"),
    "a short text": (lambda path: path.write_text("hello"), "no database"),
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "zeros": (lambda path: path.write_bytes(bytes(8192)), "no database"),
    "another program": (lambda path: database(path, "CREATE TABLE t (x)"), "another program"),
    "a newer version": (
        lambda path: database(
            path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 2", "CREATE TABLE t (x)"
        ),
        r"newer version of this program \(format 2\)",
    ),
    "without our table": (
        lambda path: database(
            path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 1", "CREATE TABLE t (x)"
        ),
        "damaged: no such table: value",
    ),
    "without a seal": (
        lambda path: database(
            path,
            f"PRAGMA application_id = {APPLICATION_ID}",
            "PRAGMA user_version = 1",
            "CREATE TABLE value (part, number, content)",
        ),
        "damaged: its seal is broken",
    ),
}


@pytest.mark.parametrize(("make", "text"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_ours(path, make, text):
    """A file of another kind is named as what it is, with what to do, and left as it is."""
    make(path)
    with pytest.raises(StoreError, match=text) as raised:
        Store.open(path)
    assert str(path) in str(raised.value)
    assert "name another file" in str(raised.value)
    assert refusal(path)


PLACES = {
    "a directory": (lambda path: path.mkdir(), "is a directory"),
    "no folder": (str, "No such file or directory"),
    "a folder that is a file": (lambda path: path.parent.write_text(""), "Not a directory"),
    "a pipe": (os.mkfifo, "no regular file"),
    "a dangling link": (lambda path: path.symlink_to("/nowhere/at/all"), "cannot be made: No such file"),
}


@pytest.mark.parametrize(("name", "make", "text"), [
    ("state.db", *PLACES["a directory"]),
    ("folder/state.db", *PLACES["no folder"]),
    ("folder/state.db", *PLACES["a folder that is a file"]),
    ("state.db", *PLACES["a pipe"]),
    ("state.db", *PLACES["a dangling link"]),
    ("x" * 300, *PLACES["no folder"][:1], "File name too long"),
], ids=[*PLACES, "a long name"])  # fmt: skip
def test_where_no_file_can_be(tmp_path, name, make, text):
    """A place that cannot hold a file is named with the reason."""
    path = tmp_path / name
    make(path)
    with pytest.raises(StoreError, match=text):
        Store.open(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(stored, path):
    """A file without permission is named with the reason."""
    stored()
    path.chmod(0)
    with pytest.raises(StoreError, match="Permission denied"):
        Store.open(path)


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_what_belongs_to_a_file_that_is_gone(path, suffix):
    """A log without its database would be taken for that of a new one; that is said."""
    path.with_name(path.name + suffix).write_bytes(b"left over")
    assert "put it back" in refusal(path)


@pytest.fixture
def killed(path, drive, lived, tmp_path_factory):
    """The file and its log as a server leaves them that is killed, and the states that it passed through."""
    states = []

    class Noted(Store):
        def save(self, snapshot):
            super().save(snapshot)
            states.append(snapshot)

    folder = tmp_path_factory.mktemp("running")
    store = Noted.open(folder / path.name)
    lived(drive(store=store), 5, 30)
    for name, content in contents(folder).items():
        (path.parent / name).write_bytes(content)
    store.close()
    return states


def test_a_killed_server_leaves_everything(killed, opened):
    """What a killed server leaves is what it wrote last."""
    assert opened().load() == killed[-1]


def test_a_log_that_is_missing(killed, path):
    """The database of a killed server without its log is not gone on with: what changed last is not in it."""
    path.with_name("state.db-wal").unlink()
    assert "killed, and state.db-wal with what changed last is missing" in refusal(path)


def flipped(content, rng):
    """One to four bytes are others."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4])):
        content[rng.randrange(len(content))] ^= rng.randrange(1, 256)
    return bytes(content)


def overwritten(content, rng):
    """A stretch is zeros or noise."""
    at, length = rng.randrange(len(content)), rng.choice([10, 500, 5000])
    noise = rng.choice([bytes(length), rng.randbytes(length)])
    return (content[:at] + noise + content[at + length :])[: len(content)]


def cut(content, rng):
    """The end is missing."""
    return content[: rng.randrange(len(content))]


@pytest.mark.parametrize("damage", [flipped, overwritten, cut])
@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file(stored, path, seed, damage):
    """Damage of any kind is noticed and the file left as it is, or it hit nothing that is kept."""
    left = stored()
    path.write_bytes(damage(path.read_bytes(), chance(seed)))
    check_open(path, [left])


@pytest.mark.parametrize("damage", [flipped, overwritten, cut])
@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_log(killed, path, seed, damage):
    """A damaged log is noticed, or costs the last changes, as a power failure would; no state is half written."""
    log = path.with_name("state.db-wal")
    log.write_bytes(damage(log.read_bytes(), chance(seed)))
    check_open(path, [*killed, None])


def check_open(path, states):
    """The file is refused and left as it is, or holds one of these states."""
    if refusal(path) is None:
        store = Store.open(path)
        found = store.load()
        store.close()
        assert found in states


CHANGE = "UPDATE value SET content = CAST(content || ' ' AS BLOB) WHERE part = ? AND number = ?"


@pytest.mark.parametrize("seed", range(10))
def test_values_of_another_life(stored, path, seed):
    """A value that is whole but not the one that belongs there is noticed."""
    stored()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        places = connection.execute("SELECT part, number FROM value WHERE part != 'seal'").fetchall()
        place = chance(seed).choice(places)
        connection.execute(CHANGE, place)
    assert "seal is broken" in refusal(path)


def test_a_damaged_file_is_told_apart_from_a_good_one(stored, path):
    """The tests above would notice if nothing were noticed: much of the damage hits what is kept."""
    stored()
    good = path.read_bytes()
    damaged = (overwritten(good, chance(seed)) for seed in range(40))
    assert 10 < sum(is_refused(path, content) for content in damaged) < 40


def is_refused(path, content):
    """Whether the file is refused with that content."""
    path.write_bytes(content)
    return refusal(path) is not None


def test_a_file_after_a_refusal_is_still_good(stored, path, drive, opened):
    """Opening for another release or world leaves the state for whoever asks for the right one."""
    left = stored()
    store = Store.open(path)
    with pytest.raises(StoreError):
        drive("published", store=store)
    store.close()
    store = opened()
    assert store.load() == left
    assert drive(store=store).world == left.world
