"""The gateway's side of the judge: tells and forgets, or asks within a budget; loses a judge without being lost.

Nothing here waits for the judge but who asks to.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable

from conformance.exchange import Exchange
from proxy.judging.counts import BUCKETS, Counts
from proxy.judging.keeper import CannotStore, Keeper
from proxy.judging.lifeline import MODULE
from proxy.judging.messages import Failed, Finish, FromDesk, Kept, Progressed, Ready, Said, Told, encode
from proxy.judging.outbox import Outbox
from proxy.judging.settings import DeskSettings
from proxy.judging.tickets import JudgeFault, Seen, Tickets
from proxy.order import is_change
from proxy.traffic import Noticed, Passage

__all__ = ["BUCKETS", "CannotStore", "Counts", "Courier", "DeskSettings", "JudgeFault", "Seen"]


class Courier:
    """Brings exchanges to the judge's process; to be used in one event loop.

    `budget` is how long `ask` and `see` wait, `stuck` after how long without a sign a judge is killed, both in
    seconds; `queue` how many bytes may wait for it. `say` is told in one line what befalls the judge. `module` is what
    the process runs, `clock` what its silence is measured by.
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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts = Counts()
        self.budget = budget
        self._say = say or say_on_stderr
        self._keeper = Keeper(self, encode(settings), stuck=stuck, say=self._say, module=module)
        self._outbox = Outbox(queue, self._keeper.write, clock=clock)
        self._tickets = Tickets(lambda: self.counts.fault("slow"))
        self._life = Counts()
        self._began = 0.0
        self._notes: list[str] = []

    @property
    def ready(self) -> bool:
        """A process is there that judges."""
        return self._keeper.ready

    @property
    def waiting(self) -> int:
        """How many bytes the process has not been through, as far as is known."""
        return self._outbox.waiting

    @property
    def pid(self) -> int:
        """The process that judges or is about to; 0 when there is none."""
        return self._keeper.line.pid if self._keeper.line is not None else 0

    async def start(self) -> bool:
        """Start the process; returns when it is ready to judge.

        False: it did not start. That is said, everything is unchecked, and it is tried again. Raises CannotStore when
        the process finds that it cannot store what it is to store; it has written nothing then, and is ended.
        """
        self._began = time.time()
        return await self._keeper.start()

    def tell(self, passage: Passage) -> bool:
        """Tell of an exchange and forget it; never waits. False: it was not taken, and is counted as unchecked."""
        return not self._see(passage, 0)

    def pass_over(self, reason: str, *, change: bool = False) -> None:
        """Count an exchange that nobody is told of as unchecked, such as one whose body is too large.

        A `change` may have led anywhere: the judge is told to forget, before it hears anything else.
        """
        self.counts.pass_over(reason)
        if change:
            self._outbox.miss()

    async def ask(self, request: Exchange, *, in_order: bool = True) -> tuple[Noticed, ...]:
        """What is wrong with a request that was not forwarded yet. Raises JudgeFault."""
        if not self._keeper.ready:
            raise JudgeFault("crashed")
        ticket = self._tickets.draw()
        if not self._outbox.ask(ticket, request, in_order=in_order):
            self.counts.fault("overrun")
            raise JudgeFault("overrun")
        return (await self._tickets.answer(ticket, self.budget)).noticed

    async def see(self, passage: Passage) -> Seen:
        """Tell of an exchange and wait for what was noticed. Raises JudgeFault; the exchange is judged later, or never.

        Of a request that the gateway answers itself (`blocked`) this gives the reference for the answer.
        """
        if not self._keeper.ready:
            self.pass_over("crashed", change=_changes(passage))
            raise JudgeFault("crashed")
        ticket = self._tickets.draw()
        if kind := self._see(passage, ticket):
            raise JudgeFault(kind)
        return await self._tickets.answer(ticket, self.budget)

    def remark(self, text: str) -> None:
        """A sentence for the notes of the summary."""
        self._notes.append(text)

    async def finish(self, timeout: float = 30.0) -> None:
        """Let the process judge what it was told, write the summary and end; kill it after `timeout` seconds.

        A process that is lost meanwhile is started once more, so that there is a summary of what is known.
        """
        self._keeper.end()
        if self._keeper.ready:
            self._send_finish()
        await self._keeper.ended(timeout)

    def _see(self, passage: Passage, ticket: int) -> str:
        """Send an exchange; the reason why it was not sent, or nothing."""
        if self._keeper.line is None or self._keeper.is_ending:
            self.pass_over("crashed", change=_changes(passage))
            return "crashed"
        if self._outbox.see(ticket, passage):
            return ""
        self.pass_over("overrun", change=_changes(passage))
        self.counts.fault("overrun")
        return "overrun"

    def _send_finish(self) -> None:
        """What the process does not know: everything but what it has told itself."""
        counts, life = self.counts, self._life
        unchecked = Counter(counts.unchecked) - Counter(life.unchecked)
        faults = Counter(counts.faults) - Counter(life.faults)
        finish = Finish(
            counts.judged - life.judged, dict(unchecked), dict(faults), counts.restarts, self._began, tuple(self._notes)
        )
        self._outbox.finish(finish)

    # --- what the keeper tells of the process

    @property
    def is_waiting(self) -> bool:
        """The process has something to do."""
        return not self._outbox.is_empty

    def silent_for(self) -> float:
        """Seconds since the process gave a sign, or since there was nothing that it could have said."""
        return self._outbox.silence

    def begun(self) -> None:
        """A process is about to begin."""
        self._life = Counts()
        self._outbox.sign()

    def lost(self, kind: str) -> int:
        """The process is lost with what it was sent: the number of exchanges that nobody judges now."""
        lost = self._outbox.lose()
        self.counts.fault(kind)
        self.counts.pass_over(kind, lost)
        self.counts.restarts += 1
        self._tickets.fail_all(kind)
        return lost

    def heard(self, message: FromDesk) -> None:
        """The process has said something."""
        self._outbox.sign()
        match message:
            case Told(ticket, noticed, reference):
                self._tickets.told(ticket, Seen(noticed, reference))
            case Failed(ticket, kind):
                self._tickets.fail(ticket, kind)
            case Progressed():
                self._progress(message)
            case Ready(trouble):
                self._keeper.greet(trouble)
                if self._keeper.ready and self._keeper.is_ending:
                    self._send_finish()
            case Kept():
                self._keeper.memory = message
            case Said(text):
                self._say(text)

    def _progress(self, message: Progressed) -> None:
        self._outbox.been_through(message.handled)
        self.counts.take(message)
        self._life.take(message)
        if message.judged:
            self._keeper.worked()


def _changes(passage: Passage) -> bool:
    """It may have changed the deployment; what the gateway refused has not."""
    return is_change(passage.exchange.method, passage.exchange.query) and not passage.blocked


def say_on_stderr(text: str) -> None:
    """Tell whoever runs the gateway."""
    print(f"vimgate: {text}", file=sys.stderr, flush=True)
