"""Exchanges that a server plays again and again: whole lives of strategies of a wanted size, made by the engine.

Everything in them is lawful, so that a judge finds nothing, and every round is a strategy of its own.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from benchmarks.callers import InProcess
from benchmarks.worlds import world_document
from reference_server import create_app
from reference_server.clock import VirtualClock
from reference_server.driver import Driver
from reference_server.wire import serving
from reference_server.worlds.file import parse_world

RELEASE: Final = "stx-3.0"
STRATEGY: Final = "/api/orchestration/sw-patch/strategy"
BODY: Final = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "serial",
    "default-instance-action": "migrate",
    "alarm-restrictions": "strict",
}
_DELETE: Final = {"force": False}
CHANGES: Final = 48  # documents of one changing life, at most
_BUILT: Final = 100.0  # seconds after which a strategy is built
_APPLIED: Final = 10_000_000.0  # and applied, whatever its size

# Wanted size of an answer in bytes -> workers of a world that leads to it. Without workers the build fails.
WORKERS: Final = {1_000: None, 15_000: 5, 150_000: 77, 1_500_000: 790}


class Entry(msgspec.Struct, frozen=True):
    """One request and its answer. `cut` is where the uuid of the strategy stands in the answer, if it has one."""

    method: str
    path: str
    body: bytes
    status: int
    answer: bytes
    cut: int | None


class Tape(msgspec.Struct, frozen=True):
    """`opening` is played once, `repeated` again and again, `closing` at the end. `size` is that of its largest answer.

    `changing`: answers differ from those before; each document is read `looks` times, and 0 where there is one alone.
    """

    wanted: int
    size: int
    changing: bool
    opening: tuple[Entry, ...]
    repeated: tuple[Entry, ...]
    closing: tuple[Entry, ...]
    looks: int = 0


@dataclass
class _Recorder:
    """Sends requests to a server in this process, and keeps what was said."""

    client: InProcess
    driver: Driver

    def send(self, method: str, path: str = STRATEGY, body: Any = None) -> Entry:
        status, _, answer = self.client.send(method, path, body)
        sent = b"" if body is None else msgspec.json.encode(body)
        if status >= 300:  # noqa: PLR2004 - no success
            raise AssertionError(f"{method} {path} was answered with {status}: {answer[:200]!r}")
        mark = b'"uuid":"'
        at = answer.find(mark)
        return Entry(method, path, sent, status, answer, None if at < 0 else at + len(mark))


def make_tape(wanted: int, seed: int, *, changing: bool, looks: int = 1) -> Tape:
    """The life of strategies whose documents have about the wanted size in bytes, one of `WORKERS`.

    A client that polls reads each document several times: `looks`.
    """
    recorder = _recorder(wanted, seed)
    create = recorder.send("POST", body=BODY)
    recorder.driver.advance(_BUILT)
    rest = recorder.send("GET")
    if not changing:
        return _tape(wanted, opening=(create,), repeated=(rest,), closing=(recorder.send("DELETE", body=_DELETE),))
    middle = [] if WORKERS[wanted] is None else _applied(recorder)
    life = (create, rest, *middle, recorder.send("DELETE", body=_DELETE))
    polled = tuple(each for entry in life for each in [entry] * (looks if entry.method == "GET" else 1))
    return _tape(wanted, repeated=polled, looks=looks)


def _recorder(wanted: int, seed: int) -> _Recorder:
    workers = WORKERS[wanted]
    document = world_document(workers or 0, seed)
    if workers is None:
        document["alarms"] = [{"alarm_id": "100.101", "mgmt_affecting": "True"}]
    app = create_app(parse_world(document, f"{workers} workers"), RELEASE, clock=VirtualClock())
    return _Recorder(InProcess(app), serving(app).driver)


def _applied(recorder: _Recorder) -> list[Entry]:
    """The apply and the documents that follow: change by change as long as there is room, then the last one."""
    found = [recorder.send("POST", f"{STRATEGY}/actions", {"action": "apply-all"})]
    while len(found) < CHANGES and (moment := recorder.driver.next_event()) is not None:
        recorder.driver.advance(max(0.0, moment - recorder.driver.clock.now()))
        document = recorder.send("GET")
        if document.answer != found[-1].answer:
            found.append(document)
    recorder.driver.advance(_APPLIED)
    last = recorder.send("GET")
    return found if last.answer == found[-1].answer else [*found, last]


def _tape(
    wanted: int,
    *,
    repeated: tuple[Entry, ...],
    opening: tuple[Entry, ...] = (),
    closing: tuple[Entry, ...] = (),
    looks: int = 0,
) -> Tape:
    size = max(len(each.answer) for each in repeated)
    return Tape(wanted, size, looks > 0, opening, repeated, closing, looks)
