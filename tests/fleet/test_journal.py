"""The journal of a fleet: what it says afterwards, whatever happened to the process that wrote it."""

import json
import os
import subprocess
import sys

import pytest

from reports.fleet.ending import End
from reports.kept import is_held
from reports.model import Outcome
from vimgate.fleet import journal as journals
from vimgate.fleet.journal import Busy, Journal, JournalError, Taken, read_past

HEADER = {"digest": "d", "started": "2026-11-30T00:00:00+00:00", "targets": []}


@pytest.fixture
def path(tmp_path):
    """Where the journal is."""
    return tmp_path / "out" / journals.FILE_NAME


@pytest.fixture
def told(path, ending):
    """Target a was judged, b could not be reached, c was begun."""
    journal = Journal.begin(path, HEADER)
    for name in "abc":
        journal.begun(name, f"worker of {name}")
    journal.ended(ending("a"))
    journal.ended(ending("b", End.UNREACHABLE, Outcome.INCOMPLETE, summary=None))
    journal.close()
    return path


def test_what_was_written_is_read(told, ending):
    """A resumed fleet judges a finished target again, or forgets one that was begun."""
    past = read_past(told)
    assert past.header == {"schema": "vimgate-fleet/1", **HEADER}
    assert past.endings["a"] == ending("a")
    assert (set(past.endings), dict(past.begun)) == ({"a", "b"}, {"c": "worker of c"})
    assert past.finished == {"a"}
    assert past.latest == json.loads(told.read_text(encoding="utf-8").splitlines()[-1])["at"]


def test_what_is_begun_again_has_not_ended(told, ending):
    """The old end of a target that is judged again stands for the new one."""
    journal = Journal.go_on(told)
    journal.begun("b", "another")
    assert (set(read_past(told).endings), read_past(told).begun["b"]) == ({"a"}, "another")
    journal.ended(ending("b"))
    journal.close()
    assert read_past(told).finished == {"a", "b"}


def test_what_was_cleaned_up_is_remembered(told):
    """A target is cleared twice, or one that was cleared is told to hold a strategy."""
    journal = Journal.go_on(told)
    for name, left in (("c", "its strategy"), ("c", ""), ("b", "")):
        journal.cleaned(name, ["Deleted it.", "Nobody sees it."], left)
    journal.close()
    past = read_past(told)
    assert past.cleaned["c"] == journals.Cleaned(("Deleted it.", "Nobody sees it."), "")
    assert (past.endings["b"].departure, past.endings["b"].left) == (("Deleted it.", "Nobody sees it."), "")


@pytest.mark.parametrize(("going_on", "end"), [(True, End.UNDER_WAY), (False, End.LOST)])
def test_what_has_not_ended_is_told(told, going_on, end):
    """A fleet is shown without the target that it is at, or was at when its process was killed."""
    made = read_past(told).so_far(going_on=going_on)["c"]
    assert (made.end, made.outcome, made.worker) == (end, Outcome.INCOMPLETE, "worker of c")
    assert (bool(made.left), "broke off" in made.why) == (not going_on, not going_on)


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_last_line_that_was_cut_off_is_left_out(told, cut, ending):
    """A process that was killed while it wrote makes its whole fleet unreadable, or spoils what is written after it."""
    told.write_bytes(told.read_bytes()[:-cut])
    assert set(read_past(told).endings) == {"a"}
    journal = Journal.go_on(told)
    journal.ended(ending("b"))
    journal.close()
    assert set(read_past(told).endings) == {"a", "b"}


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda lines: [*lines[:2], lines[2][:30], *lines[3:]], ":3: the line was damaged"),
        (lambda lines: [*lines[:4], '{"event": "ended", "at": "x", "ending": {"name": "a"}}', *lines[5:]], ":5: "),
        (lambda lines: [*lines[:4], lines[4].replace('"judged"', '"jduged"'), *lines[5:]], ":5: .*jduged"),
        (lambda lines: [*lines[:4], lines[4].replace('"why": ""', '"why": null'), *lines[5:]], ":5: .*None is no text"),
        (lambda lines: [*lines[:4], lines[4].replace("3.0", "1e999"), *lines[5:]], ":5: .*1e999 is not finite"),
        (lambda lines: [*lines[:4], lines[4].replace("3.0", "9" * 400), *lines[5:]], ":5: .*OverflowError"),
        (lambda lines: [*lines[:1], "[" * 9999, *lines[1:]], ":2: .*RecursionError"),
        (lambda lines: [lines[0].replace("{", '{"versions": null, ', 1), *lines[1:]], ":1: .*no object"),
        (lambda lines: [*lines[:1], "[]", *lines[1:]], ":2: the line was damaged"),
        (lambda lines: [lines[0].replace("fleet/1", "fleet/2"), *lines[1:]], ":1: a fleet's journal begins with"),
        (lambda _: ["hello"], ":1: a fleet's journal begins with"),
        (lambda _: ["[]"], ":1: a fleet's journal begins with"),
    ],
    ids=[
        "cut in the middle",
        "without members",
        "another word",
        "no text",
        "infinite",
        "endless",
        "deep",
        "no versions",
        "no object",
        "another schema",
        "no JSON",
        "a list",
    ],
)
def test_any_other_line_that_cannot_be_read_is_an_error(told, damage, says):
    """A target vanishes with its damaged line, or the reader does not say where to look."""
    told.write_text("\n".join([*damage(told.read_text(encoding="utf-8").splitlines()), ""]), encoding="utf-8")
    with pytest.raises(JournalError, match=f"{journals.FILE_NAME}{says}"):
        read_past(told)


def test_bytes_that_are_no_text_are_an_error(told):
    """A traceback is what the reader gets."""
    told.write_bytes(b"\xff\n")
    with pytest.raises(JournalError, match="cannot be read"):
        read_past(told)


def test_where_nothing_was_written_there_is_no_past(path):
    """An empty file, or none, is a damaged fleet."""
    assert read_past(path) is None
    path.parent.mkdir()
    path.write_bytes(b'{"schema"')
    assert read_past(path) is None


HOLD = """
import sys
from pathlib import Path
from vimgate.fleet.journal import Journal
journal = Journal.go_on(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_two_processes_do_not_judge_one_fleet(told):
    """A target is changed by two at once, or the lock of a dead process keeps everybody out."""
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(told)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"held\n"
        assert is_held(told)
        with pytest.raises(Busy, match="another process is judging this fleet"):
            Journal.go_on(told)
        with pytest.raises(Busy):
            Journal.begin(told, HEADER)
        assert set(read_past(told).endings) == {"a", "b"}
    finally:
        other.kill()
        other.communicate()
    assert not is_held(told)
    Journal.go_on(told).close()


def test_a_fleet_is_not_written_over(told):
    """A second fleet in the same folder takes away what the first came to."""
    before = told.read_bytes()
    with pytest.raises(Taken, match="--resume"):
        Journal.begin(told, HEADER)
    assert told.read_bytes() == before


def test_there_is_nothing_to_go_on_with(path):
    """A mistyped folder begins a fleet of no targets."""
    with pytest.raises(JournalError, match="leave out --resume"):
        Journal.go_on(path)
    assert not path.exists()


def test_it_is_for_its_owner_alone(path, told):
    """Everyone on the machine reads where the targets are."""
    told.chmod(0o644)
    before = os.umask(0)
    try:
        Journal.go_on(told).close()
    finally:
        os.umask(before)
    assert (told.stat().st_mode & 0o777, told.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_link_is_not_followed(path, tmp_path):
    """Whoever may write to the folder has a file of somebody else written to."""
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="cannot be written"):
        Journal.begin(path, HEADER)
    assert not (tmp_path / "elsewhere").exists()


def test_no_secret_is_written(path, ending):
    """A token in an error of a target, or a password in a URL, is kept for everyone who gets the folder."""
    secret = "opensesame-1234567890"
    url = f"https://me:{secret}@a"
    journal = Journal.begin(path, HEADER | {"fleet": secret, "targets": [{"target": url}]}, [secret])
    journal.begun("a", secret)
    journal.ended(ending("a", why=f"it said {secret}", target=url, departure=(secret,), left=secret))
    journal.cleaned("a", [secret], secret)
    journal.close()
    assert secret not in path.read_text(encoding="utf-8")
    assert read_past(path).finished == {"a"}
