"""Each mutant is still killed by the test that is known to kill it: a regression test of the judge.

The table is made by regenerate.py beside this file, which says how.
"""

import json
import os
from pathlib import Path

import pytest

from conformance.runs.options import Options
from reference_server.mutants import MUTANTS
from vimgate import pool
from vimgate.matrix import ours

KILLS = json.loads(Path(__file__).with_name("kills.json").read_text(encoding="utf-8"))
KNOWN = {name: row for name, row in KILLS.items() if row is not None}
MOST_MISSED = 0.05
EVERY = int(os.environ.get("VIMGATE_KILLS_EVERY", "6"))
"""Of so many kills one is made again; 1: all of them."""
ADVICE = "run `vimgate mutants kill NAME... --json matrix.json`, then regenerate.py beside this file"


def test_every_mutant_has_a_row():
    """Whoever adds a mutant finds out who kills it, or that nobody does; a mutant that is no more has no row."""
    assert sorted(KILLS) == sorted(MUTANTS), ADVICE


def test_hardly_any_is_missed():
    """At most 5 % are missed, and none of those breaks a MUST."""
    missed = [MUTANTS[name] for name, row in KILLS.items() if row is None and not MUTANTS[name].equivalent]
    assert [mutant.name for mutant in missed if mutant.breaks] == []
    assert len(missed) <= MOST_MISSED * len(KILLS)


def hunts():
    """For each mutant a run of the one test that kills it."""
    return [
        pool.Task(
            name,
            ours.hunt,
            (Options(target=MUTANTS[name].target, stop_at_first=True, tests=(row["test"],)),),
            MUTANTS[name].environment,
        )
        for name, row in list(KNOWN.items())[::EVERY]
    ]


@pytest.mark.long
def test_kills_are_made_again():
    """The test of the table, alone, makes the requirement of the table fail."""
    found = {task.name: trial for task, trial in pool.run(hunts(), workers=2, limit=900.0)}
    lost = {name: trial for name, trial in found.items() if KNOWN[name]["requirement"] not in getattr(trial, "by", ())}
    assert found
    assert lost == {}, ADVICE
