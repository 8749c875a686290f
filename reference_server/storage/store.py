"""The file in which a server keeps its state: a SQLite database, written change by change, each in one transaction.

The database is in WAL mode with `synchronous=NORMAL`. That is enough for a server that is killed (kill -9): what was
committed is with the operating system and stays. When the machine itself goes down the last changes may be lost, never
half of one.

One server at a time has the file: it holds a lock on it for as long as it lives. A change costs the writing of the
values that changed, found by the identity of the objects that they are made of.
"""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from reference_server.storage.examination import check_path, examine
from reference_server.storage.layout import (
    APPLICATION_ID,
    PUT,
    REMOVE,
    SEAL,
    SUFFIXES,
    TABLE,
    VERSION,
    Seal,
    StoreError,
    digest_of,
)
from reference_server.storage.parts import PARTS, Part, numbered
from reference_server.storage.snapshot import Snapshot, SnapshotError

__all__ = ["Store", "StoreError"]

_SETTINGS: Final = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL")

type _Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Changes:
    """What one save writes: contents and digests by place, the places that are gone, and the seal after it."""

    put: Mapping[_Place, tuple[bytes, int]]
    gone: tuple[_Place, ...]
    seal: Seal


class Store:
    """One file, open. Not to be used by two threads at once."""

    def __init__(self, path: Path, handle: int, digests: dict[_Place, int], stored: Snapshot | None) -> None:
        """Take over a file that was examined, with a handle that holds its lock; `open` is the way to get here."""
        self._path = path
        self._handle = handle
        self._stored = stored
        self._digests = digests
        self._objects = {part.name: part.objects(stored) if stored is not None else () for part in PARTS}
        self._seal = Seal()
        for digest in digests.values():
            self._seal = self._seal.with_value(digest)
        self._log: int | None = None
        self._is_closed = False
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._begin()

    @classmethod
    def open(cls, path: Path) -> "Store":
        """The store of that file, which is made when it is not there.

        Raises StoreError when it is not a file of ours, damaged, in use, or cannot be read and written.
        """
        path = Path(os.path.realpath(path))
        if not os.path.lexists(path):
            _create(path)
        check_path(path)
        handle = _locked(path)
        try:
            values, stored = examine(path)
            digests = {
                (part, number): digest_of(part, number, content)
                for part, items in values.items()
                for number, content in items.items()
            }
            return cls(path, handle, digests, stored)
        except OSError as error:
            os.close(handle)
            raise StoreError(f"{path} cannot be read: {error.strerror}; name another file") from None
        except sqlite3.Error as error:
            os.close(handle)
            raise StoreError(f"{path} cannot be used: {error}; name another file") from None
        except BaseException:
            os.close(handle)
            raise

    def load(self) -> Snapshot | None:
        """The snapshot that the file held when it was opened; None when there was none."""
        return self._stored

    def save(self, snapshot: Snapshot) -> None:
        """Write what has changed since the last save. Raises StoreError; then nothing is written."""
        try:
            changes = self._changes(snapshot)
            self._write(changes)
        except (sqlite3.Error, OSError, SnapshotError) as error:
            raise StoreError(f"{self._path} cannot be written: {error}") from None
        self._seal = changes.seal
        self._digests.update({place: digest for place, (_, digest) in changes.put.items()})
        for place in changes.gone:
            del self._digests[place]
        self._objects = {part.name: part.objects(snapshot) for part in PARTS}
        self._stored = None

    def close(self) -> None:
        """Put everything into the one file, and let others have it; once. What cannot be written is left as it is."""
        if self._is_closed:
            return
        self._is_closed = True
        with suppress(sqlite3.Error, OSError):
            self._write(_Changes({}, (), replace(self._seal, is_open=False)))
        self._connection.close()
        os.close(self._handle)

    # Inside ---------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Note in the file itself, not only beside it, that it is open."""
        try:
            for setting in _SETTINGS:
                self._connection.execute(f"PRAGMA {setting}")
            self._seal = replace(self._seal, is_open=True)
            self._write(_Changes({}, (), self._seal))
            self._log = os.stat(f"{self._path}{SUFFIXES[0]}").st_ino
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except BaseException:
            self._connection.close()
            raise

    def _changes(self, snapshot: Snapshot) -> _Changes:
        put: dict[_Place, tuple[bytes, int]] = {}
        gone: list[_Place] = []
        seal = self._seal
        for part in PARTS:
            before, now = self._objects[part.name], part.objects(snapshot)
            if now is before:
                continue
            for place, each in _different(part, before, now):
                content = part.encode(each)
                digest, old = digest_of(*place, content), self._digests.get(place)
                if digest == old:
                    continue
                seal = (seal if old is None else seal.without_value(old)).with_value(digest)
                put[place] = content, digest
            for place in _gone(part, before, now):
                seal = seal.without_value(self._digests[place])
                gone.append(place)
        return _Changes(put, tuple(gone), seal)

    def _write(self, changes: _Changes) -> None:
        """One transaction. OSError when the file is not the one that was opened."""
        self._check_presence()
        run = self._connection
        run.execute("BEGIN IMMEDIATE")
        try:
            run.executemany(REMOVE, changes.gone)
            run.executemany(PUT, ((*place, content) for place, (content, _) in changes.put.items()))
            run.execute(PUT, (SEAL, 0, changes.seal.pack()))
            run.execute("COMMIT")
        except BaseException:
            if run.in_transaction:
                run.execute("ROLLBACK")
            raise

    def _check_presence(self) -> None:
        """A file that was removed or replaced would be written for nobody."""
        there, ours = os.stat(self._path), os.fstat(self._handle)
        if (there.st_ino, there.st_dev) != (ours.st_ino, ours.st_dev):
            raise FileNotFoundError("another file is in its place")
        if self._log is not None and os.stat(f"{self._path}{SUFFIXES[0]}").st_ino != self._log:
            raise FileNotFoundError(f"another file is in the place of {self._path.name}{SUFFIXES[0]}")


def _different(part: Part, before: tuple[Any, ...], now: tuple[Any, ...]) -> Iterator[tuple[_Place, Any]]:
    """Objects that are not the ones that were there, and their places."""
    if part.number is not None:
        known = numbered(part, before)
        for number, each in numbered(part, now).items():
            if known.get(number) is not each:
                yield (part.name, number), each
        return
    for number, each in enumerate(now):
        if number >= len(before) or before[number] is not each:
            yield (part.name, number), each


def _gone(part: Part, before: tuple[Any, ...], now: tuple[Any, ...]) -> Iterator[_Place]:
    if part.number is not None:
        kept = numbered(part, now)
        return ((part.name, number) for number in numbered(part, before) if number not in kept)
    return ((part.name, number) for number in range(len(now), len(before)))


def _create(path: Path) -> None:
    """Make a file without values; it is there as a whole or not at all. StoreError when it cannot be made."""
    for suffix in SUFFIXES:
        if os.path.lexists(f"{path}{suffix}"):
            raise StoreError(
                f"{path} is not there, but {path.name}{suffix}, which belongs to it, is; put it back, or remove both"
            )
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        try:
            _lay_out(draft)
            os.link(draft, path)
        finally:
            os.unlink(draft)
    except FileExistsError:
        pass  # another server was faster, and now has the lock
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"{path} cannot be made: {reason}; name a file in a folder that can be written") from None


def _lay_out(draft: str) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(TABLE)
        connection.execute(PUT, (SEAL, 0, Seal().pack()))


def _locked(path: Path) -> int:
    """A handle of the file that holds its lock."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}; name a file that can be written") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreError(f"{path} is in use by another server; stop that one, or name another file") from None
    return handle
