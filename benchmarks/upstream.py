"""A server that costs as little as a server can: plays a tape on each of its ports, as bytes made before.

python -m benchmarks.upstream TAPES PORTS prints the ports; a line `N` on stdin begins tape N on all of them, and is
answered with a line.
"""

import asyncio
import gc
import sys
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.tape import Entry, Tape

_UUID: Final = 36  # characters of a uuid
_END: Final = b"\r\n\r\n"


class Player:
    """The tape of one port: which entry comes next, and which round it is."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._tape: Tape | None = None
        self._played = 0
        self._parts: dict[int, tuple[bytes, bytes, bytes]] = {}

    def begin(self, tape: Tape) -> None:
        """Play that tape from its beginning, without what is remembered of another one."""
        self._tape, self._played = tape, 0
        entries = (*tape.opening, *tape.repeated, *tape.closing)
        self._parts = {id(entry): _parts(entry) for entry in entries}

    def answer(self, method: str) -> list[bytes]:
        """The bytes of the next answer."""
        if self._tape is None:
            raise AssertionError("no tape was begun")
        tape, at = self._tape, self._played
        around, within = divmod(at - len(tape.opening), len(tape.repeated))
        entry = tape.opening[at] if at < len(tape.opening) else tape.repeated[within]
        if entry.method != method:
            entry = next(each for each in tape.closing if each.method == method)
        self._played += 1
        head, before, after = self._parts[id(entry)]
        if entry.cut is None:
            return [head, before]
        round_ = max(0, around) if tape.changing else 0
        uuid = f"{round_:08x}-{self._number:04x}-4{tape.looks:03x}-8000-{tape.wanted:012x}"
        return [head, before, uuid.encode(), after]


def _parts(entry: Entry) -> tuple[bytes, bytes, bytes]:
    """The head of an answer, and its body around the uuid."""
    lines = [f"HTTP/1.1 {entry.status} {HTTPStatus(entry.status).phrase}"]
    if entry.status != HTTPStatus.NO_CONTENT:
        lines += ["Content-Type: application/json", f"Content-Length: {len(entry.answer)}"]
    head = "\r\n".join(lines).encode() + _END
    if entry.cut is None:
        return head, entry.answer, b""
    return head, entry.answer[: entry.cut], entry.answer[entry.cut + _UUID :]


class _Server(asyncio.Protocol):
    def __init__(self, player: Player) -> None:
        self._player = player
        self._buffer = b""
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(_END)
        if not end or len(body) < _length(head):
            return
        self._buffer = b""
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.writelines(self._player.answer(head.partition(b" ")[0].decode()))


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in lines if name == b"content-length"), 0)


async def _run(tapes: list[Tape], ports: int) -> None:
    loop = asyncio.get_running_loop()
    players = [Player(number) for number in range(ports)]
    servers = [await loop.create_server(partial(_Server, each), "127.0.0.1", 0) for each in players]
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    while line := await reader.readline():
        for player in players:
            player.begin(tapes[int(line)])
        gc.collect()
        print("begun", flush=True)
    for server in servers:
        server.close()


def main(file: str, ports: str) -> None:
    """Serve the tapes of a file on that many ports until stdin ends."""
    tapes = msgspec.msgpack.decode(Path(file).read_bytes(), type=list[Tape])
    gc.freeze()
    asyncio.run(_run(tapes, int(ports)))


if __name__ == "__main__":
    main(*sys.argv[1:])
