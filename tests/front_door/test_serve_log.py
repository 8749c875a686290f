"""`vimgate serve --json-log`: each line after the address is a JSON object, and no secret is among them."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from datetime import datetime

import pytest

from vimgate.serving import Lines

UPGRADE = "/api/orchestration/sw-upgrade/strategy"
# A server that is asked once when it has said where it listens, and then told to stop.
ASKED = """
import os, signal, sys, threading
import requests
from vimgate import serving
from vimgate.cli import main

told = serving.PlainLog.start

def start(self, address, *rest):
    told(self, address, *rest)
    threading.Thread(target=ask, args=(address,)).start()

def ask(address):
    print(requests.get(address, timeout=120).status_code, file=sys.stderr)
    os.kill(os.getpid(), signal.SIGTERM)

serving.PlainLog.start = start
main()
"""


@pytest.fixture
def narrow():
    """A full pipe that makes nobody wait: the file to write to, where it can be read, and how much is in it."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.set_blocking(reader, False)
    filled = 0
    with closing(os.fdopen(writer, "w")) as output:
        with suppress(BlockingIOError):
            while True:
                filled += os.write(writer, bytes(4096))
        yield output, reader, filled
    os.close(reader)


def test_start_requests_and_stop_are_told(serve):
    """The first object says what is served, then comes one for each request, at last that it stopped."""
    server = serve("--json-log", "--seed", "7", "--release", "stx-3.0")
    answer = server.send("GET", "/api?token=SECRET", headers={"X-Auth-Token": "SECRET"})
    server.send("FOO", '/a%0Ab%1B"')
    code, lines, errors = server.stop(signal.SIGTERM)
    assert (code, errors) == (0, "")
    start, *requests, stop = [json.loads(line) for line in [*server.greeting, *lines]]
    told = {key: start[key] for key in start if key not in {"time", "version", "process"}}
    assert told == {
        "event": "start",
        "address": server.address,
        "world": "default",
        "release": "stx-3.0",
        "clock": "system x1",
        "auth": "none",
        "state": "in memory",
        "seed": 7,
    }
    assert (start["process"], list(stop), stop["event"]) == (server.process.pid, ["event", "time"], "stop")
    assert [(each["event"], each["method"], each["path"], each["status"], each["remote"]) for each in requests] == [
        ("request", "GET", "/api", 400, "127.0.0.1"),
        ("request", "FOO", "/a%0Ab%1B%22", 404, "127.0.0.1"),
    ]
    assert requests[0]["bytes"] == len(answer.content)
    assert all(0 <= each["duration_ms"] < 30_000 for each in requests)


def test_times_are_in_order_and_in_utc(serve):
    """Every object has the moment of its event."""
    server = serve("--json-log")
    server.send("GET", "/")
    _, lines, _ = server.stop()
    times = [json.loads(line)["time"] for line in [*server.greeting, *lines]]
    assert times == sorted(times)
    assert {datetime.fromisoformat(time).utcoffset().total_seconds() for time in times} == {0}


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/"), ("DELETE", UPGRADE)])
def test_an_answer_without_a_body_has_no_bytes(serve, method, path):
    """HEAD and 204 count no bytes."""
    server = serve("--json-log")
    server.send("POST", UPGRADE, json={"storage-apply-type": "serial", "worker-apply-type": "serial"})
    answer = server.send(method, path, json={"force": True})
    _, lines, _ = server.stop()
    assert (answer.content, json.loads(lines[1])["bytes"]) == (b"", 0)


def test_no_secret_is_among_the_objects(serve):
    """The control token is said to standard error, not in the log; tokens of requests nowhere."""
    server = serve("--json-log", "--control")
    server.send("GET", "/_control?token=SECRET", headers={"X-Control-Token": "SECRET", "X-Auth-Token": "SECRET"})
    _, lines, errors = server.stop()
    name, _, token = errors.strip().partition(": ")
    assert (name, len(token) > 20) == ("X-Control-Token", True)
    assert [word for word in (token, "SECRET") if word in "".join([*server.greeting, *lines])] == []


def test_a_log_that_cannot_be_written_is_told_once_and_gone_on_with(narrow, monkeypatch, capsys):
    """A full disk under the log stops nothing; when there is room again, whole lines come, after an empty one."""
    output, reader, filled = narrow
    monkeypatch.setattr("sys.stdout", output)
    lines = Lines()
    lines.write("lost")
    lines.write("lost as well")
    os.read(reader, filled)
    lines.write("kept")
    lines.write("kept as well")
    assert os.read(reader, filled) == b"\nkept\nkept as well\n"
    assert capsys.readouterr().err.count("Warning: the log cannot be written") == 1


def test_a_log_on_a_full_disk_fails_no_request():
    """A server whose output is full from the first line on answers, and ends with exit code 0."""
    command = [sys.executable, "-P", "-c", ASKED, "serve", "--port", "0"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr.splitlines()[1:]) == (0, ["200"])
    assert "No space left on device" in done.stderr
