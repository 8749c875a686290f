"""Flow files of mitmproxy, flow by flow, with its own reader of states: memory is bounded by the largest flow."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

import msgspec
from mitmproxy import flow, http, version
from mitmproxy.io import compat, tnetstring

from conformance.exchange import Exchange
from proxy import flows
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

_KEY: Final = "vimgate"
LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a flow, at most: a wrong length must not take all memory. No unpacked body is longer either."""


def read_flows(source: Source) -> Iterator[Item]:
    """What the flows say, in their order in the file."""
    file = _Counted(source.file)
    number = 0
    while True:
        begun, number = file.passed, number + 1
        try:
            state = tnetstring.load(cast("Any", file))
        except (ValueError, IndexError, TypeError, RecursionError, MemoryError):
            if file.passed > begun:
                yield Damage(f"byte {begun}", f"flow {number} is cut off or broken", ends=True)
            return
        yield _read(state, number, f"flow {number} (byte {begun})")


def _read(state: Any, number: int, where: str) -> Item:
    try:
        read = flow.Flow.from_state(compat.migrate_flow(state))
        return _item(read, number)
    except Exception:  # noqa: BLE001 - states of other versions, and of nobody, raise whatever they like
        return Damage(where, f"is no flow that mitmproxy {version.VERSION} can read")


def _item(read: flow.Flow, number: int) -> Item:
    if not isinstance(read, http.HTTPFlow):
        return Skipped(read.type)
    if read.websocket is not None:
        return Skipped("websocket")
    request, response = read.request, read.response
    exchange, missing = _exchange(request, response)
    client = read.client_conn.peername
    told = read.metadata.get(_KEY)
    recorded = Recorded(
        number,
        exchange,
        site=site_of(request.scheme, request.host, request.port),
        started=request.timestamp_end or request.timestamp_start,
        client=client[0] if client else "",
        missing=missing,
        unasked=missing == NO_REQUEST_BODY,
    )
    return recorded if told is None else as_told(recorded, msgspec.convert(told, ByGateway))


def _exchange(request: http.Request, response: http.Response | None) -> tuple[Exchange, str]:
    """The exchange, and what is missing of it."""
    begun = request.timestamp_end or request.timestamp_start
    ended = begun if response is None else response.timestamp_end or response.timestamp_start
    body = request.raw_content
    try:
        asked = flows.asked(request, body or b"", LARGEST, ended)
    except flows.NotUnpacked:
        body = None
    if body is None:
        return Exchange(request.method, request.path.partition("?")[0], 0, at=ended), NO_REQUEST_BODY
    if response is None:
        return asked, NO_ANSWER
    if response.raw_content is None:
        return asked, NO_ANSWER_BODY
    try:
        return flows.answered(asked, response, response.raw_content, LARGEST, ended), ""
    except flows.NotUnpacked:
        return asked, NO_ANSWER_BODY


class _Counted:
    """A file that counts what was read of it, and hands out no more than the largest flow at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.passed = 0

    def read(self, size: int) -> bytes:
        """That many bytes, or those that are left. Raises ValueError for too many."""
        if size > LARGEST:
            raise ValueError("larger than any flow")
        data = self._file.read(size)
        self.passed += len(data)
        return data
