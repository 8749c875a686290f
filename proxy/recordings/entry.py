"""One entry of a HAR as an exchange.

Writers differ. Members may be missing or null, sizes are 0 or -1 where they are not known, bodies are text or base64,
requests of HTTP/2 carry pseudo headers, and a browser leaves out or shortens bodies. What is not there is not judged.
"""

import codecs
from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime
from email.message import Message
from functools import lru_cache
from typing import Any, Final

import msgspec

from conformance.exchange import Exchange, Headers
from proxy.recordings.recorded import (
    NO_ANSWER,
    NO_ANSWER_BODY,
    NO_REQUEST_BODY,
    ByGateway,
    Damage,
    Item,
    Recorded,
    Skipped,
    as_told,
)
from proxy.recordings.sites import address_of

_NO_BODY: Final = frozenset({204, 304})
_LOWEST: Final = 100
_HIGHEST: Final = 599
_SHORTENED: Final = 64 * 1024  # bytes of a body that nobody shortens further
_DIGITS: Final = 16
_BEFORE: Final = ("blocked", "dns", "connect", "send")
_SSL: Final = "ssl"  # a part of `connect`
# What mitmproxy writes, and nobody else: it counts the connecting twice, and the time of it is within `wait`.
_OF_MITMPROXY: Final = frozenset({"connect", _SSL, "send", "receive", "wait"})
_SOCKETS: Final = frozenset({"ws", "wss"})
_HTTP: Final = frozenset({"http", "https"})


class _Header(msgspec.Struct):
    name: str
    value: str | float | bool | None = ""


class _Body(msgspec.Struct, rename="camel"):
    """A body; `text` is None where it was not recorded, `size` what the writer thinks it is long."""

    text: str | None = None
    encoding: str | None = None
    own_encoding: str | None = msgspec.field(default=None, name="_encoding")
    mime_type: str | None = None
    size: float | None = None
    params: list[Any] | None = None


class _Request(msgspec.Struct, rename="camel"):
    method: str
    url: str
    headers: list[_Header | tuple[str, str]] | None = None
    post_data: _Body | None = None
    body_size: float | None = None


class _Response(msgspec.Struct, rename="camel"):
    status: float | None = None
    headers: list[_Header | tuple[str, str]] | None = None
    content: _Body | None = None
    body_size: float | None = None


class _Entry(msgspec.Struct, rename="camel"):
    request: _Request
    response: _Response | None = None
    started_date_time: str | None = None
    time: float | None = None
    timings: dict[str, Any] | None = None
    resource_type: str | None = msgspec.field(default=None, name="_resourceType")
    by_gateway: ByGateway | None = msgspec.field(default=None, name="_vimgate")


def entry_of(value: Any, number: int) -> Item:
    """What the JSON value of an entry says; `number` is its place in the file, from 1."""
    try:
        return _recorded(msgspec.convert(value, _Entry), number)
    except msgspec.ValidationError as error:
        return Damage(f"entry {number}", f"{error}")
    except (ValueError, OverflowError, RecursionError):
        return Damage(f"entry {number}", "holds a URL, a time or a body in base64 that cannot be read")


def _recorded(entry: _Entry, number: int) -> Item:
    request, response = entry.request, entry.response or _Response()
    address = address_of(request.url)
    if entry.resource_type == "websocket" or address.scheme in _SOCKETS:
        return Skipped("websocket")
    if address.scheme not in _HTTP:
        return Skipped("URL that is not of HTTP")
    asked, answered, status = _request_body(request), _response_body(request, response), int(response.status or 0)
    missing = _missing(asked, answered, status)
    started, at = _interval(entry)
    exchange = Exchange(
        method=request.method,
        path=address.path,
        status=0 if missing else status,
        query=address.query,
        request_headers=_headers(request.headers),
        request_body=asked or b"",
        response_headers=() if missing else _headers(response.headers),
        response_body=b"" if missing or answered is None else answered,
        at=started if at is None else at,
    )
    read = Recorded(
        number,
        exchange,
        site=address.site,
        started=started,
        in_order=None if at is not None else False,
        missing=missing,
        unasked=asked is None,
    )
    return read if entry.by_gateway is None else as_told(read, entry.by_gateway)


def _missing(asked: bytes | None, answered: bytes | None, status: int) -> str:
    """What was not recorded, in words; a browser writes status 0 where no answer came."""
    if not _LOWEST <= status <= _HIGHEST:
        return NO_ANSWER
    return NO_REQUEST_BODY if asked is None else NO_ANSWER_BODY if answered is None else ""


def _headers(headers: list[_Header | tuple[str, str]] | None) -> Headers:
    """The headers without the pseudo headers of HTTP/2."""
    pairs = (each if isinstance(each, tuple) else (each.name, _text(each)) for each in headers or ())
    return tuple((name, value) for name, value in pairs if not name.startswith(":"))


def _text(header: _Header) -> str:
    return "" if header.value is None else str(header.value)


def _request_body(request: _Request) -> bytes | None:
    """The bytes of the request's body; None where it has one that was not recorded."""
    posted = request.post_data
    if posted is not None and posted.text is not None and not (posted.params and not posted.text):
        return _bytes(posted, request.headers)
    return None if (request.body_size or 0) > 0 or _length(request.headers) > 0 or _has_params(posted) else b""


def _has_params(posted: _Body | None) -> bool:
    return posted is not None and bool(posted.params)


def _response_body(request: _Request, response: _Response) -> bytes | None:
    """The bytes of the answer's body; None where it has one that was not recorded, or not to its end."""
    content = response.content
    if request.method == "HEAD" or response.status in _NO_BODY:
        return b""
    if content is None or content.text is None:
        size = content.size if content is not None and content.size is not None else -1
        empty = size == 0 and (response.body_size or 0) <= 0
        return b"" if _length(response.headers, unknown=0 if empty else 1) == 0 else None
    body = _bytes(content, response.headers)
    if not body and max(content.size or 0, response.body_size or 0, _length(response.headers)) > 0:
        return None
    return None if _is_cut(content, body) else body


def _is_cut(content: _Body, body: bytes) -> bool:
    """Whether a writer left off before the end, as browsers do with long answers; they say so in `size`."""
    return (content.size or 0) > len(body) >= _SHORTENED


def _bytes(body: _Body, headers: list[_Header | tuple[str, str]] | None) -> bytes:
    """The body as it was sent. Raises ValueError for bad base64."""
    text = body.text or ""
    if "base64" in (body.encoding, body.own_encoding):
        return b64decode("".join(text.split()), validate=True)  # some writers fold it
    if text.isascii():
        return text.encode("ascii")
    charset = _charset(_first(headers, "content-type") or body.mime_type or "")
    with suppress(UnicodeEncodeError):
        return text.encode(charset)
    return text.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=64)
def _charset(media_type: str) -> str:
    """The encoding that a Content-Type names, UTF-8 where it names none that there is."""
    message = Message()
    message["Content-Type"] = media_type.replace("\r", " ").replace("\n", " ")
    try:
        return codecs.lookup(message.get_content_charset("utf-8")).name
    except (LookupError, ValueError):
        return "utf-8"


def _length(headers: list[_Header | tuple[str, str]] | None, unknown: int = 0) -> int:
    text = _first(headers, "content-length")
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < _DIGITS else unknown


def _first(headers: list[_Header | tuple[str, str]] | None, name: str) -> str | None:
    return next((value for key, value in _headers(headers) if key.lower() == name), None)


def _interval(entry: _Entry) -> tuple[float, float | None]:
    """When the request was sent and the answer complete, in seconds of Unix time; None where that is not said.

    What a browser spends before the last byte of the request is gone is no time in which the deployment is looked at.
    """
    if entry.started_date_time is None:
        return 0.0, None
    begun = datetime.fromisoformat(entry.started_date_time)
    started = (begun if begun.tzinfo is not None else begun.replace(tzinfo=UTC)).timestamp()
    told = entry.timings or {}
    counted = {*_OF_MITMPROXY} - {"connect", _SSL} if told.keys() == _OF_MITMPROXY else told.keys() - {_SSL}
    parts = {name: told[name] for name in counted if isinstance(told[name], int | float) and told[name] > 0}
    took = entry.time
    if took is None or took < 0 or told.keys() == _OF_MITMPROXY:
        took = sum(parts.values()) if told else None
    if took is None:
        return started, None
    before = sum(parts.get(name, 0) for name in _BEFORE)
    return started + min(before, took) / 1000, started + took / 1000
