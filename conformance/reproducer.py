"""Shell scripts that show a finding again: the requests that led to it, as curl commands with the token left out."""

import base64
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.caller import OIDC_HEADER, Caller, caller_of
from conformance.exchange import Exchange
from reports.redact import is_secret_name, redact_text, redact_url

_SHOWN_BYTES: Final = 400
_KEPT_BYTES: Final = 8192  # a world that was drawn is whole
_HEADERS: Final = frozenset({"content-type", "accept", "content-encoding", "x-http-method-override"})
_WHOSE: Final = {
    Caller.UNKNOWN: "# as somebody whom nobody knows:\n",
    Caller.EXPIRED: "# as somebody who was known once:\n",
    Caller.READER: "# as somebody who may only read:\n",
    Caller.CONFIGURATOR: "# as somebody with the role configurator:\n",
    Caller.OPERATOR: "# as somebody with the role operator:\n",
    Caller.OIDC: "# with a token of OpenID Connect in OIDC-Token:\n",
}
_TOKEN: Final = "X-Auth-Token"  # noqa: S105 - the name of a header
_CONTROL_TOKEN: Final = "X-Control-Token"  # noqa: S105 - the name of a header
_CLOCK: Final = "/_control/clock"


def script(exchange: Exchange, before: Iterable[Exchange] = ()) -> str:
    """A script for `sh`: earlier requests of the history, then the judged one; `VIM` is the address.

    Between them it pauses, unless the requests themselves move the clock of the target.
    """
    lines = [opening(exchange)]
    known = tuple(before)
    clocked = any(earlier.path == _CLOCK for earlier in known)
    at = None
    for earlier in known:
        lines += [*([] if clocked else pause(at, earlier.at)), command(earlier)]
        at = earlier.at
    lines += [*([] if clocked else pause(at, exchange.at)), "# judged:", command(exchange)]
    return "\n".join(lines) + "\n"


def opening(exchange: Exchange) -> str:
    """The first lines of a script: `VIM` is the address that the exchange went to, unless it is set."""
    return f"#!/bin/sh\nVIM=${{VIM:-http://{_host(exchange)}}}"


def request_text(exchange: Exchange) -> str:
    """The request as a short redacted text."""
    return "\n".join(
        [f"{exchange.method} {_url(exchange)}", *_headers(exchange), "", _body(exchange.request_body)]
    ).strip()


def response_text(exchange: Exchange) -> str:
    """The answer as a short redacted text."""
    media = exchange.response_header("Content-Type")
    return "\n".join(
        [str(exchange.status), *([f"Content-Type: {media}"] if media else []), "", _body(exchange.response_body)]
    ).strip()


def _host(exchange: Exchange) -> str:
    host = redact_text(exchange.request_header("Host") or "")
    return host if host and all(letter.isalnum() or letter in ".:[]-" for letter in host) else "localhost:4545"


def pause(last: float | None, at: float) -> Iterator[str]:
    """The line that lets time pass between two requests, if any did."""
    if last is not None and at - last >= 1:
        yield f"sleep {at - last:.0f}  # on a server with control: POST /_control/clock with this number instead"


def command(exchange: Exchange) -> str:
    """The request as one curl command; the token, of whom a line before it tells, comes from the variable `TOKEN`."""
    words = ["curl", "-sS", "-i", "-X", shlex.quote(exchange.method), f'"$VIM"{shlex.quote(_url(exchange))}']
    for name, value in exchange.request_headers:
        if name.lower() == _TOKEN.lower():
            words += ["-H", f'"{_TOKEN}: $TOKEN"']
        elif name.lower() == OIDC_HEADER.lower():
            words += ["-H", f'"{OIDC_HEADER}: $OIDC_TOKEN"']
        elif name.lower() == _CONTROL_TOKEN.lower():
            words += ["-H", f'"{_CONTROL_TOKEN}: $CONTROL_TOKEN"']
        elif name.lower() in _HEADERS and not is_secret_name(name):
            words += ["-H", shlex.quote(redact_text(f"{name}: {value}"))]
    who = _WHOSE.get(caller_of(exchange), "")
    return f"{who}{_feed(exchange.request_body)}{' '.join(words)}{_data(exchange.request_body)}"


def _feed(body: bytes) -> str:
    """What comes before curl for a body that is no plain text."""
    if _is_plain(body):
        return ""
    kept = base64.b64encode(body[:_KEPT_BYTES]).decode()
    cut = f"# the body is cut: {len(body)} bytes were sent\n" if len(body) > _KEPT_BYTES else ""
    return f"{cut}printf %s {kept} | base64 -d | "


def _data(body: bytes) -> str:
    if not body:
        return ""
    return f" --data-binary {shlex.quote(redact_text(body.decode()))}" if _is_plain(body) else " --data-binary @-"


def _is_plain(body: bytes) -> bool:
    try:
        return len(body) <= _KEPT_BYTES and all(letter.isprintable() or letter in "\n\t" for letter in body.decode())
    except UnicodeDecodeError:
        return False


def _url(exchange: Exchange) -> str:
    path = exchange.path if exchange.path.startswith("/") else "/" + exchange.path
    return redact_url(path + (f"?{exchange.query}" if exchange.query else ""))


def _headers(exchange: Exchange) -> Iterator[str]:
    for name, value in exchange.request_headers:
        if name.lower() in _HEADERS:
            yield redact_text(f"{name}: {value}")


def _body(body: bytes) -> str:
    text = redact_text(body[: _SHOWN_BYTES * 4].decode("utf-8", "replace"))
    return text if len(text) <= _SHOWN_BYTES else text[: _SHOWN_BYTES - 1] + "…"
