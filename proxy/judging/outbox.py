"""What is sent to the judge's process, and what of it the process has not been through yet; bounded in bytes.

What somebody waits for is written at once, with everything before it. The rest is written a heap at a time: a process
that judges several exchanges in a row is woken once.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from conformance.exchange import Exchange
from proxy.judging.messages import Ask, Finish, Missed, See, encode, framed
from proxy.judging.slots import NO_SLOT, Slots
from proxy.traffic import Passage

_OVERHEAD: Final = 512  # bytes that a message costs beside its heads and bodies, about
_LINGERS: Final = 0.02  # seconds that something for which nobody waits lies here, at most
_HEAP: Final = 256 << 10  # bytes that are written without further waiting


class _Sent(NamedTuple):
    """A message that the desk has not been through yet."""

    size: int
    seen: bool


class Outbox:
    """Sends through `write`, while less than `most` bytes wait; to be used in one event loop.

    `clock` is what silence is measured by, in seconds, and never goes back.
    """

    def __init__(
        self, most: int, write: Callable[[list[bytes]], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._write, self._clock = most, write, clock
        self._slots = Slots()
        self._sent: deque[_Sent] = deque()
        self._pieces: list[bytes] = []
        self._heap = 0
        self._later: asyncio.TimerHandle | None = None
        self._missed = False
        self._sign = 0.0
        self.waiting = 0

    @property
    def is_empty(self) -> bool:
        """The process has been through everything."""
        return not self._sent

    @property
    def silence(self) -> float:
        """Seconds since the process gave a sign, or since there was nothing that it could have said."""
        return self._clock() - self._sign

    def sign(self) -> None:
        """The process has given a sign."""
        self._sign = self._clock()

    def ask(self, ticket: int, request: Exchange, *, in_order: bool) -> bool:
        """Send a request that was not forwarded yet; False when there is no room."""
        size = _weight(request) + _OVERHEAD
        if self.waiting + size > self._most:
            return False
        message = Ask(
            ticket,
            request.method,
            request.path,
            request.query,
            request.request_headers,
            request.request_body,
            request.at,
            in_order,
        )
        self._send(_Sent(size, seen=False), *framed(encode(message)), at_once=True)
        return True

    def see(self, ticket: int, passage: Passage) -> bool:
        """Send an exchange, without a body that is the last one of its path; False when there is no room."""
        exchange = passage.exchange
        body = exchange.response_body
        slot, known = self._slots.find(exchange.path, body)
        size = _weight(exchange) + (0 if known else len(body)) + _OVERHEAD
        if self.waiting + size > self._most:
            return False
        fresh = slot != NO_SLOT and not known
        if fresh:
            self._slots.remember(exchange.path, slot, body)
        message = See(
            ticket,
            passage.number,
            exchange.method,
            exchange.path,
            exchange.query,
            exchange.request_headers,
            exchange.request_body,
            exchange.status,
            exchange.response_headers,
            body if slot == NO_SLOT else b"",
            slot,
            fresh,
            passage.started,
            exchange.at,
            passage.in_order,
            passage.client,
            passage.blocked,
            passage.lost,
        )
        self._send(
            _Sent(size, seen=True), *framed(encode(message)), *(framed(body) if fresh else ()), at_once=ticket > 0
        )
        return True

    def finish(self, message: Finish) -> None:
        """Send the last message, at once."""
        self._pieces += framed(encode(message))
        self._flush()

    def miss(self) -> None:
        """Something has changed the deployment that is not sent: the process forgets before it hears anything else."""
        self._missed = True

    def been_through(self, count: int) -> None:
        """The process has been through so many messages."""
        for _ in range(min(count, len(self._sent))):
            self.waiting -= self._sent.popleft().size

    def lose(self) -> int:
        """The process is lost with everything that it was sent: the number of exchanges."""
        lost = sum(each.seen for each in self._sent)
        self._sent.clear()
        self._pieces.clear()
        self._heap = 0
        self._slots.clear()
        self.waiting = 0
        return lost

    def _send(self, sent: _Sent, *pieces: bytes, at_once: bool) -> None:
        if not self._sent:
            self.sign()
        self._sent.append(sent)
        self.waiting += sent.size
        self._heap += sent.size
        if self._missed:
            self._missed = False
            self._pieces += framed(encode(Missed()))
        self._pieces += pieces
        if at_once or self._heap >= _HEAP:
            self._flush()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(_LINGERS, self._flush)

    def _flush(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        pieces, self._pieces, self._heap = self._pieces, [], 0
        if pieces:
            self._write(pieces)


def _weight(exchange: Exchange) -> int:
    """Bytes of the request and of the head of the answer."""
    heads = sum(len(name) + len(value) for name, value in exchange.request_headers + exchange.response_headers)
    return len(exchange.path) + len(exchange.query) + heads + len(exchange.request_body)
