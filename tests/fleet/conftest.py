"""What the tests of fleets share."""

import json
import sys
from pathlib import Path

import pytest

from reports.fleet.ending import End, Ending
from reports.fleet.summary import Summary
from reports.model import Level, Outcome, Verdict

# The sites that are judged are of the benchmarks, in the checkout alone; what is installed comes first all the same.
sys.path.append(str(Path(__file__).parents[2]))


@pytest.fixture
def ending():
    """Makes what became of a target: by default it was judged, and one requirement failed."""

    def make(name, end=End.JUDGED, outcome=Outcome.NOT_CONFORMANT, **members):
        summary = Summary(
            release="published",
            changes="allowed",
            level=Level.WIRE,
            reached=None,
            levels={Level.WIRE: outcome},
            counts={"fail": 1},
            duration_seconds=2.5,
            verdicts={"VIM-API-003": Verdict.FAIL},
            texts={"VIM-API-003": "Each href can be followed."},
            found={"VIM-API-003": "It cannot."},
        )
        return Ending(name, end, outcome, **{"target": f"http://{name}", "summary": summary, "seconds": 3.0} | members)

    return make


@pytest.fixture
def written(tmp_path):
    """Writes a fleet file: a value as JSON, or a text as it stands; gives its path."""

    def write(value):
        path = tmp_path / "FLEET.yaml"
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1), encoding="utf-8")
        return path

    return write
