"""The kill rate that reports carry: what the table of kills says, of this harness alone, and how it is written."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from reference_server.mutants import MUTANTS
from reports.model import KillRate
from vimgate.matrix.rate import Harness, kill_rate, measured, rate_of, this_harness

KILLS = json.loads(Path(__file__).with_name("kills.json").read_text(encoding="utf-8"))
ADVICE = "run `vimgate mutants kill --clean-seeds 20 --json matrix.json`, then regenerate.py beside this file"
HARNESS = Harness("1.0", "c" * 64, "d" * 64)
SAID = {"version": "1.0", "contract": "c" * 64, "ledger": "d" * 64} | {
    "mutants": 3, "killed": 2, "clean_runs": 20, "false_alarms": 0,
}  # fmt: skip
TABLE = {"one": {"test": "t", "requirement": "R"}, "two": None, "three": {"test": "t", "requirement": "R"}}


@pytest.fixture(scope="module")
def rate():
    """What regenerate.py makes of a matrix."""
    spec = importlib.util.spec_from_file_location("regenerate", Path(__file__).with_name("regenerate.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.rate


def matrix(names=TABLE, clean=20, **members):
    """What of a matrix counts, by default of all mutants."""
    return {
        "versions": {"vimgate": "1.0"},
        "contract": "c" * 64,
        "ledger": "d" * 64,
        "mutants": [{"name": name} for name in names],
        "clean": [{"alarms": [], "why": ""}] * clean,
        "not_run": [],
    } | members


def test_the_rate_is_that_of_the_table():
    """Reports tell another rate than the kills that the tests make again."""
    said = measured()
    assert (said["mutants"], said["killed"]) == (len(MUTANTS), sum(row is not None for row in KILLS.values())), ADVICE


def test_this_harness_has_a_rate_or_it_is_said_why():
    """A rate that was measured with another version or contract lies in the wheel unseen."""
    if kill_rate(this_harness()) is None and measured()["ledger"] != this_harness().ledger:
        pytest.skip(f"the ledger has changed since the kill rate was measured, so reports carry none: {ADVICE}")
    assert kill_rate(this_harness()) is not None, ADVICE


def test_a_rate_is_told_of_its_harness():
    """The harness that was measured does not know its rate."""
    assert rate_of(SAID, HARNESS) == KillRate(killed=2, mutants=3, false_alarms=0, clean_runs=20)


@pytest.mark.parametrize("name", ["version", "contract", "ledger"])
def test_a_rate_is_told_of_no_other_harness(name):
    """Another version, or the same with another contract or ledger, is said to be as good as the one measured."""
    assert rate_of(SAID, replace(HARNESS, **{name: "other"})) is None


def test_a_matrix_of_all_mutants_gives_the_rate(rate):
    """A whole matrix does not replace the rate, or counts what it should not."""
    clean = [{"alarms": ["R", "S"], "why": ""}, {"alarms": [], "why": ""}, {"alarms": [], "why": "untestable: R"}]
    assert rate(matrix(clean=0) | {"clean": clean}, TABLE, {}) == SAID | {"clean_runs": 2, "false_alarms": 2}


def test_a_matrix_of_some_mutants_keeps_the_clean_runs(rate):
    """One clean run beside one mutant makes twenty forgotten."""
    assert rate(matrix(["one"], clean=1), TABLE, SAID | {"killed": 1, "mutants": 2}) == SAID


@pytest.mark.parametrize(
    ("made", "before", "says"),
    [
        (matrix(["one"]), SAID | {"ledger": "e" * 64}, "another one than before"),
        (matrix(not_run=["one: it hung"]), SAID | {"version": "0.9"}, "another one than before"),
        (matrix(["one"], clean=0) | {"clean": [{"alarms": ["R"], "why": ""}]}, SAID, "the clean server was accused"),
        (matrix(clean=0), SAID, "there is no clean run"),
        ({name: value for name, value in matrix().items() if name != "ledger"}, SAID, "does not say by which"),
    ],
    ids=["another ledger", "not all could be run", "accused", "no clean run", "an older matrix"],
)
def test_a_matrix_that_gives_no_rate_is_refused(rate, made, before, says):
    """A rate is made of what was measured with two harnesses, or not measured."""
    with pytest.raises(ValueError, match=says):
        rate(made, TABLE, before)
