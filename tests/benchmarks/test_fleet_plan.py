"""The tables of a large fleet: computed from what was measured, by the formulas that they show."""

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from benchmarks.fleet.__main__ import main
from benchmarks.fleet.planning import WHOLE_CPU, Wanted, of_captures, of_targets, per_target, plan, readings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fleet.md"
MEASURED = ROOT / "benchmarks" / "fleet" / "figures.json"
TABLES = re.compile(r"(<!-- plan of benchmarks/fleet/figures.json -->\n)(.*?)(<!-- end of plan -->\n)", re.DOTALL)
LINES = re.findall(r"^    python -m benchmarks.fleet (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

COMMON = {"workers": 2, "client_mib": 100.0, "all_mib": 500.0}
SMALL = COMMON | {"targets": 10, "others_cpu_s": 20.0, "client_cpu_s": 5.0, "kept_mib": 15.0, "answered_mib": 1.0}
LARGE = COMMON | {
    "targets": 110, "others_cpu_s": 120.0, "client_cpu_s": 15.0, "kept_mib": 115.0, "answered_mib": 11.0,
    "client_mib": 150.0, "all_mib": 750.0,
}  # fmt: skip
SPEED = {"seconds": 50.0, "targets_per_min": 12.0, "exchanges_per_s": 19.2}
COST = {"kind": "HAR", "kept_mib": 1.0, "client_mib": 90.0, "all_mib": 290.0, "others_cpu_s": 26.0}
SECTIONS = {
    "growth": [{"targets": each, "workers": 2, **SPEED} for each in (10, 110)],
    "growth, by target": [{"client_cpu_ms": 500.0}, {"client_cpu_ms": 136.4}],
    "growth, its costs": [SMALL, LARGE],
    "captures": [{"kind": "HAR", "mib": 200.0}],
    "captures audited": [
        {"kind": "HAR", "workers": workers, "seconds": took} for workers, took in ((1, 25), (2, 16.5))
    ],
    "captures audited, their costs": [COST | {"workers": 1}, COST | {"workers": 2}],
    "targets": [{"workers": each, "targets_per_min": 12.0 * each} for each in (1, 2, 1, 2)],
    "targets, to one worker": [{"workers": 2, "ratio": 2.0, "least": 1.9, "most": 2.1}],
    "starting": [{"workers": each, "seconds": start, "others_cpu_s": 6.0} for each, start in ((1, 5.0), (2, 4.0))],
}
MACHINE = {"cpu": "a processor", "cpus": 2, "memory_gib": 23, "system": "Linux", "python": "3.12.1"}
FIGURES = {"sections": SECTIONS, "machine": MACHINE, "load_before": 0.1, "load_after": 2.0, "quick": False}
WANTED = Wanted(targets=3600, terabytes=1.048576, hours=10.0)


def test_what_a_target_more_takes_is_the_slope():
    """The start of a run is counted as if each target took it."""
    each = per_target([SMALL, LARGE])
    assert (each.worker_cpu, each.client_cpu, each.client_mib, each.base_mib) == (1.0, 0.1, 0.5, 95.0)
    assert (each.kept_mib, each.answered_mib, each.slot_mib) == (1.0, 0.1, 300.0)


def test_one_fleet_alone_has_shares():
    """A single measure gives no slope, and no division by zero."""
    each = per_target([SMALL])
    assert (each.worker_cpu, each.client_mib, each.base_mib) == (2.0, 0.0, 100.0)


def test_targets_come_to_what_the_formulas_say():
    """A row tells something else than its figures come to."""
    came = [row[3] for row in of_targets(per_target([SMALL, LARGE]), WANTED)]
    assert came == [
        "1 core-hours: 0.1 cores", f"{WHOLE_CPU:g} core-hours: 3.5 cores", "720", "211 GiB",
        "0.1 core-hours: 0.01 cores", "1.9 GiB", "3.5 GiB", "0.1 MiB/s", "0.01 MiB/s",
    ]  # fmt: skip


def test_captures_come_to_what_the_formulas_say():
    """A row tells something else than its figures come to, or a worker of several does as much as one alone."""
    (reading,) = readings(SECTIONS)
    assert (reading.mib_per_s, reading.efficiency, reading.worker_mib) == (10.0, 0.8, 200.0)
    came = [row[3] for row in of_captures(reading, WANTED)]
    assert came == ["28 core-hours", "4", "0.78 GiB", "90 MiB", "28 MiB/s", "4.9 GiB"]


@pytest.mark.parametrize(
    ("without", "left"), [("growth", "1.04858 TB of HAR in 10 h"), ("captures", "3,600 targets in 10 h")]
)
def test_a_part_that_was_not_measured_has_no_table(without, left):
    """A table is made of figures that nobody measured."""
    sections = {name: [] if name.startswith(without) else rows for name, rows in SECTIONS.items()}
    text = plan(FIGURES | {"sections": sections}, WANTED)
    assert text.startswith("Measured on: a processor, 2 CPUs, 23 GiB, Linux, Python 3.12.1")
    assert (text.count("| formula |"), f"| {left} |" in text) == (1, True)


def test_what_was_measured_is_told():
    """A figure of growth or of a comparison is left out, or stands in the row of another."""
    text = plan(FIGURES, WANTED)
    assert "| 110 | 2 | 50 | 12 | 19 | 136 | 150 |" in text
    assert "| targets | targets a minute | 2 | 24, 24 | 2.00 (1.90 to 2.10) |" in text


def test_the_tables_of_the_page_follow_from_the_figures():
    """docs/fleet.md tells other figures than were measured; VIMGATE_UPDATE_GOLDEN=1 writes them into it."""
    said = f"\n{plan(json.loads(MEASURED.read_text(encoding='utf-8')), Wanted())}\n\n"
    if os.environ.get("VIMGATE_UPDATE_GOLDEN"):
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLES.sub(lambda found: f"{found[1]}{said}{found[3]}", text), encoding="utf-8")
    assert TABLES.search(PAGE.read_text(encoding="utf-8"))[2] == said


@pytest.mark.parametrize("line", LINES)
def test_a_measurement_of_the_page_is_taken(line, tmp_path, monkeypatch):
    """The benchmark does not know an option of docs/fleet.md."""
    monkeypatch.chdir(tmp_path)
    Path("fleet.json").write_text("{}", encoding="utf-8")
    assert main.make_context("fleet", shlex.split(line)).params["terabytes"] == 10
