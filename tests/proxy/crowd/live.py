"""A server that is right and clients that are right, through `vimgate proxy`: nobody is accused, nothing is blocked."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from waitress import create_server, wasyncore

from reference_server import create_app
from reference_server.clock import SystemClock
from reference_server.storage.store import Store
from reference_server.worlds.file import load_world
from crowd import CREATE, KINDS, path_of

COMMAND = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "proxy")
LIMIT = 60  # seconds that anything may take
SPEED = 400.0  # seconds of the server in one of ours
RESTS = {"applied", "aborted", "apply-failed", "apply-timeout", "abort-failed", "abort-timeout", "build-failed"}


class Server:
    """The reference server over HTTP; it takes its time, compresses for who wants it, and denies who has no token."""

    def __init__(self, world, release, state, seed):
        self.world, self.release, self.state = world, release, state
        self.draw = random.Random(seed)
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
        self.app = create_app(world, self.release, clock=SystemClock(SPEED), store=self.store, control=False)

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

    def __init__(self, scene, behave, seed, keep=True):
        super().__init__()
        self.scene, self.behave, self.keep = scene, behave, keep
        self.draw = random.Random(seed)
        self.connection = None
        self.error = None

    def run(self):
        try:
            self.behave(self)
        except BaseException as error:
            self.error = error
        finally:
            if self.connection is not None:
                self.connection.close()

    @property
    def on(self):
        return not self.scene.stop.is_set()

    def pause(self, most):
        self.scene.stop.wait(self.draw.uniform(0, most))

    def ask(self, method, path, body=None, headers=(), absolute=False, token=True):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.scene.port, timeout=LIMIT)
        content = None if body is None else json.dumps(body).encode()
        fields = {"Accept": "application/json", **dict(headers)}
        if token:
            fields["X-Auth-Token"] = self.scene.server.token if token is True else token
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


def poller(kind, period, **how):
    def behave(client):
        while client.on:
            client.pause(period)
            client.ask("GET", path_of(kind), **how)

    return behave


def state_of(document):
    return document["strategy"]["state"] if isinstance(document, dict) and document.get("strategy") else ""


def operator(client):
    """Creates, applies in one of two ways, aborts now and then, deletes; one operator at a time."""
    while client.on:
        with client.scene.turn:
            kind = client.draw.choice(KINDS)
            client.ask("POST", path_of(kind), CREATE[kind])
            while client.on:
                client.pause(0.3)
                status, document = client.ask("GET", path_of(kind))
                state = state_of(document)
                if state == "ready-to-apply":
                    stage = document["strategy"]["apply-phase"]["current-stage"]
                    one = {"action": "apply-stage", "stage-id": stage}
                    client.ask("POST", path_of(kind, "/actions"), client.draw.choice(({"action": "apply-all"}, one)))
                elif state == "applying" and client.draw.random() < 0.05:
                    client.ask("POST", path_of(kind, "/actions"), {"action": "abort"})
                elif status == 404 or state in RESTS:
                    break
            if not client.on:
                return
            client.ask("DELETE", path_of(kind), client.draw.choice((None, {"force": False})))


def odd(client):
    while client.on:
        client.pause(0.2)
        kind = client.draw.choice(KINDS)
        path = path_of(kind)
        client.draw.choice((
            lambda: client.ask("HEAD", path), lambda: client.ask("OPTIONS", path),
            lambda: client.ask("GET", path + "/"), lambda: client.ask("GET", path, absolute=True),
            lambda: client.ask("GET", path, headers=(("Accept-Encoding", "gzip"),)),
            lambda: client.ask("GET", "/"), lambda: client.ask("GET", "/api/orchestration"),
            lambda: client.ask("GET", path, token="expired"), lambda: client.ask("GET", path, token=False),
            lambda: client.ask("DELETE", path, token="expired"),
            lambda: client.leave("GET", path),
        ))()


def rash(client):
    while client.on:
        client.pause(0.6)
        kind = client.draw.choice(KINDS)
        method, tail, body = client.draw.choice((
            ("POST", "", CREATE[kind]), ("POST", "", CREATE[kind]), ("DELETE", "", None), ("DELETE", "", {"force": True}),
            ("POST", "/actions", {"action": "apply-all"}), ("POST", "/actions", {"action": "abort"}),
            ("POST", "/actions", {"action": "apply-stage", "stage-id": client.draw.randrange(3)}),
            ("PUT", "", {}), ("POST", "", {"x": 1}),
        ))
        if client.draw.random() < 0.08 and client.scene.leaves:
            client.leave(method, path_of(kind, tail), body)
        else:
            client.ask(method, path_of(kind, tail), body)


class Scene:
    def __init__(self, server, out, *arguments):
        self.server, self.out = server, out
        self.stop, self.turn = threading.Event(), threading.Lock()
        self.counts, self.gateways, self.leaves = {}, [], False
        self.arguments = arguments
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*COMMAND, "--upstream", f"http://127.0.0.1:{self.server.port}", "--listen", f"127.0.0.1:{self.port}",
             "--out", str(self.out), "--budget-ms", "20000", *self.arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(line.rpartition(":")[2])

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.said = self.process.communicate(timeout=LIMIT)
        return self.process.returncode

    def kill_desk(self):
        for each in Path("/proc").iterdir():
            if each.name.isdigit():
                try:
                    line, stat = (each / "cmdline").read_bytes(), (each / "stat").read_text()
                except OSError:
                    continue
                if b"proxy.desk" in line and int(stat.rpartition(")")[2].split()[1]) == self.process.pid:
                    os.kill(int(each.name), signal.SIGKILL)

    def note(self, method, path, body, status, headers, raw):
        key = f"{method} {status}"
        self.counts[key] = self.counts.get(key, 0) + 1
        if headers.get("Content-Type", "").startswith("application/problem+json") or "Vimgate" in str(headers):
            self.gateways.append((method, path, body, status, dict(headers), raw[:300]))

    def findings(self):
        lines = []
        for each in sorted(self.out.glob("findings.jsonl*")):
            lines += map(json.loads, each.read_text().splitlines())
        return [each for each in lines if each["line"] == "finding"]
