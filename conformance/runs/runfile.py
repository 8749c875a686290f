"""The file that a run keeps while it changes a target at a URL, so that the next one knows what a killed one left.

JSON lines, appended as things happen and readable by the owner alone: a header (what is run, on what, by which
process), then events (what was asked and created, which tests are done and what their judges came to). A last line
that was cut off is left out. The process that writes holds a lock on the file; a lock dies with its process.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from reports import kept
from reports.kept import Held

SCHEMA: Final = "vimgate-run/1"
_MASK: Final = "***"

# Hears a line of the file.
type Told = Callable[[str], None]

# What a test hands over, by the words of the collector; `reason` is why it was skipped.
type Handed = Mapping[str, str]


def _nobody(_: str) -> None:
    """Nobody hears it."""


class RunFileError(Exception):
    """The file cannot be used. The text says why, and what to do."""


class Busy(RunFileError):  # noqa: N818 - a fact, not an error of ours
    """Another process is at work on the target."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the file says of a run.

    `own` are strategies that may still be there (uuid to kind), `pending` kinds of creates whose outcome nobody knows,
    `tests` what each finished test handed over, by its node id; `notes` are for the report. `header` has the rest.
    """

    header: Mapping[str, Any]
    own: Mapping[str, str] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()
    tests: Mapping[str, Handed] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def left(self) -> str:
        """What may be left on the target, in words; empty when nothing is."""
        known = [f"its {kind} strategy {uuid}" for uuid, kind in self.own.items()]
        unknown = [f"perhaps a {kind} strategy whose uuid it never learnt" for kind in sorted(self.pending)]
        return " and ".join(known + unknown)

    @property
    def target(self) -> str:
        """The target as it was named."""
        return str(self.header.get("target", ""))


class RunFile:
    """The file of the run that is going on.

    `told` hears each line, once it stands in the file and before anything is done that builds on it.
    """

    def __init__(self, path: Path, descriptor: int, secrets: Iterable[str] = (), told: Told = _nobody) -> None:
        self.path = path
        self._descriptor = descriptor
        self._told = told
        self._secrets = [text for each in secrets for text in {each, json.dumps(each)[1:-1]}]

    @classmethod
    def begin(cls, path: Path, header: Mapping[str, Any], secrets: Iterable[str] = (), told: Told = _nobody) -> Self:
        """Write a new file in place of one that nobody is at work with. Raises Busy, RunFileError."""
        file = cls._open(path, secrets, told)
        os.ftruncate(file._descriptor, 0)  # noqa: SLF001 - of the same class
        file.note({"schema": SCHEMA, "pid": os.getpid(), **header})
        return file

    @classmethod
    def go_on(cls, path: Path, secrets: Iterable[str] = (), told: Told = _nobody) -> Self:
        """Take up a file that is there, with all that it says. Raises Busy, RunFileError."""
        file = cls._open(path, secrets, told)
        kept.mend(path, file._descriptor)  # noqa: SLF001 - of the same class
        file.note({"event": "resumed", "pid": os.getpid()})
        return file

    @classmethod
    def _open(cls, path: Path, secrets: Iterable[str], told: Told) -> Self:
        try:
            descriptor = kept.opened(path)
        except OSError as error:
            raise RunFileError(
                f"{path}: the run file cannot be written: {error.strerror}; name another with --run-file"
            ) from error
        except Held as error:
            raise Busy(f"{path}: another run is at work on this target (process {_pid(path)}); wait for it") from error
        return cls(path, descriptor, secrets, told)

    def note(self, event: Mapping[str, Any]) -> None:
        """Append an event. Raises RunFileError: a run that cannot be cleared up after must not go on."""
        line = json.dumps(event)
        for secret in self._secrets:
            line = line.replace(secret, _MASK)
        try:
            os.write(self._descriptor, f"{line}\n".encode())
        except OSError as error:
            raise RunFileError(f"{self.path}: the run file cannot be written: {error.strerror}") from error
        self._told(line)

    def test_done(self, nodeid: str, handed: Handed) -> None:
        """A test is finished and need not be played again."""
        self.note({"event": "test", "id": nodeid, "handed": dict(handed)})

    def remove(self) -> None:
        """The run came to its end and left nothing: nobody needs the file any more."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file, and with it of the lock."""
        os.close(self._descriptor)


def default_path(target: str) -> Path:
    """Where the file of a target lies: below `$XDG_STATE_HOME`, or `~/.local/state`."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", target.partition("://")[2]).strip("-")[:60]
    digest = hashlib.sha256(target.rstrip("/").encode()).hexdigest()[:8]
    return Path(state).expanduser() / "vimgate" / "runs" / f"{name}-{digest}.jsonl"


def read_past(path: Path) -> Past | None:
    """What a file says of its run; None when there is no file. Raises RunFileError when it is no run file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RunFileError(f"{path}: the run file cannot be read: {error}") from error
    lines = text.split("\n")[:-1]  # what comes after the last line break was cut off
    try:
        values = [json.loads(line) for line in lines]
        if not values or values[0].get("schema") != SCHEMA:
            raise ValueError(f"its first line has no schema {SCHEMA}")  # noqa: TRY301 - told as every other fault
        return _told(values[0], values[1:])
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise RunFileError(f"{path}: this is no run file ({error}); name another, or remove it") from error


def _told(header: Mapping[str, Any], events: list[Mapping[str, Any]]) -> Past:
    own: dict[str, str] = {}
    pending: set[str] = set()
    tests: dict[str, Handed] = {}
    notes: list[str] = []
    for event in events:
        what = event["event"]
        if what == "asked" and event["creates"]:
            pending.add(event["kind"])
        elif what == "created":
            own[event["uuid"]] = event["kind"]
            pending.discard(event["kind"])
        elif what == "refused":
            pending.discard(event["kind"])
        elif what == "gone":
            own = {uuid: kind for uuid, kind in own.items() if kind != event["kind"]}
            pending.discard(event["kind"])
        elif what == "replaced":
            own.pop(event["uuid"], None)
        elif what == "test":
            tests[event["id"]] = event["handed"]
        elif what == "note":
            notes.append(event["text"])
    return Past(header, own, frozenset(pending), tests, tuple(notes))


def _pid(path: Path) -> Any:
    try:
        past = read_past(path)
    except RunFileError:
        return "unknown"
    return past.header.get("pid", "unknown") if past is not None else "unknown"
