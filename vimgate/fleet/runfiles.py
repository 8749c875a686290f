"""What the runs of a fleet note of their strategies, kept here as it comes: so that a lost worker leaves no riddle."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.runs.runfile import Past, RunFileError, read_past
from vimgate.fleet.journal import JournalError
from vimgate.fleet.store import make_folder, run_file_of

_MODE = 0o600


class RunFiles:
    """The run files of the targets of a fleet in its folder; `heard` may be called in another thread.

    What cannot be written is kept in memory, for whoever clears up, and `full` is called once.
    """

    def __init__(self, out: Path, full: Callable[[], None] = lambda: None) -> None:
        self._out, self._full = out, full
        self._unwritten: dict[str, list[str]] = {}
        self._trouble = ""

    def heard(self, told: Any) -> None:
        """A worker tells a line of the run file of a target; a header begins it anew."""
        name, line = told["name"], f"{told['line']}\n"
        path = run_file_of(self._out, name)
        if name in self._unwritten:
            self._unwritten[name].append(line)
            return
        try:
            _append(path, line.encode(), anew="schema" in json.loads(line))
        except OSError as error:
            self._unwritten[name] = [line]
            full = not self._trouble
            self._trouble = f"{path}: what a run notes cannot be kept: {error.strerror}; make room"
            if full:
                self._full()

    def check(self) -> None:
        """Raise JournalError when something could not be kept: nothing may be changed that nobody remembers."""
        if self._trouble:
            raise JournalError(self._trouble)

    def past(self, name: str) -> Past | None:
        """What the run of a target has noted; None when it has noted nothing. Raises JournalError."""
        try:
            return read_past(run_file_of(self._out, name))
        except RunFileError as error:
            raise JournalError(str(error)) from error

    def text(self, name: str) -> str:
        """The same as it was noted, whatever has become of it since; empty when nothing was. Raises JournalError."""
        path = run_file_of(self._out, name)
        try:
            written = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        except OSError as error:
            raise JournalError(
                f"{path}: what a run noted cannot be read: {error.strerror}; make it readable"
            ) from error
        return written + "".join(self._unwritten.get(name, ()))

    def changed(self, name: str) -> bool:
        """The run of a target has asked for a change, as far as is known here."""
        return '"event": "asked"' in self.text(name)

    def remove(self, name: str) -> None:
        """Nothing is left on the target: nobody needs the file any more."""
        self._unwritten.pop(name, None)
        try:
            run_file_of(self._out, name).unlink(missing_ok=True)
        except OSError as error:
            path = run_file_of(self._out, name)
            raise JournalError(f"{path}: cannot be removed: {error.strerror}; make the folder writable") from error


def _append(path: Path, data: bytes, *, anew: bool) -> None:
    """All of the bytes at the end of the file, or none: a line in halves would spoil those after it. Raises OSError."""
    make_folder(path.parent)
    truncated = os.O_TRUNC if anew else 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | truncated, _MODE)
    try:
        before = os.fstat(descriptor).st_size
        written = os.write(descriptor, data)
        if written < len(data):
            os.ftruncate(descriptor, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
