"""The judge's process: `python -m proxy.desk FD` judges what it is told over that socket, and stores what is kept.

It ends when it is told to, or when the gateway is gone; signals of a terminal or a service manager are the gateway's
business. Only captures need mitmproxy.
"""

import gc
import importlib
import resource
import select
import signal
import socket
import sys
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from conformance.exchange import Exchange
from conformance.findings.charges import crash
from proxy.books import Books, policy_of
from proxy.counts import BUCKETS, LAST, Counts
from proxy.messages import (
    CRASHED,
    OUT_OF_MEMORY,
    Ask,
    Failed,
    Finish,
    Frames,
    FromDesk,
    Kept,
    Missed,
    Progressed,
    Ready,
    Said,
    See,
    ToDesk,
    Told,
    frames,
    read_to_desk,
)
from proxy.settings import DeskSettings
from proxy.timelines import Progress
from proxy.traffic import Mode, Noticed, Passage
from proxy.watch import Watch
from reports.model import Level
from spec.contract import Contract
from spec.load import load_contract

_JSON: Final = (("Content-Type", "application/json"),)
_CHUNK: Final = 1 << 20
_REPORTED: Final = 64  # messages after which, at the latest, the gateway is told how far the desk is
_LINGERS: Final = 0.05  # seconds after which it is told, busy or not
_KEEPS: Final = 20.0  # seconds after which, at the soonest, it is handed what this process would lose
_PATIENCE: Final = 3  # exchanges in a row for which there was no memory
_FIRST_VICTIM: Final = "500"


class Gone(Exception):  # noqa: N818 - it is no error
    """The gateway has closed the line."""


class Line:
    """The desk's end of the socket."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._frames = Frames()
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)

    def take(self, seconds: float | None = None) -> bytes | None:
        """The next frame; None when none has come in that time. Raises Gone."""
        while (frame := self._frames.take()) is None:
            if seconds is not None and not self._poll.poll(seconds * 1000):
                return None
            data = self._channel.recv(_CHUNK)
            if not data:
                raise Gone
            self._frames.feed(data)
        return frame

    def whole(self) -> bytes:
        """The next frame, whenever it comes. Raises Gone."""
        frame = self.take()
        assert frame is not None  # noqa: S101 - without a limit of time there is one
        return frame

    def send(self, *messages: FromDesk) -> None:
        """Say something. Raises Gone."""
        try:
            self._channel.sendall(frames(messages))
        except OSError as error:
            raise Gone from error


class Report:
    """What was done since the gateway was told last."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.handled = 0
        self.judged = 0
        self.unchecked: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.latencies: Counter[int] = Counter()
        self.latency = 0.0
        self.last: deque[str] = deque(maxlen=LAST)

    @property
    def is_due(self) -> bool:
        """It is time to tell the gateway."""
        return self.handled >= _REPORTED or (self.handled > 0 and time.monotonic() - self.since > _LINGERS)

    def find(self, noticed: tuple[Noticed, ...]) -> None:
        """Count what was noticed about an exchange; it holds no secrets any more."""
        for each in noticed:
            key = f"{each.finding.requirement} {each.direction}"
            self.findings[key] += 1
            self.last.append(f"{key}: {each.finding.message}")

    def told(self, watch: Watch, progress: Progress) -> Progressed:
        """The message that tells it, and where the strategy stands."""
        return Progressed(
            self.handled,
            self.judged,
            dict(+self.unchecked),
            dict(self.faults),
            dict(self.findings),
            dict(self.latencies),
            self.latency,
            list(self.last),
            *watch.situation,
            watch.resumed,
            progress,
        )


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

    def run(self) -> None:
        """Work until the end. Raises MemoryError when there is no use in going on."""
        finish: Finish | None = None
        try:
            while not isinstance(message := self._next(), Finish):
                self._handle(message)
                if self._report.is_due:
                    self._tell()
                    self._keep()
            finish = message
        except Gone:
            pass
        finally:
            with suppress(Gone):
                self._tell()
        self._books.close(finish, self._life)

    def _next(self) -> ToDesk:
        """The next message; while there is none, what was put off is done."""
        while (frame := self._line.take(_LINGERS)) is None:
            if self._report.handled:
                self._tell()
            self._keep()
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
        try:
            told: Told | Failed = self._judge(message, body)
        except MemoryError:
            self._watch.forget()
            told = Failed(message.ticket, "memory")
        if message.ticket:
            self._line.send(told)
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
        raw = self._watch.see(passage)
        self._time(time.perf_counter() - began)
        noticed, reference = self._books.keep(passage, raw)
        for note in self._watch.take_notes():
            self._books.note(note)
        outcome = self._outcome(message.ticket, noticed, reference)
        self._report.judged += isinstance(outcome, Told)
        self._report.find(noticed)
        return outcome

    def _outcome(self, ticket: int, noticed: tuple[Noticed, ...], reference: str = "") -> Told | Failed:
        """What was noticed counts for nothing when not everything was looked at; it is stored all the same."""
        return Failed(ticket, self._watch.crash) if self._watch.crash else Told(ticket, noticed, reference)

    def _body(self, message: See) -> bytes:
        if message.fresh:
            self._bodies[message.slot] = self._line.whole()
        return self._bodies.get(message.slot, message.body)

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
    _stand_aside()
    line = Line(socket.socket(fileno=int(arguments[0])))
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


def _stand_aside() -> None:
    """What is typed or sent to stop the gateway stops the gateway alone; where memory is short, this one goes first."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_VICTIM)


def _open(line: Line) -> Desk:
    settings = msgspec.msgpack.decode(line.whole(), type=DeskSettings)
    if settings.memory:
        resource.setrlimit(resource.RLIMIT_DATA, (settings.memory, settings.memory))
    watch = _maker(settings.watch)(settings)
    books = Books(settings, watch)
    gc.collect()
    gc.freeze()
    line.send(Ready(books.trouble))
    return Desk(line, watch, books)


def _maker(name: str) -> Callable[[DeskSettings], Watch]:
    if not name:
        return watch_of
    module, _, function = name.partition(":")
    maker: Callable[[DeskSettings], Watch] = getattr(importlib.import_module(module), function)
    return maker


def watch_of(settings: DeskSettings) -> Watch:
    """The watch that the settings want; what it has to make once is made."""
    warm(Watch(settings.release, Level(settings.level)), load_contract(settings.release))
    freeze = policy_of(settings).freeze if settings.mode == Mode.ENFORCE else None
    return Watch(settings.release, Level(settings.level), shared=settings.shared, freeze=freeze)


def warm(watch: Watch, contract: Contract) -> None:
    """Judge the documents of the reference once, so that the first client need not wait for what is made once."""
    for number, example in enumerate(each for each in contract.examples if each.operation_id):
        operation = contract.operation(example.operation_id or "")
        body = msgspec.json.encode(contract.example(example.name))
        asked, answered = (b"", body) if example.status else (body, b"{}")
        status = example.status or operation.success
        exchange = Exchange(operation.method, operation.path, status, "", _JSON, asked, _JSON, answered)
        watch.ask(replace(exchange, status=0, response_headers=(), response_body=b""))
        watch.see(Passage(number, exchange, 0.0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
