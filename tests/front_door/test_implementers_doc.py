"""docs/implementers.md: a vendor's first hour is played as it stands there, and its other texts are true.

The runs are as short as the page says; what is not run at all stands in a table with the reason why not.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "implementers.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)
    for line in re.findall(r"^\$ (.*)$", block, re.MULTILINE)
]
URL = "http://127.0.0.1:4545"
LIMIT = 180  # seconds that a server may take to start
SHORT = {
    "VIMGATE_CERTIFY_LEVEL": "wire",
    "VIMGATE_CERTIFY_FUZZ_EXAMPLES": "0",
    "VIMGATE_CERTIFY_SEQUENCES": "0",
    "VIMGATE_CERTIFY_CLIENTS": "0",
}
ONE_SUBJECT = {"VIMGATE_CERTIFY_ONLY": "VIM-PPOST-00*"}

NOT_RUN = {
    "python3 -m venv": "the environment of the tests is one of its own",
    "vimgate-env/bin/pip install": "needs a package index",
    ". vimgate-env/bin/activate": "needs that environment",
    "export VIMGATE_CONTROL_TOKEN": "the token is known when the server has printed it",
    "vimgate doctor": "has tests of its own",
    "vimgate certify http://127.0.0.1:4545 --allow-changes --dry-run": "the same line of the README is run there",
}
EVIDENCE = find_spec("conformance.evidence")
# Commands that end with something else than 0, by their place among those that are run.
FAULTS = {3: 1, 6: 1}


class Hour:
    """A vendor's terminal: runs a line of the page, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.server = None
        self.address, self.token = URL, ""

    def run(self, line):
        """The exit code of a line, and what it said; a server is started, the one before it is stopped."""
        if re.match(r"vimgate (mutants )?serve ", line):
            return self._serve(line)
        looks, signs = "--read-only" in line, re.match(r"vimgate report (sign|verify)", line)
        known = {name: value for name, value in os.environ.items() if not name.startswith("VIMGATE_")}
        asked = SHORT | ({} if looks else ONE_SUBJECT) | {"VIMGATE_CONTROL_TOKEN": self.token}
        line = line.replace("vimgate-report", "vimgate-look") if signs else line
        done = subprocess.run(
            ["sh", "-c", line.replace(URL, self.address)],
            cwd=self.folder,
            env=known | asked | {"XDG_STATE_HOME": str(self.folder / "state")},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def _serve(self, line):
        self.stop()
        arguments = shlex.split(line.replace("--port 4545", "--port 0"))[1:]
        command = [sys.executable, "-P", "-c", "from vimgate.cli import main; main()", *arguments]
        said = self.folder / "serve.txt"
        with said.open("w", encoding="utf-8") as output:
            self.server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        greeting = first_lines(said, 3, self.server)
        self.address, self.token = greeting[0], greeting[2].split()[-1]
        return 0, "\n".join(greeting)

    def stop(self):
        """Stop the server, if one runs."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()


def first_lines(path, count, process):
    """The first lines that a process writes to a file."""
    end = time.monotonic() + LIMIT
    while len(lines := path.read_text(encoding="utf-8").splitlines()) < count:
        assert process.poll() is None, lines
        assert time.monotonic() < end, lines
        time.sleep(0.01)
    return lines[:count]


@pytest.fixture
def hour(tmp_path):
    """A terminal in a folder with the page's file of waivers."""
    (tmp_path / "waivers.yaml").write_text(re.search(r"```yaml\n(.*?)```", DOC, re.DOTALL)[1], encoding="utf-8")
    made = Hour(tmp_path)
    yield made
    made.stop()


def there(line):
    """What the line asks for is in this version: `verify` without a key wants the evidence of a run."""
    return EVIDENCE or line != "vimgate report verify vimgate-report"


RUN = [line for line in COMMANDS if not line.startswith(tuple(NOT_RUN)) and there(line)]


@pytest.mark.long
def test_the_hour_goes_as_it_is_told(hour):
    """A line of the page does something else than the page says."""
    done = [(line, *hour.run(line)) for line in RUN]
    said = {line: text for line, _, text in done}
    assert [code for _, code, _ in done] == [FAULTS.get(place, 0) for place in range(len(RUN))], done
    assert "VERDICT conformant" in said[f"vimgate certify {URL} --read-only --out vimgate-look"]
    failed = next(text for line, _, text in done if line == f"vimgate certify {URL} --allow-changes")
    assert "FAIL VIM-PPOST-002" in failed
    assert "a success was answered 201" in said["vimgate report show vimgate-report"]
    assert "REPLAY seen-again VIM-PPOST-002" in said["vimgate replay VIM-PPOST-002 --allow-changes"]
    assert "waived=1" in said["vimgate report gate vimgate-report --waivers waivers.yaml"]
    assert "VERDICT conformant" in said[f"vimgate certify {URL} --allow-changes"]


def test_every_line_is_run_or_has_a_reason():
    """A reason is left over, a line that is run elsewhere is not, or the page says other options than the test uses."""
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in COMMANDS)] == []
    dry = next(line for line in NOT_RUN if line.endswith("--dry-run"))
    assert f"$ {dry}\n" in README
    assert "`--level wire`, with `--fuzz-examples 0 --sequences 0 --clients 0`" in DOC
    assert f"`--only '{ONE_SUBJECT['VIMGATE_CERTIFY_ONLY']}'`" in DOC
