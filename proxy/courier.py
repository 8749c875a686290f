"""The gateway's side of the judge: tells and forgets, or asks within a budget; restarts a judge that is lost.

Nothing here waits for the judge but who asks to. Frames are written once per turn of the event loop; how many bytes
may wait is bounded; a body that is the last one of its path is not sent again.
"""

import asyncio
import contextlib
import sys
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Final, NamedTuple

from conformance.exchange import Exchange
from proxy.counts import BUCKETS, Counts
from proxy.lifeline import MODULE, Lifeline, end_in_words, fault_of
from proxy.messages import (
    NO_SLOT,
    Ask,
    Failed,
    Finish,
    FromDesk,
    Kept,
    Missed,
    Progressed,
    Ready,
    Said,
    See,
    Told,
    encode,
    framed,
)
from proxy.order import is_change
from proxy.patience import Patience
from proxy.settings import DeskSettings
from proxy.traffic import Noticed, Passage

__all__ = ["BUCKETS", "CannotStore", "Counts", "Courier", "DeskSettings", "JudgeFault", "Seen"]

_SLOTS: Final = 4  # bodies that both sides remember
_WORTH_A_SLOT: Final = 1024  # bytes
_OVERHEAD: Final = 512  # bytes that a message costs beside its bodies, about
_STARTS: Final = 60.0  # seconds in which a process must be ready
_LOOKS: Final = 8  # how often a judge that may be stuck is looked at until it is killed


class JudgeFault(Exception):  # noqa: N818 - the word of the command line: --fail open|closed
    """The judge did not answer: `kind` is crashed, slow (over the budget), memory or overrun (too much to judge)."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the judge did not answer: {kind}")
        self.kind = kind


class CannotStore(Exception):  # noqa: N818 - what was wished cannot be done
    """The folder cannot be used; the text says what to do."""


class Seen(NamedTuple):
    """What was noticed about an exchange, and where the findings log tells of it (empty: nothing was written)."""

    noticed: tuple[Noticed, ...]
    reference: str = ""


class _Sent(NamedTuple):
    """A message that the desk has not been through yet."""

    size: int
    seen: bool


class Courier:
    """Brings exchanges to the judge's process; to be used in one event loop.

    `budget` is how long `ask` and `see` wait, `stuck` after how long without a sign a judge is killed, both in
    seconds; `queue` how many bytes may wait for it. `say` is told in one line what befalls the judge. `module` is what
    the process runs.
    """

    def __init__(  # noqa: PLR0913 - each has a default, and a keyword
        self,
        settings: DeskSettings,
        *,
        budget: float = 0.25,
        queue: int = 64 << 20,
        stuck: float = 30.0,
        say: Callable[[str], None] | None = None,
        module: str = MODULE,
    ) -> None:
        self.counts = Counts()
        self._settings = encode(settings)
        self.budget = budget
        self._queue = queue
        self._stuck = stuck
        self._say = say or say_on_stderr
        self._module = module
        self._patience = Patience()
        self._life = Counts()
        self._began = 0.0
        self._memory: Kept | None = None
        self._line: Lifeline | None = None
        self._ready = False
        self._hopeless = False
        self._first: asyncio.Future[bool]
        self._ending = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._killed_for = ""
        self._out: list[bytes] = []
        self._flushing = False
        self._waiting = 0
        self._sent: deque[_Sent] = deque()
        self._heard_at = 0.0
        self._bodies: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        self._missed = False
        self._ticket = 0
        self._pending: dict[int, asyncio.Future[Seen]] = {}

    @property
    def ready(self) -> bool:
        """A process is there that judges."""
        return self._ready

    @property
    def waiting(self) -> int:
        """How many bytes the process has not been through, as far as is known."""
        return self._waiting

    @property
    def pid(self) -> int:
        """The process that judges or is about to; 0 when there is none."""
        return self._line.pid if self._line is not None else 0

    async def start(self) -> bool:
        """Start the process; returns when it is ready to judge.

        False: it did not start. That is said, everything is unchecked, and it is tried again. Raises CannotStore when
        the process finds that it cannot store what it is to store; it has written nothing then, and is ended.
        """
        self._began = time.time()
        self._first = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep_alive())
        try:
            return await self._first
        except CannotStore:
            keeper, self._keeper = self._keeper, None
            keeper.cancel()
            await asyncio.wait((keeper,))
            raise

    def tell(self, passage: Passage) -> bool:
        """Tell of an exchange and forget it; never waits. False: it was not taken, and is counted as unchecked."""
        return not self._see(passage, 0)

    def pass_over(self, reason: str, *, change: bool = False) -> None:
        """Count an exchange that nobody is told of as unchecked, such as one whose body is too large.

        A `change` may have led anywhere: the judge is told to forget, before it hears anything else.
        """
        self.counts.pass_over(reason)
        self._missed |= change

    async def ask(self, request: Exchange, number: int = 0, *, in_order: bool = True) -> tuple[Noticed, ...]:  # noqa: ARG002
        """What is wrong with a request that was not forwarded yet. Raises JudgeFault.

        `number` is that of the exchange; the answer does not depend on it.
        """
        if self._line is None or not self._ready:
            raise JudgeFault("crashed")
        size = len(request.request_body) + _OVERHEAD
        if self._waiting + size > self._queue:
            self.counts.fault("overrun")
            raise JudgeFault("overrun")
        self._ticket += 1
        message = Ask(
            self._ticket,
            request.method,
            request.path,
            request.query,
            request.request_headers,
            request.request_body,
            request.at,
            in_order,
        )
        self._send(_Sent(size, seen=False), *framed(encode(message)))
        return (await self._answer(self._ticket)).noticed

    async def see(self, passage: Passage) -> Seen:
        """Tell of an exchange and wait for what was noticed. Raises JudgeFault; the exchange is judged later, or never.

        Of a request that the gateway answers itself (`blocked`) this gives the reference for the answer.
        """
        if self._line is None or not self._ready:
            self.pass_over("crashed", change=is_change(passage.exchange.method, passage.exchange.query))
            raise JudgeFault("crashed")
        self._ticket += 1
        ticket = self._ticket
        if kind := self._see(passage, ticket):
            raise JudgeFault(kind)
        return await self._answer(ticket)

    async def finish(self, timeout: float = 30.0) -> None:
        """Let the process judge what it was told, write the summary and end; kill it after `timeout` seconds.

        A process that is lost meanwhile is started once more, so that there is a summary of what is known.
        """
        if self._keeper is None:
            return
        self._ending.set()
        if self._ready:
            self._send_finish()
        done, _ = await asyncio.wait((self._keeper,), timeout=timeout)
        if not done:
            self._say(f"the judge did not come to an end within {timeout:g} seconds, and was killed")
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))

    # --- to the desk

    def _see(self, passage: Passage, ticket: int) -> str:
        """Send an exchange; the reason why it was not sent, or nothing."""
        exchange = passage.exchange
        change = is_change(exchange.method, exchange.query) and not passage.blocked
        if self._line is None or self._ending.is_set():
            self.pass_over("crashed", change=change)
            return "crashed"
        body = exchange.response_body
        slot, known = self._slot(exchange) if len(body) >= _WORTH_A_SLOT else (NO_SLOT, False)
        size = len(exchange.request_body) + (0 if known else len(body)) + _OVERHEAD
        if self._waiting + size > self._queue:
            self.pass_over("overrun", change=change)
            self.counts.fault("overrun")
            return "overrun"
        fresh = slot != NO_SLOT and not known
        if fresh:
            self._remember(exchange.path, slot, body)
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
        self._send(_Sent(size, seen=True), *framed(encode(message)), *(framed(body) if fresh else ()))
        return ""

    def _slot(self, exchange: Exchange) -> tuple[int, bool]:
        """The slot of the path, and whether this body is in it. A new path takes that of the one not seen longest."""
        held = self._bodies.get(exchange.path)
        if held is not None:
            return held[0], held[1] == exchange.response_body
        taken = [slot for slot, _ in self._bodies.values()]
        free = [slot for slot in range(_SLOTS) if slot not in taken]
        return (free or taken)[0], False

    def _remember(self, path: str, slot: int, body: bytes) -> None:
        if path not in self._bodies and len(self._bodies) == _SLOTS:
            self._bodies.popitem(last=False)
        self._bodies[path] = (slot, body)
        self._bodies.move_to_end(path)

    def _send(self, sent: _Sent, *pieces: bytes) -> None:
        if not self._sent:
            self._heard_at = _now()
        self._sent.append(sent)
        self._waiting += sent.size
        if self._missed:
            self._missed = False
            self._out += framed(encode(Missed()))
        self._out += pieces
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        pieces, self._out = self._out, []
        if self._line is not None and pieces:
            self._line.write(pieces)

    def _send_finish(self) -> None:
        """What the process does not know: everything but what it has told itself."""
        counts, life = self.counts, self._life
        unchecked = Counter(counts.unchecked) - Counter(life.unchecked)
        faults = Counter(counts.faults) - Counter(life.faults)
        finish = Finish(counts.judged - life.judged, dict(unchecked), dict(faults), counts.restarts, self._began)
        self._out += framed(encode(finish))
        self._flush()

    async def _answer(self, ticket: int) -> Seen:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Seen] = loop.create_future()
        self._pending[ticket] = future
        expiry = loop.call_later(self.budget, self._expire, ticket)
        try:
            return await future
        finally:
            expiry.cancel()
            self._pending.pop(ticket, None)

    def _expire(self, ticket: int) -> None:
        self.counts.fault("slow")
        self._fail(ticket, "slow")

    def _fail(self, ticket: int, kind: str) -> None:
        future = self._pending.pop(ticket, None)
        if future is not None and not future.done():
            future.set_exception(JudgeFault(kind))

    # --- from the desk

    def _heard(self, message: FromDesk) -> None:
        self._heard_at = _now()
        match message:
            case Told(ticket, noticed, reference):
                future = self._pending.pop(ticket, None)
                if future is not None and not future.done():
                    future.set_result(Seen(noticed, reference))
            case Failed(ticket, kind):
                self._fail(ticket, kind)
            case Progressed():
                self._progress(message)
            case Ready(trouble):
                self._greet(trouble)
            case Kept():
                self._memory = message
            case Said(text):
                self._say(text)

    def _progress(self, message: Progressed) -> None:
        for _ in range(min(message.handled, len(self._sent))):
            self._waiting -= self._sent.popleft().size
        self.counts.take(message)
        self._life.take(message)
        if message.judged:
            self._patience.worked()

    def _greet(self, trouble: str) -> None:
        if trouble and not self._first.done():
            self._first.set_exception(CannotStore(trouble))
            return
        self._ready = True
        if trouble:
            self._say(trouble)
        if self._hopeless:
            self._hopeless = False
            self._say("the judge is back")
        if not self._first.done():
            self._first.set_result(True)
        if self._ending.is_set():
            self._send_finish()

    # --- the life of the process

    async def _keep_alive(self) -> None:
        """Start a process when there is none; ends when one has written its summary, or two were lost at the end."""
        farewells = 0
        while True:
            self._patience.started(_now())
            code = await self._live()
            farewells += self._ending.is_set()
            if farewells and (code == 0 or farewells > 1):
                if code:
                    self._say("there is no summary: the judge was lost while it wrote it")
                return
            delay = self._mourn(code)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), delay)

    async def _live(self) -> int:
        """One life of the process; its exit code."""
        try:
            line = await Lifeline.open(self._heard, self._module)
        except OSError:
            return _NOT_STARTED
        self._line, self._ready, self._heard_at, self._killed_for = line, False, _now(), ""
        self._life = Counts()
        line.write([*framed(self._settings), *(framed(encode(self._memory)) if self._memory is not None else ())])
        watcher = asyncio.create_task(self._watch_over(line))
        try:
            return await asyncio.shield(line.over)
        finally:
            watcher.cancel()
            line.kill()
            self._line, self._ready = None, False
            await line.over

    async def _watch_over(self, line: Lifeline) -> None:
        """Kill a process that has something to do and gives no sign."""
        while True:
            await asyncio.sleep(self._stuck / _LOOKS)
            limit = self._stuck if self._ready else max(self._stuck, _STARTS)
            busy = self._sent or not self._ready or self._ending.is_set()
            if busy and _now() - self._heard_at > limit:
                self._killed_for = "slow"
                line.kill()

    def _mourn(self, code: int) -> float:
        """Count what is lost with the process; in how many seconds the next one may be started."""
        kind = self._killed_for or fault_of(code)
        lost = sum(each.seen for each in self._sent)
        self.counts.fault(kind)
        self.counts.pass_over(kind, lost)
        self.counts.restarts += 1
        self._sent.clear()
        self._out.clear()
        self._bodies.clear()
        self._waiting = 0
        for ticket in tuple(self._pending):
            self._fail(ticket, kind)
        delay = self._patience.lost(_now())
        self._lament(kind, code, lost)
        if not self._first.done():
            self._first.set_result(False)
        return delay

    def _lament(self, kind: str, code: int, lost: int) -> None:
        if self._hopeless:
            return
        ended = _FATES.get(kind) or end_in_words(code)
        if self._patience.hopeless:
            self._hopeless = True
            self._say(f"the judge cannot live ({ended}): traffic is unchecked, and it is tried again from time to time")
        else:
            self._say(f"the judge was lost ({ended}), {lost} exchanges are unchecked; it is started again")


_NOT_STARTED: Final = 127
_FATES: Final = {"slow": "it gave no sign, and was killed", "memory": "it ran out of memory"}


def _now() -> float:
    return time.monotonic()


def say_on_stderr(text: str) -> None:
    """Tell whoever runs the gateway."""
    print(f"vimgate: {text}", file=sys.stderr, flush=True)
