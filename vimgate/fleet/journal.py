"""The file that a fleet keeps while its targets are judged, so that a stopped one can be gone on with.

JSON lines, appended as things happen and readable by the owner alone: a header (which fleet, how it was asked, when),
then events (which target was begun where, how it ended, what cleaning up said). A last line that was cut off is left
out; any other line that cannot be read is an error. The process that writes holds a lock on the file; a lock dies with
its process.
"""

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from reports import kept
from reports.fleet.ending import End, Ending, redact_ending, text_of
from reports.kept import Held
from reports.model import Outcome
from reports.redact import redact_text, redact_value

FILE_NAME: Final = "fleet.jsonl"
SCHEMA: Final = "vimgate-fleet/1"


class JournalError(Exception):
    """The journal cannot be used. The text says why, and what to do."""


class Busy(JournalError):  # noqa: N818 - a fact, not an error of ours
    """Another process is at work with the fleet."""


class Taken(JournalError):  # noqa: N818 - a fact, not an error of ours
    """A fleet was begun here already."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning up a target said, a sentence each, and what may still be there, in words."""

    departure: tuple[str, ...]
    left: str


# What is known of a target that was begun, and of which nobody has told any more.
_UNCLEANED: Final = Cleaned((), "nobody has looked since it was begun")


@dataclass(frozen=True, slots=True)
class Past:
    """What a journal says of its fleet.

    `endings` are the last ones, by target; `begun` the workers of those that were begun and have not ended since,
    `cleaned` what was cleaned up of these. `latest` is when the last event was, an ISO 8601 time in UTC.
    """

    header: Mapping[str, Any]
    endings: Mapping[str, Ending] = field(default_factory=dict)
    begun: Mapping[str, str] = field(default_factory=dict)
    cleaned: Mapping[str, Cleaned] = field(default_factory=dict)
    latest: str = ""

    @property
    def finished(self) -> frozenset[str]:
        """The targets that came to their own end, whatever their verdict, and need not be judged again."""
        return frozenset(name for name, ending in self.endings.items() if ending.end is End.JUDGED)

    def so_far(self, *, going_on: bool) -> dict[str, Ending]:
        """What became of each target, also of those that have not ended: they are being judged, or were broken off."""
        return dict(self.endings) | {name: self._unended(name, going_on=going_on) for name in self.begun}

    def _unended(self, name: str, *, going_on: bool) -> Ending:
        worker = self.begun[name]
        if going_on:
            return Ending(name, End.UNDER_WAY, Outcome.INCOMPLETE, worker=worker)
        why = "the process that judged the fleet broke off before it ended"
        it = self.cleaned.get(name, _UNCLEANED)
        return Ending(name, End.LOST, Outcome.INCOMPLETE, why, worker=worker, departure=it.departure, left=it.left)


class Journal:
    """The journal of the fleet that is being judged."""

    def __init__(self, path: Path, descriptor: int, secrets: Iterable[str] = ()) -> None:
        self.path = path
        self._descriptor = descriptor
        self._secrets = frozenset(secrets)

    @classmethod
    def begin(cls, path: Path, header: Mapping[str, Any], secrets: Iterable[str] = ()) -> Self:
        """Write a new file where none is. Raises Taken, Busy, JournalError."""
        journal = cls._open(path, secrets)
        if os.fstat(journal._descriptor).st_size:  # noqa: SLF001 - of the same class
            journal.close()
            raise Taken(
                f"{path}: a fleet was begun here already; go on with it by --resume, or name another folder with --out"
            )
        journal._note({"schema": SCHEMA, **redact_value(dict(header), journal._secrets)})  # noqa: SLF001 - the same
        return journal

    @classmethod
    def go_on(cls, path: Path, secrets: Iterable[str] = ()) -> Self:
        """Take up a file that is there, with all that it says. Raises Busy, JournalError."""
        if not path.is_file():
            raise JournalError(f"{path}: there is no fleet to go on with; leave out --resume, or name its --out")
        journal = cls._open(path, secrets)
        kept.mend(path, journal._descriptor)  # noqa: SLF001 - of the same class
        journal._event("resumed")  # noqa: SLF001 - of the same class
        return journal

    @classmethod
    def _open(cls, path: Path, secrets: Iterable[str]) -> Self:
        try:
            descriptor = kept.opened(path)
        except OSError as error:
            raise JournalError(
                f"{path}: the journal cannot be written: {error.strerror}; name another folder with --out"
            ) from error
        except Held as error:
            raise Busy(f"{path}: another process is judging this fleet; wait for it") from error
        return cls(path, descriptor, secrets)

    def begun(self, name: str, worker: str = "") -> None:
        """A worker begins with a target. Raises JournalError."""
        self._event("begun", name=name, worker=redact_text(worker, self._secrets))

    def ended(self, ending: Ending) -> None:
        """A target has ended, for this time. Raises JournalError."""
        self._event("ended", ending=redact_ending(ending, self._secrets).to_json())

    def cleaned(self, name: str, departure: Iterable[str], left: str) -> None:
        """A target was cleared of what a lost worker had left, or as much of it as could be. Raises JournalError."""
        told = [redact_text(each, self._secrets) for each in departure]
        self._event("cleaned", name=name, departure=told, left=redact_text(left, self._secrets))

    def close(self) -> None:
        """Let go of the file, and with it of the lock."""
        os.close(self._descriptor)

    def _event(self, event: str, **members: Any) -> None:
        self._note({"event": event, "at": datetime.now(UTC).isoformat(timespec="seconds"), **members})

    def _note(self, value: Mapping[str, Any]) -> None:
        line = f"{json.dumps(value)}\n".encode()
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError as error:
            raise JournalError(f"{self.path}: the journal cannot be written: {error.strerror}") from error


def read_past(path: Path) -> Past | None:
    """What a journal says; None when there is no file, or not yet a line of it. Raises JournalError, with file:line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise JournalError(f"{path}: the journal cannot be read: {reason}; name the folder of a fleet") from error
    lines = text.split("\n")[:-1]  # what comes after the last line break was cut off
    if not lines:
        return None
    gathered = _Gathered()
    for number, line in enumerate(lines, start=1):
        try:
            gathered.take(json.loads(line, parse_float=_finite, parse_constant=_finite))
        except (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError) as error:
            what = f"a fleet's journal begins with the schema {SCHEMA}" if number == 1 else "the line was damaged"
            raise JournalError(
                f"{path}:{number}: {what} ({type(error).__name__}: {error}); begin anew in another folder"
            ) from error
    return gathered.past()


def _finite(word: str) -> float:
    """The number. Raises ValueError when it is none that can be counted with."""
    if not math.isfinite(number := float(word)):
        raise ValueError(f"{word} is not finite")
    return number


class _Gathered:
    """What the lines have said so far."""

    def __init__(self) -> None:
        self._header: Mapping[str, Any] | None = None
        self._endings: dict[str, Ending] = {}
        self._begun: dict[str, str] = {}
        self._cleaned: dict[str, Cleaned] = {}
        self._latest = ""

    def take(self, value: Any) -> None:
        """One more line. Raises KeyError, TypeError, ValueError, AttributeError when it is none of a journal."""
        if self._header is None:
            if value.get("schema") != SCHEMA:
                raise ValueError(f"its first line has no schema {SCHEMA}")
            if not isinstance(value.get("versions", {}), dict):
                raise TypeError("its versions are no object")
            self._header = value
            self._latest = str(value.get("started", ""))
            return
        self._latest = text_of(value["at"])
        match value["event"]:
            case "begun":
                self._endings.pop(value["name"], None)
                self._begun[text_of(value["name"])] = text_of(value["worker"])
            case "ended":
                ending = Ending.from_json(value["ending"])
                self._endings[ending.name] = ending
                self._begun.pop(ending.name, None)
                self._cleaned.pop(ending.name, None)
            case "cleaned":
                cleaned = Cleaned(tuple(map(text_of, value["departure"])), text_of(value["left"]))
                self._clean(text_of(value["name"]), cleaned)

    def _clean(self, name: str, cleaned: Cleaned) -> None:
        """What was cleaned up after an end belongs to it."""
        if name in self._endings:
            ending = self._endings[name]
            told = tuple(dict.fromkeys((*ending.departure, *cleaned.departure)))
            self._endings[name] = replace(ending, departure=told, left=cleaned.left, cleared=True)
        else:
            self._cleaned[name] = cleaned

    def past(self) -> Past:
        """All that was said."""
        return Past(self._header or {}, self._endings, self._begun, self._cleaned, self._latest)
