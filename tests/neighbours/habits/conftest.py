"""A reference server of release 3.0.0 as `vimgate serve` runs it, and clients that write their bytes themselves."""

import json
import socket
import threading
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest
import yaml
from waitress import create_server

from reference_server import create_app, wire
from reference_server.auth import Auth
from reference_server.clock import VirtualClock
from vimgate import serving

LIMIT = 120  # seconds that an answer may take
TABLES = yaml.safe_load(Path(__file__).with_name("clients.yaml").read_text(encoding="utf-8"))
PHASES = ("build-phase", "apply-phase", "abort-phase")


@dataclass(frozen=True)
class Answer:
    """An answer as it came: all of it, until the server closed the connection."""

    version: int
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def strategy(self):
        """The strategy of the document."""
        return json.loads(self.body)["strategy"]

    @property
    def taken(self):
        """What a client makes of it."""
        if self.status < 300:
            return "nothing there" if self.body and not json.loads(self.body).get("strategy") else "done"
        if self.status in TABLES["taken"]:
            return TABLES["taken"][self.status]
        try:
            return "says why" if json.loads(self.body)["faultstring"] else "tells all"
        except (ValueError, KeyError, TypeError):
            return "tells all"


class Vim:
    """A server that listens; its clock moves only when somebody waits."""

    def __init__(self, port, app, clock):
        self._port, self._clock = port, clock
        self._driver = wire.serving(app).driver

    def send(self, method, path, headers, body=b""):
        """Send exactly these headers, and read until the server closes the connection."""
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        with socket.create_connection(("127.0.0.1", self._port), timeout=LIMIT) as connection:
            connection.sendall("\r\n".join(lines).encode() + body)
            answer = HTTPResponse(connection, method=method)
            answer.begin()
            content = answer.read()
            assert connection.recv(1) == b"", "it sent more than it said"
        return Answer(answer.version, answer.status, {k.lower(): v for k, v in answer.getheaders()}, content)

    def wait(self):
        """Let happen what happens next."""
        self._clock.advance(max(self._driver.next_event() - self._clock.now(), 0))


class Client:
    """A client of that name at work on strategies of a kind."""

    def __init__(self, name, kind, vim):
        self.name, self.kind, self.vim = name, kind, vim
        self.path = f"/api/orchestration/{kind}/strategy"

    def do(self, name, headers=(), **members):
        """Send a request of the table, with other headers and other members of the body; the answer."""
        row = TABLES["requests"][name]
        value = row.get("body")
        value = value.get(self.kind, value) if value else value
        body = b"" if value is None else json.dumps(value | members).encode()
        sent = TABLES["headers"][self.name] | dict(headers)
        if body:
            sent |= {"Content-Type": "application/json", "Content-Length": len(body)}
        return self.vim.send(row["method"], self.path + row.get("tail", ""), sent.items(), body)

    def bring(self, where):
        """Bring a strategy to where a row of the table wants it."""
        if where != "nothing":
            self.do("create")
            self.until(lambda strategy: strategy["state"] == "ready-to-apply")
        if where in ("applying", "in stage 1"):
            self.do("apply")
        if where == "in stage 1":
            self.until(lambda strategy: strategy["apply-phase"]["current-stage"] == 1)

    def until(self, done):
        """Look, and let time pass, until what is seen is as wanted; all that was seen."""
        seen = [self.do("show").strategy]
        while not done(seen[-1]):
            self.vim.wait()
            seen.append(self.do("show").strategy)
        return seen


@pytest.fixture
def client():
    """A client before a server of its own, which asks nobody for a token unless it has a source of them."""
    running = []

    def start(name, kind, source=None):
        clock = VirtualClock()
        app = create_app(release="stx-3.0", clock=clock, auth=source and Auth(source))
        listener = serving.listen("127.0.0.1", 0)
        server = create_server(app, sockets=[listener], **serving.settings(None))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return Client(name, kind, Vim(listener.getsockname()[1], app, clock))

    yield start
    for server, thread in running:
        server.trigger.pull_trigger(server.close)  # in its own thread, which ends when nothing is left
        thread.join(LIMIT)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def missing():
    """The fields of a strategy that a client looks for in vain, by level."""

    def look(strategy):
        phases = [strategy[name] for name in PHASES if name in strategy]
        stages = [stage for phase in phases for stage in phase.get("stages", ())]
        steps = [step for stage in stages for step in stage.get("steps", ())]
        levels = {"strategy": [strategy], "phase": phases, "stage": stages, "step": steps}
        demanded = [
            (level, each, field) for level in levels for each in levels[level] for field in TABLES["demanded"][level]
        ]
        return {(level, field) for level, each, field in demanded if field not in each}

    return look
