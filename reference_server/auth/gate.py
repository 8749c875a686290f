"""The check of one request: who calls, and whether the release lets that caller do this."""

from dataclasses import dataclass
from typing import Final, Protocol

from flask import Request, Response

from reference_server.refusals import Refusal
from reference_server.wire import current, refuse
from reference_server.wirerules import WireRules

TOKEN_HEADER: Final = "X-Auth-Token"  # noqa: S105 - the name of a header

# RFC 9110, 11.6.1: a 401 names a way to do better.
_CHALLENGE: Final = f'{TOKEN_HEADER} realm="vimgate"'
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token belongs to, and the roles of that user."""

    user: str
    roles: frozenset[str]


class NobodyToAskError(Exception):
    """The place that knows tokens cannot be asked now; the text says why, and holds no token."""


class Source(Protocol):
    """A place that knows tokens."""

    def identify(self, token: str) -> Identity | None:
        """Whom the token belongs to now; None when nobody knows it or its time is over. Raises NobodyToAskError."""
        ...


@dataclass(frozen=True, slots=True)
class Auth:
    """Asks the source for the caller, and the wire rules of the release for what the caller may do."""

    source: Source

    def check(self, request: Request) -> Response | None:
        """None when the request may go on, else the answer to it."""
        wire = current().wire
        token = request.headers.get(TOKEN_HEADER, "")
        try:
            identity = self.source.identify(token) if token else None
        except NobodyToAskError:
            return _refused(wire, wire.unknown_caller, wire.text("nobody_to_ask"))
        if identity is None:
            return _refused(wire, wire.refused_token, wire.text("wrong_token", header=TOKEN_HEADER))
        wanted = wire.roles[_subject(request)]
        if identity.roles.isdisjoint(wanted):
            return _refused(wire, 403, wire.text("wrong_role", roles=" or ".join(wanted)))
        return None


def _subject(request: Request) -> str:
    """What a request is about, in the words of the wire rules: `writes`, `strategies` or `documents`."""
    if request.method not in _SAFE:
        return "writes"
    return "strategies" if "strategy" in request.path.split("/") else "documents"


def _refused(wire: WireRules, status: int, text: str) -> Response:
    if wire.refused_callers == "empty":
        response = Response(status=status)
        del response.headers["Content-Type"]
    else:
        response = refuse(Refusal(status, text))
    if status == 401:  # noqa: PLR2004 - the status itself
        response.headers["WWW-Authenticate"] = _CHALLENGE
    return response
