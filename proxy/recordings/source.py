"""The bytes of a recording, unpacked where they are gzipped, and which kind of recording they are; told by content."""

import gzip
import io
import os
import re
import zlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

_GZIP: Final = b"\x1f\x8b"
_BUFFER: Final = 256 * 1024
_HEAD: Final = 64 * 1024
MARK: Final = b"\xef\xbb\xbf"
"""A byte order mark, which some writers of HAR put before everything."""


class Kind(StrEnum):
    """What a recording can be."""

    HAR = "HAR"
    FLOWS = "flow file"
    LINES = "JSON lines"
    EMPTY = "empty"


# The first row that fits the beginning of a file decides. A HAR has few words before its log; a line of an exchange
# has them in any order, and may be cut off.
_KINDS: Final = (
    (Kind.EMPTY, re.compile(rb"\s*\Z")),
    (Kind.FLOWS, re.compile(rb"[1-9][0-9]{0,11}:")),
    (Kind.HAR, re.compile(rb"""\s*\{[^{}\[\]]*"log"\s*:\s*\{""")),
    (Kind.LINES, re.compile(rb"""\s*\{[^\n]*"(?:request|response)"\s*:""")),
)


class Source:
    """An open recording. Use it in `with`; raises OSError when it cannot be opened.

    `problem` says, after the end, why more could not be read; empty when everything was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw = path.open("rb", buffering=0)
        self.size = os.fstat(self._raw.fileno()).st_size
        try:
            packed = self._raw.read(len(_GZIP)) == _GZIP
            self._raw.seek(0)
            # readinto1 hands over what was unpacked before the stream breaks; readinto would keep it for itself.
            self._gentle = _Gentle(gzip.GzipFile(fileobj=self._raw).readinto1 if packed else self._raw.readinto)
        except BaseException:
            self._raw.close()
            raise
        self._buffered = io.BufferedReader(self._gentle, _BUFFER)
        self.file: BinaryIO = self._buffered

    def again(self) -> "Source":
        """The same recording from its beginning."""
        return Source(self.path)

    @property
    def problem(self) -> str:
        """Why more could not be read; empty when there is no more."""
        return self._gentle.problem

    @property
    def done(self) -> int:
        """How many bytes of the file, as it lies there, were read."""
        return self._raw.tell()

    def pass_line(self) -> int:
        """Leave the rest of a line unread, in no more memory than the buffer; how many bytes that was."""
        passed = 0
        while waiting := self._buffered.peek():
            end = waiting.find(b"\n") + 1
            passed += len(self._buffered.read(end or len(waiting)))
            if end:
                break
        return passed

    def kind(self) -> Kind | None:
        """Which kind of recording it is, told by its beginning; None when it is none. Only before anything is read."""
        head = self._gentle.ahead(_HEAD).removeprefix(MARK)
        return next((kind for kind, beginning in _KINDS if beginning.match(head)), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()
        self._raw.close()


class _Gentle(io.RawIOBase):
    """Bytes up to where they can be read: what is broken there is an end, and a `problem`."""

    def __init__(self, readinto: Callable[[memoryview], int | None]) -> None:
        self._readinto = readinto
        self._ahead = b""
        self.problem = ""

    def ahead(self, size: int) -> bytes:
        """The bytes that come next, that many unless there are fewer; they are read once more later."""
        buffer = bytearray(_BUFFER)
        while len(self._ahead) < size and (count := self._read(memoryview(buffer))):
            self._ahead += buffer[:count]
        return self._ahead[:size]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a buffer is what io hands over
        if self._ahead:
            count = min(len(buffer), len(self._ahead))
            buffer[:count], self._ahead = self._ahead[:count], self._ahead[count:]
            return count
        return self._read(buffer)

    def _read(self, buffer: memoryview) -> int:
        if self.problem:
            return 0
        try:
            return self._readinto(buffer) or 0
        except EOFError:
            self.problem = "the gzip stream is cut off"
        except (gzip.BadGzipFile, zlib.error) as error:
            self.problem = f"the gzip stream is broken: {error}"
        except OSError as error:
            self.problem = f"cannot be read: {error.strerror or error}"
        return 0
