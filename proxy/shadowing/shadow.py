"""The gateway's side of a shadow: tells it of reads and forgets them; loses its process without being lost.

Nothing here waits, raises into a hook, or touches an answer.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from conformance.exchange import Exchange
from proxy.judging.lifeline import Lifeline, end_in_words
from proxy.judging.messages import encode, framed
from proxy.judging.patience import Patience
from proxy.order import is_change
from proxy.shadowing.counts import ShadowCounts
from proxy.shadowing.messages import AGENT, SAFE, Close, Said, ShadowSettings, Tally, read_from_shadow, read_of

MODULE: Final = "proxy.shadowing.desk"
MOST_WAITING: Final = 64
"""Reads that may wait for the shadow, those under way included; what comes beyond them is dropped, and counted."""

_MOST_BYTES: Final = 32 << 20
_LATER: Final = 0.002  # seconds: after the answer has gone to its client
_NOT_MODIFIED: Final = 304


class Shadow:
    """Tells the process of a shadow what clients have read; to be used in one event loop.

    `say` is told in one line what befalls it; `module` is what the process runs.
    """

    def __init__(
        self,
        settings: ShadowSettings,
        *,
        say: Callable[[str], None] = lambda _: None,
        most: int = MOST_WAITING,
        module: str = MODULE,
    ) -> None:
        self.counts = ShadowCounts()
        self._settings, self._say, self._most, self._module = settings, say, most, module
        self._line: Lifeline | None = None
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._fresh: list[tuple[int, Exchange]] = []
        self._patience = Patience()
        self._ending = asyncio.Event()
        self._begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._hopeless = False

    async def start(self) -> None:
        """Start the process; returns when it is there, ready or not, or could not be started and is tried again."""
        self._task = asyncio.get_running_loop().create_task(self._keep_alive())
        await self._begun.wait()

    def tell(self, number: int, exchange: Exchange | None) -> None:
        """Repeat an exchange later if it is a read that can be; None: its answer was not kept. Never raises."""
        with suppress(Exception):
            self._take(number, exchange)

    async def finish(self, timeout: float = 5.0) -> None:
        """Ask the shadow nothing more, and let what is written be written; the process is killed after that."""
        self._ending.set()
        if self._line is not None:
            self._send()
            self._line.write(list(framed(encode(Close()))))
        if self._task is not None:
            _, late = await asyncio.wait((self._task,), timeout=timeout)
            if late:
                self._task.cancel()
                await asyncio.wait((self._task,))
        self.counts.drop(len(self._sizes))
        self._sizes.clear()

    def _take(self, number: int, exchange: Exchange | None) -> None:
        if exchange is None:
            self.counts.drop()
            return
        if not _is_repeated(exchange):
            return
        size = len(exchange.response_body)
        full = len(self._sizes) >= self._most or self._bytes + size > _MOST_BYTES
        if self._line is None or self._ending.is_set() or full or size > self._settings.largest:
            self.counts.drop()
            return
        self._sizes.append(size)
        self._bytes += size
        self._fresh.append((number, exchange))
        if len(self._fresh) == 1:
            asyncio.get_running_loop().call_later(_LATER, self._send)

    def _send(self) -> None:
        fresh, self._fresh = self._fresh, []
        if self._line is not None:
            self._line.write([piece for each in fresh for piece in framed(encode(read_of(*each)))])

    def _heard(self, frame: bytes) -> None:
        match read_from_shadow(frame):
            case Tally(handled, outcomes, differences):
                for _ in range(min(handled, len(self._sizes))):
                    self._bytes -= self._sizes.popleft()
                self.counts.take(outcomes, differences)
                self._patience.worked()
            case Said(text):
                self._say(text)

    async def _keep_alive(self) -> None:
        """Start a process when there is none, until the end."""
        while not self._ending.is_set():
            self._patience.started(time.monotonic())
            code = await self._live()
            if self._ending.is_set():
                return
            self.counts.restarts += 1
            self._lose()
            delay = self._patience.lost(time.monotonic())
            if not self._hopeless:
                self._hopeless = self._patience.hopeless
                self._say(f"the process of the shadow was lost ({end_in_words(code)}); it is started again")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), delay)

    async def _live(self) -> int:
        """One life of the process; its exit code."""
        try:
            line = await Lifeline.open(self._heard, self._module)
        except OSError:
            self._begun.set()
            return 1
        try:
            line.write(list(framed(encode(self._settings))))
            self._line = line
            self._begun.set()
            if self._ending.is_set():
                line.write(list(framed(encode(Close()))))
            return await asyncio.shield(line.over)
        finally:
            self._line = None
            line.kill()
            await line.over

    def _lose(self) -> None:
        """Whatever the process had not told of is dropped."""
        self.counts.drop(len(self._sizes))
        self._sizes.clear()
        self._fresh.clear()
        self._bytes = 0


def _is_repeated(exchange: Exchange) -> bool:
    """It is a plain read whose answer shows the document, and does not come from a gateway that repeats reads."""
    plain = exchange.method == SAFE and not exchange.request_body and exchange.status not in (0, _NOT_MODIFIED)
    harmless = not is_change(exchange.method, exchange.query)
    return plain and harmless and exchange.request_header("User-Agent") != AGENT
