"""Exchange JSON lines: one exchange a line; a line that cannot be read is told, and the next one is read.

Also read is what the gateway keeps as evidence: the same members, with `started`, `number` and bodies in base64. A
body `<8388779 bytes>` stands for one of which only the length was recorded; what has one is not judged.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from conformance.exchange import Exchange, Headers
from proxy.recordings.recorded import NO_ANSWER, NO_ANSWER_BODY, NO_REQUEST_BODY, Damage, Item, Recorded
from proxy.recordings.source import Source

LONGEST: Final = 64 * 1024 * 1024
"""Bytes of a line, at most: an answer of 64 MiB is more than any judge looks at."""

_LENGTH_ALONE: Final = re.compile(r"<\d+ bytes>")

type _Headers = dict[str, str] | list[tuple[str, str]]


class _Request(msgspec.Struct, gc=False):
    method: str
    path: str
    headers: _Headers = msgspec.field(default_factory=dict)
    body: str | None = None
    body_base64: str | None = None


class _Response(msgspec.Struct, gc=False):
    status: Annotated[int, msgspec.Meta(ge=100, le=599)]
    headers: _Headers = msgspec.field(default_factory=dict)
    body: str | None = None
    body_base64: str | None = None


class _Line(msgspec.Struct, gc=False):
    """`history` false: the line stands alone. `at` and `started` are in seconds on any clock."""

    request: _Request
    response: _Response | None
    session: str = ""
    history: bool = True
    at: float | None = None
    started: float | None = None
    client: str = ""


def read_lines(source: Source, longest: int = LONGEST) -> Iterator[Item]:
    """What the lines say, in their order; memory is bounded by the longest line that is read."""
    decoder = msgspec.json.Decoder(_Line)
    number = offset = 0
    while line := source.file.readline(longest + 1):
        number += 1
        where = f"line {number} (byte {offset})"
        offset += len(line)
        if len(line) > longest and not line.endswith(b"\n"):
            offset += source.pass_line()
            yield Damage(where, f"is longer than {longest} bytes")
        elif line.strip():
            yield _read(decoder, line, number, where)


def _read(decoder: msgspec.json.Decoder[_Line], line: bytes, number: int, where: str) -> Item:
    try:
        return _recorded(decoder.decode(line), number)
    except (ValueError, RecursionError, binascii.Error) as error:
        cut = "" if line.endswith(b"\n") else "the line is cut off: "
        return Damage(where, f"{cut}{_told(error)}")


def _told(error: Exception) -> str:
    """What is wrong, without anything of the line: msgspec names places and types, never values."""
    if isinstance(error, msgspec.MsgspecError):
        return f"{error}"
    return (
        "nested too deeply to be read"
        if isinstance(error, RecursionError)
        else "holds a text that is no UTF-8 or base64"
    )


def _recorded(line: _Line, number: int) -> Recorded:
    request, response = line.request, line.response
    path, _, query = request.path.partition("?")
    at = line.at if line.at is not None else 0.0
    missing = _missing(request, response)
    exchange = Exchange(
        method=request.method,
        path=path,
        status=response.status if response is not None and not missing else 0,
        query=query,
        request_headers=_headers(request.headers),
        request_body=_body(request),
        response_headers=_headers(response.headers) if response is not None and not missing else (),
        response_body=_body(response) if response is not None and not missing else b"",
        at=at,
    )
    return Recorded(
        number,
        exchange,
        session=line.session,
        alone=not line.history,
        started=at if line.started is None else line.started,
        in_order=None if line.at is not None and line.started is not None else True,
        client=line.client,
        missing=missing,
        unasked=missing == NO_REQUEST_BODY,
    )


def _missing(request: _Request, response: _Response | None) -> str:
    """What was not recorded, in words."""
    if response is None:
        return NO_ANSWER
    return NO_REQUEST_BODY if _is_left_out(request) else NO_ANSWER_BODY if _is_left_out(response) else ""


def _is_left_out(part: _Request | _Response) -> bool:
    return part.body is not None and _LENGTH_ALONE.fullmatch(part.body) is not None


def _headers(headers: _Headers) -> Headers:
    return tuple(headers.items() if isinstance(headers, dict) else headers)


def _body(part: _Request | _Response) -> bytes:
    if part.body_base64 is not None:
        return b64decode(part.body_base64, validate=True)
    return part.body.encode("utf-8", "surrogatepass") if part.body else b""
