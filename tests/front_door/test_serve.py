"""`vimgate serve` as a process of its own: started on a free port, asked over HTTP, stopped by a signal."""

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

UPGRADE = "/api/orchestration/sw-upgrade/strategy"
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
WORLD = {"hosts": [{"name": "controller-0", "personality": "controller"}], "patches": [{"name": "P"}]}
LIMIT = 120  # seconds
IDLE = 150
# A server that has no output, and is told to stop as soon as it listens.
CLOSED = """
import os, signal, sys
from vimgate import serving
from vimgate.cli import main
sys.stdout = None
serving.PlainLog.start = lambda *_: os.kill(os.getpid(), signal.SIGTERM)
main()
"""


def test_the_first_line_is_the_address(serve):
    """The first line of the output is an address that answers."""
    server = serve()
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]*", server.address)
    assert server.send("GET", "/").json()["links"] == [{"href": f"{server.address}/api/", "rel": "api"}]


def test_the_second_line_says_what_is_served(serve):
    """After the address come world, release, clock, who may call, where the state is kept, and the seed."""
    told = "world default, release stx-3.0, clock system x60, auth none, state in memory, seed 7"
    assert serve("--release", "stx-3.0", "--speed", "60", "--seed", "7").greeting == [told]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_stops_it(serve, number):
    """Ctrl-C and SIGTERM end the server at once, with exit code 0 and without a word of complaint."""
    server = serve()
    server.send("GET", "/")
    code, lines, errors = server.stop(number)
    assert (code, len(lines), errors) == (0, 1, "")


def test_every_request_is_one_line(serve):
    """A request is logged with method, path, status and duration, and with nothing that came in a header or a query."""
    server = serve()
    server.send("GET", "/api?token=secret", headers={"X-Auth-Token": "secret"})
    server.send("DELETE", UPGRADE, json={"force": True})
    server.send("FOO", "/a%0Ab%1B")
    _, lines, _ = server.stop()
    assert [line.rpartition(" ")[0] for line in lines] == ["GET /api 200", f"DELETE {UPGRADE} 404", "FOO /a%0Ab%1B 404"]
    assert all(re.fullmatch(r"[0-9.]+ms", line.rpartition(" ")[2]) for line in lines)


def test_it_goes_on_when_nobody_reads(serve):
    """A reader that goes away after the first line, such as `head -1`, does not stop the server."""
    server = serve()
    server.process.stdout.close()
    statuses = [server.send("GET", "/").status_code for _ in range(3)]
    server.process.send_signal(signal.SIGINT)
    assert (statuses, server.process.wait(LIMIT), server.process.stderr.read()) == ([200, 200, 200], 0, "")


def test_idle_connections_keep_nobody_out(serve):
    """Clients that connect and never finish a request do not stop the server from answering others."""
    server = serve()
    host, _, port = server.address.removeprefix("http://").partition(":")
    with ExitStack() as idle:
        for _ in range(IDLE):
            idle.enter_context(socket.create_connection((host, int(port)), LIMIT)).sendall(b"GET / HT")
        assert server.send("GET", "/").status_code == 200


def test_it_goes_on_without_an_output():
    """A server that is started with its output closed answers, and stops without a word of complaint."""
    command = [sys.executable, "-P", "-c", CLOSED, "serve", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_time_runs_by_itself(serve):
    """At a high speed a strategy is built and applied without anybody touching the clock."""
    server = serve("--speed", "50000")
    assert server.send("POST", UPGRADE, json=BODY).status_code == 200
    server.wait_for("ready-to-apply")
    assert server.send("POST", f"{UPGRADE}/actions", json={"action": "apply-all"}).status_code == 202
    server.wait_for("applied")


def test_control_needs_the_printed_token(serve):
    """With --control the token is printed, and control is for those who send it; an advance jumps ahead."""
    server = serve("--control")
    name, _, token = server.greeting[1].partition(": ")
    assert server.send("GET", "/_control").status_code == 401
    assert server.send("GET", "/_control", headers={name: token}).json()["clock"] == "scaled"
    server.send("POST", UPGRADE, json=BODY)
    assert server.send("POST", "/_control/clock", json={"advance": 600}, headers={name: token}).status_code == 200
    server.wait_for("ready-to-apply")


def test_a_virtual_clock_moves_on_request(serve):
    """With --clock virtual time stands still until it is moved by /_control/clock."""
    server = serve("--clock", "virtual", "--control")
    name, _, token = server.greeting[1].partition(": ")
    assert "clock virtual" in server.greeting[0]
    assert server.send("GET", "/_control", headers={name: token}).json()["clock"] == "virtual"
    server.send("POST", UPGRADE, json=BODY)
    server.wait_for("building")
    server.send("POST", "/_control/clock", json={"advance": 600}, headers={name: token})
    server.wait_for("ready-to-apply")


def test_the_status_page_is_an_option(serve):
    """With --status-page the page is there; without, it is unknown."""
    statuses = [serve(*options).send("GET", "/_status").status_code for options in (("--status-page",), ())]
    assert statuses == [200, 404]


def test_the_token_is_never_logged(serve):
    """The lines of control requests do not hold the token."""
    server = serve("--control")
    name, _, token = server.greeting[1].partition(": ")
    server.send("POST", "/_control/reset", headers={name: token})
    assert token not in "".join(server.stop()[1])


def test_without_control_there_is_none(serve):
    """Without --control the control routes are unknown."""
    assert serve().send("GET", "/_control").status_code == 404


def test_a_world_can_be_given(serve, tmp_path):
    """--world serves the fleet of that file."""
    path = tmp_path / "small.json"
    path.write_text(json.dumps(WORLD))
    assert "small.json" in serve("--world", str(path)).greeting[0]


def test_a_rulebook_changes_the_rules(serve, tmp_path):
    """--rulebook lays a file over the release."""
    path = tmp_path / "own.yaml"
    path.write_text("wire:\n  absent_strategy: empty\n")
    assert serve("--rulebook", str(path)).send("GET", UPGRADE).json() == {"strategy": None}


@pytest.mark.parametrize(("option", "status"), [((), 400), (("--max-body", "10"), 413)], ids=["default", "10 bytes"])
def test_the_largest_body_can_be_set(serve, option, status):
    """--max-body replaces the limit of the release."""
    assert serve(*option).send("POST", UPGRADE, json={"unknown-member": 1}).status_code == status


def test_a_body_just_over_the_limit_gets_a_fault(serve):
    """A body of more than 1 MiB is 413 with a fault, over a real connection."""
    answer = serve().send("POST", UPGRADE, data=b" " * 1_100_000, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["faultcode"]) == (413, "Client")


def test_a_deletion_has_no_body(serve):
    """204 over a real connection has neither body nor Content-Type."""
    server = serve()
    server.send("POST", UPGRADE, json=BODY)
    answer = server.send("DELETE", UPGRADE, json={"force": True})
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)


def test_a_port_in_use_is_said(run):
    """A port that somebody else listens on is one clear error, exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, output, errors = run("--port", port)
    assert (code, output) == (2, "")
    assert re.fullmatch(f"Error: cannot listen on 127.0.0.1 port {port}: .*\n", errors)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--world", "no-such-file.yaml"), "no-such-file.yaml"),
        (("--rulebook", "no-such-file.yaml"), "no-such-file.yaml"),
        (("--release", "stx-99"), "stx-3.0"),
        (("--speed", "0"), "--speed"),
        (("--speed", "-1"), "--speed"),
        (("--speed", "nan"), "--speed"),
        (("--speed", "inf"), "--speed"),
        (("--speed", "x"), "--speed"),
        (("--port", "70000"), "--port"),
        (("--port", "x"), "--port"),
        (("--host", "256.1.1.1"), "256.1.1.1"),
        (("--max-body", "0"), "--max-body"),
        (("--seed", "x"), "--seed"),
        (("--clock", "sundial"), "virtual"),
        (("--clock", "virtual"), "--control"),
        (("--clock", "virtual", "--control", "--speed", "60"), "--speed"),
        (("--status-page=yes",), "--status-page"),
        (("--status-page", "yes"), "yes"),
        (("--status-pag=",), "--status-pag"),
        (("--json-log=yes",), "--json-log"),
        (("--json-log", "log.json"), "log.json"),
        (("--log-json",), "--log-json"),
        (("extra",), "extra"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use_is_said(refused, arguments, word):
    """Wrong use is one clear error that names the option or the value, exit code 2, and no server."""
    code, output, errors = refused(*arguments)
    assert (code, output) == (2, "")
    assert word in errors


@pytest.mark.parametrize("option", ["--world", "--rulebook"])
@pytest.mark.parametrize(
    "text", ["", "x", "hosts: 5", "wire: {}\nbogus: 1", "[", "wire: {texts: {no_route: '{nobody}'}}"]
)
def test_a_broken_file_is_said(refused, tmp_path, option, text):
    """A file that is no world, or no rulebook, is one clear error that names it, exit code 2."""
    path = tmp_path / "file.yaml"
    path.write_text(text)
    code, output, errors = refused(option, str(path))
    assert (code, output) == (2, "")
    assert "file.yaml" in errors
