"""The reference server over HTTP, clients in threads, and `vimgate proxy` as a process of its own between them."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import zlib
from contextlib import suppress
from pathlib import Path

from passing_crowd import CREATE, KINDS, path_of
from waitress import create_server, wasyncore

from reference_server import create_app
from reference_server.clock import SystemClock
from reference_server.storage.store import Store
from reference_server.worlds.file import load_world

COMMAND = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "proxy")
LIMIT = 180  # seconds that anything may take
SPEED = 400.0  # seconds of the server in one of ours
RESTS = {"applied", "aborted", "apply-failed", "apply-timeout", "abort-failed", "abort-timeout", "build-failed"}


class Server:
    """The reference server over HTTP; it takes its time, compresses for who wants it, and denies who has no token."""

    def __init__(self, world, release, state, seed):
        self.world, self.release, self.state = world, release, state
        self.draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.token = "t0"
        self.gate = threading.Lock()
        self.app = self.store = None
        self.gone, self.sockets = threading.Event(), {}
        self.server = None
        self.begin()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server = create_server(self, sockets=[self.listener], threads=8, map=self.sockets)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.gone.is_set():
            wasyncore.loop(timeout=0.02, map=self.sockets, count=1)

    def begin(self):
        """Start; what the state file holds is gone on with."""
        with self.gate:
            self._begin()

    def _begin(self):
        if self.store is not None:
            self.store.close()
        self.store = Store.open(self.state)
        world = load_world(self.world)
        self.app = create_app(world, self.release, clock=SystemClock(SPEED), store=self.store)

    def __call__(self, environ, start):
        threading.Event().wait(self.draw.choice((0.0, 0.005, 0.02, 0.05)))
        if environ.get("HTTP_X_AUTH_TOKEN") != self.token and environ.get("HTTP_X_AUTH_TOKEN") is not None:
            start(self.draw.choice(("401 Unauthorized", "403 Forbidden")), [("Content-Length", "0")])
            return [b""]
        told = {}

        def begin(status, headers, exc_info=None):
            told.update(status=status, headers=headers)

        with self.gate:
            body = b"".join(self.app(environ, begin))
            if environ["REQUEST_METHOD"] == "DELETE" and told["status"].startswith("204"):
                self.app.test_client().post("/_control/reset", json={})  # there is something to do again
        threading.Event().wait(self.draw.choice((0.0, 0.005, 0.02)))
        headers = told["headers"]
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") and body:
            packer = zlib.compressobj(wbits=31)
            body = packer.compress(body) + packer.flush()
            headers = [each for each in headers if each[0].lower() != "content-length"]
            headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))]
        start(told["status"], headers)
        return [body]

    def close(self):
        self.gone.set()
        self.thread.join(LIMIT)
        wasyncore.close_all(self.sockets)
        self.server.task_dispatcher.shutdown()
        self.store.close()


class Client(threading.Thread):
    """A client with a connection that it keeps, or with one for each request."""

    def __init__(self, scene, behave, seed, *, keep=True):
        super().__init__()
        self.scene, self.behave, self.keep = scene, behave, keep
        self.draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.connection = None
        self.error = None

    def run(self):
        try:
            self.behave(self)
        except Exception as error:  # noqa: BLE001 - whatever ends it is told by the test
            self.error = error
        finally:
            if self.connection is not None:
                self.connection.close()

    @property
    def on(self):
        """The scene is not over."""
        return not self.scene.stop.is_set()

    def pause(self, most):
        self.scene.stop.wait(self.draw.uniform(0, most))

    def ask(self, method, path, body=None, *, headers=(), absolute=False, token=None):
        """Status and document of the answer; 0 when there was none. No token: the one that is good now."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.scene.port, timeout=LIMIT)
        content = None if body is None else json.dumps(body).encode()
        fields = {"Accept": "application/json", **dict(headers)}
        if token != "":
            fields["X-Auth-Token"] = token or self.scene.server.token
        if content is not None:
            fields["Content-Type"] = "application/json"
        if not self.keep:
            fields["Connection"] = "close"
        target = f"http://127.0.0.1:{self.scene.port}{path}" if absolute else path
        try:
            self.connection.request(method, target, content, fields)
            answer = self.connection.getresponse()
            raw = answer.read()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            self.connection = None
            return 0, None
        if not self.keep:
            self.connection.close()
            self.connection = None
        if answer.headers.get("Content-Encoding") == "gzip":
            raw = zlib.decompress(raw, wbits=31)
        self.scene.note(method, path, body, answer.status, answer.headers, raw)
        try:
            return answer.status, json.loads(raw) if raw else None
        except ValueError:
            return answer.status, raw

    def leave(self, method, path, body=None):
        """Ask, and go away before the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: h\r\nX-Auth-Token: {self.scene.server.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.scene.port)) as connection:
            connection.sendall(head.encode() + content)
            self.scene.stop.wait(self.draw.choice((0.0, 0.01, 0.03)))


def poller(kind, period):
    """Looks again and again."""

    def behave(client):
        while client.on:
            client.pause(period)
            client.ask("GET", path_of(kind))

    return behave


def operator(client):
    """Creates, applies at once or by stages, aborts now and then, deletes; nothing before it is its time."""
    while client.on:
        with client.scene.turn:
            kind = client.draw.choice(KINDS)
            found = [(each, document_of(client, each)) for each in KINDS]
            there = [each for each, document in found if document]
            if not there and all(document is not None for _, document in found):
                client.ask("POST", path_of(kind), CREATE[kind])
            lead(client, there[0] if there else kind)


def lead(client, kind):
    """Bring a strategy to its end and delete it, or stop when it cannot be seen."""
    while client.on and (strategy := document_of(client, kind)):
        state, phase = strategy["state"], strategy["apply-phase"]
        paused = state == "applying" and not any(stage["inprogress"] for stage in phase["stages"])
        if state in RESTS:
            client.ask("DELETE", path_of(kind), client.draw.choice((None, {"force": False})))
        elif state == "ready-to-apply" or paused:
            one = {"action": "apply-stage", "stage-id": phase["current-stage"]}
            client.ask("POST", path_of(kind, "/actions"), client.draw.choice(({"action": "apply-all"}, one)))
        elif state == "applying" and client.draw.random() < 0.05:
            client.ask("POST", path_of(kind, "/actions"), {"action": "abort"})
        client.pause(0.3)


def document_of(client, kind):
    """The strategy; empty when none is there, None when that cannot be told."""
    status, document = client.ask("GET", path_of(kind))
    if status not in {200, 404}:
        return None
    return (document or {}).get("strategy") or {} if status == 200 else {}


def odd(client):
    """Spells what is lawful in every way, and does not wait for every answer."""
    gzip = {"headers": (("Accept-Encoding", "gzip"),)}
    ways = (
        ("HEAD", "", {}), ("OPTIONS", "", {}), ("GET", "/", {}), ("GET", "", {"absolute": True}), ("GET", "", gzip),
        ("GET", "", {"token": "expired"}), ("GET", "", {"token": ""}),
    )  # fmt: skip
    while client.on:
        client.pause(0.2)
        path = path_of(client.draw.choice(KINDS))
        method, tail, how = client.draw.choice(ways)
        client.ask(method, path + tail, **how)
        client.ask("GET", client.draw.choice(("/", "/api/orchestration")))
        client.leave("GET", path)


def rash(client):
    """Asks for anything at any time, and goes away now and then."""
    while client.on:
        client.pause(0.6)
        kind = client.draw.choice(KINDS)
        method, tail, body = client.draw.choice(
            (
                ("POST", "", CREATE[kind]),
                ("POST", "", CREATE[kind]),
                ("DELETE", "", None),
                ("DELETE", "", {"force": True}),
                ("POST", "/actions", {"action": "apply-all"}),
                ("POST", "/actions", {"action": "abort"}),
                ("POST", "/actions", {"action": "apply-stage", "stage-id": client.draw.randrange(3)}),
                ("PUT", "", {}),
                ("POST", "", {"x": 1}),
                ("DELETE", "", {"force": "x"}),
            )
        )
        if client.draw.random() < 0.08 and client.scene.leaves:
            client.leave(method, path_of(kind, tail), body)
        else:
            client.ask(method, path_of(kind, tail), body)


class Scene:
    """A gateway before the server: `counts` are the answers by method and status, `of_gateway` those of its own."""

    def __init__(self, server, out, *arguments):
        self.server, self.out, self.arguments = server, out, arguments
        self.stop, self.turn = threading.Event(), threading.Lock()
        self.counts, self.of_gateway, self.leaves = {}, [], False
        self.errors, self.tokens = "", 0
        self.held = socket.socket()  # nobody else is given the port while no gateway listens there
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", 0))
        self.port = self.held.getsockname()[1]
        self.start()

    def start(self):
        """Start the gateway, on the same port each time."""
        upstream, listen = f"http://127.0.0.1:{self.server.port}", f"127.0.0.1:{self.port}"
        given = ("--upstream", upstream, "--listen", listen, "--out", str(self.out), "--budget-ms", "60000")
        self.process = subprocess.Popen(
            [*COMMAND, *given, *self.arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert int(self.process.stdout.readline().rpartition(":")[2]) == self.port

    def close(self):
        """Stop the gateway for good; its exit code."""
        self.held.close()
        return self.end()

    def end(self):
        """Stop the gateway; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.errors += self.process.communicate(timeout=LIMIT)[1]
        return self.process.returncode

    def befall(self, what):
        """Restart the server or the gateway, kill the judge, or let every token expire."""
        if what == "server":
            self.server.begin()
        elif what == "gateway":
            self.end()
            self.start()
        elif what == "judge":
            for pid in self._judges():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        elif what == "token":
            self.tokens += 1
            self.server.token = f"token {self.tokens}"

    def _judges(self):
        """The judge's process of this gateway."""
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid and b"proxy.judging.desk" in (each / "cmdline").read_bytes():
                    yield int(each.name)

    def note(self, method, path, body, status, headers, content):
        """A client was answered."""
        key = f"{method} {status}"
        self.counts[key] = self.counts.get(key, 0) + 1
        if headers.get("Content-Type", "").startswith("application/problem+json"):
            self.of_gateway.append((method, path, body, status, content[:600]))

    def findings(self):
        """The findings of the log."""
        files = sorted(self.out.glob("findings.jsonl*"))
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [each for each in lines if each["line"] == "finding"]
