"""A fleet whose journal cannot be written any more, on a cluster that is played: nothing is left without a word."""

import json
from dataclasses import replace

import pytest

from reports.fleet.ending import End
from reports.model import Outcome
from vimgate.fleet import certifying
from vimgate.fleet.certifying import Bounds, Certifying, Heard
from vimgate.fleet.inside import Cleared, Tried
from vimgate.fleet.journal import Journal, JournalError, read_past
from vimgate.fleet.member import Fleet, Member
from vimgate.fleet.runfiles import RunFiles
from vimgate.fleet.store import header_of, journal_of, merged_of, run_file_of
from vimgate.pool import Lost

ASKED = [{"schema": "vimgate-run/1", "target": "x"}, {"event": "asked", "creates": True, "kind": "sw-patch"}]
MEMBERS = tuple(Member(name, url=f"http://{name}", changes=("create",)) for name in "abcd")


class Played:
    """A cluster that has all calls at once: `ends` is what each comes to; `told` is what its workers were told.

    `given` are the keys of the calls that it was given.
    """

    slots, run_id = 4, "run"

    def __init__(self, ends):
        self._ends, self.told, self.given, self._stopped = ends, [], [], False

    def listen(self, _topic, handler):
        self.hear = handler

    def run(self, calls, *, most=None, began=lambda *_: None, waits=lambda: None):
        while taken := list(calls) if not self._stopped else []:
            for call in taken:
                self.given.append(call.key)
                began(call, "w")
                for event in ASKED if call.once else ():
                    self.hear({"name": call.key, "line": json.dumps(event)})
            yield from ((call, self._ends[call.key]) for call in taken)

    def stop(self):
        self._stopped = True

    def tell(self, function, *_):
        self.told.append(function.__name__)


@pytest.fixture
def clears(monkeypatch):
    """The targets that are cleared up after in processes of this one, of which c keeps its strategy."""
    cleared = []

    def run(tasks, **_):
        for task in tasks:
            cleared.append(task.name)
            yield task, Cleared(("Looked.",), "its strategy" if task.name == "c" else "")

    monkeypatch.setattr(certifying.pool, "run", run)
    return cleared


def test_what_is_being_judged_is_cleared_up_when_nothing_can_be_kept(tmp_path, clears):
    """A full disk, or a closed pipe, leaves a strategy on every target that was being judged."""
    journal = Journal.begin(journal_of(tmp_path), header_of(Fleet(MEMBERS, "d", tmp_path), {}, {}))

    def full(_ending):
        raise JournalError("full")

    ends = {
        "a": Tried(End.JUDGED),
        "b": Lost("its worker was lost"),
        "c": Lost("its worker was lost"),
        "d": Tried(End.STOPPED, left="its other strategy"),
    }
    cluster = Played(ends)
    judging = Certifying(
        Fleet(MEMBERS, "d", tmp_path), tmp_path, journal, bounds=Bounds(retries=0), heard=Heard(ended=full)
    )
    with pytest.raises(JournalError, match="full"):
        judging.on(cluster)
    assert (cluster.told, sorted(clears)) == (["stop"], ["b", "c"])
    assert sorted(judging.left) == ["c: its strategy", "d: its other strategy"]
    assert [name for name in "abcd" if run_file_of(tmp_path, name).exists()] == ["c", "d"]
    journal.close()


def test_a_worker_whose_report_leads_astray_costs_one_target(tmp_path):
    """A path out of the folder ends the whole fleet, or is written, or what its run left stays on the target."""
    fleet = Fleet((MEMBERS[0], MEMBERS[1], Member("r", url="http://r")), "d", tmp_path)
    journal = Journal.begin(journal_of(tmp_path), header_of(fleet, {}, {}))
    astray = Tried(End.JUDGED, Outcome.CONFORMANT, report={"../../stray": b"x"}, requests=3, seconds=2.0, worker="w")
    ends = {
        "a": astray,
        "b": Tried(End.JUDGED, Outcome.CONFORMANT, report={"report.html": b"x"}),
        "r": replace(astray, report={"/stray": b"x"}),
        "clear-a": Cleared(("Looked.",)),
    }
    Certifying(fleet, tmp_path, journal, bounds=Bounds(retries=0), heard=Heard()).on(Played(ends))
    journal.close()
    ended = read_past(journal_of(tmp_path)).endings
    assert {name: (each.end, each.outcome) for name, each in ended.items()} == {
        "a": (End.LOST, Outcome.INCOMPLETE),
        "b": (End.JUDGED, Outcome.CONFORMANT),
        "r": (End.LOST, Outcome.INCOMPLETE),
    }
    assert "handed back a file called '../../stray', which no report has" in ended["a"].why
    assert (ended["a"].departure[0], ended["r"].departure) == ("Looked.", ())
    assert not list(tmp_path.rglob("*stray*"))


@pytest.mark.parametrize("left", ["", "its strategy"])
def test_what_a_judged_target_has_left_is_removed_when_the_fleet_goes_on(tmp_path, left):
    """It is judged again, stays with what its run left, or the report says what is no longer so."""
    fleet = Fleet(MEMBERS[:2], "d", tmp_path)
    journal = Journal.begin(journal_of(tmp_path), header_of(fleet, {}, {}))
    ends = {
        "a": Tried(End.JUDGED, departure=("It could not be removed.",), left="its strategy"),
        "b": Tried(End.JUDGED, Outcome.CONFORMANT),
    }
    Certifying(fleet, tmp_path, journal, bounds=Bounds(), heard=Heard()).on(Played(ends))
    past, began, cleared = read_past(journal_of(tmp_path)), [], []
    heard = Heard(begun=lambda name, _: began.append(name), cleared=lambda *each: cleared.append(each))
    again = Certifying(fleet, tmp_path, journal, bounds=Bounds(), heard=heard, past=past)
    again.on(Played({"clear-a": Cleared(("Looked.",), left)}))
    journal.close()
    ending = read_past(journal_of(tmp_path)).endings["a"]
    proved = () if left else ("nothing of the run is left: its clean-up is proved",)
    assert (began, cleared, past.finished) == ([], [("a", left)], {"a", "b"})
    assert (ending.end, ending.outcome, ending.left) == (End.JUDGED, Outcome.INCOMPLETE, left)
    assert (ending.departure, ending.cleared) == (("It could not be removed.", "Looked.", *proved), True)
    assert [name for name in "ab" if run_file_of(tmp_path, name).exists()] == (["a"] if left else [])
    assert [row.asked.name for row in merged_of(tmp_path).left_behind] == ["a"]


def test_what_no_worker_can_clear_up_is_cleared_up_here(tmp_path, clears):
    """A clearing up that comes to nothing on every worker is given out for ever, and the fleet never ends."""
    fleet = Fleet(MEMBERS[:2], "d", tmp_path)
    journal = Journal.begin(journal_of(tmp_path), header_of(fleet, {}, {}))
    ends = {"a": Lost("its worker was lost"), "b": Tried(End.JUDGED), "clear-a": Lost("OSError: no space left")}
    cluster = Played(ends)
    Certifying(fleet, tmp_path, journal, bounds=Bounds(retries=0), heard=Heard()).on(cluster)
    journal.close()
    ending = read_past(journal_of(tmp_path)).endings["a"]
    assert (clears, cluster.given.count("clear-a")) == (["a"], certifying.MOST_CLEARINGS)
    assert (ending.end, ending.left, ending.departure[0]) == (End.LOST, "", "Looked.")


def test_what_cannot_be_written_is_remembered_for_whoever_clears_up(tmp_path):
    """A strategy whose uuid fell on a full disk is of unknown origin to whoever clears up."""
    full = []
    files = RunFiles(tmp_path, lambda: full.append("full"))
    (tmp_path / "targets").write_text("")
    lines = [json.dumps(each) for each in ASKED]
    for line in lines:
        files.heard({"name": "a", "line": line})
    assert files.text("a").splitlines() == lines
    assert (files.changed("a"), full) == (True, ["full"])
    with pytest.raises(JournalError, match="make room"):
        files.check()


def test_a_run_file_that_was_damaged_can_be_read(tmp_path):
    """A traceback, and the exit code of a verdict, is what --resume comes to."""
    files = RunFiles(tmp_path)
    path = run_file_of(tmp_path, "a")
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"event": "asked"}\n\xff\xfe\n')
    assert files.changed("a")
