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
from contextlib import suppress
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
CONNECTIONS: Final = 800  # at once, idle ones among them; below the usual limit of 1,024 open files
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
    """Standard output, a whole line at a time, from any thread. When nobody takes it the server goes on without."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cut = False

    def write(self, line: str) -> None:
        """Write a line, at once. Where lines could not be written, such as to a full disk, an empty line is left."""
        with self._lock:
            try:
                print(f"\n{line}" if self._is_cut else line, flush=True)
                self._is_cut = False
            except BrokenPipeError:
                _turn_away()
            except OSError as error:
                if not self._is_cut:
                    _warn(f"the log cannot be written: {error.strerror}; the server goes on without, make room for it")
                self._is_cut = True
                _forget()


def _turn_away() -> None:
    """From now on standard output goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _forget() -> None:
    """Throw away what standard output still holds of lines that could not be written: what comes next is whole."""
    kept = os.dup(sys.stdout.fileno())
    _turn_away()
    sys.stdout.flush()
    os.dup2(kept, sys.stdout.fileno())
    os.close(kept)


def _warn(text: str) -> None:
    with suppress(OSError):  # standard error may be as full
        click.echo(f"Warning: {text}", err=True)


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
        _warn(f"{path} is open to everybody on this machine; write: chmod 600 {path}")


def settings(body_limit: int | None) -> Mapping[str, Any]:
    """Waitress: bodies that are far too large are not even read; a little too large, and the app says so itself.

    A connection that says nothing costs no thread, and many of them do not keep others out.
    """
    largest = {} if body_limit is None else {"max_request_body_size": max(body_limit * SLACK, LARGEST_BODY)}
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
    connections = {"connection_limit": CONNECTIONS, "asyncore_use_poll": True}
    return {"threads": THREADS, "ident": "vimgate", **connections, **largest}


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
