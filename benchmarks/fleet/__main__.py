"""What a fleet takes: its targets with one worker and with two, as it grows, and the captures of its deployments.

python -m benchmarks.fleet --json fleet.json
python -m benchmarks.fleet --plan fleet.json
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import click
import yaml

from benchmarks.fleet.captures import KINDS, Capture, record
from benchmarks.fleet.planning import Wanted, plan
from benchmarks.fleet.sites import Plan, Sites, running
from benchmarks.fleet.spent import VIMGATE, Spent, cpu_seconds, spent
from benchmarks.report import Report
from benchmarks.tape import RELEASE

MIB: Final = 1 << 20
PARTS: Final = ("certify", "audit")
SMALL: Final = {"level": "wire", "read-only": True, "fuzz-examples": 1, "sequences": 0, "clients": 0}
"""What is asked of each target: the cheapest that still is a verdict on a whole level, and changes nothing."""


def _numbers(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        raise click.BadParameter(f"{text!r}: write numbers such as 10,100,1000") from None


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sites and of the captures.")
@click.option("--quick", is_flag=True, help="One worker, a few targets and exchanges: shows that it runs.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only this part.  [default: both]")
@click.option("--workers", default="1,2", show_default=True, callback=_numbers, help="Workers that are compared.")
@click.option("--compared", default=100, show_default=True, help="Targets with which workers are compared.")
@click.option("--targets", default="10,100,1000", show_default=True, callback=_numbers, help="Targets, to see growth.")
@click.option("--files", default=16, show_default=True, help="Files of a capture.")
@click.option("--deployments", default=8, show_default=True, help="Deployments in a file of JSON lines.")
@click.option("--exchanges", default=4000, show_default=True, help="Exchanges in a file.")
@click.option("--repetitions", default=2, show_default=True, help="How often each number of workers has its turn.")
@click.option(
    "--plan",
    "planned",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure nothing: compute what a large fleet needs from these figures.",
)
@click.option("--fleet", default=10_000, show_default=True, help="With --plan: targets of the large fleet.")
@click.option("--terabytes", default=10.0, show_default=True, help="With --plan: its captures.")
@click.option("--hours", default=24.0, show_default=True, help="With --plan: when it is to be done.")
def main(  # noqa: PLR0913 - the options of the command
    file: Path | None,
    planned: Path | None,
    *,
    seed: int,
    quick: bool,
    parts: tuple[str, ...],
    workers: tuple[int, ...],
    compared: int,
    targets: tuple[int, ...],
    files: int,
    deployments: int,
    exchanges: int,
    repetitions: int,
    fleet: int,
    terabytes: float,
    hours: float,
) -> None:
    """Measure `vimgate fleet certify` and `vimgate fleet audit` on this machine, with workers of its own.

    \b
    Example:
      python -m benchmarks.fleet --json fleet.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    if planned is not None:
        click.echo(plan(json.loads(planned.read_text(encoding="utf-8")), Wanted(fleet, terabytes, hours)))
        return
    if quick:
        workers, compared, targets, repetitions = (1,), 1, (2,), 1
        files, deployments, exchanges = 2, 2, 40
    report = Report("fleet", seed, quick)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if "certify" in (parts or PARTS):
            _certify(report, place, workers, compared, targets, repetitions)
        if "audit" in (parts or PARTS):
            captures = [
                Capture(kind=KINDS[0], files=files, deployments=1, exchanges=exchanges),
                Capture(kind=KINDS[1], files=files, deployments=deployments, exchanges=exchanges // deployments),
            ]
            _audit(report, place, workers, captures, repetitions)
    report.finish(file)


# Targets --------------------------------------------------------------------------------------------------------------


def _certify(  # noqa: PLR0913, PLR0917 - what is measured
    report: Report, place: Path, workers: tuple[int, ...], compared: int, targets: tuple[int, ...], repetitions: int
) -> None:
    with running(Plan(count=max(compared, *targets))) as sites:
        sites.touch(sites.urls)
        turns = [
            {"turn": turn, **_judged(sites, place / f"{turn}-{each}", compared, each)}
            for turn in range(1, repetitions + 1)
            for each in workers
        ]
        report.add("targets", turns)
        report.add("targets, to one worker", list(_ratios(turns, "targets_per_min")))
        report.add("growth", [_judged(sites, place / f"grown-{each}", each, max(workers)) for each in targets])


def _judged(sites: Sites, folder: Path, count: int, workers: int) -> dict[str, Any]:
    """So many targets judged by so many workers, and what that took."""
    names = list(sites.urls)[:count]
    folder.mkdir()
    file = folder / "fleet.yaml"
    listed = [{"name": name, "url": sites.urls[name]} for name in names]
    file.write_text(yaml.safe_dump({"defaults": SMALL, "targets": listed}, sort_keys=False), encoding="utf-8")
    before, sent, cpu = sites.seen(), sites.sent(), cpu_seconds(sites.process)
    out = folder / "out"
    took = spent(
        [*VIMGATE, "fleet", "certify", str(file), "-n", str(workers), "--out", str(out), "--quiet"],
        environment=sites.environment,
    )
    after = sites.seen()
    exchanges = sum(after[name].requests - before[name].requests for name in names)
    return {
        "workers": workers,
        "targets": count,
        "exchanges": exchanges,
        "seconds": took.seconds,
        "targets_per_min": count / took.seconds * 60,
        "exchanges_per_s": exchanges / took.seconds,
        **_costs(took),
        "sites_cpu_s": cpu_seconds(sites.process) - cpu,
        "answered_mib": (sites.sent() - sent) / MIB,
        "kept_mib": _size(out) / MIB,
    }


def _costs(took: Spent) -> dict[str, float]:
    return {
        "client_cpu_s": took.cpu_seconds,
        "others_cpu_s": took.all_cpu_seconds - took.cpu_seconds,
        "client_mib": took.peak_bytes / MIB,
        "largest_mib": took.largest_bytes / MIB,
        "all_mib": took.all_peak_bytes / MIB,
    }


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def _ratios(turns: list[dict[str, Any]], figure: str) -> Iterator[dict[str, Any]]:
    """How many times as fast more workers were, turn by turn, and in the middle."""
    for workers in sorted({turn["workers"] for turn in turns}):
        ratios = [
            turn[figure] / one[figure]
            for turn in turns
            for one in turns
            if turn["workers"] == workers and one["turn"] == turn["turn"] and one["workers"] == turns[0]["workers"]
        ]
        yield {
            "workers": workers,
            "ratio": median(ratios),
            "least": min(ratios),
            "most": max(ratios),
        }


# Captures -------------------------------------------------------------------------------------------------------------


def _audit(report: Report, place: Path, workers: tuple[int, ...], captures: list[Capture], repetitions: int) -> None:
    made = {capture: record(place / capture.kind, capture, report.seed) for capture in captures}
    report.add("captures", [_capture_row(capture, size) for capture, size in made.items()])
    turns = [
        {"turn": turn, **_audited(place, capture, size, each, turn)}
        for capture, size in made.items()
        for turn in range(1, repetitions + 1)
        for each in workers
    ]
    report.add("captures audited", turns)
    ratios = [
        {"kind": capture.kind, **ratio}
        for capture in captures
        for ratio in _ratios([turn for turn in turns if turn["kind"] == capture.kind], "exchanges_per_s")
    ]
    report.add("captures, to one worker", ratios)


def _capture_row(capture: Capture, size: int) -> dict[str, Any]:
    return {
        "kind": capture.kind,
        "files": capture.files,
        "deployments": capture.deployments,
        "exchanges": capture.total,
        "mib": size / MIB,
    }


def _audited(place: Path, capture: Capture, size: int, workers: int, turn: int) -> dict[str, Any]:
    out = place / f"{capture.kind}-{turn}-{workers}"
    asked = [str(place / capture.kind), "--release", RELEASE, "-n", str(workers), "--out", str(out), "--quiet"]
    took = spent([*VIMGATE, "fleet", "audit", *asked])
    return {
        "kind": capture.kind,
        "workers": workers,
        "exchanges": capture.total,
        "seconds": took.seconds,
        "exchanges_per_s": capture.total / took.seconds,
        "mib_per_s": size / MIB / took.seconds,
        **_costs(took),
        "kept_mib": _size(out) / MIB,
    }


if __name__ == "__main__":
    main()
