"""Targets: how many are certified in a minute with one worker and with two, and what each one more takes."""

from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.fleet.rows import COSTS, MIB, Sizes, columns, costs, ratios, size_of
from benchmarks.fleet.sites import Plan, Sites, running
from benchmarks.fleet.spent import VIMGATE, cpu_seconds, spent
from benchmarks.report import Report

SMALL: Final = {"level": "wire", "read-only": True, "fuzz-examples": 1, "sequences": 0, "clients": 0}
"""What is asked of each target: the cheapest that still is a verdict on a whole level, and changes nothing."""

_SPEEDS: Final = ("exchanges", "seconds", "targets_per_min", "exchanges_per_s")


def measure(report: Report, place: Path, sizes: Sizes) -> None:
    """Have simulated targets certified, and add to the report what that took."""
    with running(Plan(count=max(sizes.compared, *sizes.targets))) as sites:
        sites.touch(sites.urls)
        turns = [
            {"run": f"workers {each}, turn {turn}", "turn": turn}
            | _judged(sites, place / f"{turn}-{each}", sizes.compared, each)
            for turn in range(1, sizes.repetitions + 1)
            for each in sizes.workers
        ]
        report.add("targets", columns(turns, "turn", "workers", "targets", *_SPEEDS))
        report.add("targets, their costs", columns(turns, "run", "workers", *COSTS))
        report.add("targets, to one worker", ratios(turns, "targets_per_min"))
        grown = turns if report.quick else _grown(sites, place, sizes)
    report.add("growth", columns(grown, "targets", "workers", *_SPEEDS))
    report.add("growth, its costs", columns(grown, "targets", "workers", *COSTS))
    report.add("growth, by target", [_by_target(row) for row in grown])


def _grown(sites: Sites, place: Path, sizes: Sizes) -> list[dict[str, Any]]:
    return [_judged(sites, place / f"grown-{each}", each, max(sizes.workers)) for each in sizes.targets]


def _judged(sites: Sites, folder: Path, count: int, workers: int) -> dict[str, Any]:
    """So many targets judged by so many workers, and what that took."""
    names = list(sites.urls)[:count]
    folder.mkdir()
    file, out = folder / "fleet.yaml", folder / "out"
    listed = [{"name": name, "url": sites.urls[name]} for name in names]
    file.write_text(yaml.safe_dump({"defaults": SMALL, "targets": listed}, sort_keys=False), encoding="utf-8")
    before, sent, cpu = sites.seen(), sites.sent(), cpu_seconds(sites.process)
    asked = [str(file), "-n", str(workers), "--out", str(out), "--quiet"]
    took = spent([*VIMGATE, "fleet", "certify", *asked], environment=sites.environment)
    after = sites.seen()
    exchanges = sum(after[name].requests - before[name].requests for name in names)
    return {
        "workers": workers,
        "targets": count,
        "exchanges": exchanges,
        "seconds": took.seconds,
        "targets_per_min": count / took.seconds * 60,
        "exchanges_per_s": exchanges / took.seconds,
        **costs(took),
        "sites_cpu_s": cpu_seconds(sites.process) - cpu,
        "answered_mib": (sites.sent() - sent) / MIB,
        "kept_mib": size_of(out) / MIB,
    }


def _by_target(row: dict[str, Any]) -> dict[str, Any]:
    count = row["targets"]
    return {
        "targets": count,
        "seconds": row["seconds"] / count,
        "client_cpu_ms": row["client_cpu_s"] / count * 1000,
        "others_cpu_ms": row["others_cpu_s"] / count * 1000,
        "answered_kib": row["answered_mib"] / count * 1024,
        "kept_kib": row["kept_mib"] / count * 1024,
    }
