"""A file of records that is rotated by size: for its owner alone, whole after every record, never in the way.

Mode 600 from the first moment, whatever the umask; no link is followed; one process at a time writes it. A record is
written by one call and taken back when it does not fit on the disk, so that a reader never meets half of one. When the
file or its folder vanishes it is made anew.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proxy.archive.troubles import Troubles

_MODE: Final = 0o600
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Form:
    """What a kind of file looks like.

    `opening` is what a new file begins with. `resume` is asked about a file that is there (its descriptor and its size
    in bytes): where to go on, after it was mended where a process was killed in the middle of a record, and whether a
    record stands before; None when the file is none of this kind, and is put aside as an old one. `greeting` is
    written when an old file goes on. `between` parts two records, `closing` stands behind the last one.
    """

    opening: Callable[[], bytes]
    resume: Callable[[int, int], tuple[int, bool] | None]
    greeting: Callable[[], bytes] = bytes
    between: bytes = b""
    closing: bytes = b""


class Rotated:
    """One such file and its old ones: `findings.jsonl`, `findings.1.jsonl` (the youngest old one), and so on.

    `begun` counts the files that were begun or gone on with, so that others know when to tell again what was told.
    """

    def __init__(self, path: Path, form: Form, most_bytes: int, most_files: int, troubles: Troubles) -> None:
        self.path = path
        self.begun = 0
        self._form = form
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._troubles = troubles
        self._file = -1
        self._identity = (0, 0)
        self._end = 0
        self._first = True

    def append(self, record: bytes) -> bool:
        """Add the record; False when it could not be stored."""
        try:
            self._ready(len(record))
            if record:
                self._write(record)
        except OSError as error:
            self._troubles.failed(self.path, error)
            return False
        self._troubles.went_well(self.path)
        return True

    def make_room(self, size: int) -> None:
        """Begin a new file now if that many bytes would need one, so that a record can be made for it."""
        with suppress(OSError):  # the record that follows will tell
            self._ready(size)

    def _ready(self, size: int) -> None:
        """Make sure that the file is open, is still the one at its path, and has room for that many bytes. OSError."""
        if self._file >= 0 and not self._is_in_place():
            self.close()
        if self._file < 0:
            self._open()
        if not self._first and self._end + size + len(self._form.between + self._form.closing) > self._most_bytes:
            self._rotate()

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            with suppress(OSError):
                os.close(self._file)
        self._file = -1

    def old(self, number: int) -> Path:
        """The path of an old file; 1 is the youngest."""
        return self.path.with_name(f"{self.path.stem}.{number}{self.path.suffix}")

    def _is_in_place(self) -> bool:
        try:
            there = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) == self._identity

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(self.path, _FLAGS, _MODE)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        there = os.fstat(self._file)
        if not stat.S_ISREG(there.st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fchmod(self._file, _MODE)
        self._identity = (there.st_dev, there.st_ino)
        there_is = self._form.resume(self._file, there.st_size) if there.st_size else (0, False)
        if there_is is None:
            self._rotate()
            return
        self._end, before = there_is
        opening = self._form.greeting() if there.st_size else self._form.opening()
        self._put(opening + self._form.closing, self._end)
        self._end += len(opening)
        self._first = not before
        self.begun += 1

    def _rotate(self) -> None:
        """Move each file one number on; the oldest goes."""
        if not self._most_files:
            self.path.unlink()
        for number in range(self._most_files, 0, -1):
            source = self.old(number - 1) if number > 1 else self.path
            with suppress(FileNotFoundError):
                source.replace(self.old(number))
        self.close()
        self._open()

    def _write(self, record: bytes) -> None:
        data = record if self._first else self._form.between + record
        self._put(data + self._form.closing, self._end)
        self._end += len(data)
        self._first = False

    def _put(self, data: bytes, at: int) -> None:
        """Write the data there, or leave the file as it was. OSError."""
        done = 0
        try:
            while done < len(data):
                done += os.pwrite(self._file, data[done:] if done else data, at + done)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, at)
                os.pwrite(self._file, self._form.closing, at)
            raise
