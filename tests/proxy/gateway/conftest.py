"""A gateway in a thread of its own, raw servers and clients, and a judge that notes what it hears."""

import asyncio
import socket
import threading
import warnings
from contextlib import ExitStack, suppress

import pytest

with warnings.catch_warnings():  # mitmproxy's bounds let in libraries that are newer than the code that imports them
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.addons  # noqa: F401

from proxy.deciding.policyfile import default_policy
from proxy.gateway.addresses import Listen, Upstream
from proxy.gateway.certificates import Files
from proxy.gateway.running import Service, opened
from proxy.gateway.terms import Terms
from proxy.judging.courier import JudgeFault, Seen
from proxy.traffic import Direction, Mode, Noticed
from reports.model import Finding, Verdict

LIMIT = 120  # seconds that anything may take, however busy the machine is


class Judge:
    """Stands for the judge's process: notes what it is told, says what it was told to say."""

    def __init__(self):
        self.told, self.asked, self.skipped, self.missed = [], [], [], 0
        self.against, self.about, self.fault = (), (), None
        self.finished = False

    async def start(self):
        pass

    async def finish(self, timeout=30.0):
        self.finished = True

    def tell(self, passage):
        self.told.append(passage)
        return True

    def pass_over(self, reason, *, change=False):
        self.skipped.append(reason)
        self.missed += change

    async def ask(self, request, *, in_order=True):
        self.asked.append(request)
        if self.fault:
            raise JudgeFault(self.fault)
        return self.against

    async def see(self, passage):
        self.told.append(passage)
        if self.fault:
            raise JudgeFault(self.fault)
        return Seen(self.against if passage.blocked else self.about, "findings.jsonl#1")


class Counting:
    """Keeps what is counted."""

    def __init__(self):
        self.under_way, self.over = 0, []

    def begun(self):
        self.under_way += 1

    def passed(self, passed):
        self.under_way -= 1
        self.over.append(passed)


class Wire:
    """One end of a connection, byte by byte."""

    def __init__(self, connection):
        self.connection = connection
        connection.settimeout(LIMIT)
        self._rest = b""

    def send(self, content):
        self.connection.sendall(content)

    def _more(self):
        piece = self.connection.recv(65536)
        self._rest += piece
        return bool(piece)

    def head(self):
        """The next head with its empty line; what there was, when it broke off."""
        while b"\r\n\r\n" not in self._rest and self._more():
            pass
        head, mark, self._rest = self._rest.partition(b"\r\n\r\n")
        return head + mark

    def exactly(self, count):
        while len(self._rest) < count and self._more():
            pass
        body, self._rest = self._rest[:count], self._rest[count:]
        return body

    def line(self):
        while b"\r\n" not in self._rest and self._more():
            pass
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line

    def chunks(self):
        """A chunked body without its framing, with its trailers."""
        pieces = []
        while size := int(self.line() or b"0", 16):
            pieces.append(self.exactly(size))
            self.line()
        trailers = []
        while line := self.line():
            trailers.append(line)
        return b"".join(pieces) + b"".join(trailers)

    def rest(self):
        """Everything until the other end closes."""
        with suppress(ConnectionResetError):
            while self._more():
                pass
        rest, self._rest = self._rest, b""
        return rest

    def message(self, *, bodiless=False):
        """Head and body; a chunked body without its framing."""
        head = self.head()
        fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        fields = {name.strip().lower(): value.strip() for name, _, value in fields}
        if bodiless or not head:
            return head, b""
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            return head, self.chunks()
        if b"content-length" in fields:
            return head, self.exactly(int(fields[b"content-length"]))
        if head.startswith(b"HTTP/"):
            return head, self.rest()
        return head, b""


class RawServer:
    """Hands every connection to `behave(wire)` in a thread of its own, then closes it."""

    def __init__(self, behave, context=None, host="127.0.0.1"):
        self.behave, self.context = behave, context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        self.connections, self.threads = 0, []
        self.open = set()
        self.acceptor = threading.Thread(target=self._accept)
        self.acceptor.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with suppress(OSError), connection:
            if self.context is None:
                self.behave(Wire(connection))
            else:
                with self.context.wrap_socket(connection, server_side=True) as secured:
                    self.open.add(secured)
                    self.behave(Wire(secured))

    def close(self):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (self.acceptor, *self.threads):
            thread.join(LIMIT)


class Running:
    """A gateway that listens."""

    def __init__(self, port, host, gateway, judge, told, counting, stop):
        self.port, self.host, self.gateway, self.judge = port, host, gateway, judge
        self.told, self.counting, self.stop = told, counting, stop


def _run(service, judge, ready, box):
    async def main():
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        try:
            async with opened(service, judge) as (address, gateway):
                box["up"] = (int(address.rpartition(":")[2]), gateway, lambda: loop.call_soon_threadsafe(stop.set))
                ready.set()
                await stop.wait()
        except Exception as error:  # noqa: BLE001 - raised again where the gateway was asked for
            box["error"] = error
        finally:
            ready.set()

    asyncio.run(main())


@pytest.fixture
def judge():
    """What the gateway brings exchanges to."""
    return Judge()


@pytest.fixture
def server():
    """Starts raw servers; gives each."""
    with ExitStack() as stack:

        def start(behave, context=None, host="127.0.0.1"):
            server = RawServer(behave, context, host)
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture
def gateway(judge):
    """Starts gateways before a server; gives each."""
    with ExitStack() as stack:

        def start(server, mode=Mode.OBSERVE, *, scheme="http", name="127.0.0.1", host="127.0.0.1", **options):
            terms = {key: options.pop(key) for key in ("largest", "fail_open") if key in options}
            files = Files(**options.pop("files", {}))
            told, counting = [], Counting()
            service = Service(
                upstream=Upstream(scheme, name, server if isinstance(server, int) else server.port),
                listen=Listen(host, options.pop("port", 0)),
                terms=Terms(mode=mode, tls=files.listening is not None, **terms),
                policy=options.pop("policy", default_policy()),
                files=files,
                counting=counting,
                say=told.append,
                **{"drain": LIMIT, **options},
            )
            ready, box = threading.Event(), {}
            thread = threading.Thread(target=_run, args=(service, judge, ready, box))
            thread.start()
            assert ready.wait(LIMIT)
            if "error" in box:
                thread.join()
                raise box["error"]
            port, addon, stop = box["up"]

            def end():
                if thread.is_alive():
                    stop()
                thread.join(LIMIT)
                assert not thread.is_alive()

            stack.callback(end)
            return Running(port, host, addon, judge, told, counting, end)

        yield start


@pytest.fixture
def connect():
    """Opens connections; gives the client's end of each."""
    with ExitStack() as stack:

        def to(port, host="127.0.0.1", context=None, name=None):
            connection = stack.enter_context(socket.create_connection((host, port), timeout=LIMIT))
            if context is not None:
                connection = stack.enter_context(context.wrap_socket(connection, server_hostname=name or host))
            return Wire(connection)

        yield to


@pytest.fixture
def ask(connect):
    """Sends one request on a connection of its own and reads until it is closed."""

    def send(port, request=b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"):
        wire = connect(port)
        wire.send(request)
        return wire.rest()

    return send


@pytest.fixture
def found():
    """Makes something that was noticed."""

    def make(requirement, direction=Direction.REQUEST, verdict=Verdict.FAIL):
        return Noticed(direction, Finding(requirement, verdict, "it is wrong"))

    return make
