"""What is asked of a cluster in an audit, and what is made of it: nothing is lost, and nothing judged twice."""

import json
import sys

import pytest
from click.testing import CliRunner

import proxy.audit
from proxy.audit import Part, Terms, audit
from proxy.sharing import shared_out, survey
from vimgate.asking.size import SIZE
from vimgate.auditing.choosing import put_together
from vimgate.auditing.work import Job
from vimgate.commands.fleet import command as fleet
from vimgate.exits import WrongUse
from vimgate.fleet import parts
from vimgate.fleet.auditing import FleetAudit
from vimgate.fleet.calls import Unbegun
from vimgate.fleet.cluster import ClusterLost
from vimgate.fleet.parts import Judged, Planned, Wanted
from vimgate.fleet.partstore import begun
from vimgate.pool import Lost

STRATEGY = "/api/orchestration/sw-patch/strategy"
JSON = [["Content-Type", "application/json"]]


def line(session, status=404, body='{"faultstring": "none"}'):
    """A line of a session: by default what a conformant server answers that has no strategy."""
    asked = {"method": "GET", "path": STRATEGY, "headers": {}, "body": None}
    answer = {"status": status, "headers": JSON, "body": body}
    return json.dumps({"session": session, "history": True, "request": asked, "response": answer}).encode() + b"\n"


def interleaved(count, rounds=3):
    """So many sessions, each with some exchanges, one of which is wrong in every seventh."""
    return b"".join(
        line(str(number), 200, "<html>") if number % 7 == turn == 1 else line(str(number))
        for turn in range(rounds)
        for number in range(count)
    )


class Here:
    """A cluster that carries calls out in this process, but for those that it was told to lose."""

    slots = 3
    run_id = "run"

    def __init__(self, **losing):
        self.losing = losing
        self.asked = []
        self.stopped = False

    def listen(self, topic, handler):
        self.handler = handler

    def stop(self):
        self.stopped = True

    def tell(self, function, *arguments):
        return {}

    def run(self, calls):
        for call in calls:
            self.asked.append(call.key)
            came = self.losing.get(f"k{call.key}".replace("-", "_").replace(".", "_"))
            if isinstance(came, Exception):
                yield call, Unbegun()
                raise came
            yield call, came or self.carry_out(call)

    def carry_out(self, call):
        wanted, *more = call.arguments
        self.handler([call.key, 10.0, 1])
        if more:
            found = survey(wanted.job.files, wanted.job.terms.release)
            return Planned(shared_out(found, *more, most_open=proxy.audit.MOST_DEPLOYMENTS), stopped=False)
        return Judged(
            audit(wanted.job.files, wanted.job.terms, part=wanted.job.part).to_json(), {"findings.jsonl": b"{}\n"}
        )


@pytest.fixture
def auditing(tmp_path):
    """Makes an audit of files with these bytes, by a cluster, in a folder of its own or one that is there already."""

    def make(cluster, *data, part_size=4_000, resume=False, out="out"):
        files = [tmp_path / f"capture-{number}" for number in range(len(data))]
        for file, each in zip(files, data, strict=True):
            file.write_bytes(each)
        found = put_together(files)
        store = begun(tmp_path / out, {"files": len(data)}, resume=resume)
        jobs = [Job(each.files, Terms(), tmp_path / out / f"{number}") for number, each in enumerate(found)]
        return FleetAudit(cluster, found, jobs, store, part_size)

    return make


def judged(audit):
    """What came of each recording: exchanges judged, what broke off, whether it was stopped."""
    return {number: (came.judged, [str(each) for each in came.damages], came.stopped) for number, came in audit.run()}


def test_large_ones_are_shared_out_and_small_ones_are_not(auditing, tmp_path):
    """A recording that is larger than a part is looked through first, and its parts say what it says as a whole."""
    here = Here()
    made = auditing(here, interleaved(21), line("one"))
    came = dict(made.run())
    assert here.asked == ["0.plan", "0-0", "0-1", "0-2", "1-0"]
    assert came[0].to_json() == audit(tmp_path / "capture-0", Terms()).to_json()
    assert (made.progress.parts, made.progress.parts_done, made.progress.done) == (4, 4, made.progress.total)


def test_a_small_one_in_which_many_are_open_is_shared_out_too(auditing, monkeypatch):
    """No history is judged without what came before it, however many are open beside it."""
    monkeypatch.setattr("proxy.audit.MOST_DEPLOYMENTS", 8)
    here = Here()
    ((_, came),) = auditing(here, interleaved(14), part_size=1_000_000).run()
    assert here.asked == ["0-0", "0.plan", "0-0", "0-1"]
    assert (came.closed_early, came.judged, came.exchanges) == (0, 42, 42)


def test_a_part_that_is_lost_is_told_and_the_others_are_judged(auditing):
    """What came to nothing is damage of its recording, and is judged when the audit goes on."""
    data = interleaved(21)
    lost = judged(auditing(Here(k0_1=Lost("it is gone")), data, line("one")))
    here = Here()
    again = judged(auditing(here, data, line("one"), resume=True))
    assert lost[0][1:] == (["not read to its end: it is gone"], False)
    assert 0 < lost[0][0] < 63
    assert lost[1] == again[1] == (1, [], False)
    assert (here.asked, again[0]) == (["0-1"], (63, [], False))


def test_a_recording_that_cannot_be_looked_through_is_told(auditing):
    """Where it is not known which histories there are, none is judged."""
    assert judged(auditing(Here(k0_plan=Lost("MemoryError")), interleaved(21), line("one"))) == {
        0: (0, ["not read to its end: MemoryError"], False),
        1: (1, [], False),
    }


def test_a_scheduler_that_is_lost_loses_nothing_that_was_judged(auditing):
    """What had ended is told, the rest as what it is, and whoever goes on judges the rest alone."""
    data = interleaved(21)
    made = auditing(Here(k0_1=ClusterLost("the scheduler is lost")), data, line("one"))
    came, here = judged(made), Here()
    assert made.trouble == "the scheduler is lost"
    assert came[1] == (0, ["not read to its end: the scheduler is lost"], False)
    assert judged(auditing(here, data, line("one"), resume=True)) == {0: (63, [], False), 1: (1, [], False)}
    assert here.asked == ["0-1", "0-2", "1-0"]


def test_who_stops_it_is_told_what_was_judged(auditing):
    """What has not begun is stopped, and nothing more is asked for."""
    here = Here(k0_1=Unbegun(), k0_2=Unbegun(), k1_0=Unbegun())
    made = auditing(here, interleaved(21), line("one"))
    came = judged(made)
    assert [each[1:] for each in came.values()] == [([], True)] * 2
    assert came[0][0] > 0


def test_what_a_part_found_is_in_a_folder_of_its_own(auditing, tmp_path):
    """The files that came with a part are for their owner alone; parts do not mix."""
    judged(auditing(Here(), interleaved(21), line("one")))
    found = sorted((tmp_path / "out").rglob("findings.jsonl"))
    assert [str(each.parent.relative_to(tmp_path / "out")) for each in found] == [
        "0/part-1",
        "0/part-2",
        "0/part-3",
        "1",
    ]
    assert {each.stat().st_mode & 0o777 for each in found} == {0o600}


def test_who_goes_on_must_ask_for_the_same(tmp_path):
    """An audit is not mixed with another one, and none is written over unasked."""
    with pytest.raises(WrongUse, match="holds no audit to go on with; leave out --resume"):
        begun(tmp_path, {"part_size": 1, "files": ["a"]}, resume=True)
    begun(tmp_path, {"part_size": 1, "files": ["a"]}, resume=False)
    begun(tmp_path, {"part_size": 1, "files": ["a"]}, resume=True)
    with pytest.raises(WrongUse, match="holds an audit; go on with it by --resume"):
        begun(tmp_path, {"part_size": 1, "files": ["a"]}, resume=False)
    with pytest.raises(WrongUse, match=r"asked otherwise \(part_size\)"):
        begun(tmp_path, {"part_size": 2, "files": ["a"]}, resume=True)


def test_what_is_kept_is_for_its_owner_alone_and_read_as_it_was(tmp_path):
    """A plan is what it was, and a file that was cut off is none."""
    store = begun(tmp_path, {}, resume=False)
    plan = (Part({("http://vim:1", "a"): 7}, foreign=3), Part({("", "b"): 9}, leads=False))
    store.keep_plan(1, plan)
    assert store.plan(1) == plan
    assert {each.stat().st_mode & 0o777 for each in tmp_path.rglob("*.json")} == {0o600}
    (tmp_path / "parts" / "1.plan.json").write_text('{"parts": [')
    assert (store.plan(1), store.part(1, 0)) == (None, None)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
@pytest.mark.parametrize("name", ["0.plan.json", "0-1.json"])
def test_what_cannot_be_read_is_judged_again(auditing, tmp_path, name, text):
    """A file that was damaged is never passed over: what it held would be missing in the verdict."""
    data = interleaved(21)
    whole = judged(auditing(Here(), data))
    (tmp_path / "out" / "parts" / name).write_text(text)
    fewer = Here()
    fewer.slots = 2
    assert judged(auditing(fewer, data, resume=True)) == whole
    assert fewer.asked == (["0-1"] if name == "0-1.json" else ["0.plan", "0-0", "0-1"])


def test_nothing_is_begun_without_workers(tmp_path, monkeypatch):
    """Whoever corrects what kept the workers away gives the same command again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one").write_bytes(line("one"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    for _ in range(2):
        done = CliRunner().invoke(fleet, ["audit", "one"])
        assert isinstance(done.exception, WrongUse) or "fleets need Dask" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize(
    ("size", "words"), [(None, "does not see"), (10_000, "of the 10000 bytes")], ids=["not there", "shorter"]
)
def test_a_worker_that_sees_other_files_says_so(tmp_path, size, words):
    """A path that a worker does not see, or sees less of, is named."""
    file = tmp_path / "capture"
    if size is not None:
        file.write_bytes(b"x")
    wanted = Wanted(Job((file,), Terms()), (size or 1,), "topic", "0-0")
    came = parts.judge_part(wanted)
    assert words in came.why
    assert str(file) in came.why


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("256MB", 256_000_000), ("1.5GiB", 3 << 29), ("10k", 10_000), ("2 TiB", 2 << 40), ("7b", 7)],
)
def test_sizes_as_people_write_them(text, size):
    """Units of a thousand and of 1024."""
    assert SIZE.convert(text, None, None) == size


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--part-size", "0"], "less than a byte"),
        (["--part-size", "1XB"], "is no size"),
        (["--part-size", "ib"], "is no size"),
        (["missing"], "no such file"),
        (["--scheduler", "http://x"], "no address of a scheduler"),
        (["--scheduler", "tcp://127.0.0.1:99999"], "no address of a scheduler"),
        (["--scheduler", "tcp://127.0.0.1:1", "-n", "2"], "leave it out"),
        (["--only", "VIM-NONE-1"], "VIM-NONE-1"),
    ],
)
def test_wrong_use_is_told(tmp_path, monkeypatch, arguments, words):
    """What cannot be meant ends in one sentence and exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "capture").write_bytes(line("one"))
    done = CliRunner().invoke(fleet, ["audit", "capture", *arguments], catch_exceptions=False)
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr
