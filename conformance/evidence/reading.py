"""evidence.zip, read with distrust: names, sizes, digests and the form of every line are checked, and errors name them.

    with open_evidence(path) as evidence:
        for test in evidence.tests:
            test.handed                     # what it handed over, by the words of the collector
            source = evidence.source(test)  # its events, with their exchanges and bodies; None: none were kept

Nothing is unpacked to where a name says. What is large goes to a temporary file that has no name.
"""

import hashlib
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from conformance.evidence.form import (
    BODIES,
    ENCODE,
    EVENTS,
    EXCHANGE,
    EXCHANGES,
    FORMAT,
    MANIFEST,
    TEST,
    TESTS,
    VERSION,
    WHOLE,
    AnyEvent,
    Manifest,
    Test,
    body_of,
    digest_of,
    manifest_text,
)
from conformance.evidence.source import Missing, Place, Source

MOST_BYTES: Final = 4 << 30  # of all members together, unpacked
_LONGEST: Final = 512 << 20  # a line: the longest body that is taken, at its widest spelling
_SMALL: Final = 64 << 20  # the manifest
_MOST_MEMBERS: Final = 100_000
_NAME: Final = re.compile(r"(bodies|exchanges|tests|events/[0-9]{5})\.jsonl|manifest\.json")
_SHOWN: Final = 200

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    RecursionError,
)


class EvidenceError(Exception):
    """Evidence cannot be read. The text names the file, the member where there is one, and what is wrong."""


class MissingEvidence(EvidenceError):  # noqa: N818 - the name says what happened
    """There is no such file, or it may not be read."""


class DamagedEvidence(EvidenceError):  # noqa: N818 - the name says what happened
    """This is no evidence, one of another version, or one that was changed after it was written."""


class Evidence:
    """Evidence that was opened and found whole; a context, which lets go of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, Place] = {}
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self._end = 0
        self._archive: zipfile.ZipFile | None = None
        try:
            self._archive = self._opened()
            self.manifest: Manifest = self._manifest(self._archive)
            self.tests: tuple[Test, ...] = self._all(self._archive)
        except BaseException:
            self.close()
            raise

    @property
    def distinct(self) -> int:
        """How many exchanges are stored."""
        return self._exchanges

    def source(self, test: Test) -> Source | None:
        """The events of a test; None where none were kept. The source is closed with the evidence."""
        if not test.events:
            return None
        return Source(self._places, lambda: self._events(test.events), lambda: None)

    @contextmanager
    def blamed(self, test: Test) -> Iterator[None]:
        """A context in which what makes no sense in the events of a test is told as damage."""
        try:
            yield
        except Missing as error:
            raise self._damaged(test.events, f"names {error.args[0]}, which is not stored") from error
        except _BROKEN as error:
            raise self._damaged(test.events, _short(error)) from error

    def close(self) -> None:
        """Let go of the files."""
        self._kept.close()
        if self._archive is not None:
            self._archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- what is in it

    def _opened(self) -> zipfile.ZipFile:
        try:
            size = self._path.stat().st_size
            archive = zipfile.ZipFile(self._path)
        except FileNotFoundError as error:
            raise MissingEvidence(f"{self._path}: there is no such file") from error
        except OSError as error:
            raise MissingEvidence(f"{self._path}: cannot be read: {error.strerror or error}") from error
        except _BROKEN as error:
            raise self._damaged("", f"is no zip file ({_short(error)})") from error
        infos = archive.infolist()
        wrong = next((each for each in infos if not _NAME.fullmatch(each.filename)), None)
        names = [each.filename for each in infos]
        if wrong is not None or len(set(names)) != len(names) or MANIFEST not in names or len(names) > _MOST_MEMBERS:
            what = f"the member {_short(wrong.filename)!a}" if wrong is not None else "members that are none of it"
            raise self._damaged("", f"has {what}; this is no evidence of a run")
        if sum(each.file_size for each in infos) > MOST_BYTES or sum(each.compress_size for each in infos) > size:
            raise self._damaged("", f"unfolds to more than {MOST_BYTES >> 30} GiB, or says so")
        return archive

    def _manifest(self, archive: zipfile.ZipFile) -> Manifest:
        with self._reading(MANIFEST):
            with archive.open(MANIFEST) as member:
                text = member.read(_SMALL + 1)
            if len(text) > _SMALL:
                raise ValueError("is too long")
            head = msgspec.json.decode(text)
            if not isinstance(head, dict) or head.get("format") != FORMAT or head.get("version") != VERSION:
                raise ValueError(f"is not of {FORMAT} version {VERSION}, which this vimgate reads")
            manifest = WHOLE.decode(text)
            if {*manifest.members, MANIFEST} != set(archive.namelist()):
                raise ValueError("names other members than there are")
            if manifest_text(manifest) != text:
                raise ValueError("is not spelled as it is written")
        return manifest

    def _all(self, archive: zipfile.ZipFile) -> tuple[Test, ...]:
        """Every member read once, and its digest checked; bodies and exchanges go where they can be found."""
        self._each(archive, BODIES, lambda line: digest_of(body_of(line)))
        self._exchanges = self._each(archive, EXCHANGES, _exchange_digest)
        tests: list[Test] = []
        for line in self._lines(archive, TESTS):
            with self._reading(TESTS):
                tests.append(TEST.decode(line))
        ids, members = [each.id for each in tests], [each.events for each in tests if each.events]
        with self._reading(TESTS):
            if ids != sorted(set(ids)):
                raise ValueError("does not have each test once, in order")
            if {*members, BODIES, EXCHANGES, TESTS} != {*self.manifest.members} or len(set(members)) != len(members):
                raise ValueError("does not name each member of events once")
        for name in members:
            for _ in self._lines(archive, name):
                pass
        return tuple(tests)

    def _each(self, archive: zipfile.ZipFile, name: str, digest: Callable[[bytes], str]) -> int:
        count = 0
        for line in self._lines(archive, name):
            with self._reading(name):
                named = digest(line)
                if named in self._places:
                    raise ValueError(f"has {named} twice")
                self._places[named] = Place(self._kept, self._end, len(line))
                self._kept.write(line)
            self._end += len(line)
            count += 1
        return count

    def _events(self, name: str) -> Iterator[AnyEvent]:
        assert self._archive is not None  # noqa: S101 - it was opened
        for line in self._lines(self._archive, name):
            event = EVENTS.decode(line)
            if ENCODE(event) != line:
                raise ValueError("an event is not spelled as it is written")
            yield event

    def _lines(self, archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
        """The lines of a member without their ends; after the last one its digest was checked."""
        digest = hashlib.sha256()
        with self._reading(name), archive.open(name) as member:
            while line := member.readline(_LONGEST):
                digest.update(line)
                if not line.endswith(b"\n"):
                    raise ValueError("has a line that is too long, or has no end")
                yield line[:-1]
            if digest.hexdigest() != self.manifest.members.get(name):
                raise ValueError("is not what the manifest says it is; it was changed after it was written")

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except EvidenceError:
            raise
        except _BROKEN as error:
            raise self._damaged(name, _short(error)) from error

    def _damaged(self, member: str, what: str) -> DamagedEvidence:
        return DamagedEvidence(f"{self._path}{f', {member}' if member else ''}: {what}")


def open_evidence(path: Path | str) -> Evidence:
    """The evidence of that file, every member of which fits its digest. Raises MissingEvidence, DamagedEvidence."""
    return Evidence(Path(path))


def _exchange_digest(line: bytes) -> str:
    if ENCODE(EXCHANGE.decode(line)) != line:
        raise ValueError("an exchange is not spelled as it is written")
    return digest_of(line)


def _short(error: Exception | str) -> str:
    text = str(error) or type(error).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
