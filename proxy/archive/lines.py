"""Files of JSON lines: how one is begun, gone on with, and counted on; one object a line, in a fixed order.

The first line of each run in each file is its header. A line that was cut off by a kill stays as it is, and what comes
after it begins on a line of its own.
"""

import json
import mmap
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from proxy.archive.rotated import Form

_NUMBER: Final = re.compile(rb'"number":(\d{1,18})')


def line(value: Mapping[str, Any]) -> bytes:
    """The value on a line; what UTF-8 cannot write (half of a surrogate pair) becomes a question mark."""
    try:
        return msgspec.json.encode(value) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def moment(seconds: float) -> str:
    """A Unix time in ISO 8601, in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def form_of(header: Mapping[str, Any], numbers: "Numbers") -> Form:
    """JSON lines that begin with this header; `numbers` learns the last number of a file that goes on."""
    first = line(header)

    def resume(file: int, size: int) -> tuple[int, bool]:
        numbers.learn(file, size)
        if os.pread(file, 1, size - 1) == b"\n":
            return size, True
        return size + os.pwrite(file, b"\n", size), True

    return Form(opening=lambda: first, resume=resume, greeting=lambda: first)


class Numbers:
    """Numbers the lines of one kind across files and runs, so that a number names one line in a folder."""

    def __init__(self, kind: str) -> None:
        self.last = 0
        self._start = f'{{"line":"{kind}",'.encode()

    def next(self) -> int:
        """The number of the next line."""
        self.last += 1
        return self.last

    def learn(self, file: int, size: int) -> None:
        """Go on after the last line of the kind in that file, of `size` bytes."""
        with mmap.mmap(file, size, access=mmap.ACCESS_READ) as text:
            at = text.rfind(b"\n" + self._start)
            found = _NUMBER.search(text[at : at + 200]) if at >= 0 else None
        self.last = max(self.last, int(found[1])) if found else self.last
