"""A client that costs as little as a client can: requests as bytes made before, on one socket that is kept."""

import socket
import time
from typing import Final

from benchmarks.tape import Entry

_TIMEOUT: Final = 120.0  # seconds that one answer may take
_BUFFER: Final = 1 << 21
_TOKEN: Final = "gAAAAABmbenchmark-0123456789abcdefABCDEF"  # noqa: S105 - opens nothing


class Rider:
    """One connection at a time to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._connected()
        self._buffer = bytearray(_BUFFER)
        self._host = f"127.0.0.1:{port}"

    def renew(self) -> None:
        """Begin a new connection: the old one may have been closed while it was idle."""
        self._socket.close()
        self._socket = self._connected()

    def request(self, entry: Entry) -> bytes:
        """The bytes of a request, as the clients in the field send it."""
        lines = [
            f"{entry.method} {entry.path} HTTP/1.1",
            f"Host: {self._host}",
            "Accept: application/json",
            f"X-Auth-Token: {_TOKEN}",
        ]
        if entry.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(entry.body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + entry.body

    def send(self, request: bytes) -> tuple[float, int, int]:
        """Seconds until the whole answer was there, its status, and the bytes of its body."""
        begun = time.perf_counter()
        self._socket.sendall(request)
        view = memoryview(self._buffer)
        have = 0
        while (end := self._buffer.find(b"\r\n\r\n", 0, have)) < 0:
            have += self._more(view[have:])
        head = bytes(view[:end]).lower()
        status = int(head[9:12])
        there = have - end - 4
        length = _header(head, b"content-length")
        if length is not None:
            self._skip(view, int(length) - there)
            return time.perf_counter() - begun, status, int(length)
        if _header(head, b"transfer-encoding") == b"chunked":
            size = self._chunks(bytes(view[end + 4 : have]))
            return time.perf_counter() - begun, status, size
        return time.perf_counter() - begun, status, 0

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _connected(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _more(self, view: memoryview) -> int:
        got = self._socket.recv_into(view)
        if not got:
            raise ConnectionError("the connection was closed in the middle of an answer")
        return got

    def _skip(self, view: memoryview, left: int) -> None:
        while left > 0:
            left -= self._more(view[:left] if left < len(view) else view)

    def _chunks(self, data: bytes) -> int:
        """The bytes of a chunked body."""
        size = 0
        while True:
            while b"\r\n" not in data:
                data += self._read()
            line, _, data = data.partition(b"\r\n")
            length = int(line.partition(b";")[0], 16)
            while len(data) < length + 2:
                data += self._read()
            data = data[length + 2 :]
            size += length
            if not length:
                return size

    def _read(self) -> bytes:
        got = self._socket.recv(_BUFFER)
        if not got:
            raise ConnectionError("the connection was closed in the middle of an answer")
        return got


def _header(head: bytes, name: bytes) -> bytes | None:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next((value.strip() for key, _, value in lines if key == name), None)
