"""`vimgate proxy` as a process of its own: clients ask through it, signals end it, and what it saw is in its folder."""

import fcntl
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest
import requests
from click.testing import CliRunner

with warnings.catch_warnings():  # mitmproxy's bounds let in libraries that are newer than the code that imports them
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.addons  # noqa: F401

from vimgate.commands.proxy import command

COMMAND = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "proxy")
LIMIT = 180  # seconds that a process may take to start, to answer or to stop
STRATEGY = "/api/orchestration/sw-patch/strategy"
SECRET = "gAAAAA-very-secret-token"


class Vim(BaseHTTPRequestHandler):
    """Has no strategy, and accepts whatever it is asked."""

    protocol_version = "HTTP/1.1"

    def _answer(self):
        self.server.asked.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/slow":
            self.server.came.set()
            self.server.go.wait(LIMIT)
        body = b'{"strategy": null}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names that the base class looks for

    def log_message(self, *_):
        """Nobody reads it."""


@pytest.fixture
def vim():
    """A server; what it was asked is in `asked`, and `/slow` is answered when `go` is set."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Vim) as server:
        server.asked, server.came, server.go = [], threading.Event(), threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.go.set()
        server.shutdown()
        thread.join()


class Gateway(NamedTuple):
    """A running gateway: its process, its address, what it said besides when it started, its folder."""

    process: subprocess.Popen
    address: str
    greeting: str
    out: object

    def stop(self, number=signal.SIGTERM):
        """Send a signal; exit code, the rest of the output, the errors."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, output.splitlines(), errors

    def findings(self):
        """The findings of its log."""
        lines = map(json.loads, (self.out / "findings.jsonl").read_text().splitlines())
        return [each for each in lines if each["line"] == "finding"]


@pytest.fixture
def proxy(vim, tmp_path):
    """Starts gateways before the server; what still runs at the end is killed."""
    started = []

    def start(*arguments):
        upstream = f"http://127.0.0.1:{vim.server_port}"
        out = tmp_path / "traffic"
        listen = ("--upstream", upstream, "--listen", "127.0.0.1:0", "--out", str(out))
        process = subprocess.Popen(
            [*COMMAND, *listen, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        address = process.stdout.readline().rstrip("\n")
        return Gateway(process, address, "" if "--quiet" in arguments else process.stdout.readline(), out)

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def refused(tmp_path):
    """Exit code and errors of a start that is refused."""

    def start(*arguments):
        given = [
            "--upstream",
            "http://127.0.0.1:9",
            "--listen",
            "127.0.0.1:0",
            "--out",
            str(tmp_path / "o"),
            *arguments,
        ]
        done = CliRunner().invoke(command, given, catch_exceptions=False)
        return done.exit_code, done.stderr

    return start


def test_traffic_is_judged_and_kept(proxy, vim):
    """What clients got is told at the end; a finding is in the log, a token is nowhere, and all files are one's own."""
    gateway = proxy("--capture", "har", "--capture", "flows")
    headers = {"X-Auth-Token": SECRET}
    with requests.Session() as session:
        answers = [session.get(gateway.address + STRATEGY, headers=headers, timeout=LIMIT) for _ in range(3)]
        session.post(gateway.address + STRATEGY, json={"nonsense": 1}, headers=headers, timeout=LIMIT)
    code, lines, errors = gateway.stop()
    assert [each.text for each in answers] == ['{"strategy": null}'] * 3
    assert vim.asked == [f"GET {STRATEGY}"] * 3 + [f"POST {STRATEGY}"]
    assert (code, errors) == (0, "")
    assert gateway.greeting.startswith(f"observe http://127.0.0.1:{vim.server_port}, release published, into ")
    assert lines[0].startswith("4 exchanges, 4 judged, ")
    assert gateway.findings()
    files = [path for path in gateway.out.rglob("*") if path.is_file()]
    assert {"summary.html", "summary.json", "findings.jsonl"} <= {path.name for path in files}
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.long
def test_enforce_blocks_what_the_policy_says(proxy, vim):
    """400 with a reference to a line that is there; the server is not asked; Ctrl-C ends it as SIGTERM does."""
    gateway = proxy("--mode", "enforce", "--budget-ms", str(LIMIT * 1000), "--metrics", "0", "--live", "--quiet")
    answer = requests.post(gateway.address + STRATEGY, json={"nonsense": 1}, timeout=LIMIT)
    problem = answer.json()
    code, lines, _ = gateway.stop(signal.SIGINT)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert (vim.asked, code, lines) == ([], 0, [])
    assert problem["requirements"][0]["id"] in {each["requirement"] for each in gateway.findings()}
    assert problem["instance"].startswith("findings.jsonl#")


@pytest.mark.long
def test_a_second_signal_ends_it_at_once(proxy, vim):
    """The first lets what is under way come to its end, the second does not; exit code 3."""
    gateway = proxy()
    host, port = gateway.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        assert vim.came.wait(LIMIT)
        gateway.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + LIMIT
        while _listens(host, int(port)):
            assert time.monotonic() < end
        code, _, errors = gateway.stop()
    assert (code, errors) == (3, "Error: stopped at once; the summary may be missing\n")


def _listens(host, port):
    try:
        socket.create_connection((host, port)).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--upstream", "vim:4545"), 2, "--upstream: that is no URL of a server; write one such as https://"),
        (("--upstream", "http://u:p4ss@vim"), 2, "holds a user name or a password"),
        (("--upstream", "http://nobody.invalid:1"), 3, "nobody.invalid cannot be resolved"),
        (("--listen", "here"), 2, "write HOST:PORT"),
        (("--listen", "127.0.0.1:9"), 2, "the gateway would ask itself"),
        (("--listen", "0.0.0.0:9"), 2, "the gateway would ask itself"),
        (("--listen", "[::]:9", "--upstream", "http://localhost:9"), 2, "the gateway would ask itself"),
        (("--listen", "::1:4546"), 2, "--listen: '::1:4546' is no address to listen on; write HOST:PORT"),
        (("--listen", "192.0.2.1:1"), 2, "is no address of this machine"),
        (("--metrics", "x"), 2, "write HOST:PORT"),
        (("--metrics", "99999"), 2, "--metrics: '99999' is no address to listen on"),
        (("--out", "/dev/null/x"), 2, "nothing can be written into"),
        (("--ca", "missing.pem"), 2, "--ca missing.pem: cannot be read"),
        (("--tls-cert", "missing.pem"), 2, "--tls-cert missing.pem: cannot be read"),
        (("--policy", "missing.yaml"), 2, "missing.yaml"),
        (("--mode", "sleep"), 2, "observe"),
        (("--fail", "maybe"), 2, "closed"),
        (("--budget-ms", "0"), 2, "0 is not in the range"),
        (("--shadow", "http://u:p4ss@vim"), 2, "--shadow: the URL of the server holds a user name or a password"),
        (("--shadow", "http://vim:0"), 2, "on port 0 nothing can listen"),
        (("--shadow", "vim"), 2, "--shadow: that is no URL of a server"),
        (("--shadow", "http://127.0.0.1:4546", "--listen", "localhost:4546"), 2, "would be its own shadow"),
        (("--shadow-with-token",), 2, "name one with --shadow"),
        (("--shadow-release", "stx-3.0"), 2, "name one with --shadow"),
    ],
)
def test_wrong_use_is_a_clear_error(arguments, code, said, refused):
    """One line on standard error that says what to write, and no traceback."""
    got, errors = refused(*arguments)
    assert (got, said in errors, "Traceback" in errors) == (code, True, False), errors


def test_what_is_shown_stands_below_the_address(tmp_path, monkeypatch):
    """A picture is drawn in place: what is printed after its first drawing is drawn over."""

    async def run(*_, started):
        started("http://127.0.0.1:4546", None)

    monkeypatch.setattr("vimgate.commands.proxy.run", run)
    given = ("--upstream", "http://127.0.0.1:9", "--out", str(tmp_path), "--live", "--metrics", "0")
    done = CliRunner().invoke(command, given, catch_exceptions=False)
    address, greeting, *shown = done.output.splitlines()
    assert (done.exit_code, address) == (0, "http://127.0.0.1:4546")
    assert re.fullmatch(r"observe http://127.0.0.1:9, .*, metrics at http://127.0.0.1:[1-9]\d*/metrics", greeting)
    assert shown[0].startswith("observe http://127.0.0.1:9, 0 exchanges")


def test_a_folder_that_another_gateway_uses_is_a_clear_error(refused, tmp_path):
    """Its files are left as they are: the judge's process finds out, and ends before it writes a summary."""
    folder = tmp_path / "o"
    folder.mkdir()
    with (folder / "findings.jsonl").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, errors = refused()
    assert (code, "findings.jsonl: " in errors, "write another --out" in errors, errors.count("\n")) == (
        2,
        True,
        True,
        1,
    )
    assert not (folder / "summary.json").exists()


def test_a_port_that_is_taken_is_a_clear_error(refused):
    """Before anything is started; a shadow whose name is wrong is told before that, and stops nobody."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, errors = refused("--listen", f"127.0.0.1:{other.getsockname()[1]}", "--shadow", "http://no..name:1")
    assert "no..name of --shadow cannot be resolved" in errors
    assert (code, "somebody else listens on" in errors) == (2, True)
