"""What a fleet takes: its targets with one worker and with two, as it grows, and the captures of its deployments.

python -m benchmarks.fleet --json fleet.json
python -m benchmarks.fleet --plan fleet.json
"""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, Final

import click
import yaml

from benchmarks.fleet.captures import HAR, LINES, Capture, Made, record
from benchmarks.fleet.planning import Wanted, plan
from benchmarks.fleet.sites import Plan, Sites, running
from benchmarks.fleet.spent import VIMGATE, Spent, cpu_seconds, spent
from benchmarks.report import Report
from benchmarks.tape import RELEASE

MIB: Final = 1 << 20
PARTS: Final = ("certify", "audit")
SPEEDS: Final = ("exchanges", "seconds", "targets_per_min", "exchanges_per_s")
COSTS: Final = ("client_cpu_s", "others_cpu_s", "sites_cpu_s", "client_mib", "all_mib", "kept_mib", "answered_mib")
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
        workers, compared, targets, repetitions = (1,), 2, (2,), 1
        files, deployments, exchanges = 1, 2, 40
    report = Report("fleet", seed, quick)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if "certify" in (parts or PARTS):
            _certify(report, place, workers, compared, targets, repetitions)
        if "audit" in (parts or PARTS):
            lines = Capture(kind=LINES, files=files, deployments=deployments, exchanges=exchanges // deployments)
            hars = Capture(kind=HAR, files=files, deployments=1, exchanges=exchanges)
            _audit(report, place, workers, [lines] if quick else [hars, lines], repetitions)
    report.finish(file)


# Targets --------------------------------------------------------------------------------------------------------------


def _certify(  # noqa: PLR0913, PLR0917 - what is measured
    report: Report, place: Path, workers: tuple[int, ...], compared: int, targets: tuple[int, ...], repetitions: int
) -> None:
    with running(Plan(count=max(compared, *targets))) as sites:
        sites.touch(sites.urls)
        turns = [
            {"run": f"workers {each}, turn {turn}", "turn": turn}
            | _judged(sites, place / f"{turn}-{each}", compared, each)
            for turn in range(1, repetitions + 1)
            for each in workers
        ]
        report.add("targets", _columns(turns, "turn", "workers", "targets", *SPEEDS))
        report.add("targets, their costs", _columns(turns, "run", "workers", *COSTS))
        report.add("targets, to one worker", _ratios(turns, "targets_per_min"))
        most = max(workers)
        known = {row["targets"]: row for row in turns if row["workers"] == most}
        grown = [
            known[each] if report.quick else _judged(sites, place / f"grown-{each}", each, most) for each in targets
        ]
    report.add("growth", _columns(grown, "targets", "workers", *SPEEDS))
    report.add("growth, its costs", _columns(grown, "targets", "workers", *COSTS))
    report.add("growth, by target", [_by_target(row) for row in grown])


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
        **_costs(took),
        "sites_cpu_s": cpu_seconds(sites.process) - cpu,
        "answered_mib": (sites.sent() - sent) / MIB,
        "kept_mib": _size(out) / MIB,
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


# Captures -------------------------------------------------------------------------------------------------------------


def _audit(report: Report, place: Path, workers: tuple[int, ...], captures: list[Capture], repetitions: int) -> None:
    made = [record(place / capture.kind, capture, report.seed) for capture in captures]
    report.add("captures", [_capture(each) for each in made])
    turns = [
        {"kind": recorded.capture.kind, "turn": turn, **_audited(recorded, each, turn)}
        for recorded in made
        for turn in range(1, repetitions + 1)
        for each in workers
    ]
    report.add(
        "captures audited", _columns(turns, "kind", "turn", "workers", "seconds", "exchanges_per_s", "mib_per_s")
    )
    report.add("captures audited, their costs", _columns(turns, "kind", "workers", *COSTS))
    ratios = [
        {"kind": capture.kind} | ratio
        for capture in captures
        for ratio in _ratios([turn for turn in turns if turn["kind"] == capture.kind], "exchanges_per_s")
    ]
    report.add("captures, to one worker", ratios)
    short = record(place / "short", Capture(kind=LINES, files=1, deployments=1, exchanges=1), report.seed)
    begun = turns if report.quick else [_audited(short, each, 0) for each in workers]
    report.add("starting", _columns(begun, "workers", "seconds", "client_cpu_s", "others_cpu_s"))


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
        **_costs(took),
        "kept_mib": _size(out) / MIB,
    }


# What they share ------------------------------------------------------------------------------------------------------


def _costs(took: Spent) -> dict[str, float]:
    return {
        "client_cpu_s": took.cpu_seconds,
        "others_cpu_s": took.all_cpu_seconds - took.cpu_seconds,
        "client_mib": took.peak_bytes / MIB,
        "all_mib": took.all_peak_bytes / MIB,
    }


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def _columns(rows: Iterable[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """These figures alone, as far as a row has them: a table that is not too wide."""
    return [{name: row[name] for name in names if name in row} for row in rows]


def _ratios(turns: list[dict[str, Any]], figure: str) -> list[dict[str, Any]]:
    """How many times as fast more workers were, turn by turn: in the middle, at least and at most."""
    found: dict[int, list[float]] = {}
    for turn in turns:
        first = next(each for each in turns if each["turn"] == turn["turn"])
        found.setdefault(turn["workers"], []).append(turn[figure] / first[figure])
    return [
        {"workers": workers, "ratio": median(ratios), "least": min(ratios), "most": max(ratios)}
        for workers, ratios in found.items()
    ]


if __name__ == "__main__":
    main()
