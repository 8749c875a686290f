"""The process of the shadow: `python -m proxy.shadowing.desk FD` repeats the reads that come over that socket.

It ends when it is told to, or when the gateway is gone.
"""

import queue
import resource
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from conformance.exchange import Exchange
from conformance.targets.bounded import Bounds
from conformance.targets.overhttp import HttpTransport
from proxy.archive.lines import moment
from proxy.archive.troubles import Troubles
from proxy.comparing.expecting import Releases
from proxy.comparing.gathered import words_of
from proxy.judging.aside import stand_aside
from proxy.judging.line import Gone, Line
from proxy.shadowing.asking import Came, repeat
from proxy.shadowing.counts import Outcome
from proxy.shadowing.log import ShadowLog
from proxy.shadowing.messages import Close, Read, Said, ShadowSettings, Tally, read_to_shadow
from spec.load import load_contract, load_law

_TOLD_ONCE: Final = {
    Outcome.FAILED: "the shadow gave no answer to a read; shadow.jsonl says why, and this is said once",
    Outcome.DENIED: "the shadow asks for a token and gets none (--shadow-with-token): nothing can be compared there",
}
"""What an operator has to know at once: such a shadow tells nothing, and looks as if it agreed."""

_LINGERS: Final = 0.05  # seconds after which, at the latest, the gateway is told what was done


class Desk:
    """Takes reads over a line, hands them to workers, writes and reports what came of them."""

    def __init__(self, line: Line, settings: ShadowSettings) -> None:
        self._line, self._settings = line, settings
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        about = {
            "shadow": settings.url,
            "upstream": settings.upstream,
            "release": settings.release,
            "shadow_release": settings.shadow_release or settings.release,
        }
        self._log = ShadowLog(
            Path(settings.out),
            {**about, "began": moment(time.time())},
            settings.rotate_bytes,
            settings.rotate_files,
            Troubles(self._said.put),
        )
        self._words = words_of(load_contract(settings.release), load_law(settings.release))
        other = settings.shadow_release
        self._releases = Releases(settings.release, other) if other not in ("", settings.release) else None
        self._waiting: queue.SimpleQueue[Read | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._handled = 0
        self._outcomes: Counter[str] = Counter()
        self._differences: Counter[str] = Counter()
        self._whole: Counter[str] = Counter()
        self._unsaid = dict(_TOLD_ONCE)
        self._closing = False
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(settings.connections)]

    def run(self) -> None:
        """Work until the end."""
        for worker in self._workers:
            worker.start()
        with suppress(Gone):
            while not isinstance(message := self._next(), Close):
                self._waiting.put(message)
        self._closing = True
        for _ in self._workers:
            self._waiting.put(None)
        end = time.monotonic() + self._settings.seconds
        for worker in self._workers:
            worker.join(max(0.0, end - time.monotonic()))
        with suppress(Gone):
            self._tell()
        with self._lock:
            self._log.finish(time.time(), self._whole)

    def _next(self) -> Read | Close:
        """The next message; meanwhile the gateway is told what was done. Raises Gone."""
        while (frame := self._line.take(_LINGERS)) is None:
            self._tell()
        self._tell()
        message: Read | Close = read_to_shadow(frame)
        return message

    def _tell(self) -> None:
        """Tell the gateway what was done since it was told last. Raises Gone."""
        with self._lock:
            tally = Tally(self._handled, dict(self._outcomes), dict(self._differences))
            self._handled = 0
            self._outcomes.clear()
            self._differences.clear()
        said = [Said(self._said.get()) for _ in range(self._said.qsize())]
        if tally.handled or said:
            self._line.send(tally, *said)

    def _work(self) -> None:
        """One worker with a connection of its own: repeats one read after the other."""
        settings = self._settings
        transport = HttpTransport(settings.url, Bounds(settings.seconds, settings.largest), settings.ca)
        while (read := self._waiting.get()) is not None:
            exchange = read.exchange()
            came = Came(Outcome.DROPPED) if self._closing else self._repeat(exchange, transport)
            with self._lock:
                self._handled += 1
                for counts in (self._outcomes, self._whole):
                    counts[came.outcome.value] += 1
                if text := self._unsaid.pop(came.outcome, ""):
                    self._said.put(text)
                self._differences.update(each.what.value for each in came.differences)
                self._log.tell(read.number, exchange, came)
        transport.close()

    def _repeat(self, exchange: Exchange, transport: HttpTransport) -> Came:
        """What came of it; whatever goes wrong here, the next read is repeated."""
        try:
            return repeat(
                exchange,
                transport,
                self._words,
                with_token=self._settings.with_token,
                releases=self._releases,
            )
        except Exception as error:  # noqa: BLE001 - its text may hold what was sent
            return Came(Outcome.FAILED, why=f"a fault of the gateway itself: {type(error).__name__}")


def main(arguments: list[str]) -> int:
    """Repeat what comes over the socket of that file descriptor."""
    channel = socket.socket(fileno=int(arguments[0]))
    stand_aside(channel)
    line = Line(channel)
    try:
        settings = msgspec.msgpack.decode(line.whole(), type=ShadowSettings)
    except Gone:
        return 0
    if settings.memory:
        resource.setrlimit(resource.RLIMIT_DATA, (settings.memory, settings.memory))
    Desk(line, settings).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
