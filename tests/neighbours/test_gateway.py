"""The gateway in the catalogue of a real Keystone: clients find it, work through it, and leave no token in it."""

import base64
import json
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from reference_server import create_app
from reference_server.auth import Auth
from reference_server.auth.keystone import Keystone, Place
from reference_server.clock import VirtualClock

PROXY = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "proxy")
OPTIONS = ("--release", "stx-3.0", "--capture", "har", "--capture", "flows", "--live", "--budget-ms", "60000")
LIMIT = 180  # seconds that a process may take to answer or to end
STRATEGY = "/api/orchestration/sw-patch/strategy"
BODY = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "worker-apply-type": "serial",
    "default-instance-action": "stop-start",
    "swift-apply-type": "ignore",
    "alarm-restrictions": "strict",
}


class Vim:
    """A reference server of release 3.0.0 that asks the Keystone; `heard` are the tokens by request."""

    def __init__(self, keystone):
        self._clock, self.heard = VirtualClock(), []
        self._app = create_app(release="stx-3.0", clock=self._clock, auth=Auth(Keystone(Place(keystone.url))))
        self.url = ""

    def __call__(self, environ, start_response):
        self.heard.append(environ["HTTP_X_AUTH_TOKEN"])
        return self._app(environ, start_response)

    def pass_time(self, seconds):
        """Let time pass."""
        self._clock.advance(seconds)


class Gateway:
    """A gateway in a process of its own, before a server; `out` is its folder."""

    def __init__(self, upstream, out, *options):
        self.out = out
        self._spare = socket.socket()
        self._spare.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # for the gateway, which may listen there
        self._spare.bind(("127.0.0.1", 0))
        self._metrics = self._spare.getsockname()[1]
        words = ("--upstream", upstream, "--listen", "127.0.0.1:0", "--out", str(out), "--metrics", str(self._metrics))
        self.process = subprocess.Popen(
            [*PROXY, *words, *OPTIONS, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.url = self.process.stdout.readline().decode().strip()

    def metrics(self):
        """What it counts."""
        with urlopen(f"http://127.0.0.1:{self._metrics}/metrics", timeout=LIMIT) as answer:
            return answer.read()

    def end(self):
        """Have it gone, whatever it does."""
        self.process.kill()
        self.process.communicate()
        self._spare.close()

    def stop(self):
        """Exit code, and all that it says and has written, by name."""
        scraped = self.metrics()
        self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=LIMIT)
        files = {file.name: file.read_bytes() for file in self.out.rglob("*") if file.is_file()}
        return self.process.returncode, files | {"metrics": scraped, "output": output, "errors": errors}


class Client:
    """A client as distcloud is one: what answers 403 is asked once more, with a new token."""

    def __init__(self, keystone, region):
        self._keystone, self._session = keystone, keystone.session()
        self._where = {"service_type": "nfv", "service_name": "vim", "interface": "public", "region_name": region}
        self.tokens = []

    @property
    def place(self):
        """Where it takes the VIM to be."""
        return self._session.get_endpoint(**self._where)

    def log_in_anew(self):
        """Forget the token, and the catalogue that came with it."""
        self._session.invalidate()

    def lose_its_token(self):
        """The token is revoked behind its back."""
        self._keystone.revoke(self._session.get_token())

    def ask(self, method, tail="", **options):
        """The status of each try, and the last answer."""
        statuses = []
        while True:
            self.tokens.append(self._session.get_token())
            answer = self._session.request(
                STRATEGY + tail, method, endpoint_filter=self._where, raise_exc=False, **options
            )
            statuses.append(answer.status_code)
            if statuses != [403]:
                return statuses, answer
            self.log_in_anew()


@pytest.fixture
def vim(keystone, serving):
    """A VIM at a URL."""
    vim = Vim(keystone)
    vim.url = serving(vim)
    return vim


@pytest.fixture
def gateway(vim, tmp_path):
    """Starts gateways before the VIM; what still runs is killed."""
    started = []

    def start(*options):
        started.append(Gateway(vim.url, tmp_path / "traffic", *options))
        return started[-1]

    yield start
    for each in started:
        each.end()


def spellings(secret):
    """What a secret must not be found as: whole, in part, or in the letters that captures use for bytes."""
    whole = secret.encode()
    packed = [base64.b64encode(bytes(shift) + whole)[4:-8] for shift in range(3)]
    return [whole, whole[8:40], whole[-40:-8], *packed]


LIFE = [
    (0, "POST", "", BODY, 200),
    (400, "GET", "", None, 200),
    (0, "POST", "/actions", {"action": "apply-all"}, 202),
    (600, "GET", "", None, 200),
    (0, "POST", "/actions", {"action": "abort-stage", "stage-id": None}, 202),
    (9000, "GET", "", None, 200),
    (0, "DELETE", "", {"force": False}, 204),
]
"""A strategy from create to delete: seconds that pass, what is asked then, and the status of the answer."""


KEPT = {"findings.jsonl", "evidence.jsonl", "capture.har", "capture.flows", "summary.json", "metrics", "errors"}


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_a_client_that_logs_in_anew_works_through_it(keystone, vim, gateway, mode):
    """It comes over and leaves with a new token; after each 403 it tries again; none of that is blocked, found or kept.

    At last it sends what is wrong, so that there are findings and evidence to look for a token in.
    """
    running, region = gateway("--mode", mode), keystone.register(vim.url)
    client = Client(keystone, region)
    assert client.place == vim.url
    keystone.move(region, running.url)
    assert (client.ask("GET")[0], client.place) == ([200], vim.url)  # its token carries the catalogue as it was
    client.log_in_anew()
    assert client.place == running.url
    for seconds, method, tail, body, status in LIFE:
        vim.pass_time(seconds)
        client.lose_its_token()
        assert client.ask(method, tail, json=body)[0] == [403, status], (method, tail)
    assert vim.heard == client.tokens
    assert client.ask("POST", json={"nonsense": 1})[0] == [400]
    keystone.move(region, vim.url)
    client.lose_its_token()
    assert (client.ask("GET")[0], client.place) == ([403, 200], vim.url)

    code, said = running.stop()
    assert code == 0
    assert b"16 exchanges, 16 judged, 5 findings, unchecked: none;" in said["output"], said["findings.jsonl"]
    assert {each["exchange"] for each in findings(said)} == {2 * len(LIFE) + 1}
    assert (KEPT - said.keys(), [name for name in KEPT if not said[name]]) == (set(), [])
    assert len(json.loads(said["capture.har"])["log"]["entries"]) == 16
    sought = {spelling for token in client.tokens for spelling in spellings(token)}
    assert [name for name, content in said.items() if any(each in content for each in sought)] == []


def findings(said):
    """The findings of the log."""
    return [each for each in map(json.loads, said["findings.jsonl"].splitlines()) if each["line"] == "finding"]


def test_a_token_is_found_in_each_of_its_spellings():
    """What is searched for is there where a token is."""
    token = "gAAAAAB" + "0123456789-abcdefghijklmnopqrstuvwxyz" * 5
    kept = [token.encode(), token[:60].encode(), token[-60:].encode()]
    kept += [base64.b64encode(b"x" * shift + token.encode()) for shift in range(3)]
    assert [any(each in content for each in spellings(token)) for content in kept] == [True] * 6
