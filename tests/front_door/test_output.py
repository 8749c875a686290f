"""What goes to stdout and stderr: one document with --json, one line with --quiet, no colour where none is wanted."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from importlib.resources import files

import jsonschema
import pytest
from click.testing import CliRunner

from reports import folder
from reports.model import Finding, Report, Result, Run, Verdict
from vimgate.commands.report import command

SCHEMA = json.loads((files("reports") / "brief.schema.json").read_text(encoding="utf-8"))
COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-9]|4[0-9]|9[0-7])[0-9;]*m")
PROGRESS = """
from conformance.runs.collector import Progress
from vimgate.progress import ProgressShown

with ProgressShown() as progress:
    progress.watch(Progress(1, 2, "first"))
    progress.watch(Progress(2, 2, "last"))
print("done")
"""
RUN = Run("http://192.0.2.1:4545", "published", 3, "allowed", "2026-11-29T00:00:00+00:00")


LIMIT = 180  # seconds


def environment(**extra):
    """The environment of a run, without the traces of this one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIMGATE_", "PYTEST_", "NO_C"))}
    return kept | extra


def words(arguments):
    """The command line as a process is started with it."""
    return [sys.executable, "-c", "from vimgate.cli import main; main()", *shlex.split(arguments)]


def vimgate(folder, arguments, **extra):
    """Run the command line in that folder; its outputs are no terminals."""
    return subprocess.run(
        words(arguments),
        cwd=folder,
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )


def on_a_terminal(folder, command, **extra):
    """What the command writes to a terminal, stdout and stderr together."""
    known = environment(TERM="xterm-256color", COLUMNS="100") | extra
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=folder, env=known, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return shown.decode()


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the end of what was written to a terminal that nobody has open any more
        return b""


def test_json_is_one_document_and_nothing_else(tmp_path):
    """Something beside the document stands on stdout, or it is not of the public format."""
    done = vimgate(tmp_path, "certify --read-only --only VIM-API-* --fuzz-examples 0 -n 1 --json")
    told = json.loads(done.stdout)
    jsonschema.validate(told, SCHEMA)
    assert (done.returncode, told["outcome"], told["partial"], told["level"]) == (0, "conformant", True, None)


def test_quiet_is_one_line_and_no_progress(tmp_path):
    """A run that was asked to be quiet says more than its verdict."""
    done = vimgate(tmp_path, "certify http://127.0.0.1:1 --only VIM-API-* --quiet")
    assert (done.stdout.count("\n"), done.stdout.split()[:2]) == (1, ["VERDICT", "incomplete"])
    assert (done.stderr.count("\n"), "127.0.0.1:1 gave no answer" in done.stderr) == (1, True)
    assert " selection=partial level=" in done.stdout


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_selection_of_nothing_is_wrong_use(tmp_path, option):
    """A misspelt id ends in a verdict."""
    done = vimgate(tmp_path, f"certify {option} VIM-APY-001 --json")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{option} VIM-APY-001 names no requirement; did you mean VIM-API-001" in done.stderr


@pytest.mark.parametrize(
    ("extra", "coloured", "escaped"),
    [({}, True, True), ({"NO_COLOR": "1"}, False, True), ({"TERM": "dumb"}, False, False)],
    ids=["terminal", "NO_COLOR", "dumb"],
)
def test_a_terminal_gets_colour_unless_it_wants_none(tmp_path, extra, coloured, escaped):
    """Colour reaches a terminal whose owner set NO_COLOR, or a dumb one gets escape sequences."""
    shown = on_a_terminal(tmp_path, [sys.executable, "-c", PROGRESS], **extra)
    assert (bool(COLOUR.search(shown)), "\x1b[" in shown, "done" in shown) == (coloured, escaped, True)


@pytest.mark.parametrize("arguments", ["spec requirements --strength SHOULD", "world show aio-dx"])
def test_what_is_no_terminal_gets_no_escapes(tmp_path, arguments):
    """A log or a pipe is full of escape sequences."""
    done = vimgate(tmp_path, arguments, TERM="xterm-256color")
    assert (done.returncode, "\x1b" in done.stdout + done.stderr) == (0, False)


@pytest.mark.parametrize(("name", "code"), [("show", 0), ("gate", 1)])
def test_report_commands_print_the_same_document(tmp_path, name, code):
    """The document of a report is another than that of its run, or its exit code is."""
    finding = Finding("VIM-API-002", Verdict.FAIL, "wrong")
    folder.write(Report(RUN, (Result("VIM-API-002", Verdict.FAIL, findings=(finding,)),)), tmp_path)
    told = CliRunner().invoke(command, [name, str(tmp_path), "--json"])
    value = json.loads(told.stdout)
    jsonschema.validate(value, SCHEMA)
    assert (told.exit_code, value["exit_code"], value["results"][0]["findings"][0]["message"]) == (code, 1, "wrong")
