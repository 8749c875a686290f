"""The order in which answers came, and of which exchanges that order can be told, from the times of a recording.

A recording may list exchanges as they began or as they ended. Live, the gateway hears each beginning and each end when
it happens; here the same two calls are made in the order of the recorded times (`proxy.order`). Sans-io.
"""

import heapq
from collections.abc import Iterator
from math import inf
from typing import Final

from proxy.order import Order, is_change
from proxy.recordings.recorded import Recorded

MOST_WAITING: Final = 512
MOST_BYTES: Final = 32 * 1024 * 1024
"""How far ahead a recording is read, in exchanges and in bytes of bodies, for one that began before others ended."""


class Sequence:
    """The exchanges of one deployment."""

    def __init__(self) -> None:
        self._order = Order()
        self._begun: list[tuple[float, int, Recorded]] = []
        self._ending: list[tuple[float, int, Recorded]] = []
        self._bytes = 0
        self._last = -inf

    def take(self, recorded: Recorded) -> Iterator[tuple[Recorded, bool]]:
        """Take in the next of the recording; those whose turn it is now, each with whether it was in order."""
        if recorded.in_order is not None:
            yield from self.rest()
            yield recorded, recorded.in_order
            return
        ends = max(recorded.exchange.at, recorded.started)
        self._bytes += len(recorded.exchange.response_body)
        heapq.heappush(self._begun, (recorded.started, recorded.number, recorded))
        heapq.heappush(self._ending, (ends, recorded.number, recorded))
        while len(self._ending) > MOST_WAITING or self._bytes > MOST_BYTES:
            yield self._next()

    def rest(self) -> Iterator[tuple[Recorded, bool]]:
        """Those that still wait: there is nothing more in the recording."""
        while self._ending:
            yield self._next()

    def _next(self) -> tuple[Recorded, bool]:
        """The one that ended first. One that begins when another ends, begins after it."""
        ends, number, recorded = heapq.heappop(self._ending)
        self._bytes -= len(recorded.exchange.response_body)
        own = (recorded.started, number)
        while self._begun and (self._begun[0][0] < ends or self._begun[0][:2] == own):
            _, other, beginning = heapq.heappop(self._begun)
            self._order.begin(other, changes=is_change(beginning.exchange.method, beginning.exchange.query))
        in_order = self._order.end(number) and recorded.started >= self._last
        self._last = max(self._last, ends) if in_order else self._last
        return recorded, in_order
