"""What is judged: a server at a URL or a WSGI application in this process, both answering with an `Exchange`.

A target never raises because the server misbehaves: a WSGI application that raises is recorded as a 500 (its own
fault, with the exception named in the origin). Only a server that gives no answer at all raises `Unreachable`.
"""

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

from conformance.caller import OUR_TOKEN, RECORDED, Caller, header_of
from conformance.exchange import Exchange, Headers
from conformance.targets.bounded import Bounds
from conformance.targets.callers import CONTROL, identities
from conformance.targets.control import Control, detect
from conformance.targets.guard import Guard
from conformance.targets.identity import Given, Identity
from conformance.targets.overhttp import HttpTransport
from conformance.targets.terms import POLL_INTERVAL, Terms
from conformance.targets.transport import Request, Transport, Unreachable, Unsendable, WsgiTransport
from reports.redact import redact_url

__all__ = ["EMBEDDED", "Control", "Target", "TargetError", "Unreachable", "Unsendable", "open_target", "shown"]

# The reference server is met by name, never by import (the rooms are siblings).
EMBEDDED: Final = "wsgi:reference_server:create_app"

REDACTED: Final = OUR_TOKEN
_NOBODY_ELSE: Final[Mapping[Caller, Identity]] = {}
_WANTED: Final = "write http://host:port, https://host:port or wsgi:module:factory"
_USER: Final = re.compile(r"[^/@\s]*:[^/@\s]*@")  # of a URL whose scheme was forgotten
_NOT_OF_BASE: Final = re.compile(r"([?#]).*", re.DOTALL)  # a query or a fragment, of which nobody knows what it holds


class TargetError(Exception):
    """The text of a target, its module or its factory is wrong. The text says what to write instead."""


def hear_nothing(_: Exchange) -> None:
    """Nobody listens."""


class Target:
    """One server under judgement. `name` is safe to print; `in_process` is true for WSGI.

    `control` is what `/_control` offers, or None; `control_status` how it was answered. Every exchange is told to
    `heard`. Looks on the wall clock are to be `poll_interval` seconds apart at least. `identity` is who asks, and
    `others` are further callers.
    """

    def __init__(
        self,
        transport: Transport,
        name: str,
        *,
        in_process: bool,
        identity: Identity | None = None,
        others: Mapping[Caller, Identity] = _NOBODY_ELSE,
    ) -> None:
        self.name = name
        self.in_process = in_process
        self.control: Control | None = None
        self.control_status = 0
        self.poll_interval = POLL_INTERVAL
        self.heard: Callable[[Exchange], None] = hear_nothing
        self.has_control_token = False
        self._transport = transport
        self._identities: Mapping[Caller, Identity] = {Caller.OURS: identity or Given(), **others}

    def send(  # noqa: PLR0913 - one argument per part of a request
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        headers: Headers = (),
        origin: str = "",
        caller: Caller = Caller.OURS,
    ) -> Exchange:
        """Send one request and record it with its answer.

        `path` is percent-encoded, without query. The token of the caller goes along, if he has one, unless the headers
        have their own; it is never recorded. Raises Unreachable when the server, or who gives out tokens, gives no
        answer, Unsendable when HTTP has no way to carry the request.
        """
        sent = headers
        own = header_of(caller)
        if caller in self._identities and not any(name.lower() == own.lower() for name, _ in headers):
            token = self._identities[caller].token()
            sent = (*headers, (own, token)) if token else headers
        answer = self._transport.send(Request(method, path, query, sent, body))
        known = self._known()
        exchange = Exchange(
            method=method,
            path=path,
            query=query,
            status=answer.status,
            request_headers=tuple((name, _redacted(value, known)) for name, value in answer.sent_headers),
            request_body=body,
            response_headers=tuple((name, _redacted(value, known)) for name, value in answer.headers),
            response_body=_redacted_body(answer.body, known),
            at=self.now(),
            origin=f"{origin}; {_redacted(answer.fault, known)}" if answer.fault else origin,
        )
        self.heard(exchange)
        return exchange

    def send_json(self, method: str, path: str, value: Any, *, origin: str = "") -> Exchange:
        """Send a JSON value as the body."""
        body = json.dumps(value).encode()
        return self.send(method, path, body=body, headers=(("Content-Type", "application/json"),), origin=origin)

    def now(self) -> float:
        """Seconds on the target's clock when that moves only as told, else seconds of the wall clock."""
        return self.control.now if self.control is not None and self.control.still else time.time()

    def beside(self) -> "Target":
        """The same server for another client at the same time: with connections of its own, and no control."""
        others: dict[Caller, Identity] = {
            caller: each for caller, each in self._identities.items() if caller is not Caller.OURS
        }
        ours = self._identities[Caller.OURS]
        other = Target(self._transport.beside(), self.name, in_process=self.in_process, identity=ours, others=others)
        other.heard = self.heard
        return other

    @property
    def has_token(self) -> bool:
        """A token goes along with requests."""
        return self.knows(Caller.OURS)

    def knows(self, caller: Caller) -> bool:
        """There is a token of that caller. Raises Unreachable when nobody gives one out."""
        return caller in self._identities and bool(self._identities[caller].token())

    def look_for_control(self, token: str | None) -> None:
        """Find out whether the target can be controlled. Raises Unreachable when it does not answer at all."""

        def send(*arguments: Any, **options: Any) -> Exchange:
            exchange = self.send(*arguments, **options)
            self.control_status = exchange.status
            return exchange

        self.has_control_token = bool(token)
        self.control = detect(send, token)

    def overtime(self) -> AbstractContextManager[None]:
        """A context in which requests are sent although a bound of the run is reached."""
        return self._transport.overtime() if isinstance(self._transport, Guard) else nullcontext()

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _known(self) -> "_Known":
        """Every token that was sent, and what is recorded for it; the longest first, should one hold another."""
        known = [(token, RECORDED[caller]) for caller, each in self._identities.items() for token in each.known]
        return sorted(known, key=lambda pair: -len(pair[0])) if len(known) > 1 else known


type _Known = list[tuple[str, str]]  # a token, and what is recorded for it


def _redacted(value: str, known: _Known) -> str:
    for token, recorded in known:
        value = value.replace(token, recorded)
    return value


def _redacted_body(body: bytes, known: _Known) -> bytes:
    """The body without our tokens, should the target send one back, in plain or as JSON spells it."""
    for token, recorded in known:
        for spelling in {token, json.dumps(token)[1:-1]}:
            body = body.replace(spelling.encode(), recorded.encode())
    return body


def open_target(
    text: str, *, token: str | None = None, control_token: str | None = None, terms: Terms | None = None
) -> Target:
    """The target that a text names: `http(s)://host:port[/prefix]` or `wsgi:module:factory`.

    Who gives no `token` asks as the cloud says that the run was given, else with $VIMGATE_TOKEN; `control_token` is
    $VIMGATE_CONTROL_TOKEN by default. Raises TargetError when the text, module or factory is wrong, Unreachable when
    nobody answers at the URL.
    """
    terms = terms or Terms()
    others = identities()
    ours = others.pop(Caller.OURS, None)
    identity = Given(token) if token else ours
    control_token = control_token or os.environ.get(CONTROL) or None
    check_text(text)
    if text.startswith("wsgi:"):
        inner = WsgiTransport(_application(text))
        bound = terms.deadline or terms.requests_per_minute or terms.most_requests
        target = Target(
            Guard(inner, terms) if bound else inner, text, in_process=True, identity=identity, others=others
        )
    else:
        over_http = HttpTransport(_base(text), Bounds(terms.request_timeout), terms.ca)
        target = Target(Guard(over_http, terms), shown(text), in_process=False, identity=identity, others=others)
    target.poll_interval = terms.poll_interval
    target.look_for_control(control_token)
    return target


def check_text(text: str) -> None:
    """Raise TargetError when a text cannot name a target; nothing is opened and no factory is called."""
    if text.startswith("wsgi:"):
        _factory(text)
    elif text.startswith(("http://", "https://")):
        _base(text)
    else:
        raise TargetError(f"{shown(text)!r} is no target: {_WANTED}")


def shown(text: str) -> str:
    """The text of a target without the user name, password and secret arguments that a URL may carry."""
    if "://" not in text:
        return _USER.sub("", text, count=1)
    try:
        parts = urlsplit(text)
    except ValueError:
        return redact_url(text)
    return redact_url(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))


def _base(text: str) -> str:
    """The base address that a URL names. Raises TargetError, in which nothing stands that may be a password."""
    named = _NOT_OF_BASE.sub(r"\1…", shown(text))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        which = "port" if str(error).startswith("Port") else "host"
        raise TargetError(f"{named!r} is no URL, its {which} cannot be read: {_WANTED}") from error
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise TargetError(f"{named!r} holds a space or a sign that is not ASCII, which no URL does: {_WANTED}")
    if not parts.hostname:
        raise TargetError(f"{named!r} names no host: {_WANTED}")
    if port == 0:
        raise TargetError(f"{named!r} names port 0, on which nothing can listen: {_WANTED}")
    if parts.query or parts.fragment:
        raise TargetError(f"{named!r} has a query or a fragment, which a base address cannot have: {_WANTED}")
    if parts.username is not None:
        raise TargetError(
            f"{named!r} was given with a user name; put the token in $VIMGATE_TOKEN or in a --token-file instead"
        )
    return text.rstrip("/")


def _factory(text: str) -> Callable[[], Any]:
    parts = text.split(":")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - wsgi, module, factory
        raise TargetError(f"{text!r} is no WSGI target: write wsgi:module:factory, for example {EMBEDDED}")
    _, module_name, factory_name = parts
    here = os.getcwd()
    if here not in sys.path:
        # It stays there: an application may import its own modules while it answers.
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise TargetError(f"{text}: there is no module {error.name!r} in {here} or in this environment") from error
    except (Exception, SystemExit) as error:
        raise TargetError(f"{text}: importing {module_name} raised {type(error).__name__}: {error}") from error
    factory: Callable[[], Any] | None = getattr(module, factory_name, None)
    if factory is None:
        raise TargetError(f"{text}: the module {module_name} has no {factory_name!r}")
    if not callable(factory):
        raise TargetError(f"{text}: {factory_name} cannot be called; name a function without arguments")
    return factory


def _application(text: str) -> Callable[..., Any]:
    factory = _factory(text)
    try:
        application = factory()
    except (Exception, SystemExit) as error:
        raise TargetError(f"{text}: the factory raised {type(error).__name__}: {error}") from error
    if not callable(application):
        raise TargetError(f"{text}: the factory returned {type(application).__name__}, which is no WSGI application")
    return application  # type: ignore[no-any-return]
