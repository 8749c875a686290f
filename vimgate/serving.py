"""What `vimgate serve` needs around the server: its output, its socket, its signals."""

import logging
import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn, Protocol

import click

from reference_server.accesslog import Entry, event
from reference_server.control import LARGEST_BODY, TOKEN_HEADER
from vimgate.exits import WrongUse

THREADS: Final = 8
BACKLOG: Final = 128
SLACK: Final = 16  # times the body limit: what is larger is not even read


@dataclass(frozen=True, slots=True)
class Service:
    """What is served, in words: said when the server starts."""

    world: str
    release: str
    clock: str  # `system x60`, `virtual`
    auth: str  # `none`, `token (3 known)`
    state: str  # `in memory`, `state.db (new)`, `state.db (no strategy)`
    seed: int

    def line(self) -> str:
        """All of it in one line, as a person reads it; a file name cannot make two of it."""
        told = ", ".join(f"{name} {value}" for name, value in asdict(self).items())
        return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in told)


class Lines:
    """Standard output, a whole line at a time, from any thread. When nobody reads it the server goes on without."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        """Write a line, at once."""
        with self._lock:
            try:
                print(line, flush=True)
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Log(Protocol):
    """What is written while the server runs."""

    def start(self, address: str, service: Service, control_token: str | None) -> None:
        """The server listens."""

    def request(self, entry: Entry) -> None:
        """A request was answered; called from any thread."""

    def stop(self) -> None:
        """The server has stopped."""


class PlainLog:
    """Lines for people: the address, what is served, the control token if there is one; then a line per request."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def start(self, address: str, service: Service, control_token: str | None) -> None:
        """Two lines, three with a control token."""
        self._lines.write(address)
        self._lines.write(service.line())
        if control_token is not None:
            self._lines.write(f"{TOKEN_HEADER}: {control_token}")

    def request(self, entry: Entry) -> None:
        """One line."""
        self._lines.write(entry.line())

    def stop(self) -> None:
        """Nothing: whoever stopped it knows."""


class JsonLog:
    """The address, then lines of JSON alone. The control token, a secret, goes to standard error instead."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def start(self, address: str, service: Service, control_token: str | None) -> None:
        """The address, and the event `start`."""
        if control_token is not None:
            click.echo(f"{TOKEN_HEADER}: {control_token}", err=True)
        self._lines.write(address)
        about = {"address": address, "version": version("vimgate"), "process": os.getpid(), **asdict(service)}
        self._lines.write(event("start", time.time(), **about))

    def request(self, entry: Entry) -> None:
        """The event `request`."""
        self._lines.write(entry.json())

    def stop(self) -> None:
        """The event `stop`."""
        self._lines.write(event("stop", time.time()))


def warn_if_open(path: Path) -> None:
    """Say on standard error that a file of secrets can be read or changed by everybody on this machine."""
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IROTH | stat.S_IWOTH):
        click.echo(f"Warning: {path} is open to everybody on this machine; write: chmod 600 {path}", err=True)


def settings(body_limit: int | None) -> Mapping[str, Any]:
    """Waitress: bodies that are far too large are not even read; a little too large, and the app says so itself."""
    largest = {} if body_limit is None else {"max_request_body_size": max(body_limit * SLACK, LARGEST_BODY)}
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
    return {"threads": THREADS, "ident": "vimgate", **largest}


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. WrongUse when it cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise WrongUse(
            f"cannot listen on {host} port {port}: {reason}; choose another with --host or --port, or --port 0"
        ) from None


def address_of(listener: socket.socket) -> str:
    """The URL of what listens there."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"


def stop_on_signals() -> None:
    """The first Ctrl-C or SIGTERM stops the server; further ones do not disturb it while it stops."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
