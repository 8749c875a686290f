"""`vimgate mutants kill`: the matrix, its JSON, its exit codes; each run is a process of its own."""

import json
import os
import signal
import subprocess
import sys
from importlib.resources import files

import jsonschema
import pytest

SCHEMA = json.loads((files("vimgate") / "matrix" / "matrix.schema.json").read_text(encoding="utf-8"))
COMMAND = [sys.executable, "-c", "from vimgate.cli import main; main()", "mutants", "kill", "--clean-seeds", "0"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("VIMGATE_")}


def kill(folder, *arguments):
    """Run the command in a folder."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.long
def test_each_judge_is_told_with_what_it_found(tmp_path):
    """The matrix names the requirement and the peer's check; the JSON fits its schema and says the same."""
    done = kill(tmp_path, "percentage-as-text", "--peer", "schemathesis", "--seed", "3", "--json", "matrix.json")
    matrix = json.loads((tmp_path / "matrix.json").read_text())
    jsonschema.validate(matrix, SCHEMA)
    (mutant,) = matrix["mutants"]
    assert (done.returncode, matrix["seed"], matrix["full"]) == (0, 3, False)
    assert (mutant["ours"]["killed"], mutant["ours"]["as_promised"], mutant["peer"]["killed"]) == (True, True, True)
    assert set(mutant["breaks"]) & set(mutant["ours"]["by"])
    assert mutant["ours"]["tests"]
    assert mutant["ours"]["requests"] > 0
    assert "as promised" in done.stdout
    assert {each.partition(" at ")[0] for each in mutant["peer"]["by"]} <= {"response_schema_conformance"}
    assert matrix["rates"]["all"] == {"of": 1, "ours": 1, "peer": 1, "share": 1.0}
    assert {path.name for path in tmp_path.iterdir()} == {"matrix.json"}


@pytest.mark.long
def test_a_trial_that_takes_too_long_is_a_miss(tmp_path):
    """A trial that is not over in time is ended and missed; a miss of a mutant that breaks a MUST is exit 1."""
    done = kill(tmp_path, "plinks", "--full", "--limit", "1", "--json", "matrix.json")
    matrix = json.loads((tmp_path / "matrix.json").read_text())
    jsonschema.validate(matrix, SCHEMA)
    assert (done.returncode, matrix["mutants"][0]["ours"]["killed"]) == (1, False)
    assert matrix["not_run"] == ["plinks: it took longer than 1 s and was ended"]
    assert "1 mutants that break a MUST were missed: plinks" in done.stderr


@pytest.mark.long
def test_whoever_stops_it_gets_what_is_there(tmp_path):
    """Ctrl-C gives the matrix so far, names what was not reached, and leaves with exit 3."""
    run = subprocess.Popen(
        [*COMMAND, "percentage-as-text", "plinks", "--full", "-n", "1", "--json", "matrix.json"],
        cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert run.stderr.readline().startswith("mutants: 2 trials on 2 mutants, 1 at a time")
        run.send_signal(signal.SIGINT)
        output, errors = run.communicate(timeout=300)
    finally:
        run.kill()
    matrix = json.loads((tmp_path / "matrix.json").read_text())
    jsonschema.validate(matrix, SCHEMA)
    assert (run.returncode, "plinks: not reached" in errors, "Traceback" in errors) == (3, True, False)
    assert "killed" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-mutant"], "there is no mutant 'no-such-mutant'"),
        (["plinks", "--area", "abort"], "no mutant is of the area abort"),
        (["--area", "nowhere"], "--area"),
        (["--peer", "nobody"], "--peer"),
        (["--peer-runs", "2"], "add --peer schemathesis"),
        (["-n", "0"], "-n"),
    ],
)
def test_wrong_use(arguments, said, tmp_path):
    """What cannot be meant is refused by one clear error."""
    done = kill(tmp_path, *arguments)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)
