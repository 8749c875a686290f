"""The check of one request: who calls, and whether the release lets that caller do this."""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from flask import Request, Response

from reference_server.refusals import Refusal, Shape
from reference_server.wire import current, refuse
from reference_server.wirerules import CURRENT, WireRules

TOKEN_HEADER: Final = "X-Auth-Token"  # noqa: S105 - the name of a header

OIDC_HEADER: Final = "OIDC-Token"
HOME: Final = "admin"
"""The project of a token that says of none, and of everybody who comes with a token of OIDC."""

# RFC 9110, 11.6.1: a 401 names a way to do better.
_CHALLENGE: Final = f'{TOKEN_HEADER} realm="vimgate"'
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token belongs to, and the roles of that user in a project."""

    user: str
    roles: frozenset[str]
    project: str = HOME


class NobodyToAskError(Exception):
    """The place that knows tokens cannot be asked now; the text says why, and holds no token."""


class Source(Protocol):
    """A place that knows tokens."""

    def identify(self, token: str) -> Identity | None:
        """Whom the token belongs to now; None when nobody knows it or its time is over. Raises NobodyToAskError."""
        ...


@runtime_checkable
class OidcSource(Protocol):
    """A place that knows tokens of OpenID Connect too; one that does not knows nobody who comes with such a token."""

    def identify_oidc(self, token: str) -> Identity | None:
        """As `identify`, for a token of the header OIDC-Token."""
        ...


@dataclass(frozen=True, slots=True)
class Auth:
    """Asks the source for the caller, and the wire rules of the release for what the caller may do.

    Who nobody knows is told so before anything else. Where the release has it so, a path or method that is not routed
    is told to callers without a role too (RELEASES.md 6).
    """

    source: Source

    def check(self, request: Request) -> Response | None:
        """None when the request may go on, else the answer to it."""
        wire = current().wire
        try:
            identity = self._identify(request, wire)
        except NobodyToAskError:
            return _refused(wire, wire.unknown_caller, wire.text("nobody_to_ask"))
        if identity is None:
            return _refused(wire, wire.refused_token, wire.text("wrong_token", header=TOKEN_HEADER))
        if wire.roles_after_routing and request.routing_exception is not None:
            return None
        wanted = wire.roles[_subject(request)]
        if identity.roles.isdisjoint(wanted) or (wire.projects and identity.project not in wire.projects):
            return _without_role(wire, wire.text("wrong_role", roles=" or ".join(wanted)))
        return None

    def _identify(self, request: Request, wire: WireRules) -> Identity | None:
        """The caller; a wrong X-Auth-Token is not made up for by another header. Raises NobodyToAskError."""
        token = request.headers.get(TOKEN_HEADER, "")
        if token:
            return self.source.identify(token)
        other = request.headers.get(OIDC_HEADER, "") if wire.oidc_tokens else ""
        return self.source.identify_oidc(other) if other and isinstance(self.source, OidcSource) else None


def _subject(request: Request) -> str:
    """What a request is about, in the words of the wire rules: `writes`, `strategies` or `documents`.

    A look at the current strategy is as one at a document (RELEASES.md 6).
    """
    if request.method not in _SAFE:
        return "writes"
    parts = request.path.split("/")
    return "strategies" if "strategy" in parts and CURRENT not in parts else "documents"


def _without_role(wire: WireRules, text: str) -> Response:
    if wire.refused_roles == "empty":
        return _empty(403)
    return refuse(Refusal(403, text, shape=Shape(wire.refused_roles)))


def _refused(wire: WireRules, status: int, text: str) -> Response:
    response = _empty(status) if wire.refused_callers == "empty" else refuse(Refusal(status, text))
    if status == 401:  # noqa: PLR2004 - the status itself
        response.headers["WWW-Authenticate"] = _CHALLENGE
    return response


def _empty(status: int) -> Response:
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response
