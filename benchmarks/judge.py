"""The judge: milliseconds of an exchange by the size of its document, and exchanges a second of clients that poll.

python -m benchmarks.judge --json judge.json
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.measuring import side_by_side
from benchmarks.report import Report, Target
from benchmarks.worlds import make_world
from conformance.exchange import Exchange
from conformance.judge import Judge
from reference_server.clock import VirtualClock
from reference_server.driver import Driver
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import ApplyType, Kind
from reference_server.rulebooks import load_release
from reports.model import Level
from spec.load import load_contract, load_law, load_ledger

PATH: Final = "/api/orchestration/sw-patch/strategy"
LOOK_EVERY: Final = 10.0
"""Seconds between two looks of a client."""

POLLS: Final = {"changed": 1, "one of ten changed": 10, "unchanged": 0}
"""How often each document is seen before it changes; 0: it never does."""


@dataclass(frozen=True)
class Size:
    """What is measured: by the size of a document, the workers of its world (0: a build) and how many documents."""

    worlds: dict[str, tuple[int, int]]
    looks: int
    repetitions: int
    is_full: bool


FULL: Final = Size({"1 KB": (0, 3), "15 KB": (6, 20), "150 KB": (85, 5), "1.5 MB": (880, 3)}, 10, 3, is_full=True)
QUICK: Final = Size({"1 KB": (0, 3), "15 KB": (6, 3)}, 6, 1, is_full=False)


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the worlds.")
@click.option("--quick", is_flag=True, help="Small documents, few looks: shows that it runs, not how fast.")
def main(file: Path | None, seed: int, quick: bool) -> None:  # noqa: FBT001 - a flag of the command
    """Measure how long the judge takes for an exchange.

    \b
    Example:
      python -m benchmarks.judge --json judge.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    size = QUICK if quick else FULL
    report = Report("judge", seed, quick)
    rows = [row for name in size.worlds for row in looks(name, size, seed)]
    report.add("looks at a strategy", rows)
    report.targets = targets(rows) if size.is_full else []
    report.finish(file)


def looks(name: str, size: Size, seed: int) -> list[dict[str, Any]]:
    """CPU time of a look at a strategy of that size, by how often it changes, with a memory and afresh."""
    bodies = documents(*size.worlds[name], seed)
    works: dict[tuple[str, bool], Callable[[], object]] = {}
    counts = {}
    for polls, often in POLLS.items():
        seen = _seen(bodies, often, size.looks)
        counts[polls] = len(seen) - 1
        for afresh in (False, True):
            works[polls, afresh] = _judging(seen, size.repetitions, afresh=afresh)
    times = side_by_side(works, size.repetitions)
    rows = []
    for polls, count in counts.items():
        kept, again = (times[polls, each].cpu_seconds for each in (False, True))
        rows.append({
            "document": name,
            "bytes": len(bodies[-1]),
            "polls": polls,
            "ms": 1e3 * kept / count,
            "afresh_ms": 1e3 * again / count,
            "per_s": count / kept,
            "ratio": again / kept,
        })  # fmt: skip
    return rows


def documents(workers: int, count: int, seed: int) -> list[bytes]:
    """What a client sees of a strategy that is applied step by step, at most so many documents; of a build for 0."""
    driver = Driver(make_world(max(workers, 1), seed), load_release("published"), VirtualClock())
    driver.create(StrategyRequest(Kind.SW_PATCH, worker_apply_type=ApplyType.SERIAL))
    if workers:
        driver.advance(1_000.0)
        driver.apply(Kind.SW_PATCH)
    seconds, found = (LOOK_EVERY if workers else 0.5), [_page(driver)]
    for _ in range(100 * count):
        driver.advance(seconds)
        if (page := _page(driver)) != found[-1]:
            found.append(page)
        if len(found) == count:
            break
    return found


def _page(driver: Driver) -> bytes:
    strategy = driver.find(Kind.SW_PATCH)
    if strategy is None:
        raise AssertionError("there is no strategy")
    return driver.page(strategy).body


def _seen(bodies: Sequence[bytes], often: int, looks: int) -> list[bytes]:
    """The bodies as they come in, each a text of its own, after the first one, which makes the strategy known."""
    shown = [body for body in bodies[1:] for _ in range(often)] if often else [bodies[0]] * looks
    return [bytearray(body).decode().encode() for body in (bodies[0], *shown)]


def _judging(bodies: Sequence[bytes], repetitions: int, *, afresh: bool) -> Callable[[], object]:
    """A work that judges everything but the first body; each time it is done a new judge has seen that one."""
    ready = [_judge(bodies[0], afresh=afresh) for _ in range(repetitions)]

    def work() -> None:
        judge = ready.pop()
        for number, body in enumerate(bodies[1:], 1):
            if judge.judge(_look(body, number)):
                raise AssertionError("the reference server is accused")

    return work


def _judge(body: bytes, *, afresh: bool) -> Judge:
    judge = Judge(load_contract(), load_ledger(), load_law(), level=Level.ORCHESTRATION, afresh=afresh)
    for number in (-1, 0):
        judge.judge(_look(body, number))
    return judge


def _look(body: bytes, number: int) -> Exchange:
    """A look at the strategy as a client takes it, with what a server sends along."""
    return Exchange(
        "GET",
        PATH,
        200,
        request_headers=(("Host", "vim:4545"), ("Accept", "application/json"), ("X-Auth-Token", "***")),
        response_headers=(
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Date", f"look {number}"),
        ),
        response_body=body,
        at=LOOK_EVERY * number,
    )


def targets(rows: Sequence[dict[str, Any]]) -> list[Target]:
    """The targets of the judge."""
    found = {(row["document"], row["polls"]): row for row in rows}
    mixed, same = found["15 KB", "one of ten changed"], found["15 KB", "unchanged"]
    return [
        Target("15 KB, one of ten changed: exchanges / s", mixed["per_s"], at_least=2_000),
        Target("15 KB, unchanged: ms", same["ms"], at_most=0.1),
    ]


if __name__ == "__main__":
    main()
