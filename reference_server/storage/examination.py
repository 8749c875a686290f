"""Whether a file is one of ours and whole, found out from its first bytes and from a copy: the file is not touched."""

import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from reference_server.storage.layout import APPLICATION_ID, READ, SEAL, SUFFIXES, VERSION, Seal, StoreError, digest_of
from reference_server.storage.parts import assemble
from reference_server.storage.snapshot import Snapshot, SnapshotError

MAGIC: Final = b"SQLite format 3\0"
HEADER: Final = 100  # bytes
_VERSION_AT: Final = slice(60, 64)
_APPLICATION_AT: Final = slice(68, 72)
_WHAT_TO_DO: Final = "it was left as it is; name another file, or move this one away to begin anew"


def check_path(path: Path) -> None:
    """Raise StoreError unless there is a file that has at least something in it."""
    try:
        found = path.stat()
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}; name a file that can be") from None
    if stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{path} is a directory; name a file in it")
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path} is no regular file; name another")
    if found.st_size == 0:
        raise StoreError(f"{path} is empty, so it is none that a server kept; remove it, or name another file")


def check_header(path: Path) -> None:
    """Raise StoreError unless the first bytes are those of a file of ours, in a version that can be read."""
    with path.open("rb") as file:
        header = file.read(HEADER)
    if not header.startswith(MAGIC):
        raise StoreError(f"{path} is no database; {_WHAT_TO_DO}")
    if len(header) < HEADER:
        raise _damaged(path, "it is cut off")
    if int.from_bytes(header[_APPLICATION_AT]) != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program; {_WHAT_TO_DO}")
    version = int.from_bytes(header[_VERSION_AT])
    if version != VERSION:
        age = "a newer" if version > VERSION else "another"
        raise StoreError(f"{path} was written by {age} version of this program (format {version}); {_WHAT_TO_DO}")


def examine(path: Path) -> tuple[dict[str, dict[int, bytes]], Snapshot | None]:
    """All values of the file, the seal not among them, and the snapshot that they are; None when there are none.

    Raises StoreError when the file is damaged.
    """
    check_header(path)
    with tempfile.TemporaryDirectory(prefix="vimgate-") as folder:
        copy = Path(folder, "copy")
        has_log = False
        for suffix in ("", *SUFFIXES):
            source = Path(f"{path}{suffix}")
            if source.exists():
                shutil.copyfile(source, f"{copy}{suffix}")
                has_log = has_log or suffix == SUFFIXES[0]
        seal, values = _read(path, copy)
    if seal.is_open and not has_log:
        raise _damaged(path, f"its server was killed, and {path.name}{SUFFIXES[0]} with what changed last is missing")
    if not seal.values:
        return values, None
    try:
        return values, assemble(values)
    except SnapshotError as error:
        raise _damaged(path, str(error)) from None


def _read(path: Path, copy: Path) -> tuple[Seal, dict[str, dict[int, bytes]]]:
    """The seal and the values of a copy; StoreError names the file that it is a copy of."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            (complaint,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if complaint != "ok":
                raise _damaged(path, complaint)
            rows = connection.execute(READ).fetchall()
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        raise _damaged(path, str(error)) from None
    return _sealed(path, rows)


def _sealed(path: Path, rows: list[tuple[object, object, object]]) -> tuple[Seal, dict[str, dict[int, bytes]]]:
    """What the rows say, if the seal is whole."""
    kept, counted = None, Seal()
    values: dict[str, dict[int, bytes]] = {}
    for part, number, content in rows:
        if not (isinstance(part, str) and isinstance(number, int) and isinstance(content, bytes)):
            raise _damaged(path, "a value is of another kind")
        if part == SEAL:
            kept = _unpacked(path, content)
        else:
            counted = counted.with_value(digest_of(part, number, content))
            values.setdefault(part, {})[number] = content
    if kept is None or (kept.values, kept.digest) != (counted.values, counted.digest):
        raise _damaged(path, "its seal is broken")
    return kept, values


def _unpacked(path: Path, content: bytes) -> Seal:
    try:
        return Seal.unpack(content)
    except ValueError as error:
        raise _damaged(path, f"its seal is broken: {error}") from None


def _damaged(path: Path, how: str) -> StoreError:
    how = " ".join(how.split()).rstrip(".")
    return StoreError(f"{path} is damaged: {how}; {_WHAT_TO_DO}, or put back a copy with its {path.name}{SUFFIXES[0]}")
