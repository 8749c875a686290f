"""The speed of answers: cached bytes against naive rendering, how soon a change is seen, and whether memory is flat.

python -m benchmarks.server --json server.json
"""

import gc
import itertools
import json
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import click
from flask import Flask

from benchmarks.callers import Answer, InProcess, served
from benchmarks.measuring import percentile, quiet_collector, resident_bytes
from benchmarks.report import Report, Target
from benchmarks.worlds import make_world
from reference_server import create_app
from reference_server.clock import VirtualClock
from reference_server.document import Page
from reference_server.driver import Driver
from reference_server.engine.model import Strategy
from reference_server.engine.words import State
from reference_server.storage.store import Store
from reference_server.wire import Vim, attach, serving

RELEASE: Final = "stx-3.0"
STRATEGY: Final = "/api/orchestration/sw-patch/strategy"
BODY: Final = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "worker-apply-type": "serial",
    "default-instance-action": "migrate",
}
CYCLE: Final = 50_000.0
"""Seconds after which a strategy of the memory cycles has ended."""
SMALL_WORLD: Final = 2  # workers in the world of the memory cycles


class Client(Protocol):
    """What a client can do."""

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a request."""
        ...


@dataclass(frozen=True)
class Size:
    """How much is measured. `rounds` of `cached` and `naive` GETs; memory is looked at after each of `cycles`."""

    workers: int
    rounds: int
    cached: int
    naive: int
    changes: int
    cycles: tuple[int, ...]
    is_full: bool


FULL: Final = Size(1_000, 5, 300, 8, 2_000, (1_000, 5_000, 10_000), is_full=True)
QUICK: Final = Size(5, 1, 10, 2, 20, (2, 4, 6), is_full=False)


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the worlds.")
@click.option("--quick", is_flag=True, help="A small world, few rounds: shows that it runs, not how fast.")
def main(file: Path | None, seed: int, quick: bool) -> None:  # noqa: FBT001 - a flag of the command
    """Measure answers from cached bytes, how soon a change is seen, and memory over many strategies.

    \b
    Example:
      python -m benchmarks.server --json server.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    size = QUICK if quick else FULL
    report = Report("server", seed, quick)
    report.add("GET of a strategy", rates(size, seed))
    report.add("a change, and the GET that shows it", visible_changes(size, seed))
    report.add("memory", memory(size, seed))
    report.targets = targets(report) if size.is_full else []
    report.finish(file)


# Rates ----------------------------------------------------------------------------------------------------------------


class _NaivePage(Page):
    etag = "naive"  # without the work of a true one


class NaiveDriver(Driver):
    """A driver that renders the whole strategy for every answer, as it was before there were pages."""

    def page(self, strategy: Strategy) -> Page:
        """Everything anew."""
        return _NaivePage(strategy, json.dumps({"strategy": self.document(strategy)}).encode(), b"", {})


def rates(size: Size, seed: int) -> list[dict[str, Any]]:
    """GETs per second: from the cache, rendered naively, and those that a matching If-None-Match spares."""
    naive = _ready_app(size.workers, seed)
    vim = serving(naive)
    driver = NaiveDriver(make_world(size.workers, seed), vim.driver.release, VirtualClock())
    attach(naive, Vim(driver, vim.wire, vim.body_limit))
    _make_ready(InProcess(naive), driver)
    cached = _ready_app(size.workers, seed)
    rows = [_rates("in process", InProcess(cached), InProcess(naive), size)]
    with served(cached) as fast, served(naive) as slow:
        rows.append(_rates("over HTTP", fast, slow, size))
    return rows


def _rates(name: str, cached: Any, naive: Any, size: Size) -> dict[str, Any]:
    _, headers, body = cached.send("GET", STRATEGY)
    if json.loads(body) != json.loads(naive.send("GET", STRATEGY)[2]):
        raise AssertionError("the cached bytes are not those of the naive rendering")
    spared = {"If-None-Match": headers["ETag"]}
    best = {"cached": 0.0, "naive": 0.0, "not_modified": 0.0}
    for _ in range(size.rounds):
        for key, count, work in (
            ("cached", size.cached, lambda: cached.send("GET", STRATEGY)),
            ("naive", size.naive, lambda: naive.send("GET", STRATEGY)),
            ("not_modified", size.cached, lambda: cached.send("GET", STRATEGY, None, spared)),
        ):
            best[key] = max(best[key], _rate(work, count))
    stages = len(json.loads(body)["strategy"]["apply-phase"]["stages"])
    per_second = {f"{key}_per_s": rate for key, rate in best.items()}
    return {"way": name, "stages": stages, "bytes": len(body), **per_second, "ratio": best["cached"] / best["naive"]}


def _rate(work: Callable[[], object], count: int) -> float:
    with quiet_collector():
        begun = time.perf_counter()
        for _ in range(count):
            work()
        return count / (time.perf_counter() - begun)


# Changes --------------------------------------------------------------------------------------------------------------


def visible_changes(size: Size, seed: int) -> list[dict[str, Any]]:
    """Milliseconds from before an event that changes the strategy until its document is there, with a store or not."""
    return [_changes(size, seed, stored=stored) for stored in (False, True)]


def _changes(size: Size, seed: int, *, stored: bool) -> dict[str, Any]:
    with _kept(stored=stored) as store:
        app = _ready_app(size.workers, seed, store)
        driver, client = serving(app).driver, InProcess(app)
        client.send("POST", f"{STRATEGY}/actions", {"action": "apply-all"})
        times = list(itertools.islice(_each_change(driver, client), size.changes))
        _, _, body = client.send("GET", STRATEGY)
    stages = len(json.loads(body)["strategy"]["apply-phase"]["stages"])
    took, cpu = ([1000 * each for each in column] for column in zip(*times, strict=True))
    return {
        "store": "yes" if stored else "no",
        "stages": stages,
        "changes": len(took),
        "p50_ms": percentile(took, 0.5),
        "p99_ms": percentile(took, 0.99),
        "max_ms": max(took),
        "cpu_p50_ms": percentile(cpu, 0.5),
        "cpu_p99_ms": percentile(cpu, 0.99),
    }


def _each_change(driver: Driver, client: Client) -> Iterator[tuple[float, float]]:
    """Seconds, and of them those on the CPU, of each event that changes the strategy, with its GET.

    Events that change nothing are passed over. On a busy machine the two differ.
    """
    seen = client.send("GET", STRATEGY)[1]["ETag"]
    while (moment := driver.next_event()) is not None:
        ahead = max(0.0, moment - driver.clock.now())
        begun, cpu_begun = time.perf_counter(), time.thread_time()
        driver.advance(ahead)
        status, headers, _ = client.send("GET", STRATEGY)
        took = time.perf_counter() - begun, time.thread_time() - cpu_begun
        if status == 200 and headers["ETag"] != seen:  # noqa: PLR2004 - the status itself
            seen = headers["ETag"]
            yield took


@contextmanager
def _kept(*, stored: bool) -> Iterator[Store | None]:
    """A store in a folder of its own, or none."""
    if not stored:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="vimgate-bench-") as folder:
        store = Store.open(Path(folder) / "state.db")
        try:
            yield store
        finally:
            store.close()


# Memory ---------------------------------------------------------------------------------------------------------------


def memory(size: Size, seed: int) -> list[dict[str, Any]]:
    """What is held after so many strategies were created, applied and deleted: by Python, and by the process."""
    app = create_app(make_world(SMALL_WORLD, seed), RELEASE)
    driver, client = serving(app).driver, InProcess(app)
    rows, done = [], 0
    tracemalloc.start()
    try:
        for cycles in size.cycles:
            for _ in range(cycles - done):
                _cycle(driver, client)
            done = cycles
            gc.collect()
            held, resident = tracemalloc.get_traced_memory()[0], resident_bytes()
            rows.append({"cycles": cycles, "held_kib": held / 2**10, "resident_mib": resident and resident / 2**20})
    finally:
        tracemalloc.stop()
    return rows


def _cycle(driver: Driver, client: Client) -> None:
    """One strategy from its create to its delete, looked at on the way; then the world as it was."""
    _make_ready(client, driver)
    client.send("GET", STRATEGY)
    client.send("POST", f"{STRATEGY}/actions", {"action": "apply-all"})
    driver.advance(CYCLE)
    state = json.loads(client.send("GET", STRATEGY)[2])["strategy"]["state"]
    status = client.send("DELETE", STRATEGY, {})[0]
    if (state, status) != (State.APPLIED, 204):
        raise AssertionError(f"a cycle ended in {state}, and its delete in {status}")
    driver.reset()


# What they share ------------------------------------------------------------------------------------------------------


def _ready_app(workers: int, seed: int, store: Store | None = None) -> Flask:
    """An app with a serial strategy that is ready to apply: a stage for each worker and controller."""
    app = create_app(make_world(workers, seed), RELEASE, store=store)
    _make_ready(InProcess(app), serving(app).driver)
    return app


def _make_ready(client: Client, driver: Driver) -> None:
    status, _, body = client.send("POST", STRATEGY, BODY)
    if status != 200:  # noqa: PLR2004 - the status itself
        raise AssertionError(f"the create was answered with {status}: {body[:200]!r}")
    driver.advance(100.0)


def targets(report: Report) -> list[Target]:
    """The targets of the server."""
    in_process = report.sections["GET of a strategy"][0]
    changes = report.sections["a change, and the GET that shows it"]
    first, *_, last = report.sections["memory"]
    return [
        Target("GET from the cache / naive GET, in process", in_process["ratio"], at_least=20),
        *(Target(f"p99 of a visible change, ms, store: {row['store']}", row["p99_ms"], at_most=5) for row in changes),
        Target(
            f"KiB held after {last['cycles']:,} cycles more than after {first['cycles']:,}",
            last["held_kib"] - first["held_kib"],
            at_most=64,
        ),
    ]


if __name__ == "__main__":
    main()
