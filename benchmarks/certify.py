"""How long a certification takes: the embedded server under the whole suite, with one worker and with two.

python -m benchmarks.certify --json certify.json
"""

import multiprocessing
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.report import Report, Target
from conformance.runs.options import Options
from conformance.runs.outcome import Tried
from conformance.runs.run import run_suite

WORKERS: Final = (1, 2)
LONGEST: Final = 120
"""Seconds that a whole certification with two workers may take."""

QUICK: Final = ("reads/documents", "inputs/methods")
"""The tests of a quick run."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One certification: seconds from its start to its end, and its tests."""

    seconds: float
    tests: tuple[Tried, ...]

    @property
    def exchanges(self) -> int:
        """How many exchanges were judged."""
        return sum(test.exchanges for test in self.tests)


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the certifications.")
@click.option("--quick", is_flag=True, help="Two tests of the suite: shows that it runs, not how fast.")
def main(file: Path | None, seed: int, quick: bool) -> None:  # noqa: FBT001 - a flag of the command
    """Measure a whole certification of the embedded server, with one worker and with two.

    \b
    Example:
      python -m benchmarks.certify --json certify.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    report = Report("certify", seed, quick)
    options = Options(seed=seed, tests=QUICK if quick else ())
    runs = {workers: certified(replace(options, workers=workers)) for workers in WORKERS}
    report.add("certification", [_row(workers, ran) for workers, ran in runs.items()])
    one, two = (runs[workers] for workers in WORKERS)
    report.add("speed-up", [{"from_workers": 1, "to_workers": 2, "ratio": one.seconds / two.seconds}])
    report.add("suite, one worker", modules(one.tests))
    if not quick:
        report.targets = [Target("seconds with two workers", two.seconds, at_most=LONGEST)]
    report.finish(file)


def certified(options: Options) -> Ran:
    """A certification in a fresh process, which has nothing imported."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(_certify, options).result()


def _certify(options: Options) -> Ran:
    begun = time.perf_counter()
    measured = run_suite(options)
    seconds = time.perf_counter() - begun
    if measured.broken or not measured.tests:
        raise AssertionError(f"the certification was not whole: {measured.broken or 'no test ran'}")
    return Ran(seconds, measured.tests)


def _row(workers: int, ran: Ran) -> dict[str, Any]:
    return {
        "workers": workers,
        "tests": len(ran.tests),
        "exchanges": ran.exchanges,
        "seconds": ran.seconds,
        "exchanges_per_s": ran.exchanges / ran.seconds,
    }


def modules(tests: Iterable[Tried]) -> list[dict[str, Any]]:
    """The tests by module of the suite: how many, how many exchanges they had judged, and in how many seconds."""
    found: dict[str, list[Tried]] = {}
    for test in tests:
        found.setdefault(test.name.partition("/")[0], []).append(test)
    return [
        {
            "module": name,
            "tests": len(group),
            "exchanges": sum(test.exchanges for test in group),
            "seconds": sum(test.seconds for test in group),
        }
        for name, group in found.items()
    ]


if __name__ == "__main__":
    main()
