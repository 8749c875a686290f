"""`vimgate serve`: the reference server on a port, until somebody stops it."""

import logging
import math
import os
import secrets
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import click
from waitress import create_server

from reference_server import create_app
from reference_server.accesslog import AccessLog
from reference_server.clock import SystemClock
from reference_server.control import LARGEST_WORLD, TOKEN_HEADER
from reference_server.rulebooks import RELEASES, Release, load_release, read_release
from reference_server.worldfile import World, default_world, read_world
from spec.documents import DocumentError
from vimgate.exits import WrongUse

THREADS: Final = 8
BACKLOG: Final = 128
SLACK: Final = 16  # times the body limit: what is larger is not even read
FASTEST: Final = 100_000.0  # more than a day per second


@click.command(epilog="Example: vimgate serve --world world.yaml --release stx-3.0 --port 4545 --speed 60")
@click.option(
    "--world",
    "world_path",
    type=click.Path(path_type=Path),
    help="World file; without it a standard world that is shipped.",
)
@click.option(
    "--release", default="published", show_default=True, type=click.Choice(RELEASES), help="Whose rules are followed."
)
@click.option("--rulebook", type=click.Path(path_type=Path), help="Rulebook file that changes rules of the release.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=4545,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 picks a free one.",
)
@click.option("--speed", default=1.0, show_default=True, help="How fast time runs: 60 makes a minute pass in a second.")
@click.option(
    "--control",
    is_flag=True,
    help="Offer the control routes under /_control, for those who send the token that is printed.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the uuids of strategies.")
@click.option(
    "--max-body",
    type=click.IntRange(min=1),
    metavar="BYTES",
    help="Largest request body, instead of the release's own limit.",
)
def command(  # noqa: PLR0913 - one for each option
    *,
    world_path: Path | None,
    release: str,
    rulebook: Path | None,
    host: str,
    port: int,
    speed: float,
    control: bool,
    seed: int,
    max_body: int | None,
) -> None:
    """Run the reference server until Ctrl-C or SIGTERM.

    The first line of the output is the address. Then comes a line for each request: method, path, status, duration.

    With --control, time still runs by itself; POST /_control/clock lets it jump ahead besides.
    """
    if not (math.isfinite(speed) and 0 < speed <= FASTEST):
        raise WrongUse(
            f"--speed is {speed}; write a number above 0 and up to {FASTEST:.0f}, such as 60 for a minute per second"
        )
    world, rules = _read(world_path, release, rulebook)
    token = secrets.token_urlsafe(24) if control else None
    limit = {} if max_body is None else {"body_limit": max_body}
    app = create_app(world, rules, clock=SystemClock(speed), control=control, control_token=token, seed=seed, **limit)
    lines = Lines()
    with _listen(host, port) as listener:
        server = create_server(AccessLog(app, lines.write), sockets=[listener], **_settings(rules, max_body))
        try:
            _stop_on_signals()
            lines.write(_address(listener))
            lines.write(f"world {world.name}, release {rules.name}, time x{speed:g}")
            if token is not None:
                lines.write(f"{TOKEN_HEADER}: {token}")
            server.run()
        except KeyboardInterrupt:  # before the server ran; it catches its own
            server.task_dispatcher.shutdown()
        server.close()


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


def _read(world: Path | None, release: str, rulebook: Path | None) -> tuple[World, Release]:
    try:
        rules = load_release(release) if rulebook is None else read_release(rulebook, release)
        return (default_world() if world is None else read_world(world)), rules
    except DocumentError as error:
        raise WrongUse(str(error)) from None


def _settings(rules: Release, max_body: int | None) -> dict[str, Any]:
    """Waitress: bodies that are far too large are not even read; a little too large, and the app says so itself."""
    limit = max_body or rules.wire.body_limit
    largest = {} if limit is None else {"max_request_body_size": max(limit * SLACK, LARGEST_WORLD)}
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
    return {"threads": THREADS, "ident": "vimgate", **largest}


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. WrongUse when it cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise WrongUse(
            f"cannot listen on {host} port {port}: {reason}; choose another with --host or --port, or --port 0"
        ) from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"


def _stop_on_signals() -> None:
    """The first Ctrl-C or SIGTERM stops the server; further ones do not disturb it while it stops."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
