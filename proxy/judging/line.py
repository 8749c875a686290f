"""The line to the gateway, seen from the judge's process; it waits."""

import select
import socket
from typing import Final

import msgspec

from proxy.judging.messages import Frames, frames

_CHUNK: Final = 1 << 20


class Gone(Exception):  # noqa: N818 - it is no error
    """The gateway has closed the line."""


class Line:
    """The desk's end of the socket."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._frames = Frames()
        self._buffer = memoryview(bytearray(_CHUNK))
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)

    def take(self, seconds: float | None = None) -> bytes | None:
        """The next frame; None when none has come in that time. Raises Gone."""
        while (frame := self._frames.take()) is None:
            if seconds is not None and not self._poll.poll(seconds * 1000):
                return None
            count = self._channel.recv_into(self._buffer)
            if not count:
                raise Gone
            self._frames.feed(self._buffer[:count])
        return frame

    def whole(self) -> bytes:
        """The next frame, whenever it comes. Raises Gone."""
        frame = self.take()
        assert frame is not None  # noqa: S101 - without a limit of time there is one
        return frame

    def send(self, *messages: msgspec.Struct) -> None:
        """Say something. Raises Gone."""
        try:
            self._channel.sendall(frames(messages))
        except OSError as error:
            raise Gone from error
