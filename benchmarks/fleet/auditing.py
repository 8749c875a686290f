"""Captures: how fast they are audited with one worker and with two."""

from pathlib import Path
from typing import Any

from benchmarks.fleet.captures import HAR, LINES, Capture, Made, record
from benchmarks.fleet.rows import COSTS, MIB, Sizes, columns, costs, ratios, size_of
from benchmarks.fleet.spent import VIMGATE, spent
from benchmarks.report import Report
from benchmarks.tape import RELEASE


def measure(report: Report, place: Path, sizes: Sizes) -> None:
    """Have captures audited, and add to the report what that took. A quick report has JSON lines alone."""
    each = sizes.exchanges // sizes.deployments
    lines = Capture(kind=LINES, files=sizes.files, deployments=sizes.deployments, exchanges=each)
    hars = Capture(kind=HAR, files=sizes.files, deployments=1, exchanges=sizes.exchanges)
    captures = [lines] if report.quick else [hars, lines]
    made = [record(place / capture.kind, capture, report.seed) for capture in captures]
    report.add("captures", [_capture(each) for each in made])
    turns = [
        {"kind": recorded.capture.kind, "turn": turn, **_audited(recorded, workers, turn)}
        for recorded in made
        for turn in range(1, sizes.repetitions + 1)
        for workers in sizes.workers
    ]
    report.add("captures audited", columns(turns, "kind", "turn", "workers", "seconds", "exchanges_per_s", "mib_per_s"))
    report.add("captures audited, their costs", columns(turns, "kind", "workers", *COSTS))
    found = [
        {"kind": capture.kind} | ratio
        for capture in captures
        for ratio in ratios([turn for turn in turns if turn["kind"] == capture.kind], "exchanges_per_s")
    ]
    report.add("captures, to one worker", found)
    begun = turns if report.quick else _begun(place, sizes, report.seed)
    report.add("starting", columns(begun, "workers", "seconds", "client_cpu_s", "others_cpu_s"))


def _begun(place: Path, sizes: Sizes, seed: int) -> list[dict[str, Any]]:
    """What it takes to audit next to nothing."""
    short = record(place / "short", Capture(kind=LINES, files=1, deployments=1, exchanges=1), seed)
    return [_audited(short, workers, 0) for workers in sizes.workers]


def _capture(made: Made) -> dict[str, Any]:
    capture = made.capture
    return {
        "kind": capture.kind,
        "files": capture.files,
        "deployments": capture.deployments,
        "exchanges": capture.total,
        "mib": made.size / MIB,
    }


def _audited(made: Made, workers: int, turn: int) -> dict[str, Any]:
    """A capture audited by so many workers, and what that took."""
    out = made.folder.with_name(f"{made.folder.name}-{turn}-{workers}")
    asked = [str(made.folder), "--release", RELEASE, "-n", str(workers), "--out", str(out), "--quiet"]
    took = spent([*VIMGATE, "fleet", "audit", *asked])
    return {
        "workers": workers,
        "seconds": took.seconds,
        "exchanges_per_s": made.capture.total / took.seconds,
        "mib_per_s": made.size / MIB / took.seconds,
        **costs(took),
        "kept_mib": size_of(out) / MIB,
    }
