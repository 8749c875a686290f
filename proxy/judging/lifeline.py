"""One process of the judge and the line to it: started, spoken to, ended; asyncio."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

import proxy
from proxy.judging.messages import OUT_OF_MEMORY, Frames

MODULE: Final = "proxy.judging.desk"
_BUFFER: Final = 4 << 20  # bytes; the kernel gives what it may
_KILLED: Final = -9


class Lifeline(asyncio.Protocol):
    """Hears the frames that the process sends; `over` is done with its exit code when it has ended, whatever ended it.

    What cannot be understood, `heard` raises a msgspec.DecodeError for.
    """

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._frames = Frames()
        self._transport: asyncio.WriteTransport | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._burial: asyncio.Task[None] | None = None
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, heard: Callable[[bytes], None], module: str = MODULE) -> Self:
        """Start the process. Raises OSError when the system has no room for one.

        It is a process group of its own, so that what is typed at a terminal does not reach it; it imports what this
        process imports, whatever lies in the current folder.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                for each in (ours, theirs):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-m",
                    module,
                    str(theirs.fileno()),
                    pass_fds=(theirs.fileno(),),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    env=os.environ | {"PYTHONPATH": _path()},
                    process_group=0,
                )
        except BaseException:
            ours.close()
            raise
        line = cls(heard)
        line._process = process
        loop = asyncio.get_running_loop()
        line._transport, _ = await loop.create_unix_connection(lambda: line, sock=ours)
        line._burial = loop.create_task(line._bury(process))
        return line

    def write(self, pieces: list[bytes]) -> None:
        """Send these bytes, in this order, as soon as there is room for them; never waits."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines(pieces)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid if self._process is not None else 0

    def close(self) -> None:
        """Hang up: a process to which nobody listens ends by itself."""
        if self._transport is not None:
            self._transport.close()

    def kill(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def data_received(self, data: bytes) -> None:
        """The process has said something; what cannot be understood is the end of it."""
        self._frames.feed(data)
        try:
            for frame in self._frames:
                self._heard(frame)
        except msgspec.DecodeError:
            self.kill()

    async def _bury(self, process: asyncio.subprocess.Process) -> None:
        code = _KILLED
        try:
            code = await process.wait()
        finally:
            self.kill()
            self.close()
            if not self.over.done():
                self.over.set_result(code)


def fault_of(code: int) -> str:
    """The kind of fault that an exit code stands for."""
    return "memory" if code == OUT_OF_MEMORY else "crashed"


def end_in_words(code: int) -> str:
    """How a process ended, for people."""
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return f"signal {signal.Signals(-code).name}"
    return f"signal {-code}"


def _path() -> str:
    """Where Python finds this package, before everything that is said already."""
    here = str(Path(proxy.__file__).parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
