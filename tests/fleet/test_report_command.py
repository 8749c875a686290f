"""`vimgate fleet report`: what a fleet came to, and the exit code."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from reports.fleet.ending import End
from reports.model import Outcome
from vimgate.commands.fleet import command
from vimgate.fleet import store
from vimgate.fleet.journal import Journal
from vimgate.fleet.member import Fleet, Member


@pytest.fixture
def begun(tmp_path, ending):
    """Begins a fleet of two targets, of which these ended with these outcomes; gives its folder."""

    def make(*outcomes):
        members = tuple(Member(name, url=f"http://{name}:4545") for name in "ab")
        journal = Journal.begin(tmp_path / "fleet.jsonl", store.header_of(Fleet(members, "d", Path("F.yaml")), {}, {}))
        for name, outcome in zip("ab", outcomes, strict=False):
            journal.begun(name, "w")
            journal.ended(ending(name, End.JUDGED, outcome))
        journal.close()
        return tmp_path

    return make


def report(*arguments):
    """The command with these arguments."""
    return CliRunner().invoke(command, ["report", *map(str, arguments)])


GOOD, BAD, OPEN = Outcome.CONFORMANT, Outcome.NOT_CONFORMANT, Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("outcomes", "code"), [((GOOD, GOOD), 0), ((GOOD, BAD), 1), ((BAD,), 1), ((GOOD, OPEN), 3), ((GOOD,), 3), ((), 3)]
)
def test_the_exit_code_is_that_of_the_fleet(begun, outcomes, code):
    """A gate lets a fleet through of which a target failed, or was never judged."""
    done = report(begun(*outcomes))
    assert done.exit_code == code
    assert done.stdout.splitlines()[-1].startswith(
        f"VERDICT {('conformant', 'not-conformant', '', 'incomplete')[code]} "
    )


def test_a_form_goes_to_stdout_or_to_a_file(begun):
    """A program reads a verdict line behind the document, or somebody else reads the file."""
    folder = begun(GOOD, BAD)
    printed, written = (
        report(folder, "--format", "json"),
        report(folder, "--format", "json", "--out", folder / "r.json"),
    )
    assert json.loads(printed.stdout) == json.loads((folder / "r.json").read_text(encoding="utf-8"))
    assert (printed.exit_code, written.exit_code, (folder / "r.json").stat().st_mode & 0o777) == (1, 1, 0o600)
    assert written.stdout.startswith("VERDICT not-conformant targets=2 ")
    assert report(folder, "--format", "html").stdout.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("break_it", "arguments", "says"),
    [
        (lambda journal: journal.unlink(), (), "there is no fleet; name the folder that"),
        (lambda journal: journal.write_text("hello\n"), (), "fleet.jsonl:1: a fleet's journal begins with"),
        (
            lambda journal: journal.write_text(f"{journal.read_text()}hello\n"),
            (),
            "fleet.jsonl:6: the line was damaged",
        ),
        (lambda _: None, ("--format", "pdf"), "'pdf' is not one of"),
        (lambda _: None, ("--out", "fleet.jsonl/x/r.txt"), "cannot be written"),
    ],
    ids=["nothing there", "another file", "a damaged line", "no such form", "no such folder"],
)
def test_wrong_use_is_exit_2(begun, monkeypatch, break_it, arguments, says):
    """A mistyped folder ends in a traceback, or in a verdict."""
    folder = begun(GOOD, GOOD)
    monkeypatch.chdir(folder)
    break_it(folder / "fleet.jsonl")
    done = report(".", *arguments)
    assert (done.exit_code, says in done.stderr, done.stdout) == (2, True, "")
