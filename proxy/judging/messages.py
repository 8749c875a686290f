"""What the gateway and the judge's process say to each other: msgpack frames behind a length of four bytes.

The first frame is the settings (`DeskSettings`). The body of an answer that is to be remembered follows its See as
a frame of its own, as it is, so that the gateway copies nothing; from then on its slot stands for it. Tickets are
numbers of the gateway's: what is told or fails bears the one that it was asked with; 0 asks for no reply.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from conformance.exchange import Exchange, Headers
from proxy.telling.timelines import Progress
from proxy.traffic import Noticed, Passage

NO_SLOT: Final = -1
CRASHED: Final = 70
OUT_OF_MEMORY: Final = 71
"""Exit codes of the judge's process."""
_LENGTH: Final = 4


class Ask(msgspec.Struct, tag=True, array_like=True):
    """Judge a request that has not been forwarded; answered by Told or Failed."""

    ticket: int
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    at: float
    in_order: bool

    def request(self) -> Exchange:
        """The request as an exchange without an answer."""
        return Exchange(self.method, self.path, 0, self.query, self.headers, self.body, at=self.at, origin="traffic")


class See(msgspec.Struct, tag=True, array_like=True):
    """Take in an exchange; answered by Told or Failed when there is a ticket.

    `slot` is where the body of the answer is remembered: it is there, or is the next frame when `fresh`. Without a
    slot (-1) it is `body`.
    """

    ticket: int
    number: int
    method: str
    path: str
    query: str
    request_headers: Headers
    request_body: bytes
    status: int
    response_headers: Headers
    body: bytes
    slot: int
    fresh: bool
    started: float
    at: float
    in_order: bool
    client: str
    blocked: bool
    lost: bool

    def passage(self, body: bytes) -> Passage:
        """The exchange as it passed, with that body of its answer."""
        exchange = Exchange(
            self.method,
            self.path,
            self.status,
            self.query,
            self.request_headers,
            self.request_body,
            self.response_headers,
            body,
            self.at,
            "traffic",
        )
        return Passage(
            self.number, exchange, self.started, self.in_order, self.client, blocked=self.blocked, lost=self.lost
        )


class Missed(msgspec.Struct, tag=True, array_like=True):
    """Something has changed the deployment of which nothing will be told: what was known of it is not so any more."""


class Finish(msgspec.Struct, tag=True, array_like=True):
    """Write what there is to write and end.

    What the process cannot know, as in `Counts`: of the gateway itself and of earlier processes. `began` is the Unix
    time in seconds at which the first one was started; `notes` are sentences for the summary.
    """

    judged: int
    unchecked: dict[str, int]
    faults: dict[str, int]
    restarts: int
    began: float
    notes: tuple[str, ...] = ()


class Ready(msgspec.Struct, tag=True, array_like=True):
    """The judge's process can judge; `trouble` is why it can store nothing, or not all, empty where it can."""

    trouble: str = ""


class Told(msgspec.Struct, tag=True, array_like=True):
    """What was noticed, and where the findings log tells of it."""

    ticket: int
    noticed: tuple[Noticed, ...]
    reference: str = ""


class Failed(msgspec.Struct, tag=True, array_like=True):
    """An exchange was not judged whole; `kind` is that of a JudgeFault."""

    ticket: int
    kind: str


class Progressed(msgspec.Struct, tag=True, array_like=True):
    """What was done since the last one: `handled` messages; exchanges `judged` whole, and `unchecked` by reason.

    `faults`, `findings` and `latencies` as in `Counts`; `last` are the last findings, a line each; the rest is how
    things stand.
    """

    handled: int
    judged: int
    unchecked: dict[str, int]
    faults: dict[str, int]
    findings: dict[str, int]
    latencies: dict[int, int]
    latency: float
    last: list[str]
    kind: str
    state: str
    resumed: bool
    progress: Progress


class Kept(msgspec.Struct, tag=True, array_like=True):
    """What the process would lose with its life, as it wrote it: to be handed to the next one as the second frame."""

    memory: bytes


class Said(msgspec.Struct, tag=True, array_like=True):
    """One line for whoever runs the gateway."""

    text: str


type ToDesk = Ask | See | Missed | Finish | Kept
type FromDesk = Ready | Told | Failed | Progressed | Kept | Said

_encoder: Final = msgspec.msgpack.Encoder()
encode: Final = _encoder.encode
read_from_desk: Final = msgspec.msgpack.Decoder(FromDesk.__value__).decode
read_to_desk: Final = msgspec.msgpack.Decoder(ToDesk.__value__).decode


def framed(data: bytes) -> tuple[bytes, bytes]:
    """A frame in two pieces, to be written one after the other: its length, and what it holds."""
    return len(data).to_bytes(_LENGTH, "big"), data


def frames(messages: Sequence[msgspec.Struct]) -> bytes:
    """The messages as frames."""
    return b"".join(piece for each in messages for piece in framed(encode(each)))


class Frames:
    """Takes bytes as they come and gives frames; sans-io."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._at = 0

    def feed(self, data: bytes | memoryview) -> None:
        """More bytes have come."""
        del self._bytes[: self._at]
        self._at = 0
        self._bytes += data

    @property
    def held(self) -> int:
        """Bytes that were fed and not taken."""
        return len(self._bytes) - self._at

    def take(self) -> bytes | None:
        """The next frame; None when it is not complete."""
        begin = self._at + _LENGTH
        length = int.from_bytes(self._bytes[self._at : begin], "big")
        if len(self._bytes) < begin + length or len(self._bytes) < begin:
            return None
        self._at = begin + length
        with memoryview(self._bytes) as whole:
            return bytes(whole[begin : self._at])

    def __iter__(self) -> Iterator[bytes]:
        """Every frame that is complete."""
        while (frame := self.take()) is not None:
            yield frame
