"""The benchmarks run, and say everything they should; how fast anything is, is no test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLEET_COSTS = ("client_cpu_s", "others_cpu_s", "client_mib", "all_mib", "kept_mib")
FIGURES = {
    "engine": {
        "planning": {"workers", "instances", "worker_apply_type", "stages", "seconds", "cpu_seconds", "peak_mib"},
        "growth": {"worker_apply_type", "from_workers", "to_workers", "ratio"},
        "large world": {
            "worker_apply_type", "workers", "instances", "stages", "changes",
            "read_s", "build_s", "show_s", "apply_s", "apply_cpu_s", "show_again_s",
        },
    },
    "server": {
        "GET of a strategy": {
            "way", "stages", "bytes", "cached_per_s", "naive_per_s", "not_modified_per_s", "ratio",
        },
        "a change, and the GET that shows it": {
            "store", "stages", "changes", "p50_ms", "p99_ms", "max_ms", "cpu_p50_ms", "cpu_p99_ms",
        },
        "memory": {"cycles", "held_kib", "resident_mib"},
    },
    "certify": {
        "certification": {"workers", "tests", "exchanges", "seconds", "exchanges_per_s"},
        "speed-up": {"from_workers", "to_workers", "ratio"},
        "suite, one worker": {"module", "tests", "exchanges", "seconds"},
    },
    "audit": {
        "recordings": {"recording", "kind", "exchanges", "bytes_each"},
        "reading": {"recording", "kind", "per_s", "ms_each"},
        "auditing": {"recording", "kind", "per_s", "ms_each"},
    },
    "fleet": {
        "targets": {"turn", "workers", "targets", "exchanges", "seconds", "targets_per_min", "exchanges_per_s"},
        "targets, their costs": {"run", "workers", *FLEET_COSTS, "sites_cpu_s", "answered_mib"},
        "targets, to one worker": {"workers", "ratio", "least", "most"},
        "growth": {"targets", "workers", "exchanges", "seconds", "targets_per_min", "exchanges_per_s"},
        "growth, its costs": {"targets", "workers", *FLEET_COSTS, "sites_cpu_s", "answered_mib"},
        "growth, by target": {"targets", "seconds", "client_cpu_ms", "others_cpu_ms", "answered_kib", "kept_kib"},
        "captures": {"kind", "files", "deployments", "exchanges", "mib"},
        "captures audited": {"kind", "turn", "workers", "seconds", "exchanges_per_s", "mib_per_s"},
        "captures audited, their costs": {"kind", "workers", *FLEET_COSTS},
        "captures, to one worker": {"kind", "workers", "ratio", "least", "most"},
        "starting": {"workers", "seconds", "client_cpu_s", "others_cpu_s"},
    },
    "judge": {
        "looks at a strategy": {"document", "bytes", "polls", "ms", "afresh_ms", "per_s", "ratio"},
    },
}  # fmt: skip
LONG = ("certify", "audit", "fleet", "judge")
ABOUT = {"benchmark", "seed", "quick", "machine", "load_before", "load_after", "sections", "targets"}


def run(name, *arguments):
    """A benchmark, run as README.md says, from the root of the checkout."""
    command = [sys.executable, "-W", "error", "-m", f"benchmarks.{name}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[pytest.mark.long] if name in LONG else []) for name in FIGURES],
    ids=FIGURES,
)
def ran(request, tmp_path_factory):
    """A quick run: its name, the process, the JSON that it wrote."""
    file = tmp_path_factory.mktemp("benchmarks") / "figures.json"
    process = run(request.param, "--quick", "--seed", "7", "--json", str(file))
    assert process.returncode == 0, process.stderr
    return request.param, process, json.loads(file.read_text())


def test_the_file_is_complete(ran):
    """The JSON says what was run, where, and every figure of every section."""
    name, _, figures = ran
    assert figures.keys() == ABOUT
    assert (figures["benchmark"], figures["seed"], figures["quick"]) == (name, 7, True)
    found = {section: set.intersection(*map(set, rows)) for section, rows in figures["sections"].items()}
    assert found == FIGURES[name]


def test_every_figure_is_a_measure(ran):
    """No figure of a section is missing or below zero."""
    rows = [row for rows in ran[2]["sections"].values() for row in rows]
    numbers = [value for row in rows for name, value in row.items() if name != "resident_mib" and value != str(value)]
    assert all(number is not None and number >= 0 for number in numbers)


def test_the_machine_has_no_name(ran):
    """What is said of the machine is its class alone."""
    assert ran[2]["machine"].keys() == {"cpu", "cpus", "memory_gib", "system", "python"}


def test_a_table_for_each_section(ran):
    """Each section is printed under its name, and nothing is complained of."""
    name, process, _ = ran
    assert [section for section in FIGURES[name] if section not in process.stdout] == []
    assert process.stderr == ""


@pytest.mark.parametrize("name", FIGURES)
def test_help(name):
    """`--help` shows a command to copy."""
    process = run(name, "--help")
    assert (process.returncode, f"python -m benchmarks.{name} --json" in process.stdout) == (0, True)
