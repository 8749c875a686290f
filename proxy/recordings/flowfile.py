"""Flow files of mitmproxy, flow by flow: memory is bounded by the largest flow.

mitmproxy's own reader makes every value of a flow, down to certificates, which costs more than judging it. Here its
functions are called for those members alone that an exchange is made of, and for all of them where a flow was written
by another version of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import msgspec
from mitmproxy import version
from mitmproxy.io import compat, tnetstring

from conformance.exchange import Exchange, Headers
from proxy.copies import NotUnpacked, unpacked
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
from proxy.recordings.sites import site_of
from proxy.recordings.source import Source

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a flow, at most: a wrong length must not take all memory. No unpacked body is longer either."""

_DIGITS: Final = 12
_DICT: Final = ord("}")
_TYPES: Final = b",;#^!~]}"
_KEY: Final = "vimgate"
_OTHERS: Final = frozenset({"tcp", "udp", "dns"})

# What is read of a flow, and of which of its members only some are.
_OF_MESSAGE: Final = frozenset({"headers", "content", "timestamp_start", "timestamp_end", "status_code", "method"}) | {
    "scheme", "host", "port", "path",
}  # fmt: skip
_WANTED: Final = frozenset({"version", "type", "request", "response", "websocket", "metadata", "client_conn"})
_PARTLY: Final = {"request": _OF_MESSAGE, "response": _OF_MESSAGE, "client_conn": frozenset({"peername"})}


def read_flows(source: Source) -> Iterator[Item]:
    """What the flows say, in their order in the file."""
    number = at = 0
    while True:
        number += 1
        try:
            frame = _frame(source.file)
        except ValueError:
            yield Damage(f"byte {at}", f"flow {number} is cut off or broken", ends=True)
            return
        if frame is None:
            return
        data, size = frame
        try:
            yield _item(_state(data), number)
        except Exception:  # noqa: BLE001 - states of other versions, and of nobody, raise whatever they like
            yield Damage(f"flow {number} (byte {at})", f"is no flow that mitmproxy {version.VERSION} can read")
        at += size


# --- bytes


def _frame(file: BinaryIO) -> tuple[memoryview, int] | None:
    """The next flow with its type behind it, and how many bytes it takes with its length; None at the end.

    Raises ValueError for what is none. A netstring is its length, a colon, the bytes, and one for their type.
    """
    digits = b""
    while (letter := file.read(1)).isdigit() and len(digits) < _DIGITS:
        digits += letter
    if not digits and not letter:
        return None
    if letter != b":" or not digits or int(digits) > LARGEST:
        raise ValueError("no length")
    data = file.read(int(digits) + 1)
    if len(data) != int(digits) + 1 or data[-1] not in _TYPES:
        raise ValueError("cut off")
    return memoryview(data), len(digits) + 1 + len(data)


def _state(data: memoryview) -> Mapping[str, Any]:
    """The members of a flow that are wanted here."""
    if data[-1] != _DICT:
        raise ValueError("no members")
    state = _members(data[:-1], _WANTED)
    if state.get("version") != version.FLOW_FORMAT_VERSION:
        whole: Any = tnetstring.parse(_DICT, data[:-1])
        migrated: Any = compat.migrate_flow(whole)
        return dict(migrated)
    return state


def _members(data: memoryview, wanted: frozenset[str]) -> dict[str, Any]:
    """Those members of a dictionary; the others are passed over unread."""
    found = {}
    while data:
        name, data = tnetstring.pop(data)
        length, data = tnetstring.split(data, b":")
        if name in wanted:
            partly = _PARTLY.get(str(name)) if data[length] == _DICT else None
            inside = data[:length]
            found[str(name)] = tnetstring.parse(data[length], inside) if partly is None else _members(inside, partly)
        data = data[length + 1 :]
    return found


# --- flows


def _item(state: Mapping[str, Any], number: int) -> Item:
    if state["type"] in _OTHERS:
        return Skipped(state["type"])
    if state["type"] != "http":
        raise ValueError("no type of a flow")
    if state.get("websocket") is not None:
        return Skipped("websocket")
    request, response = state["request"], state["response"]
    exchange, missing = _exchange(request, response)
    client = state["client_conn"]["peername"]
    recorded = Recorded(
        number,
        exchange,
        site=site_of(_text(request["scheme"]), request["host"], request["port"]),
        started=_time(request),
        client=client[0] if client else "",
        missing=missing,
        unasked=missing == NO_REQUEST_BODY,
    )
    told = state["metadata"].get(_KEY)
    return recorded if told is None else as_told(recorded, msgspec.convert(told, ByGateway))


def _exchange(request: Mapping[str, Any], response: Mapping[str, Any] | None) -> tuple[Exchange, str]:
    """The exchange, and what is missing of it."""
    asked, answered = _body(request), _body(response) if response is not None else None
    missing = NO_REQUEST_BODY if asked is None else ""
    missing = missing or (NO_ANSWER if response is None else NO_ANSWER_BODY if answered is None else "")
    path, _, query = _text(request["path"]).partition("?")
    whole = response if response is not None and not missing else None
    exchange = Exchange(
        method=_text(request["method"]),
        path=path,
        status=int(whole["status_code"]) if whole is not None else 0,
        query=query,
        request_headers=_headers(request),
        request_body=asked or b"",
        response_headers=_headers(whole) if whole is not None else (),
        response_body=answered or b"" if whole is not None else b"",
        at=_time(response if response is not None else request),
    )
    return exchange, missing


def _time(message: Mapping[str, Any]) -> float:
    """When the message was complete, in seconds; when it began, where it does not say."""
    return float(message["timestamp_end"] or message["timestamp_start"])


def _body(message: Mapping[str, Any]) -> bytes | None:
    """The body without its content coding, as the gateway reads it; None where it was not kept or is not whole."""
    content: bytes | None = message["content"]
    if not content:
        return content
    coding = next((_text(value) for name, value in message["headers"] if name.lower() == b"content-encoding"), "")
    try:
        return unpacked(content, coding, LARGEST)
    except NotUnpacked:
        return None


def _headers(message: Mapping[str, Any]) -> Headers:
    return tuple((_text(name), _text(value)) for name, value in message["headers"])


def _text(raw: bytes) -> str:
    """Each byte as one letter, as HTTP/1 reads them (`proxy.gateway.flows`)."""
    return raw.decode("latin-1")
