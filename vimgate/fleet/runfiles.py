"""What the runs of a fleet note of their strategies, kept here as it comes: so that a lost worker leaves no riddle."""

import json
import os
from pathlib import Path
from typing import Any

from conformance.runs.runfile import Past, RunFileError, read_past
from vimgate.fleet.journal import JournalError
from vimgate.fleet.store import make_folder, run_file_of

_MODE = 0o600


class RunFiles:
    """The run files of the targets of a fleet in its folder; `heard` may be called in another thread."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._trouble = ""

    def heard(self, told: Any) -> None:
        """A worker tells a line of the run file of a target; a header begins it anew."""
        path, line = run_file_of(self._out, told["name"]), told["line"]
        anew = os.O_TRUNC if "schema" in json.loads(line) else 0
        try:
            make_folder(path.parent)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | anew, _MODE)
            try:
                os.write(descriptor, f"{line}\n".encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            self._trouble = (
                f"{path}: what a run notes cannot be kept: {error.strerror}; make room, and go on by --resume"
            )

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
        """The same as it was noted; empty when nothing was."""
        path = run_file_of(self._out, name)
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def changed(self, name: str) -> bool:
        """The run of a target has asked for a change, as far as is known here."""
        return '"event": "asked"' in self.text(name)

    def remove(self, name: str) -> None:
        """Nothing is left on the target: nobody needs the file any more."""
        run_file_of(self._out, name).unlink(missing_ok=True)
