"""A client of 12.0.0 works through a gateway in enforce before a server of 12.0.0, as it would without one."""

import json
import signal
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from werkzeug.serving import WSGIRequestHandler, make_server

from reference_server import create_app, wire
from reference_server.clock import VirtualClock

pytestmark = pytest.mark.long

LATER = yaml.safe_load(Path(__file__).with_name("later.yaml").read_text(encoding="utf-8"))
PROXY = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "proxy")
OPTIONS = ("--release", "stx-12.0", "--mode", "enforce", "--listen", "127.0.0.1:0", "--budget-ms", "60000")
LIMIT = 180
KIND = "sw-upgrade"
PATH = f"/api/orchestration/{KIND}/strategy"


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_request(self, *_):
        """Nothing."""


@pytest.fixture
def vim():
    """A server of 12.0.0 on a free port: its address, and what lets the next thing happen."""
    clock = VirtualClock()
    app = create_app(release="stx-12.0", clock=clock)
    server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    driver = wire.serving(app).driver
    yield f"http://127.0.0.1:{server.server_port}", lambda: clock.advance(max(driver.next_event() - clock.now(), 0))
    server.shutdown()
    server.server_close()


def test_a_client_works_through_a_gateway_that_enforces(vim, tmp_path):
    """Nothing is blocked or found, with requests that no text describes: null as a stage-id, and as rollback."""
    upstream, wait = vim
    words = (*OPTIONS, "--upstream", upstream, "--out", str(tmp_path / "out"))
    with subprocess.Popen([*PROXY, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        gateway = urlsplit(process.stdout.readline().decode().strip())
        headers = LATER["headers"]["stx-12.0"] | {"Accept": "application/json", "Accept-Encoding": "identity"}

        def send(method, tail="", body=None):
            connection = HTTPConnection(gateway.hostname, gateway.port, timeout=LIMIT)
            more = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, PATH + tail, None if body is None else json.dumps(body), headers | more)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            return answer.status, json.loads(content)["strategy"] if content else None

        def until(state):
            while send("GET")[1]["state"] != state:
                wait()

        try:
            statuses = [send("GET")[0], send("POST", body=LATER["creates"]["stx-12.0"][KIND])[0]]
            until("ready-to-apply")
            statuses.append(send("POST", "/actions", {"action": "apply-stage", "stage-id": "0"})[0])
            statuses.append(send("POST", "/actions", {"action": "abort-stage", "stage-id": None})[0])
            until("aborted")
            statuses.append(send("DELETE", body={"force": False})[0])
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=LIMIT)
    told = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert (statuses, errors) == ([200, 200, 202, 202, 204], b"")
    assert (told["charges"], told["watched"]["blocked"], told["watched"]["release"]) == ([], [], "stx-12.0")
