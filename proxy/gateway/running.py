"""The gateway as something that runs: it starts, listens, drains on a signal, and ends."""

import asyncio
import errno
import gc
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from mitmproxy.addons.proxyserver import Proxyserver

from proxy.deciding.policy import Policy
from proxy.gateway import wire
from proxy.gateway.addresses import Listen, Upstream, bracketed
from proxy.gateway.certificates import Files
from proxy.gateway.contact import Contact
from proxy.gateway.embedding import Faults, build, needed, server_of
from proxy.gateway.hooks import Gateway
from proxy.gateway.said import Once
from proxy.gateway.terms import Counting, Judging, Terms
from proxy.shadowing.shadow import Shadow
from spec.contract import Contract
from spec.ledger import Ledger

_LOOK: Final = 0.02  # seconds between two looks at what is still under way
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class CannotListen(Exception):  # noqa: N818 - what was wished cannot be done
    """The address cannot be listened on; the text says what to do."""


class StoppedAtOnce(Exception):  # noqa: N818 - what happened
    """A second signal came while the first was obeyed."""


class Courier(Judging, Protocol):
    """A judge that is started and ended with the gateway."""

    async def start(self) -> bool:
        """Start it; False when it could not be, and will be tried again."""
        ...

    def remark(self, text: str) -> None:
        """A sentence for the notes of the summary."""
        ...

    async def finish(self, timeout: float = 30.0) -> None:
        """Let it end what it has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is to be run. `drain` are the seconds that exchanges under way have left after a signal."""

    upstream: Upstream
    listen: Listen
    terms: Terms
    policy: Policy
    ledger: Ledger | None = None
    contract: Contract | None = None
    files: Files = field(default_factory=Files)
    insecure: bool = False
    drain: float = 10.0
    counting: Counting | None = None
    shadow: Shadow | None = None
    say: Callable[[str], None] = lambda _: None


@asynccontextmanager
async def opened(service: Service, courier: Courier) -> AsyncIterator[tuple[str, Gateway]]:
    """A gateway that listens, its address and itself; at the end it drains. Raises CannotListen."""
    wire.install()
    with tempfile.TemporaryDirectory(prefix="vimgate-") as confdir, Faults(_once(service.say)):
        wanted = needed(service.terms.mode, service.terms.largest)
        master = build(
            service.upstream, service.listen, service.files, Path(confdir), wanted, insecure=service.insecure
        )
        gateway = Gateway(
            service.terms,
            courier,
            service.policy,
            ledger=service.ledger,
            contract=service.contract,
            counting=service.counting,
            shadow=service.shadow,
            say=service.say,
        )
        master.addons.add(gateway, Contact(service.say, tls=service.terms.tls))
        server = server_of(master)
        await _listen(server, service.listen)
        running = asyncio.create_task(master.run())
        if service.shadow is not None:
            await service.shadow.start()
        try:
            yield _address(server, service), gateway
            await _drain(server, gateway, service.drain)
        finally:
            master.shutdown()
            await running
            with suppress(Exception):
                await asyncio.wait_for(_close(server), 1)
            if service.shadow is not None:
                await service.shadow.finish()


async def run(service: Service, courier: Courier, *, started: Callable[[str, Gateway], None]) -> None:
    """Run until SIGTERM or SIGINT. Raises CannotListen, what the courier raises when it starts, and StoppedAtOnce."""
    stop = asyncio.Event()
    with _signals(stop), _settled():
        _try(service.listen)
        await courier.start()
        try:
            async with opened(service, courier) as (address, gateway):
                started(address, gateway)
                await stop.wait()
        finally:
            if service.shadow is not None:
                courier.remark(service.shadow.counts.sentence)
            await courier.finish()


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """The first signal sets `stop`, the second cancels the task that is running here."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    at_once = False

    def heard() -> None:
        nonlocal at_once
        if stop.is_set() and task is not None:
            at_once = True
            task.cancel()
        stop.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, heard)
    try:
        yield
    except asyncio.CancelledError:
        if at_once:
            raise StoppedAtOnce from None
        raise
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


@contextmanager
def _settled() -> Iterator[None]:
    """What was loaded stays, so nobody looks through it again: long answers are not held up by it."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _try(listen: Listen) -> None:
    """Find out that an address cannot be listened on before anything is started. Raises CannotListen."""
    try:
        found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(address)
                trial.listen()
    except (OSError, UnicodeError) as error:
        raise CannotListen(_why(error if isinstance(error, OSError) else None, listen)) from None


async def _listen(server: Proxyserver, listen: Listen) -> None:
    """Listen before anything else is begun, so that a reason is at hand. Raises CannotListen."""
    if await server.setup_servers():
        return
    _try(listen)  # asyncio of some Pythons gives no reason
    causes = [each.last_exception for each in server.servers]
    cause = next((each for each in causes if isinstance(each, OSError)), None)
    raise CannotListen(_why(cause, listen))


def _why(cause: OSError | None, listen: Listen) -> str:
    if cause is not None and (isinstance(cause, socket.gaierror) or (cause.errno or 0) < 0):  # EAI_NONAME and the like
        return f"{listen.host} is no name or address of this machine; write --listen HOST:PORT"
    if cause is not None and cause.errno == errno.EADDRINUSE:
        return f"somebody else listens on {listen}; stop them, or write another --listen HOST:PORT"
    if cause is not None and cause.errno in {errno.EACCES, errno.EPERM}:
        return f"{listen} may not be listened on by this user; use a port from 1024 on"
    if cause is not None and cause.errno == errno.EADDRNOTAVAIL:
        return f"{listen.host} is no address of this machine; write --listen HOST:PORT"
    return f"{listen} cannot be listened on; write another --listen HOST:PORT"


def _address(server: Proxyserver, service: Service) -> str:
    """Where it listens, as clients write it."""
    port = server.listen_addrs()[0][1]
    return f"{'https' if service.terms.tls else 'http'}://{bracketed(service.listen.host)}:{port}"


async def _drain(server: Proxyserver, gateway: Gateway, seconds: float) -> None:
    """Accept nobody, let what is under way come to its end, and close each connection when it is idle."""
    end = asyncio.get_running_loop().time() + seconds
    await server.servers.update([])
    gateway.closing = True
    while True:
        busy = {flow.client_conn.id for flow in gateway.under_way}
        writers = _close_idle(server, busy)
        left = end - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0, left)):
                await asyncio.gather(*(each.wait_closed() for each in writers), return_exceptions=True)
        if not busy or left <= 0:
            return
        await asyncio.sleep(min(_LOOK, left))


def _close_idle(server: Proxyserver, busy: set[str]) -> list[asyncio.StreamWriter]:
    """Close the clients' connections that are not busy; those that have yet to send their last byte."""
    closing: list[asyncio.StreamWriter] = []
    for handler in list(server.connections.values()):
        transport = handler.transports.get(handler.client)
        if handler.client.id in busy or transport is None or transport.handler is None:
            continue
        if isinstance(transport.writer, asyncio.StreamWriter):
            closing.append(transport.writer)
        transport.handler.cancel("closing")
    return closing


async def _close(server: Proxyserver) -> None:
    """Cut off whoever is still there."""
    while server.connections:
        _close_idle(server, set())
        await asyncio.sleep(_LOOK)


def _once(say: Callable[[str], None]) -> Callable[[str], None]:
    once = Once(say)
    return lambda text: once.of(text, text)
