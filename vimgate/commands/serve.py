"""`vimgate serve`: the reference server on a port, until somebody stops it."""

import math
import re
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from flask import Flask
from waitress import create_server

from reference_server import create_app, wire
from reference_server.accesslog import AccessLog
from reference_server.auth import Auth, Source, TokenFile
from reference_server.clock import Clock, SystemClock, VirtualClock
from reference_server.driver import Driver
from reference_server.pulse import Pulse
from reference_server.rulebooks import RELEASES, Release, load_release, read_release
from reference_server.storage.store import Store, StoreError
from reference_server.worlds.file import World, read_world
from spec.documents import DocumentError
from vimgate import serving
from vimgate.exits import WrongUse

_KEYSTONE: Final = re.compile(r"https?://[^/@?#\s]+(/[^@?#\s]*)?/v3/?")

FASTEST: Final = 100_000.0  # more than a day per second


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    """The options as they were given."""

    world_path: Path | None
    release: str
    rulebook: Path | None
    clock: str
    speed: float
    control: bool
    auth: str
    token_file: Path | None
    keystone_url: str | None
    keystone_project: str
    keystone_ca: Path | None
    seed: int
    max_body: int | None
    state: Path | None
    status_page: bool


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
@click.option(
    "--clock",
    default="system",
    show_default=True,
    type=click.Choice(["system", "virtual"]),
    help="Whether time runs by itself; a virtual clock moves by POST /_control/clock alone, and needs --control.",
)
@click.option("--speed", default=1.0, show_default=True, help="How fast time runs: 60 makes a minute pass in a second.")
@click.option(
    "--control",
    is_flag=True,
    help="Offer the control routes under /_control, for those who send the token that is printed.",
)
@click.option(
    "--auth",
    default="none",
    show_default=True,
    type=click.Choice(["none", "token", "keystone"]),
    help="Who may call: everybody, those with a token of --token-file in X-Auth-Token, or of a Keystone.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="YAML file of tokens: a list `tokens`, each with `token`, `user`, `roles` and, if it ends, `expires`.",
)
@click.option(
    "--keystone-url", metavar="URL", help="Keystone that is asked who calls, such as http://keystone:5000/v3."
)
@click.option(
    "--keystone-project",
    default="admin",
    show_default=True,
    metavar="NAME",
    help="Project in which a caller must have a role; the project of the VIM.",
)
@click.option(
    "--keystone-ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File of certificates to trust of Keystone.  [default: the system's]",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="File that keeps the strategy; a server that is started with it again goes on from there.",
)
@click.option("--status-page", is_flag=True, help="Offer a page to look at under /_status; it needs no token.")
@click.option("--json-log", is_flag=True, help="After the address, write one JSON object per line.")
@click.option("--seed", default=0, show_default=True, help="Seed of the uuids of strategies.")
@click.option(
    "--max-body",
    type=click.IntRange(min=1),
    metavar="BYTES",
    help="Largest request body, instead of the release's own limit.",
)
def command(*, host: str, port: int, json_log: bool, **options: Any) -> None:
    """Run the reference server until Ctrl-C or SIGTERM.

    The first line of the output is the address, the second says what is served. Then comes a line for each request:
    method, path, status, duration. With --json-log all but the address are JSON objects with the members `event`
    (start, request, stop) and `time`; a control token is printed to standard error then.

    With --control, a system clock still runs by itself; POST /_control/clock lets it jump ahead besides.
    """
    wishes = _Wishes(**options)
    _check(wishes)
    parts = _read(wishes)
    token = secrets.token_urlsafe(24) if wishes.control else None
    log = (serving.JsonLog if json_log else serving.PlainLog)(serving.Lines())
    with suppress(KeyboardInterrupt), serving.listen(host, port) as listener:
        serving.stop_on_signals()
        with _opened(wishes.state) as store:
            is_new = store is None or store.load() is None
            app = _app(wishes, parts, token, store)
            driver = wire.serving(app).driver
            if not wishes.control:
                driver.thaw()  # a clock that was frozen in the state: nobody could thaw it
            limit = wishes.max_body or parts.rules.wire.body_limit
            server = create_server(AccessLog(app, log.request), sockets=[listener], **serving.settings(limit))
            with closing(server), Pulse(driver):
                log.start(serving.address_of(listener), _service(wishes, parts, driver, is_new=is_new), token)
                server.run()  # until a signal; its threads have ended then
    log.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What the files of the options hold."""

    world: World | None  # None: the one that the state began with, or the standard world
    rules: Release
    source: Source | None  # of those who may call; None: everybody may


def _check(wishes: _Wishes) -> None:
    """Raise WrongUse for options that contradict each other."""
    if not (math.isfinite(wishes.speed) and 0 < wishes.speed <= FASTEST):
        raise WrongUse(
            f"--speed is {wishes.speed}; write a number above 0 and up to {FASTEST:.0f}, "
            "such as 60 for a minute per second"
        )
    if wishes.clock == "virtual" and not wishes.control:
        raise WrongUse("a virtual clock stands still without --control; add --control, or leave out --clock virtual")
    if wishes.clock == "virtual" and wishes.speed != 1:
        raise WrongUse("a virtual clock has no speed; leave out --speed, or --clock virtual")
    if wishes.auth == "token" and wishes.token_file is None:
        raise WrongUse("--auth token needs a file of tokens; add --token-file FILE")
    if wishes.auth != "token" and wishes.token_file is not None:
        raise WrongUse("--token-file is looked at with --auth token alone; add --auth token, or leave out the file")
    if wishes.auth == "keystone" and wishes.keystone_url is None:
        raise WrongUse("--auth keystone asks a Keystone; add --keystone-url URL")
    if wishes.auth != "keystone" and (wishes.keystone_url or wishes.keystone_ca):
        raise WrongUse("a Keystone is asked with --auth keystone alone; add it, or leave out the other options of it")
    if wishes.keystone_url is not None and not _KEYSTONE.fullmatch(wishes.keystone_url):
        raise WrongUse(
            "--keystone-url is no address of a Keystone; write http:// or https://, its host and port, and /v3, "
            "without a user or password"
        )


def _read(wishes: _Wishes) -> _Parts:
    try:
        rules = (
            load_release(wishes.release) if wishes.rulebook is None else read_release(wishes.rulebook, wishes.release)
        )
        world = None if wishes.world_path is None else read_world(wishes.world_path)
        source = _source(wishes)
    except DocumentError as error:
        raise WrongUse(str(error)) from None
    if wishes.token_file is not None:
        serving.warn_if_open(wishes.token_file)
    return _Parts(world=world, rules=rules, source=source)


def _source(wishes: _Wishes) -> Source | None:
    """Where it is known who may call. Raises DocumentError."""
    if wishes.token_file is not None:
        return TokenFile.read(wishes.token_file)
    if wishes.keystone_url is None:
        return None
    from reference_server.auth.keystone import Keystone, Place  # noqa: PLC0415 - nobody else waits for its libraries

    ca = str(wishes.keystone_ca.resolve()) if wishes.keystone_ca is not None else ""
    return Keystone(Place(wishes.keystone_url, wishes.keystone_project, ca=ca))


@contextmanager
def _opened(path: Path | None) -> Iterator[Store | None]:
    """The store of that file, closed in the end. Raises WrongUse."""
    if path is None:
        yield None
        return
    try:
        store = Store.open(path)
    except StoreError as error:
        raise WrongUse(str(error)) from None
    with closing(store):
        yield store


def _app(wishes: _Wishes, parts: _Parts, control_token: str | None, store: Store | None) -> Flask:
    clock: Clock = VirtualClock() if wishes.clock == "virtual" else SystemClock(wishes.speed)
    limit: dict[str, Any] = {} if wishes.max_body is None else {"body_limit": wishes.max_body}
    try:
        return create_app(
            parts.world,
            parts.rules,
            clock=clock,
            control=wishes.control,
            control_token=control_token,
            seed=wishes.seed,
            store=store,
            auth=None if parts.source is None else Auth(parts.source),
            status_page=wishes.status_page,
            **limit,
        )
    except StoreError as error:
        raise WrongUse(str(error)) from None


def _service(wishes: _Wishes, parts: _Parts, driver: Driver, *, is_new: bool) -> serving.Service:
    """What is said about the server when it starts."""
    return serving.Service(
        world=driver.world.name,
        release=parts.rules.name,
        clock=_clock(wishes, driver),
        auth=_told_auth(wishes, parts.source),
        state="in memory" if wishes.state is None else f"{wishes.state} ({'new' if is_new else _found(driver)})",
        seed=driver.seed,
    )


def _told_auth(wishes: _Wishes, source: Source | None) -> str:
    if isinstance(source, TokenFile):
        return f"token ({len(source)} known)"
    return "none" if source is None else f"keystone ({wishes.keystone_url}, project {wishes.keystone_project})"


def _clock(wishes: _Wishes, driver: Driver) -> str:
    if wishes.clock == "virtual":
        return "virtual"
    return f"system x{wishes.speed:g}{' frozen' * driver.frozen}"


def _found(driver: Driver) -> str:
    """What a state file held."""
    found = driver.current()
    return "no strategy" if found is None else f"resumed a {found.kind} strategy, {found.state}"
