"""evidence.zip, written in one go: members in a fixed order, without times of its own, each thing once.

The same run gives the same bytes, up to what differs in its exchanges.
"""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from conformance.evidence.form import (
    BODIES,
    ENCODE,
    EXCHANGES,
    MANIFEST,
    TESTS,
    Manifest,
    Test,
    bodies_in,
    exchanges_in,
    manifest_text,
)
from conformance.evidence.source import Source
from reports.model import Evidence

FILE_NAME: Final = "evidence.zip"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o600
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptTest:
    """One test to be stored: its node id, what it handed over, and how its events are opened.

    `open` gives None where no events were kept.
    """

    id: str
    handed: Mapping[str, str]
    open: Callable[[], Source | None]


def write(path: Path, manifest: Manifest, tests: Iterable[KeptTest]) -> Evidence:
    """Put the evidence at `path` in one move, for its owner alone; what the report says of it.

    The members of the manifest are filled in. Raises OSError, and ValueError for a source that is damaged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(tests, key=lambda each: each.id)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it with mode 600
    try:
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                distinct = _Writer(archive).write(manifest, ordered)
            file.flush()
            os.fsync(file.fileno())
            size = file.seek(0, os.SEEK_END)
            digest = _digest(file)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    return Evidence(path.name, digest, manifest.exchanges, distinct, size)


class _Writer:
    """Reads each test once: its bodies go out at once, its exchanges and events wait for their turn in a file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members: dict[str, str] = {}
        self._exchanges: set[str] = set()

    def write(self, manifest: Manifest, tests: Sequence[KeptTest]) -> int:
        """Write everything; how many exchanges are stored."""
        with tempfile.TemporaryFile() as exchanges, tempfile.TemporaryFile() as events:
            lengths: list[int | None] = []
            self._put(BODIES, self._bodies(tests, exchanges, events, lengths))
            exchanges.seek(0)
            self._put(EXCHANGES, exchanges)
            events.seek(0)
            names = [self._events(number, events, length) for number, length in enumerate(lengths)]
        entries = zip(tests, names, strict=True)
        told = (Test(id=test.id, events=name, handed=dict(test.handed)) for test, name in entries)
        self._put(TESTS, (ENCODE(each) + b"\n" for each in told))
        whole = msgspec.structs.replace(manifest, members=self._members)
        with self._archive.open(_info(MANIFEST), "w") as member:
            member.write(manifest_text(whole))
        return len(self._exchanges)

    def _bodies(
        self, tests: Iterable[KeptTest], exchanges: BinaryIO, events: BinaryIO, lengths: list[int | None]
    ) -> Iterator[bytes]:
        """The lines of all bodies that are named; those of exchanges and events go to the files, events with a length.

        A test without events has no length.
        """
        known: set[str] = set()
        for test in tests:
            source = test.open()
            if source is None:
                lengths.append(None)
                continue
            before = events.tell()
            with closing(source):
                for event in source.events():
                    events.write(ENCODE(event) + b"\n")
                    named = list(bodies_in(event))
                    for each in exchanges_in(event):
                        if each not in self._exchanges:
                            self._exchanges.add(each)
                            exchanges.write(source.line(each) + b"\n")
                            named += bodies_in(source.stored(each))
                    new = [each for each in dict.fromkeys(named) if each not in known]
                    known.update(new)
                    yield from (source.line(each) + b"\n" for each in new)
            lengths.append(events.tell() - before)

    def _events(self, number: int, events: BinaryIO, length: int | None) -> str:
        if length is None:
            return ""
        name = f"events/{number:05}.jsonl"
        end = events.tell() + length
        self._put(name, iter(lambda: events.read(min(_PIECE, end - events.tell())), b""))
        return name

    def _put(self, name: str, pieces: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with self._archive.open(_info(name), "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                member.write(piece)
        self._members[name] = digest.hexdigest()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix, whatever wrote it: the bytes are the same
    info.external_attr = _MODE << 16
    return info


def _digest(file: BufferedRandom) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
