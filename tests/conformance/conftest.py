"""Targets for the tests of the drivers: the reference server by name, small applications, and a server on a socket."""

import contextlib
import json
import socket
import threading

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from conformance.drivers.conversation import Conversation
from conformance.judge import Judge
from conformance.targets.target import Target, open_target
from conformance.targets.transport import WsgiTransport
from reports.model import Verdict
from spec.load import load_contract, load_law, load_ledger

EMBEDDED = "wsgi:reference_server:create_app"


class Talk(Conversation):
    """A conversation that keeps its judge and every exchange at hand."""

    def __init__(self, target, *, changes=True, pace=None, history="test"):
        self.judge = Judge(load_contract(), load_ledger(), load_law())
        self.exchanges = []
        super().__init__(target, self.judge, load_contract(), history, changes=changes, pace=pace)

    def send(self, *arguments, **options):
        exchange = super().send(*arguments, **options)
        self.exchanges.append(exchange)
        return exchange

    @property
    def failures(self):
        return {result.requirement for result in self.judge.results() if result.verdict is Verdict.FAIL}

    @property
    def looked_at(self):
        return {requirement for requirement, row in self.judge.tally.rows.items() if row.checked}

    @property
    def states(self):
        seen = [exchange.response_json for exchange in self.exchanges if exchange.status < 300]
        return [value["strategy"]["state"] for value in seen if isinstance(value, dict) and "strategy" in value]


@pytest.fixture
def embedded():
    """The reference server in this process, on a virtual clock."""
    with open_target(EMBEDDED) as target:
        yield target


@pytest.fixture
def talk(embedded):
    """A conversation with the reference server."""
    return Talk(embedded)


@pytest.fixture
def talking():
    """Makes a conversation with a target."""
    return Talk


@pytest.fixture
def answering():
    """Makes a WSGI application that answers every request alike, with JSON if there is a body."""

    def make(status, body=None, headers=()):
        content = b"" if body is None else json.dumps(body).encode()

        def application(environ, start_response):
            start_response(status, [("Content-Type", "application/json"), *headers])
            return [content]

        return application

    return make


@pytest.fixture
def target_of():
    """Makes a target of a WSGI application in this process."""

    def make(application, **options):
        return Target(WsgiTransport(application), "wsgi:test:app", in_process=True, **options)

    return make


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


@pytest.fixture
def served():
    """Puts a WSGI application on a free port; gives its address."""
    servers = []

    def serve(application, **options):
        server = make_server("127.0.0.1", 0, application, request_handler=_Quiet, **options)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class _Hostile:
    """A server whose every connection is handled by a function of the socket and of the event that ends it."""

    def __init__(self, behave, context=None):
        self._behave = behave
        self._context = context
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Let all connections go."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            wrapped = self._context.wrap_socket(connection, server_side=True) if self._context else connection
            with wrapped:
                self._behave(wrapped, self._over)


@pytest.fixture
def hostile():
    """Starts a server that does with each connection what a function of the socket says; gives its port."""
    servers = []

    def start(behave, context=None):
        servers.append(_Hostile(behave, context))
        return servers[-1].port

    yield start
    for server in servers:
        server.close()
