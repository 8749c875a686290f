"""`make` on a fresh machine: what a person sees before anything is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD_PYTHON = """#!/bin/sh
if [ "$1" = --version ]; then echo "Python 3.11.7"; else exit 1; fi
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the Makefile, and a Python that is too old."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "constraints.txt").touch()
    old = tmp_path / "old-python"
    old.write_text(OLD_PYTHON)
    old.chmod(0o755)
    return tmp_path


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")
@pytest.mark.parametrize("goal", ["certify", "test"])
def test_an_old_python_gets_one_sentence_that_says_what_to_install(checkout, goal):
    """A Python that is too old is refused by one sentence, before anything is made."""
    done = subprocess.run(
        ["make", "--no-print-directory", goal, "PYTHON=./old-python"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    first = done.stderr.splitlines()[0]
    assert done.returncode == 2
    assert first.startswith(
        "vimgate needs Python 3.12 or newer, but './old-python' is Python 3.11.7: install python3.12"
    )
    assert not (checkout / ".venv").exists()
