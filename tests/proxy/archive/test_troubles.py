"""Whatever befalls the folder, judging goes on: what is lost is told once and counted, and storing begins again."""

import errno
import json
import os
import resource
import shutil
import stat

import pytest

from proxy.traffic import Action

NAMES = ["findings.jsonl", "evidence.jsonl", "capture.har", "capture.flows"]


@pytest.fixture(params=[0o000, 0o022, 0o777], ids="umask {:03o}".format)
def umask(request):
    """Whatever whoever starts us lets others do."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_every_file_is_its_owners_alone(tmp_path, keeper):
    """From its first moment, after it was rotated, and when it was open to others before."""
    folder = tmp_path / "out"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "findings.jsonl").touch()
    (folder / "findings.jsonl").chmod(0o666)
    kept = keeper(folder, har=True, flows=True, most_bytes=9000, most_files=2)
    for number in range(20):
        kept.keep("VIM-A-001", f"VIM-B-{number}", f"VIM-C-{number}", f"VIM-D-{number}")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert set(modes) >= {*NAMES, "findings.1.jsonl", "evidence.2.jsonl", "capture.1.har", "capture.2.flows"}
    assert set(modes.values()) == {0o600}


def test_so_many_old_files_are_kept_and_no_more(keeper):
    """The folder holds at most most_bytes times (most_files + 1) of each kind."""
    kept = keeper(har=True, flows=True, most_bytes=9000, most_files=2)
    for number in range(60):
        kept.keep(f"VIM-A-{number}", query=f"n={number}")
    for stem in ("findings", "evidence", "capture"):
        assert len(list(kept.folder.glob(f"{stem}*"))) == 3 * (1 + (stem == "capture"))
    assert max(file.stat().st_size for file in kept.folder.iterdir()) <= 9000


def test_a_body_that_fits_in_no_file_is_left_out(keeper):
    """One answer of many megabytes does not push out everything else."""
    kept = keeper(most_bytes=9000, most_files=1)
    kept.keep("VIM-A-001", response_body=b"x" * 100_000)
    (line,) = kept.lines("evidence.jsonl", "exchange")
    assert "too large" in line["response"]["body"]["omitted"]


def test_a_link_is_not_followed(tmp_path, keeper):
    """Nobody makes us write where we were not told to."""
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("precious")
    (folder / "findings.jsonl").symlink_to(elsewhere)
    kept = keeper(folder)
    assert kept.keep("VIM-A-001") == ""
    assert (elsewhere.read_text(), "symbolic link" in kept.said[0], kept.archive.lost) == ("precious", True, 2)


@pytest.mark.parametrize("put", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_is_left_alone(tmp_path, keeper, put):
    """Nothing waits for somebody to read a pipe."""
    put(tmp_path / "findings.jsonl")
    kept = keeper(tmp_path)
    kept.keep("VIM-A-001")
    assert [text for text in kept.said if "take it away" in text]


def test_a_folder_that_cannot_be_is_told_once(tmp_path, keeper):
    """However many exchanges come, and each line is counted."""
    (tmp_path / "file").touch()
    kept = keeper(tmp_path / "file" / "out")
    references = {kept.keep("VIM-A-001", f"VIM-B-{number}") for number in range(5)}
    told = [text for text in kept.said if "findings.jsonl" in text]
    assert (references, len(told), kept.archive.lost) == ({""}, 1, 1 + 5 * 3)


def test_a_folder_that_may_not_be_written_is_told(keeper, monkeypatch):
    """With what to do about it."""

    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("proxy.archive.rotated.os.open", refuse)
    assert "Permission denied: let this user write there" in keeper().said[0]


def test_a_folder_that_vanishes_is_made_anew(keeper):
    """What comes after is stored, and begins with a header."""
    kept = keeper(har=True, flows=True)
    kept.keep("VIM-A-001")
    shutil.rmtree(kept.folder)
    kept.keep("VIM-B-001")
    assert [line["line"] for line in kept.lines("findings.jsonl")] == ["header", "finding"]
    assert {file.name for file in kept.folder.iterdir()} == set(NAMES)


def test_a_full_disk_loses_lines_and_leaves_no_half_of_one(keeper):
    """When there is room again, the log says how many were lost, and every file can be read."""
    kept = keeper(har=True, flows=True)
    kept.keep("VIM-A-001")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    smallest = min((kept.folder / name).stat().st_size for name in NAMES)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (smallest + 50, before[1]))  # a write stops in the middle of a line
        assert [kept.keep(f"VIM-B-{number}") for number in range(3)] == [""] * 3
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert kept.keep("VIM-C-001") == "findings.jsonl#2"
    kept.keep("VIM-C-001")
    assert kept.archive.lost == 3 * len(NAMES)
    assert len([text for text in kept.said if "File too large" in text and "goes on" not in text]) == len(NAMES)
    assert [
        line["requirement"]
        for line in kept.lines("evidence.jsonl", "exchange")
        for line["requirement"] in line["requirements"]
    ] == ["VIM-A-001", "VIM-C-001", "VIM-C-001"]
    assert len(json.loads((kept.folder / "capture.har").read_text())["log"]["entries"]) == 3
    assert any("3 lines were lost" in line["text"] for line in kept.lines("findings.jsonl", "note"))


def test_two_writers_do_not_mix(tmp_path, keeper):
    """The second one is told to take a folder of its own, and goes on when the first one is gone."""
    first, second = keeper(), keeper()
    second.keep("VIM-A-001")
    assert "folder of its own" in second.said[0]
    first.archive.close()
    assert second.keep("VIM-A-001") == "findings.jsonl#1"


def test_a_crash_of_ours_is_counted_and_its_text_is_not_told(keeper, monkeypatch):
    """The text of an exception may hold what was sent."""
    kept = keeper()

    def crash(*_):
        raise ValueError("f3a9c1d2e4b5")

    monkeypatch.setattr(kept.archive, "_tell", crash)
    assert (kept.keep("VIM-A-001", action=Action.BLOCK), kept.archive.lost) == ("", 1)
    assert ("ValueError" in kept.said[0], "f3a9" in kept.said[0]) == (True, False)
