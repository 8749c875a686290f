"""HTTP/1 as a hop that nobody notices speaks it: mitmproxy's own, with what it would change put right.

What mitmproxy 12.2.3 does, and what is done here instead:

    a head is parsed and written anew        its bytes are sent as they came, unless somebody changed it
    100 Continue is answered by the proxy    it is the server's, where the request is streamed
    another 1xx is taken for the answer      it is passed on, and the answer awaited
    trailers raise NotImplementedError       they are passed on
    204 and 304 of chunked kind get an end   they have no body, so nothing that ends one
    a connection may be left open            it is closed when its handler ends
    a head may be endless                    it is cut off at `LARGEST_HEAD` bytes, and so is what is sent ahead
    an error becomes a page with 502         the connection is closed, unless the gateway has last words
    a reset is taken for an end              the client is reset too, so that half an answer is none
    what is no HTTP becomes such a page      it is passed on where requests are streamed, then comes the end

`install` puts this in the place of mitmproxy's classes, for the whole process: they are met by name there (ADR 0021).
"""

import re
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from h11 import Data, EndOfMessage
from h11._readers import ChunkedReader
from h11._receivebuffer import ReceiveBuffer
from mitmproxy import http
from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.net.http.http1 import assemble
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http import _events as said
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._http1 import Http1Client, Http1Server, make_error_response
from mitmproxy.proxy.server import ConnectionHandler

from proxy.gateway import alerts

LARGEST_HEAD: Final = 256 * 1024
"""Bytes of a head, or of requests sent ahead; http.client, for one, reads 100 lines of 64 KiB at most."""

LAST_WORDS: Final[WeakKeyDictionary[Connection, http.Response]] = WeakKeyDictionary()
"""What a client is told before its connection is closed because of an error; else it is closed without a word."""

_RESET: Final[WeakSet[Connection]] = WeakSet()
"""Connections that the other end has reset, and clients that are to see that the server did so."""

type Commands = layer.CommandGenerator[None]

_INTERIM: Final = re.compile(rb"HTTP/\d\.\d[ \t]+1(?!01)\d\d(?!\d)")
_LONGEST_INTERIM: Final = 32  # bytes that show whether a head is an interim one
_NO_BODY: Final = frozenset({204, 304})
_CONTINUE: Final = 100
_AT_ONCE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets
_SENDER_AT_FAULT: Final = frozenset(
    {
        said.ErrorCode.GENERIC_CLIENT_ERROR,
        said.ErrorCode.REQUEST_VALIDATION_FAILED,
        said.ErrorCode.DESTINATION_UNKNOWN,
        said.ErrorCode.REQUEST_TOO_LARGE,
    }
)


_handle = ConnectionHandler.handle_connection


def install() -> None:
    """From now on every connection of this process speaks so."""
    alerts.install()
    layers.Http1Server = Downstream  # type: ignore[attr-defined]
    layers.Http1Client = Upstream  # type: ignore[attr-defined]
    ConnectionHandler.handle_connection = _handled  # type: ignore[method-assign,assignment]


async def _handled(handler: ConnectionHandler, connection: Connection) -> None:
    """See a connection to its end; where mitmproxy is told to close it while it waits for its turn, it forgets to.

    A reset counts when what came before it has been read.
    """
    ends = handler.transports[connection]
    if isinstance(ends.reader, StreamReader):
        _note_resets(connection, ends.reader)
    try:
        await _handle(handler, connection)
    finally:
        if isinstance(ends.writer, StreamWriter):
            if connection in _RESET:
                with suppress(OSError):
                    ends.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            if handler.transports.pop(connection, None) is not None:
                ends.writer.close()


def _note_resets(connection: Connection, reader: StreamReader) -> None:
    """Keep what came before a reset, which asyncio would drop, and the news of it, which mitmproxy would."""

    def ended(_: Exception) -> None:
        _RESET.add(connection)
        reader.feed_eof()

    reader.set_exception = ended  # type: ignore[method-assign,assignment]


class _Buffer(ReceiveBuffer):
    """What has come and was not read yet; `taken` is what was read last, to the byte."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = bytearray()

    def _extract(self, count: int) -> bytearray:
        self.taken = super()._extract(count)
        return self.taken

    def begins_interim(self) -> bool:
        """What comes next is an answer before the answer."""
        return _INTERIM.match(self._data[:_LONGEST_INTERIM]) is not None


class _Chunks(ChunkedReader):
    """Reads chunks; what mitmproxy must not see, trailers, is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.trailers: list[tuple[bytes, bytes]] = []

    def __call__(self, buf: ReceiveBuffer) -> Data | EndOfMessage | None:
        event = super().__call__(buf)
        if isinstance(event, EndOfMessage) and event.headers:
            self.trailers = list(event.headers.raw_items())
            return EndOfMessage()
        return event


class Downstream(Http1Server):
    """The gateway towards a client."""

    buf: _Buffer

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.buf = _Buffer()
        self._trailers = b""

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        """A request's head."""
        for command in super().read_headers(event):
            if isinstance(command, ReceiveHttp) and isinstance(command.event, said.RequestHeaders):
                _keep_head(command.event.request, self.buf.taken)
            yield command
        if self.state == self.read_headers and len(self.buf) > LARGEST_HEAD:
            yield commands.SendData(self.conn, make_error_response(431, "The head of the request is too large."))
            yield commands.CloseConnection(self.conn)
            self.state = self.done

    def read_body(self, event: events.Event) -> Commands:
        """A request's body, and its trailers before its end."""
        yield from _with_trailers(self, super().read_body, event, said.RequestTrailers)

    def wait(self, event: events.Event) -> Commands:
        """The answer is under way; requests that are sent ahead are kept, as long as they are few."""
        if len(self.buf) > LARGEST_HEAD:
            yield commands.CloseConnection(self.conn)
            event = events.ConnectionClosed(self.conn)
        yield from super().wait(event)

    def send(self, event: said.HttpEvent) -> Commands:
        """An answer, its parts as they come."""
        if isinstance(event, said.ResponseHeaders):
            if event.response.status_code == _CONTINUE:
                if self.request is not None and not self.request.stream:
                    yield commands.SendData(self.conn, b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            self.response = event.response
            yield commands.SendData(self.conn, _head_of(event.response))
        elif isinstance(event, said.ResponseTrailers):
            self._trailers = bytes(event.trailers)
        elif isinstance(event, said.ResponseEndOfMessage):
            yield from self._end()
        elif isinstance(event, said.ResponseProtocolError):
            yield from self._give_up(event)
        else:
            yield from super().send(event)

    def _end(self) -> Commands:
        if self.request is None or self.response is None:
            raise AssertionError("an answer ends that has not begun")
        has_body = self.request.method.upper() != "HEAD" and self.response.status_code not in _NO_BODY
        if has_body and _is_chunked(self.response):
            yield commands.SendData(self.conn, b"0\r\n" + self._trailers + b"\r\n")
        self._trailers = b""
        yield from self.mark_done(response=True)

    def _give_up(self, event: said.ResponseProtocolError) -> Commands:
        if not self.conn.state & ConnectionState.CAN_WRITE:
            return
        if self.response is None:
            last = LAST_WORDS.pop(self.conn, None)
            status = event.code.http_status_code()
            if last is not None:
                yield commands.SendData(self.conn, assemble.assemble_response(last))
            elif status is not None and event.code in _SENDER_AT_FAULT:
                yield commands.SendData(self.conn, make_error_response(status, event.message))
        yield commands.CloseConnection(self.conn)


class Upstream(Http1Client):
    """The gateway towards the server."""

    buf: _Buffer

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.buf = _Buffer()
        self._trailers = b""

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        """An answer's head, after those that only say that it takes a while."""
        self._was_reset(event)
        while self.request is not None and isinstance(event, events.DataReceived) and self.buf.begins_interim():
            if self.buf.maybe_extract_lines() is None:
                break
            yield commands.SendData(self.context.client, bytes(self.buf.taken))
        for command in () if self._is_interim(event) else super().read_headers(event):
            if isinstance(command, ReceiveHttp) and isinstance(command.event, said.ResponseHeaders):
                _keep_head(command.event.response, self.buf.taken)
            if isinstance(command, ReceiveHttp) and isinstance(command.event, said.ResponseProtocolError):
                yield from self._as_it_came()
            yield command
        if self.state == self.read_headers and len(self.buf) > LARGEST_HEAD and self.stream_id is not None:
            yield commands.CloseConnection(self.conn)
            error = said.ResponseProtocolError(
                self.stream_id, "the head of the answer is too large", said.ErrorCode.GENERIC_SERVER_ERROR
            )
            self.state = self.done
            yield ReceiveHttp(error)

    def _was_reset(self, event: events.Event) -> bool:
        """The server has broken off in the middle of an exchange; the client is going to see that."""
        if not isinstance(event, events.ConnectionClosed) or self.stream_id is None:
            return False
        if self.conn not in _RESET and self.conn.error is None:  # an alert is its error
            return False
        _RESET.add(self.context.client)
        return True

    def _as_it_came(self) -> Commands:
        """What is no head, or only the beginning of one, is the client's to make sense of where nobody judges first."""
        came, self.buf.taken = bytes(self.buf.taken) + bytes(self.buf), bytearray()
        if came and self.request is not None and self.request.stream:
            yield commands.SendData(self.context.client, came)

    def _is_interim(self, event: events.ConnectionEvent) -> bool:
        """Nothing is left to read, or the beginning of one more interim head."""
        return (
            self.request is not None
            and isinstance(event, events.DataReceived)
            and (not self.buf or self.buf.begins_interim())
        )

    def read_body(self, event: events.Event) -> Commands:
        """An answer's body, and its trailers before its end; where a reset ends it, it has none."""
        if self._was_reset(event) and self.stream_id is not None:
            yield commands.CloseConnection(self.conn)
            broken = said.ResponseProtocolError(
                self.stream_id, "the server has broken off the connection", said.ErrorCode.GENERIC_SERVER_ERROR
            )
            self.state = self.done
            yield ReceiveHttp(broken)
            return
        yield from _with_trailers(self, super().read_body, event, said.ResponseTrailers)

    def send(self, event: said.HttpEvent) -> Commands:
        """A request, its parts as they come."""
        if isinstance(event, said.RequestHeaders):
            if self.stream_id is None:
                self.stream_id = event.stream_id
                self.request = event.request
            yield commands.SendData(self.conn, _head_of(event.request))
        elif isinstance(event, said.RequestTrailers):
            self._trailers = bytes(event.trailers)
        elif isinstance(event, said.RequestEndOfMessage) and self._trailers and self.request is not None:
            trailers, self._trailers = self._trailers, b""
            yield commands.SendData(self.conn, b"0\r\n" + trailers + b"\r\n")
            yield from self.mark_done(request=True)
        else:
            yield from super().send(event)


def _with_trailers(connection: Any, read: Any, event: events.Event, kind: Any) -> Iterator[commands.Command]:
    """What reading a body comes to; the trailers that it ends with are said before its end."""
    if type(connection.body_reader) is ChunkedReader:
        connection.body_reader = _Chunks()
    reader = connection.body_reader
    for command in read(event):
        if (
            isinstance(reader, _Chunks)
            and reader.trailers
            and isinstance(command, ReceiveHttp)
            and isinstance(command.event, connection.ReceiveEndOfMessage)
        ):
            yield ReceiveHttp(kind(connection.stream_id, http.Headers(reader.trailers)))
        yield command


def _is_chunked(message: http.Message) -> bool:
    return "chunked" in message.headers.get("transfer-encoding", "").lower()


def _keep_head(message: http.Message, head: bytearray) -> None:
    """Remember how the head of a message was spelled."""
    message.head_as_read = (_spelled(message), bytes(head))  # type: ignore[attr-defined]


def _head_of(message: http.Request | http.Response) -> bytes:
    """The head as it came, when nobody has changed it; that mitmproxy takes out `Expect` is no change."""
    spelled, head = getattr(message, "head_as_read", (None, b""))
    if spelled is not None:
        now = _spelled(message)
        if now == spelled or (isinstance(message, http.Request) and now == _without_expect(spelled)):
            return bytes(head)
    if isinstance(message, http.Request):
        return bytes(assemble.assemble_request_head(message))
    return bytes(assemble.assemble_response_head(message))


def _spelled(message: http.Message) -> tuple[Any, ...]:
    """What decides how a head is written; a tuple of the same objects as long as nobody changes it."""
    data: Any = message.data
    if isinstance(message, http.Request):
        return (data.headers.fields, data.method, data.authority, data.path, data.http_version)
    return (data.headers.fields, data.status_code, data.reason, data.http_version)


def _without_expect(spelled: tuple[Any, ...]) -> tuple[Any, ...]:
    fields, *rest = spelled
    return (tuple(field for field in fields if field[0].lower() != b"expect"), *rest)
