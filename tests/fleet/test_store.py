"""The folder of a fleet: reports as they came, for their owner alone, and the merged report beside them."""

from pathlib import Path

import pytest

from reports.fleet.ending import End
from reports.model import Outcome
from vimgate.fleet import store
from vimgate.fleet.journal import Journal, JournalError
from vimgate.fleet.member import Fleet, Member

MEMBERS = tuple(Member(name, url=f"http://{name}:4545", level="wire") for name in "abc")
REPORT = {
    "report.html": b"<p>",
    "report.jsonl": b"{}\n",
    "evidence.zip": b"\xff\x00",
    "reproducers/VIM-API-003.sh": b"#!/bin/sh\n",
}


@pytest.fixture
def out(tmp_path, ending):
    """A fleet of three: a failed, b was lost, c was not begun."""
    out = tmp_path / "out"
    header = store.header_of(Fleet(MEMBERS, "d" * 64, Path("FLEET.yaml")), {"retries": 2}, {"vimgate": "0.1.0"})
    journal = Journal.begin(store.journal_of(out), header)
    journal.begun("a", "w")
    store.keep(out, "a", REPORT)
    journal.ended(ending("a"))
    journal.begun("b", "w")
    journal.ended(ending("b", End.LOST, Outcome.INCOMPLETE, summary=None, why="its worker was lost"))
    journal.close()
    return out


def files(folder):
    """The files of a folder, by their path in it, and their modes."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()
    }


def test_a_report_is_stored_as_it_came(out):
    """A byte is lost, somebody else may read it, or a script cannot be run."""
    folder = store.folder_of(out, "a")
    assert {name: (folder / name).read_bytes() for name in REPORT} == REPORT
    assert files(folder) == dict.fromkeys(REPORT, 0o600) | {"reproducers/VIM-API-003.sh": 0o700}
    assert {each.stat().st_mode & 0o777 for each in (folder, folder.parent, folder / "reproducers")} == {0o700}


def test_a_report_takes_the_place_of_the_one_before(out):
    """A script of an earlier attempt stands beside a report that knows nothing of it, or what was left is forgotten."""
    store.run_file_of(out, "a").write_text("{}", encoding="utf-8")
    store.keep(out, "a", {"report.jsonl": b"new"})
    assert set(files(store.folder_of(out, "a"))) == {"report.jsonl", store.RUN_FILE}
    assert (store.folder_of(out, "a") / "report.jsonl").read_bytes() == b"new"


def test_a_report_is_not_stored_behind_a_link(out, tmp_path):
    """What lies where the link leads to is written over, or removed as of an older report."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes").write_text("mine")
    store.folder_of(out, "b").symlink_to(mine)
    with pytest.raises(JournalError, match="is a link"):
        store.keep(out, "b", REPORT)
    assert [each.name for each in mine.iterdir()] == ["notes"]


@pytest.mark.parametrize(
    "name",
    [
        "../b/report.html",
        "/etc/passwd",
        "",
        "reproducers/../../x",
        "a\0",
        "run.jsonl",
        "./run.jsonl",
        "run.jsonl/x",
        pytest.param("\ud800", id="half a letter"),
        pytest.param("a" * 256, id="long name"),
        pytest.param("a/" * 600 + "a", id="long path"),
        "report.html/x",
    ],
)
def test_a_report_stays_in_its_folder(out, name):
    """A worker writes wherever the client may, or half a report is stored."""
    before = files(store.folder_of(out, "b"))
    with pytest.raises(JournalError, match="may not be called"):
        store.keep(out, "b", REPORT | {name: b"x"})
    assert files(store.folder_of(out, "b")) == before
    assert store.stray([*REPORT, name]) == name


def test_the_merged_report_knows_every_target(out):
    """A target is missing, is somebody else's, or the command does not judge it again."""
    report = store.write_merged(out)
    assert [(row.asked.name, row.ending.end, row.link) for row in report.rows] == [
        ("a", End.JUDGED, "targets/a/report.html"),
        ("b", End.LOST, ""),
        ("c", End.NOT_BEGUN, ""),
    ]
    assert report.rows[0].asked.again == "vimgate certify http://a:4545 --release=published --level=wire"
    assert {name: mode for name, mode in files(out).items() if "/" not in name} == dict.fromkeys(
        ["fleet.jsonl", *store.PAGES.values()], 0o600
    )


def test_links_lead_from_where_the_page_is(out, tmp_path):
    """A page that was written elsewhere leads nowhere."""
    assert store.merged_of(out, tmp_path).rows[0].link == "out/targets/a/report.html"


def test_a_fleet_that_is_going_on_says_so(out):
    """Half a fleet is taken for a whole one."""
    journal = Journal.go_on(store.journal_of(out))
    journal.begun("c", "w")
    made = store.merged_of(out)
    journal.close()
    assert (made.going_on, made.rows[2].ending.end) == (True, End.UNDER_WAY)
    assert store.merged_of(out).going_on is False


@pytest.mark.parametrize("header", ['{"schema": "vimgate-fleet/1"}', '{"schema": "vimgate-fleet/1", "targets": [1]}'])
def test_a_header_without_its_members_is_an_error(out, header):
    """A traceback is what the reader gets."""
    store.journal_of(out).write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(JournalError, match=r"fleet\.jsonl:1: the line was damaged"):
        store.merged_of(out)
