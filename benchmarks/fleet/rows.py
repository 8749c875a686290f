"""Rows of figures: what a run cost, how much faster more workers were, and tables that are not too wide."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.fleet.spent import Spent

MIB: Final = 1 << 20
COSTS: Final = ("client_cpu_s", "others_cpu_s", "sites_cpu_s", "client_mib", "all_mib", "kept_mib", "answered_mib")


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured.

    `compared` targets are judged by each number of `workers`, `repetitions` times; `targets` are the fleets that show
    growth. A capture has so many files, each with so many exchanges; those of JSON lines of so many deployments.
    """

    workers: tuple[int, ...]
    compared: int
    targets: tuple[int, ...]
    files: int
    deployments: int
    exchanges: int
    repetitions: int


QUICK: Final = Sizes(workers=(1,), compared=1, targets=(1,), files=1, deployments=2, exchanges=40, repetitions=1)


def costs(took: Spent) -> dict[str, float]:
    """CPU of the command and of all others that it started, and the most memory of the command and of all."""
    return {
        "client_cpu_s": took.cpu_seconds,
        "others_cpu_s": took.all_cpu_seconds - took.cpu_seconds,
        "client_mib": took.peak_bytes / MIB,
        "all_mib": took.all_peak_bytes / MIB,
    }


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def columns(rows: Iterable[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """These figures alone, as far as a row has them: a table that is not too wide."""
    return [{name: row[name] for name in names if name in row} for row in rows]


def ratios(turns: list[dict[str, Any]], figure: str) -> list[dict[str, Any]]:
    """How many times as fast more workers were, turn by turn: in the middle, at least and at most."""
    found: dict[int, list[float]] = {}
    for turn in turns:
        first = next(each for each in turns if each["turn"] == turn["turn"])
        found.setdefault(turn["workers"], []).append(turn[figure] / first[figure])
    return [
        {"workers": workers, "ratio": median(ratios), "least": min(ratios), "most": max(ratios)}
        for workers, ratios in found.items()
    ]
