"""`vimgate fleet audit` on two real workers says what `vimgate audit` says, whatever befalls them."""

import json
import os
import signal
from functools import partial
from pathlib import Path

import dask
import distributed
import pytest
from click.testing import CliRunner

from proxy.audit import Terms, audit
from vimgate.auditing import telling
from vimgate.auditing.telling import Told
from vimgate.auditing.work import Job
from vimgate.commands.fleet import command as fleet
from vimgate.exits import WrongUse
from vimgate.fleet import parts
from vimgate.fleet.auditing import Progress
from vimgate.fleet.cluster import cluster

STRATEGY = "/api/orchestration/sw-patch/strategy"
JSON = [["Content-Type", "application/json"]]
TOKEN = "gAAAAAmade-up-token"
CREATE = json.dumps(
    {
        "controller-apply-type": "serial",
        "storage-apply-type": "serial",
        "swift-apply-type": "ignore",
        "worker-apply-type": "serial",
        "default-instance-action": "stop-start",
    }
)


def line(session, method="GET", status=404, body='{"faultstring": "none"}', asked=None):
    """A line of a session: by default what a conformant server answers that has no strategy."""
    headers = {"X-Auth-Token": TOKEN} | ({"Content-Type": "application/json"} if asked else {})
    request = {"method": method, "path": STRATEGY, "headers": headers, "body": asked}
    answer = {"status": status, "headers": JSON, "body": body}
    value = {"session": session, "history": True, "request": request, "response": answer}
    return json.dumps(value).encode() + b"\n"


def interleaved(sessions, rounds=2):
    """Sessions side by side: some are asked for what they refuse, and some give what they must not."""
    answers = (
        line,
        partial(line, method="POST", status=500, asked=CREATE),
        partial(line, status=200, body="<html>"),
        partial(line, status=200, body='{"strategy": null}'),
    )
    return b"".join(
        answers[(number * turn) % len(answers)](f"session {number}")
        for turn in range(rounds)
        for number in range(sessions)
    )


@pytest.fixture(scope="module")
def scheduler():
    """The address of a cluster of two workers in processes of their own, one call at a time in each."""
    with (
        dask.config.set({"distributed.worker.daemon": False}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},  # else it is a fixed port
            memory_limit=0,
        ) as made,
    ):
        yield made.scheduler_address


@pytest.fixture
def audited(tmp_path, monkeypatch, scheduler):
    """Runs the command in a folder with these files; exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(arguments, **files):
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        words = ["audit", "--scheduler", scheduler, *arguments.split()]
        done = CliRunner().invoke(fleet, words, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


def said_by_one(monkeypatch, *names):
    """What a single audit says of these files that closes no history early."""
    monkeypatch.setattr("proxy.audit.MOST_DEPLOYMENTS", 10_000)
    told = [Told(name, audit(Path(name), Terms())) for name in names]
    return telling.document(telling.whole(told, Terms(), stopped=False), Terms(), None)


def said(output):
    """What the command has said as JSON, but for where its folder is."""
    return json.loads(output) | {"report": None}


def test_parts_of_a_capture_say_what_a_single_audit_says(audited, monkeypatch, tmp_path):
    """200 histories side by side, in parts; beside it a small capture that takes too much memory to be read."""
    monkeypatch.setattr("vimgate.commands.fleet.audit.Job", partial(Job, memory=200_000_000))
    nested = b'{"log": {"entries": [' + b"[" * 100_000
    code, output, errors = audited("--json --part-size 60kB a deep b", a=interleaved(200), deep=nested, b=line("one"))
    ours, theirs = said(output), said_by_one(monkeypatch, "a", "b")
    assert (code, ours["outcome"]) == (1, "not-conformant")
    assert [ours["files"][0], ours["files"][2]] == theirs["files"]
    assert ours["findings"] == theirs["findings"]
    assert errors.startswith("deep: not read to its end: ")
    assert {each.name for each in (tmp_path / "vimgate-fleet-audit" / "1-a").iterdir()} == {
        f"part-{number}" for number in range(1, 5)
    }
    kept = [each for each in (tmp_path / "vimgate-fleet-audit").rglob("*") if each.is_file()]
    assert {each.stat().st_mode & 0o777 for each in kept} == {0o600}
    assert not any(TOKEN.encode() in each.read_bytes() for each in kept)


class Acting(Progress):
    """Does something once: when the first worker tells how far it is, or when the first part has ended."""

    def __init__(self, heard=None, ended=None):
        super().__init__()
        self.on = {"heard": heard, "ended": ended}

    def hear(self, told):
        super().hear(told)
        self._act("heard")

    def end(self, key):
        super().end(key)
        self._act("ended")

    def _act(self, when):
        act = self.on.pop(when, None)
        if act is not None:
            act()


@pytest.fixture
def killing(scheduler):
    """Kills the worker that judges something, at once; gives its address. Workers tell at once how far they are."""
    with distributed.Client(scheduler, set_as_default=False) as client:
        pids = client.run(os.getpid)
        client.run(setattr, parts, "_OFTEN", 0.001)

        def kill():
            busy = next(worker for worker, calls in client.processing().items() if calls)
            os.kill(pids[busy], signal.SIGKILL)
            return busy

        yield kill
        client.run(setattr, parts, "_OFTEN", parts._OFTEN)  # noqa: SLF001 - of those that were not killed


def test_a_part_whose_worker_is_killed_is_judged_again(audited, monkeypatch, killing):
    """A worker that goes in the middle of a part costs time alone."""
    killed = []
    monkeypatch.setattr("vimgate.fleet.auditing.Progress", lambda: Acting(heard=lambda: killed.append(killing())))
    code, output, _ = audited("--json a", a=interleaved(20, rounds=240))
    assert (code, len(killed)) == (1, 1)
    assert said(output) == said_by_one(monkeypatch, "a")


def test_who_stops_it_goes_on_where_it_stood(audited, monkeypatch):
    """Ctrl-C ends the judging with what was judged; --resume judges the rest, and says what a single audit says."""
    files = {name: interleaved(5, rounds=4) for name in "abcdefgh"}
    with monkeypatch.context() as patched:
        stop = partial(os.kill, os.getpid(), signal.SIGINT)
        patched.setattr("vimgate.fleet.auditing.Progress", lambda: Acting(ended=stop))
        code, output, errors = audited(" ".join(files), **files)
    assert (code, "VERDICT incomplete files=8 " in output) == (3, True)
    assert errors.splitlines()[-2:] == [
        "h: stopped before its end",
        "vimgate: stopped; go on with the same command and --resume",
    ]
    code, output, errors = audited(f"{' '.join(files)} --resume --json")
    assert (code, errors) == (1, "")
    assert said(output) == said_by_one(monkeypatch, *files)


def test_a_worker_that_does_not_see_a_path_is_named(scheduler, tmp_path):
    """Before anything is judged it is told which worker does not see which file."""
    missing = str(tmp_path / "capture")
    with pytest.raises(WrongUse) as told, cluster(scheduler, paths=[missing]):
        pass
    assert told.value.message.startswith("worker tcp://127.0.0.1:")
    assert f"does not see {missing}; all workers must see the same files" in told.value.message
