"""`vimgate proxy`: a gateway between clients and a server that judges every exchange, until somebody stops it."""

import asyncio
import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import click

from proxy.deciding.policy import Policy
from proxy.deciding.policyfile import default_policy, read_policy
from proxy.gateway.addresses import AddressError, Listen, Upstream, read_listen, read_upstream
from proxy.gateway.certificates import CertificateError, Files, check_files
from proxy.gateway.hooks import Gateway
from proxy.gateway.running import CannotListen, Service, StoppedAtOnce, run
from proxy.gateway.terms import Terms
from proxy.judging.courier import CannotStore, Courier
from proxy.judging.settings import DeskSettings
from proxy.shadowing.messages import ShadowSettings
from proxy.shadowing.shadow import Shadow
from proxy.traffic import Mode
from reports.model import Level
from spec.documents import DocumentError
from spec.load import RELEASES, load_contract, load_ledger
from vimgate.asking.number import Number
from vimgate.exits import Incomplete, WrongUse
from vimgate.watching import About, Watching

_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on
_MEBIBYTE: Final = 1 << 20


def _show_addon(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        click.echo(str(files("proxy").joinpath("addon.py")))
        context.exit()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    """The options as they were given."""

    upstream: str
    listen: str
    mode: str
    release: str
    level: str
    out: Path
    policy: Path | None
    fail: str
    budget_ms: int
    max_body: int
    ca: Path | None
    insecure: bool
    client_cert: Path | None
    tls_cert: Path | None
    shared: bool
    capture: tuple[str, ...]
    rotate_bytes: int
    rotate_files: int
    metrics: str | None
    live: bool
    judge_memory: int
    shadow: str | None
    shadow_with_token: bool
    shadow_release: str | None
    shadow_timeout: float
    shadow_connections: int
    quiet: bool


@click.command(
    epilog="Example: vimgate proxy --upstream https://vim.example.com:4545 --listen 127.0.0.1:4546 --out traffic"
)
@click.option("--upstream", required=True, metavar="URL", help="The server, such as https://vim.example.com:4545.")
@click.option(
    "--listen",
    default="127.0.0.1:4546",
    show_default=True,
    metavar="HOST:PORT",
    help="Where clients connect to, such as 127.0.0.1:4546 or [::1]:4546; port 0 picks a free one.",
)
@click.option(
    "--mode",
    default=Mode.OBSERVE.value,
    show_default=True,
    type=click.Choice([each.value for each in Mode]),
    help="observe: pass everything as it is; annotate: add a header with requirement ids to answers; "
    "enforce: block what the policy says.",
)
@click.option(
    "--release",
    default="published",
    show_default=True,
    type=click.Choice(RELEASES),
    help="What the traffic is held to.",
)
@click.option(
    "--level",
    default=Level.ORCHESTRATION.value,
    show_default=True,
    type=click.Choice([each.value for each in Level if each is not Level.ORACLE]),
    help="How deep to look.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for findings, evidence, captures and the summary; made where it is missing.",
)
@click.option("--policy", type=click.Path(path_type=Path, dir_okay=False), help="Policy file for enforce.")
@click.option(
    "--fail",
    default="open",
    show_default=True,
    type=click.Choice(["open", "closed"]),
    help="Whether what the judge is lost for, or late with, passes or is blocked; in annotate and enforce.",
)
@click.option(
    "--budget-ms",
    default=250,
    show_default=True,
    type=click.IntRange(min=1),
    help="How long annotate and enforce wait for the judge, in milliseconds; observe never waits.",
)
@click.option(
    "--max-body",
    default=16 * _MEBIBYTE,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="BYTES",
    help="Largest body that is judged; a larger one passes and is counted as unchecked.",
)
@click.option(
    "--ca", type=click.Path(path_type=Path), help="PEM file of the authorities that the server is verified by."
)
@click.option("--insecure", is_flag=True, help="Do not verify the certificate of the server.")
@click.option(
    "--client-cert", type=click.Path(path_type=Path), help="PEM file with certificate and key for the server to see."
)
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path),
    help="PEM file with certificate and key to listen with; plain HTTP is refused then.",
)
@click.option("--shared", is_flag=True, help="Others change the deployment beside this traffic.")
@click.option(
    "--capture",
    multiple=True,
    type=click.Choice(["har", "flows"]),
    help="Keep every exchange, redacted, as HAR or as mitmproxy flows; may be given twice.",
)
@click.option(
    "--rotate-bytes",
    default=16 * _MEBIBYTE,
    show_default=True,
    type=click.IntRange(min=4096),
    metavar="BYTES",
    help="Size at which a new file is begun.",
)
@click.option(
    "--rotate-files", default=8, show_default=True, type=click.IntRange(min=1), help="How many older files are kept."
)
@click.option("--metrics", metavar="[HOST:]PORT", help="Serve OpenMetrics there.")
@click.option("--live", is_flag=True, help="Show what passes, on standard error.")
@click.option(
    "--judge-memory",
    default=1024,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="MIB",
    help="Memory that the judge may have, in MiB; 0 for no limit.",
)
@click.option(
    "--shadow",
    metavar="URL",
    help="A second deployment: GET requests are repeated there, in the background, and differences logged.",
)
@click.option("--shadow-with-token", is_flag=True, help="Send the tokens of callers to the shadow too.")
@click.option(
    "--shadow-release",
    type=click.Choice(RELEASES),
    help="The release of the shadow: what it and --release explain is expected.  [default: that of --release]",
)
@click.option(
    "--shadow-timeout",
    default=10.0,
    show_default=True,
    type=Number(0.0, 600.0, min_open=True),
    metavar="SECONDS",
    help="Most time for one answer of the shadow.",
)
@click.option(
    "--shadow-connections",
    default=2,
    show_default=True,
    type=click.IntRange(1, 16),
    help="How many reads are under way at the shadow at a time.",
)
@click.option("--quiet", is_flag=True, help="Say only the address and what goes wrong.")
@click.option(
    "--addon-path",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_addon,
    help="Print the path of the addon for `mitmdump -s`, and leave.",
)
def command(**options: Any) -> None:
    """Stand between clients and a server, and judge every exchange, until Ctrl-C or SIGTERM.

    The first line of the output is the address that clients use. A signal lets what is under way come to its end, for
    ten seconds at most; then the summary is written. A second signal ends at once.

    \b
    Exit codes: 0 stopped by a signal, 2 wrong use, 3 stopped at once, or the server's name is not known (yet).
    """  # noqa: D301 - click reads \b as "do not wrap"
    wishes = _Wishes(**options)
    upstream, listen, metrics = _addresses(wishes)
    given = _files(wishes)
    policy = _policy(wishes)
    _make_folder(wishes.out)
    _resolve(upstream)
    courier = Courier(_desk_settings(wishes, upstream), budget=wishes.budget_ms / 1000, say=_warn)
    shadow = _shadow(wishes, upstream, listen)
    watching = Watching(
        About(upstream=str(upstream), release=wishes.release, mode=Mode(wishes.mode)),
        counts=courier.counts,
        shadow=shadow.counts if shadow is not None else None,
    )
    service = Service(
        upstream=upstream,
        listen=listen,
        terms=Terms(
            mode=Mode(wishes.mode),
            largest=wishes.max_body,
            fail_open=wishes.fail == "open",
            tls=given.listening is not None,
        ),
        policy=policy,
        ledger=load_ledger(wishes.release),
        contract=load_contract(wishes.release),
        files=given,
        insecure=wishes.insecure,
        counting=watching,
        shadow=shadow,
        say=_warn,
    )

    with ExitStack() as shown:
        endpoint = shown.enter_context(watching.served(metrics)) if metrics is not None else None
        numbers = f", metrics at {endpoint.url}" if endpoint is not None else ""

        def started(address: str, _: Gateway) -> None:
            click.echo(address)
            if not wishes.quiet:
                click.echo(f"{wishes.mode} {upstream}, release {wishes.release}, into {wishes.out}{numbers}")
            if wishes.live:  # not before: what is printed below a picture is drawn over
                shown.enter_context(watching.live())

        _run(service, courier, started)
    if not wishes.quiet:
        click.echo(f"{watching.last_line()}; summary in {wishes.out}")


def _run(service: Service, courier: Courier, started: Any) -> None:
    try:
        asyncio.run(run(service, courier, started=started))
    except CannotStore as error:
        raise WrongUse(f"{error}; or write another --out") from None
    except CannotListen as error:
        raise WrongUse(str(error)) from None
    except StoppedAtOnce:
        raise Incomplete("stopped at once; the summary may be missing") from None


def _addresses(wishes: _Wishes) -> tuple[Upstream, Listen, Listen | None]:
    upstream = _address("--upstream", read_upstream, wishes.upstream)
    listen = _address("--listen", read_listen, wishes.listen)
    metrics = _address("--metrics", read_listen, wishes.metrics) if wishes.metrics is not None else None
    if _is_itself(upstream, listen):
        raise WrongUse(
            f"the gateway would ask itself: {listen} is also its server; write another --listen or --upstream"
        )
    return upstream, listen, metrics


def _address[Address](option: str, read: Callable[[str], Address], text: str) -> Address:
    try:
        return read(text)
    except AddressError as error:
        raise WrongUse(f"{option}: {error}") from None


def _files(wishes: _Wishes) -> Files:
    given = Files(wishes.ca, wishes.client_cert, wishes.tls_cert)
    if wishes.insecure and wishes.ca is not None:
        raise WrongUse("--ca says whom to trust, and --insecure to trust anybody; leave out one of them")
    try:
        check_files(given)
    except CertificateError as error:
        raise WrongUse(str(error)) from None
    return given


def _policy(wishes: _Wishes) -> Policy:
    ledger = load_ledger(wishes.release)
    try:
        return default_policy(ledger) if wishes.policy is None else read_policy(wishes.policy, ledger)
    except DocumentError as error:
        raise WrongUse(str(error)) from None


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise WrongUse(
            f"nothing can be written into {path}: {os.strerror(error.errno or 0)}; write another --out"
        ) from None


def _resolve(upstream: Upstream) -> None:
    """Raise Incomplete where nobody knows the server's name."""
    if (why := _unknown(upstream)) is not None:
        raise Incomplete(f"{upstream.host} cannot be resolved: {why}; correct --upstream, or try again later")


def _unknown(server: Upstream) -> str | None:
    """Why nobody knows the server's name; None where somebody does."""
    try:
        socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or "it is no name"
    return None


def _shadow(wishes: _Wishes, upstream: Upstream, listen: Listen) -> Shadow | None:
    """The shadow that is wished. Raises WrongUse."""
    if wishes.shadow is None:
        for name, given in (
            ("--shadow-with-token", wishes.shadow_with_token),
            ("--shadow-release", wishes.shadow_release),
        ):
            if given:
                raise WrongUse(f"{name} says something of a shadow; name one with --shadow, or leave it out")
        return None
    url = _address("--shadow", read_upstream, wishes.shadow)
    if _is_itself(url, listen):
        raise WrongUse(f"the gateway would be its own shadow: {listen} is also --shadow; write another of them")
    if (why := _unknown(url)) is not None:
        _warn(f"{url.host} of --shadow cannot be resolved: {why}; until it can, nothing is compared")
    settings = ShadowSettings(
        url=str(url),
        out=str(wishes.out),
        upstream=str(upstream),
        release=wishes.release,
        ca=str(wishes.ca) if wishes.ca is not None else "",
        shadow_release=wishes.shadow_release or "",
        with_token=wishes.shadow_with_token,
        connections=wishes.shadow_connections,
        seconds=wishes.shadow_timeout,
        rotate_bytes=wishes.rotate_bytes,
        rotate_files=wishes.rotate_files,
        memory=wishes.judge_memory * _MEBIBYTE,
    )
    return Shadow(settings, say=_warn)


def _is_itself(server: Upstream, listen: Listen) -> bool:
    if server.port != listen.port:
        return False
    if listen.host in _EVERYWHERE:
        return _is_here(server)
    return server.host == listen.host or {server.host, listen.host} <= _LOCAL


def _is_here(server: Upstream) -> bool:
    """The server's name is one of this machine: its address can be listened on."""
    try:
        family, kind, _, _, (address, _, *rest) = socket.getaddrinfo(server.host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.bind((address, 0, *rest))
    except (OSError, UnicodeError):
        return False
    return True


def _desk_settings(wishes: _Wishes, upstream: Upstream) -> DeskSettings:
    return DeskSettings(
        out=str(wishes.out),
        release=wishes.release,
        level=wishes.level,
        shared=wishes.shared,
        mode=wishes.mode,
        upstream=str(upstream),
        policy=str(wishes.policy) if wishes.policy is not None else "",
        rotate_bytes=wishes.rotate_bytes,
        rotate_files=wishes.rotate_files,
        har="har" in wishes.capture,
        flows="flows" in wishes.capture,
        memory=wishes.judge_memory * _MEBIBYTE,
    )


def _warn(text: str) -> None:
    click.echo(f"vimgate: {text}", err=True)
