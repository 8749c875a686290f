"""The folder of a fleet: its journal, the report of each target as it came, and the merged report beside them.

    OUT/fleet.jsonl           the journal
    OUT/targets/NAME/         the report of a target, and its run file while something may be left
    OUT/report.html …         the merged report in each form

All of it is for its owner alone.
"""

import os
import shlex
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from reports.fleet.asked import Asked
from reports.fleet.merged import Merged, merged
from reports.folder import FILES
from reports.kept import is_held
from reports.redact import redact_text
from reports.render import fleet as forms
from reports.stream import FILE_NAME as LINES
from reports.stream import replace_file
from vimgate.fleet.fleetfile import Fleet, Member, arguments
from vimgate.fleet.journal import FILE_NAME, JournalError, read_past

TARGETS: Final = "targets"
PAGES: Final = {"html": "report.html", "text": "report.txt", "json": "report.json"}
RUN_FILE: Final = "run.jsonl"
_PRIVATE: Final = 0o700
_RUNNABLE: Final = 0o700
# What every file system takes: bytes of a name, and characters of a path.
_LONGEST: Final = 255
_LONGEST_PATH: Final = 1024


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


def stray(report: Collection[str]) -> str | None:
    """Of the paths of a report's files the first that cannot be a file in its folder; None when each can. Pure."""
    files = {PurePosixPath(path).parts for path in report}
    return next((path for path in report if _strays(path, files)), None)


def _strays(path: str, files: Collection[tuple[str, ...]]) -> bool:
    """It leads out of the folder, takes the place of the run file, lies in a file, or is no name for one."""
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts or parts[0] == RUN_FILE:
        return True
    if not path.isprintable() or len(path) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST for part in parts):
        return True
    return any(parts[:number] in files for number in range(1, len(parts)))


def keep(out: Path, name: str, report: Mapping[str, bytes]) -> None:
    """Store the report of a target: the bytes of its files by their paths in its folder, in place of an older report.

    Its run file stays. The lines come last: where they are, so is the rest. Raises JournalError, for a `stray` path
    before anything is stored.
    """
    folder = folder_of(out, name)
    astray = stray(report)
    if astray is not None:
        raise JournalError(f"{folder}: a file of a report may not be called {astray!a:.100}")
    if folder.is_symlink():
        raise JournalError(f"{folder}: is a link, and what it leads to would be written over; remove it")
    try:
        stale = {path for path in folder.rglob("*") if path.is_file() and path.name != RUN_FILE}
        for path in sorted(report, key=lambda path: path == LINES):
            _put(folder / path, report[path])
        for old in stale - {folder / path for path in report}:
            old.unlink()
    except OSError as error:
        raise JournalError(f"{folder}: the report cannot be stored: {error.strerror or error}") from error


def merged_of(out: Path, beside: Path | None = None) -> Merged:
    """The report of the fleet in a folder, as far as it was judged; its links lead from that folder, or from `beside`.

    Raises JournalError.
    """
    journal = journal_of(out)
    past = read_past(journal)
    if past is None:
        raise JournalError(
            f"{journal}: there is no fleet; name the folder that `vimgate fleet certify --out` was given"
        )
    try:
        asked = [Asked.from_json(each) for each in past.header["targets"]]
        told = {name: str(past.header[name]) for name in ("digest", "started")}
        file = str(past.header["fleet"])
    except (KeyError, TypeError) as error:
        raise JournalError(f"{journal}:1: the line was damaged ({error}); begin anew in another folder") from error
    going_on = is_held(journal)
    links = {each.name: link for each in asked if (link := _link(folder_of(out, each.name), beside or out))}
    return merged(
        asked, past.so_far(going_on=going_on), links, file=file, latest=past.latest, going_on=going_on, **told
    )


def _link(folder: Path, start: Path) -> str:
    """The way from a folder to the page of a target's own report, else to its lines; empty where there is neither."""
    there = next((path for page in (FILES["html"], LINES) if (path := folder / page).is_file()), None)
    return quote(os.path.relpath(there.resolve(), start.resolve())) if there is not None else ""


def write_merged(out: Path) -> Merged:
    """Write the merged report of a folder into it, in each form; what it comes to. Raises JournalError."""
    report = merged_of(out)
    try:
        for form, name in PAGES.items():
            replace_file(out / name, forms.FORMS[form](report))
    except OSError as error:
        raise JournalError(f"{out}: the merged report cannot be written: {error.strerror or error}") from error
    return report


def make_folder(folder: Path) -> None:
    """Make a folder, and those around it, for their owner alone; those that are there stay as they are."""
    for each in reversed((folder, *folder.parents)):
        if not each.exists():
            each.mkdir(mode=_PRIVATE, exist_ok=True)


def _put(path: Path, data: bytes) -> None:
    """The bytes at that path in one move, with mode 600, a script with 700; nothing is left behind after an OSError."""
    make_folder(path.parent)
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
