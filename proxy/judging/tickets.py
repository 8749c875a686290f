"""Whoever waits for the judge has a ticket, and waits no longer than the budget."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from proxy.traffic import Noticed


class JudgeFault(Exception):  # noqa: N818 - the word of the command line: --fail open|closed
    """The judge did not answer: `kind` is crashed, slow (over the budget), memory or overrun (too much to judge)."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the judge did not answer: {kind}")
        self.kind = kind


class Seen(NamedTuple):
    """What was noticed about an exchange, and where the findings log tells of it (empty: nothing was written)."""

    noticed: tuple[Noticed, ...]
    reference: str = ""


class Tickets:
    """Everybody who waits; `expired` is called when somebody has waited for too long."""

    def __init__(self, expired: Callable[[], None]) -> None:
        self._expired = expired
        self._last = 0
        self._pending: dict[int, asyncio.Future[Seen]] = {}

    def draw(self) -> int:
        """A new ticket; never 0, which is nobody's."""
        self._last += 1
        return self._last

    async def answer(self, ticket: int, budget: float) -> Seen:
        """What is said about the ticket, within so many seconds. Raises JudgeFault."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Seen] = loop.create_future()
        self._pending[ticket] = future
        expiry = loop.call_later(budget, self._expire, ticket)
        try:
            return await future
        finally:
            expiry.cancel()
            self._pending.pop(ticket, None)

    def told(self, ticket: int, seen: Seen) -> None:
        """The judge has answered; who no longer waits is not told."""
        future = self._pending.pop(ticket, None)
        if future is not None and not future.done():
            future.set_result(seen)

    def fail(self, ticket: int, kind: str) -> None:
        """The judge will not answer."""
        future = self._pending.pop(ticket, None)
        if future is not None and not future.done():
            future.set_exception(JudgeFault(kind))

    def fail_all(self, kind: str) -> None:
        """The judge is lost, and answers nobody."""
        for ticket in tuple(self._pending):
            self.fail(ticket, kind)

    def _expire(self, ticket: int) -> None:
        self._expired()
        self.fail(ticket, "slow")
