"""Planning at scale: the time and memory of a build, and a large world that is built, shown and applied.

python -m benchmarks.engine --json engine.json
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.measuring import peak_bytes, side_by_side, took
from benchmarks.report import Report, Target
from benchmarks.worlds import INSTANCES_PER_HOST, make_world
from reference_server.clock import VirtualClock
from reference_server.driver import Driver
from reference_server.engine.fleet import Fleet
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import ApplyType, Kind, State
from reference_server.instant import build_at_once
from reference_server.rulebooks import load_release

RELEASE: Final = "stx-3.0"
MAX_PARALLEL: Final = 10
TYPES: Final = (ApplyType.SERIAL, ApplyType.PARALLEL)
LONG: Final = 1e8
"""Seconds after which every strategy here has ended."""


@dataclass(frozen=True)
class Size:
    """How much is measured; the targets belong to the two sizes of `compared`."""

    workers: tuple[int, ...]
    compared: tuple[int, int]
    large_world: int
    repetitions: int
    is_full: bool


FULL: Final = Size((10, 100, 1_000, 10_000), (1_000, 10_000), 2_000, 5, is_full=True)
QUICK: Final = Size((10, 40), (10, 40), 20, 1, is_full=False)


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the worlds.")
@click.option("--quick", is_flag=True, help="Small worlds, once each: shows that it runs, not how fast.")
def main(file: Path | None, seed: int, quick: bool) -> None:  # noqa: FBT001 - a flag of the command
    """Measure planning, and a large world that is built, shown and applied.

    \b
    Example:
      python -m benchmarks.engine --json engine.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    size = QUICK if quick else FULL
    report = Report("engine", seed, quick)
    rows = planning(size, seed)
    report.add("planning", rows)
    report.add("growth", growth(rows, size))
    report.add("large world", [large_world(size.large_world, seed, apply_type) for apply_type in TYPES])
    report.targets = targets(rows, size) if size.is_full else []
    report.finish(file)


# Planning -------------------------------------------------------------------------------------------------------------


def planning(size: Size, seed: int) -> list[dict[str, Any]]:
    """Time and memory of a build, from the create to the end of the build phase, by workers and apply type."""
    fleets = {workers: make_world(workers, seed).fleet for workers in size.workers}
    builds = {
        (workers, apply_type): _build(fleets[workers], apply_type)
        for workers, apply_type in product(size.workers, TYPES)
    }
    times = side_by_side(builds, size.repetitions)
    return [
        {
            "workers": workers,
            "instances": workers * INSTANCES_PER_HOST,
            "worker_apply_type": str(apply_type),
            "stages": len(build().apply.stages),
            "seconds": times[workers, apply_type].seconds,
            "cpu_seconds": times[workers, apply_type].cpu_seconds,
            "peak_mib": peak_bytes(build) / 2**20,
        }
        for (workers, apply_type), build in builds.items()
    ]


def _build(fleet: Fleet, apply_type: ApplyType) -> Callable[[], Strategy]:
    """A build whose fleet has no look-up ready: it was just received."""
    rules = load_release(RELEASE).rulebook

    def build() -> Strategy:
        strategy = build_at_once(request(apply_type), replace(fleet), rules, uuid="a-uuid", now=0.0)
        if strategy.state is not State.READY_TO_APPLY:
            raise AssertionError(f"the build ended in {strategy.state}: {strategy.build.reason}")
        return strategy

    return build


def request(apply_type: ApplyType) -> StrategyRequest:
    """A patch strategy with that worker apply type."""
    return StrategyRequest(Kind.SW_PATCH, worker_apply_type=apply_type, max_parallel_worker_hosts=MAX_PARALLEL)


def growth(rows: list[dict[str, Any]], size: Size) -> list[dict[str, Any]]:
    """How much longer ten times as many workers take, on the CPU: others on the machine slow the longer work more."""
    times = {(row["workers"], row["worker_apply_type"]): row["cpu_seconds"] for row in rows}
    few, many = size.compared
    return [
        {
            "worker_apply_type": str(each),
            "from_workers": few,
            "to_workers": many,
            "ratio": times[many, each] / times[few, each],
        }
        for each in TYPES
    ]


def targets(rows: list[dict[str, Any]], size: Size) -> list[Target]:
    """The targets of planning."""
    found = []
    many = size.compared[1]
    for row in growth(rows, size):
        name = row["worker_apply_type"]
        slowest = next(r["seconds"] for r in rows if (r["workers"], r["worker_apply_type"]) == (many, name))
        found.append(Target(f"{name}: time({many:,}) / time({size.compared[0]:,})", row["ratio"], at_most=15))
        found.append(Target(f"{name}: seconds for {many:,} workers", slowest, at_most=3))
    return found


# A large world --------------------------------------------------------------------------------------------------------


def large_world(workers: int, seed: int, apply_type: ApplyType) -> dict[str, Any]:
    """Seconds that a world of that size needs to be read, built, shown for the first time, applied and shown again."""
    world = make_world(workers, seed)
    driver = Driver(world, load_release(RELEASE), VirtualClock())
    read_s = took(lambda: make_world(workers, seed)).seconds

    def build() -> None:
        driver.create(request(apply_type))
        driver.advance(100.0)

    def apply() -> None:
        driver.apply(Kind.SW_PATCH)
        driver.advance(LONG)

    def show() -> None:
        driver.page(_strategy(driver))

    build_s, show_s, built = took(build).seconds, took(show).seconds, driver.revision
    applying, show_again_s, applied = took(apply), took(show).seconds, driver.revision
    if _strategy(driver).state is not State.APPLIED:
        raise AssertionError(f"the apply ended in {_strategy(driver).state}: {_strategy(driver).apply.reason}")
    return {
        "worker_apply_type": str(apply_type),
        "workers": workers,
        "instances": len(world.fleet.instances),
        "stages": len(_strategy(driver).apply.stages),
        "read_s": read_s,
        "build_s": build_s,
        "show_s": show_s,
        "apply_s": applying.seconds,
        "apply_cpu_s": applying.cpu_seconds,
        "changes": applied - built,
        "show_again_s": show_again_s,
    }


def _strategy(driver: Driver) -> Strategy:
    strategy = driver.find(Kind.SW_PATCH)
    if strategy is None:
        raise AssertionError("there is no strategy")
    return strategy


if __name__ == "__main__":
    main()
