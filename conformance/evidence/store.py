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
from typing import Final

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
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members: dict[str, str] = {}

    def write(self, manifest: Manifest, tests: Sequence[KeptTest]) -> int:
        """Write everything; how many exchanges are stored."""
        new: list[list[str]] = []
        self._put(BODIES, self._bodies(tests, new))
        self._put(EXCHANGES, self._exchanges(tests, new))
        entries = [
            Test(id=each.id, events=self._events(number, each), handed=dict(each.handed))
            for number, each in enumerate(tests)
        ]
        self._put(TESTS, map(ENCODE, entries))
        whole = msgspec.structs.replace(manifest, members=self._members)
        with self._archive.open(_info(MANIFEST), "w") as member:
            member.write(manifest_text(whole))
        return sum(map(len, new))

    def _bodies(self, tests: Iterable[KeptTest], new: list[list[str]]) -> Iterator[bytes]:
        """The lines of all bodies that are named, and into `new` the exchanges that each test is the first to name."""
        known: set[str] = set()
        exchanges: set[str] = set()
        for source in map(_opened, tests):
            added: list[str] = []
            new.append(added)
            if source is None:
                continue
            with closing(source):
                for event in source.events():
                    named = list(bodies_in(event))
                    for each in exchanges_in(event):
                        if each not in exchanges:
                            exchanges.add(each)
                            added.append(each)
                            named += bodies_in(source.stored(each))
                    for each in named:
                        if each not in known:
                            known.add(each)
                            yield source.line(each)

    def _exchanges(self, tests: Iterable[KeptTest], new: Iterable[Iterable[str]]) -> Iterator[bytes]:
        for source, added in zip(map(_opened, tests), new, strict=True):
            if source is not None:
                with closing(source):
                    yield from map(source.line, added)

    def _events(self, number: int, test: KeptTest) -> str:
        source = test.open()
        if source is None:
            return ""
        name = f"events/{number:05}.jsonl"
        with closing(source):
            self._put(name, map(ENCODE, source.events()))
        return name

    def _put(self, name: str, lines: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with self._archive.open(_info(name), "w", force_zip64=True) as member:
            for line in lines:
                whole = line + b"\n"
                digest.update(whole)
                member.write(whole)
        self._members[name] = digest.hexdigest()


def _opened(test: KeptTest) -> Source | None:
    return test.open()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix, whatever wrote it: the bytes are the same
    info.external_attr = _MODE << 16
    return info


def _digest(file: BufferedRandom) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
