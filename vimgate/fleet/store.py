"""The folder of a fleet: its journal, the report of each target as it came, and the merged report beside them.

    OUT/fleet.jsonl           the journal
    OUT/targets/NAME/         the report of a target, and its run file while something may be left
    OUT/report.html …         the merged report in each form

All of it is for its owner alone.
"""

import os
import shlex
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from reports.fleet.asked import Asked
from reports.redact import redact_text
from reports.stream import FILE_NAME as LINES
from vimgate.fleet.fleetfile import Fleet, Member, arguments
from vimgate.fleet.journal import FILE_NAME, JournalError

TARGETS: Final = "targets"
RUN_FILE: Final = "run.jsonl"
_PRIVATE: Final = 0o700
_RUNNABLE: Final = 0o700


def journal_of(out: Path) -> Path:
    """The journal of the fleet in a folder."""
    return out / FILE_NAME


def folder_of(out: Path, name: str) -> Path:
    """The folder of a target's report."""
    return out / TARGETS / name


def run_file_of(out: Path, name: str) -> Path:
    """Where the run file of a target lies, while something may be left on it."""
    return folder_of(out, name) / RUN_FILE


def header_of(fleet: Fleet, options: Mapping[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    """The header of the journal of a fleet that begins now; `options` are those that may not differ on --resume."""
    return {
        "pid": os.getpid(),
        "fleet": str(fleet.path),
        "digest": fleet.digest,
        "options": dict(options),
        "versions": dict(versions),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "targets": [asked_of(member).to_json() for member in fleet.members],
    }


def asked_of(member: Member) -> Asked:
    """A target as the merged report names it."""
    again = redact_text(shlex.join(["vimgate", "certify", *arguments(member)]))
    return Asked(member.name, member.place, member.release, member.level, again)


def keep(out: Path, name: str, report: Mapping[str, bytes]) -> None:
    """Store the report of a target: the bytes of its files by their paths in its folder, in place of an older report.

    Its run file stays. The lines come last: where they are, so is the rest. Raises JournalError.
    """
    folder = folder_of(out, name)
    try:
        stale = {path for path in folder.rglob("*") if path.is_file() and path.name != RUN_FILE}
        for path in sorted(report, key=lambda path: path == LINES):
            _put(_within(folder, path), report[path])
        for old in stale - {folder / path for path in report}:
            old.unlink()
    except OSError as error:
        raise JournalError(f"{folder}: the report cannot be stored: {error.strerror or error}") from error


def _within(folder: Path, path: str) -> Path:
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or PurePosixPath(path).is_absolute():
        raise JournalError(f"{folder}: a file of a report may not be called {path!r}")
    return folder.joinpath(*parts)


def _put(path: Path, data: bytes) -> None:
    """The bytes at that path in one move, with mode 600, a script with 700; nothing is left behind after an OSError."""
    path.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if path.suffix == ".sh":
            Path(temporary).chmod(_RUNNABLE)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
