"""Where the events of a test go while it runs: a file of its own, line by line, for its owner alone.

A line begins with a letter and, where it is named by one, with a digest: a body, an exchange or an event. It is on the
disk with the event that names it, before the judge is told that. A body that was written lately is not written again.
What cannot be written any more is given up: the test is then without evidence, and the run goes on.
"""

import hashlib
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Final

from conformance.evidence.cleaning import Body
from conformance.evidence.form import ENCODE, EVENTS, Event, StoredExchange, body_line, digest_of
from conformance.evidence.source import Place, Source

_MODE: Final = 0o600
_REMEMBERED: Final = 10_000
_BODY, _EXCHANGE, _EVENT = b"BXE"
_NAMED: Final = 66  # a letter, a digest in hex, a space


def spool_path(folder: Path, nodeid: str) -> Path:
    """Where the events of a test are."""
    return folder / f"{hashlib.sha256(nodeid.encode()).hexdigest()[:32]}.lines"


class Spool:
    """Writes what the judge of one test is told."""

    def __init__(self, folder: Path, nodeid: str) -> None:
        self._path = spool_path(folder, nodeid)
        self._written: OrderedDict[str, None] = OrderedDict()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        self._pending: list[bytes] = []
        self._descriptor = -1
        with suppress(OSError):
            self._descriptor = os.open(self._path, flags, _MODE)

    def body(self, body: Body) -> str:
        """Write a body unless it was written lately; gives its name."""
        if not body.data:
            return body.digest
        if body.digest not in self._written:
            self._pending.append(b"B%s %s\n" % (body.digest.encode(), body_line(body.data)))
            self._written[body.digest] = None
            if len(self._written) > _REMEMBERED:
                self._written.popitem(last=False)
        return body.digest

    def exchange(self, exchange: StoredExchange) -> str:
        """Write an exchange; gives its name."""
        line = ENCODE(exchange)
        digest = digest_of(line)
        self._pending.append(b"X%s %s\n" % (digest.encode(), line))
        return digest

    def event(self, event: Event) -> None:
        """Write an event, and what it names."""
        self._pending.append(b"E%s\n" % ENCODE(event))
        lines, self._pending = b"".join(self._pending), []
        self._put(lines)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _put(self, lines: bytes) -> None:
        if self._descriptor < 0:
            return
        try:
            left = memoryview(lines)
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            self.close()
            with suppress(OSError):
                self._path.unlink()


def read_spool(path: Path) -> Source | None:
    """What was written of a test, up to the last line that is whole; None when nothing is there."""
    try:
        file = path.open("rb")
    except OSError:
        return None
    places: dict[str, Place] = {}
    events: list[bytes] = []
    start = 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        if line[0] == _EVENT:
            events.append(line[1:])
        else:
            places.setdefault(line[1 : _NAMED - 1].decode(), Place(file, start + _NAMED, len(line) - _NAMED - 1))
        start += len(line)
    return Source(places, lambda: map(EVENTS.decode, events), file.close)
