"""How every command leaves when its surroundings fail it: exit code 1 is a verdict, and nothing else."""

import os
import subprocess
import sys

import pytest

COMMAND = f"{sys.executable} -c 'from vimgate.cli import main; main()'"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{COMMAND} spec show > /dev/full", 3),
        (f"{COMMAND} spec requirements --json > /dev/full", 3),
        (f"{COMMAND} certify ''", 2),
        (f"{COMMAND} certify http://..:80", 2),
        (f"{COMMAND} certify --out /dev/null/report", 2),
        (f"VIMGATE_TOKEN=$'SECRET\\n123' {COMMAND} certify", 2),
        (f"{COMMAND} no-such-command", 2),
    ],
)
def test_a_command_leaves_with_a_code_that_is_true(line, code, tmp_path):
    """A full disk, a closed pipe and an empty target are told in one sentence at most, and never with exit code 1."""
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "SECRET" not in done.stderr


@pytest.mark.parametrize("arguments", [["show"], ["requirements", "--json"]])
def test_an_output_that_nobody_reads_is_incomplete(arguments):
    """A pipe whose reader has gone ends a command quietly, with exit code 3."""
    reader, writer = os.pipe()
    os.close(reader)
    program = [sys.executable, "-c", "from vimgate.cli import main; main()", "spec", *arguments]
    done = subprocess.run(program, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (3, "")
