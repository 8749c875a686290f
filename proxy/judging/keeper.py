"""Keeps a process of the judge alive: starts it, watches over it, starts it again when it is lost, lets it end."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final, Protocol

from proxy.judging.lifeline import MODULE, Lifeline, end_in_words, fault_of
from proxy.judging.messages import FromDesk, Kept, encode, framed, read_from_desk
from proxy.judging.patience import Patience

_STARTS: Final = 60.0  # seconds in which a process must be ready
_LOOKS: Final = 8  # how often a judge that may be stuck is looked at until it is killed
_NOT_STARTED: Final = 127
_FATES: Final = {"slow": "it gave no sign, and was killed", "memory": "it ran out of memory"}


class CannotStore(Exception):  # noqa: N818 - what was wished cannot be done
    """The folder cannot be used; the text says what to do."""


class Owner(Protocol):
    """Whoever has something for the process to do."""

    def heard(self, message: FromDesk) -> None:
        """The process has said something."""
        ...

    def begun(self) -> None:
        """A process is about to begin."""
        ...

    def lost(self, kind: str) -> int:
        """The process is lost with what it was sent: the number of exchanges that nobody judges now."""
        ...

    def silent_for(self) -> float:
        """Seconds since the process gave a sign, or since there was nothing that it could have said."""
        ...

    @property
    def is_waiting(self) -> bool:
        """The process has something to do."""
        ...


class Keeper:
    """One process after the other; to be used in one event loop.

    `settings` is the first frame of each; `stuck`: seconds without a sign after which one that has something to do is
    killed; `say` is told in one line what befalls it; `module` is what it runs. `memory` is what the last process has
    handed over, for the next one.
    """

    def __init__(
        self, owner: Owner, settings: bytes, *, stuck: float, say: Callable[[str], None], module: str = MODULE
    ) -> None:
        self._owner, self._settings, self._stuck, self._say, self._module = owner, settings, stuck, say, module
        self._patience = Patience()
        self._hopeless = False
        self._first: asyncio.Future[bool]
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._killed_for = ""
        self.line: Lifeline | None = None
        self.ready = False
        self.memory: Kept | None = None

    @property
    def is_ending(self) -> bool:
        """The process was told to end, or will be as soon as there is one."""
        return self._ending.is_set()

    async def start(self) -> bool:
        """Start the process; returns when it is ready, or was lost (False) and will be started again.

        Raises CannotStore when the process finds that it cannot store what it is to store; it is ended then.
        """
        self._first = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep_alive())
        try:
            return await self._first
        except CannotStore:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait((task,))
            raise

    def end(self) -> None:
        """No process is started any more but one to write what there is to write."""
        self._ending.set()

    async def ended(self, timeout: float) -> None:
        """Wait until the process has ended; kill it after `timeout` seconds."""
        if self._task is None:
            return
        done, _ = await asyncio.wait((self._task,), timeout=timeout)
        if not done:
            self._say(f"the judge did not come to an end within {timeout:g} seconds, and was killed")
            self._task.cancel()
            await asyncio.wait((self._task,))

    def greet(self, trouble: str) -> None:
        """The process is ready to judge; whether it can store is said, and of the first one it is demanded."""
        if trouble and not self._first.done():
            self._first.set_exception(CannotStore(trouble))
            return
        self.ready = True
        if trouble:
            self._say(trouble)
        if self._hopeless:
            self._hopeless = False
            self._say("the judge is back")
        if not self._first.done():
            self._first.set_result(True)

    def worked(self) -> None:
        """The process has judged something."""
        self._patience.worked()

    def write(self, pieces: list[bytes]) -> None:
        """Send these bytes to the process; nobody hears them when there is none."""
        if self.line is not None:
            self.line.write(pieces)

    async def _keep_alive(self) -> None:
        """Start a process when there is none; ends when one has written its summary, or two were lost at the end."""
        farewells = 0
        while True:
            self._patience.started(time.monotonic())
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
            line = await Lifeline.open(lambda frame: self._owner.heard(read_from_desk(frame)), self._module)
        except Exception:  # noqa: BLE001 - whatever keeps it from starting, it is tried again
            return _NOT_STARTED
        self.line, self.ready, self._killed_for = line, False, ""
        self._owner.begun()
        line.write([*framed(self._settings), *(framed(encode(self.memory)) if self.memory is not None else ())])
        watcher = asyncio.create_task(self._watch_over(line))
        try:
            return await asyncio.shield(line.over)
        finally:
            watcher.cancel()
            line.kill()
            self.line, self.ready = None, False
            await line.over

    async def _watch_over(self, line: Lifeline) -> None:
        """Kill a process that has something to do and gives no sign."""
        while True:
            await asyncio.sleep(self._stuck / _LOOKS)
            limit = self._stuck if self.ready else max(self._stuck, _STARTS)
            busy = self._owner.is_waiting or not self.ready or self._ending.is_set()
            if busy and self._owner.silent_for() > limit:
                self._killed_for = "slow"
                line.kill()

    def _mourn(self, code: int) -> float:
        """Tell that the process was lost; in how many seconds the next one may be started."""
        kind = self._killed_for or fault_of(code)
        lost = self._owner.lost(kind)
        delay = self._patience.lost(time.monotonic())
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
