"""Answers that are bounded as they are read: in bytes, and in time from the first byte of the head to the last of all.

A time-out of a socket bounds the wait for the next byte alone; who sends a byte a second, or headers without end, is
stopped here. It is the only place that looks below `requests`.
"""

import http.client
import io
import time
from collections.abc import Buffer, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3 import PoolManager, Retry
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MOST_BYTES: Final = 64 << 20


class OutOfBounds(Exception):  # noqa: N818 - a fact about the server, not an error of ours
    """The answer took too long or was too long; the text says which."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one answer may take: seconds and bytes."""

    seconds: float
    most_bytes: int = MOST_BYTES
    clock: Callable[[], float] = time.monotonic

    def too_long(self) -> OutOfBounds:
        """There were too many bytes."""
        return OutOfBounds(f"the answer was longer than {self.most_bytes >> 20} MiB")

    def too_late(self, *, begun: bool) -> OutOfBounds:
        """The time was up."""
        what = "was not complete" if begun else "did not come in time: nothing"
        return OutOfBounds(f"the answer {what} after {self.seconds:g} s")


class BoundedAdapter(HTTPAdapter):
    """The adapter of `requests` over connections whose answers are bounded."""

    def __init__(self, bounds: Bounds, retries: Retry) -> None:
        self._bounds = bounds
        super().__init__(max_retries=retries)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools, with our connections in them."""
        super().init_poolmanager(*arguments, **options)
        self._bind(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """The pools for a proxy, with our connections in them."""
        return self._bind(super().proxy_manager_for(*arguments, **options))

    def _bind(self, manager: PoolManager) -> PoolManager:
        pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        manager.pool_classes_by_scheme = {name: _bounded(pool, self._bounds) for name, pool in pools.items()}
        return manager


def _bounded(pool: type[HTTPConnectionPool], bounds: Bounds) -> Any:
    response = staticmethod(partial(_BoundedResponse, bounds=bounds))
    connection = type("BoundedConnection", (pool.ConnectionCls,), {"response_class": response})
    return type("BoundedPool", (pool,), {"ConnectionCls": connection})


class _BoundedResponse(http.client.HTTPResponse):
    """A response that reads through a meter."""

    def __init__(self, sock: Any, *arguments: Any, bounds: Bounds, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_Meter(self.fp.detach(), sock, bounds))


class _Meter(io.RawIOBase):
    """Reads from a socket until the bounds are met."""

    def __init__(self, raw: io.RawIOBase, sock: Any, bounds: Bounds) -> None:
        self._raw = raw
        self._sock = sock
        self._bounds = bounds
        self._until = bounds.clock() + bounds.seconds
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int | None:
        """The next bytes. Raises OutOfBounds."""
        left = self._until - self._bounds.clock()
        if left <= 0:
            raise self._bounds.too_late(begun=self._count > 0)
        self._sock.settimeout(left)
        try:
            count: int | None = self._raw.readinto(buffer)
        except TimeoutError:
            raise self._bounds.too_late(begun=self._count > 0) from None
        self._count += count or 0
        if self._count > self._bounds.most_bytes:
            raise self._bounds.too_long()
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
