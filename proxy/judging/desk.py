"""The judge's process: `python -m proxy.judging.desk FD` judges what comes over that socket, and stores it.

It ends when it is told to, or when the gateway is gone; signals of a terminal or a service manager are the gateway's
business. Only captures need mitmproxy.
"""

import gc
import os
import resource
import socket
import sys
import time
from bisect import bisect_left
from contextlib import suppress
from typing import Final

import msgspec

from conformance.findings.charges import crash
from proxy.judging.aside import stand_aside
from proxy.judging.books import Books
from proxy.judging.counts import BUCKETS, Counts
from proxy.judging.line import Gone, Line
from proxy.judging.making import maker_of
from proxy.judging.messages import (
    CRASHED,
    OUT_OF_MEMORY,
    Ask,
    Failed,
    Finish,
    Kept,
    Missed,
    Ready,
    Said,
    See,
    ToDesk,
    Told,
    read_to_desk,
)
from proxy.judging.progress import LINGERS, Report
from proxy.judging.settings import DeskSettings
from proxy.traffic import Mode, Noticed
from proxy.watch import Watch

_KEEPS: Final = 20.0  # seconds after which, at the soonest, it is handed what this process would lose
_PATIENCE: Final = 3  # exchanges in a row for which there was no memory
# Judging makes no rubbish that only a collector finds; looking for it takes 60 ms where documents of 1.5 MB are kept.
_TIDIES_IDLE: Final = 256  # messages after which it is looked for when there is nothing else to do
_TIDIES_BUSY: Final = 20_000  # and after which it is looked for whatever there is to do
_NICENESS: Final = 5  # of a judge for whom nobody waits: a quarter of a CPU remains to it beside somebody who wants all


class Desk:
    """Judges what comes over a line until it is told to finish, and keeps books."""

    def __init__(self, line: Line, watch: Watch, books: Books) -> None:
        self._line = line
        self._watch = watch
        self._books = books
        self._bodies: dict[int, bytes] = {}
        self._report = Report()
        self._life = Counts()
        self._kept = time.monotonic()
        self._dry = 0
        self._untidied = 0

    def run(self) -> None:
        """Work until the end. Raises MemoryError when there is no use in going on."""
        finish: Finish | None = None
        try:
            while not isinstance(message := self._next(), Finish):
                self._handle(message)
                if self._report.is_due:
                    self._tell()
                    self._keep()
                self._tidy(_TIDIES_BUSY)
            finish = message
        except Gone:
            pass
        finally:
            with suppress(Gone):
                self._tell()
        self._books.close(finish, self._life)

    def _next(self) -> ToDesk:
        """The next message; while there is none, what was put off is done."""
        while (frame := self._line.take(LINGERS)) is None:
            if self._report.handled:
                self._tell()
            self._keep()
            self._tidy(_TIDIES_IDLE)
            if (frame := self._line.take(_KEEPS)) is not None:
                break
        message: ToDesk = read_to_desk(frame)
        return message

    def _handle(self, message: Ask | See | Missed | Kept) -> None:
        if isinstance(message, Kept):
            self._books.recall(message.memory)
            return
        if isinstance(message, Missed):
            self._watch.forget()
            return
        body = self._body(message) if isinstance(message, See) else b""
        self._report.handled += 1
        self._untidied += 1
        try:
            told: Told | Failed = self._judge(message, body)
        except MemoryError:
            self._watch.forget()
            told = Failed(message.ticket, "memory")
        self._answer(message, told)
        if isinstance(told, Failed):
            self._fail(told.kind, seen=isinstance(message, See))
        else:
            self._dry = 0

    def _judge(self, message: Ask | See, body: bytes) -> Told | Failed:
        if isinstance(message, Ask):
            request = message.request()
            noticed = self._watch.ask(request, in_order=message.in_order)
            return self._outcome(message.ticket, self._books.clean(request, noticed))
        passage = message.passage(body)
        began = time.perf_counter()
        raw = self._watch.notice(passage)
        self._time(time.perf_counter() - began)
        if not (raw or passage.blocked or self._watch.crash):
            self._answer(message, Told(message.ticket, ()))  # what follows changes nothing about that
        self._watch.gather(raw)
        noticed, reference = self._books.keep(passage, raw)
        for note in self._watch.take_notes():
            self._books.note(note)
        outcome = self._outcome(message.ticket, noticed, reference)
        self._report.judged += isinstance(outcome, Told)
        self._report.find(noticed)
        return outcome

    def _answer(self, message: Ask | See, told: Told | Failed) -> None:
        """Tell whoever waits, once."""
        if message.ticket:
            message.ticket = 0
            self._line.send(told)

    def _outcome(self, ticket: int, noticed: tuple[Noticed, ...], reference: str = "") -> Told | Failed:
        """What was noticed counts for nothing when not everything was looked at; it is stored all the same."""
        return Failed(ticket, self._watch.crash) if self._watch.crash else Told(ticket, noticed, reference)

    def _body(self, message: See) -> bytes:
        if message.fresh:
            self._bodies[message.slot] = self._line.whole()
        return self._bodies.get(message.slot, message.body)

    def _tidy(self, after: int) -> None:
        """Collect rubbish when so many messages were handled since that was done last."""
        if self._untidied >= after:
            self._untidied = 0
            gc.collect()

    def _fail(self, kind: str, *, seen: bool) -> None:
        self._report.faults[kind] += 1
        self._report.unchecked[kind] += seen
        if kind != "memory":
            return
        self._dry += 1
        gc.collect()
        if self._dry >= _PATIENCE:
            raise MemoryError

    def _time(self, seconds: float) -> None:
        self._report.latencies[bisect_left(BUCKETS, seconds)] += 1
        self._report.latency += seconds

    def _tell(self) -> None:
        told = self._report.told(self._watch, self._books.progress())
        self._report = Report()
        self._life.take(told)
        self._line.send(told)

    def _keep(self) -> None:
        if time.monotonic() - self._kept > _KEEPS:
            self._line.send(Kept(self._books.memory()))
            self._kept = time.monotonic()


def main(arguments: list[str]) -> int:
    """Judge over the socket of that file descriptor; the exit code tells what ended it."""
    channel = socket.socket(fileno=int(arguments[0]))
    stand_aside(channel)
    line = Line(channel)
    try:
        desk = _open(line)
        desk.run()
    except Gone:
        return 0
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as error:  # noqa: BLE001 - the last word of this process; its text may hold what was sent
        with suppress(Gone):
            line.send(Said(crash("the judge", error)))
        return CRASHED
    return 0


def _let_traffic_go_first() -> None:
    """Take the CPU when the gateway, and whatever else runs here, leaves it, and push nobody off it."""
    with suppress(OSError):
        os.nice(_NICENESS)
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _open(line: Line) -> Desk:
    settings = msgspec.msgpack.decode(line.whole(), type=DeskSettings)
    if settings.memory:
        resource.setrlimit(resource.RLIMIT_DATA, (settings.memory, settings.memory))
    if settings.mode == Mode.OBSERVE:
        _let_traffic_go_first()
    watch = maker_of(settings.watch)(settings)
    books = Books(settings, watch)
    gc.collect()
    gc.freeze()
    gc.disable()
    line.send(Ready(books.trouble))
    return Desk(line, watch, books)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
