"""Who is let in to the control routes, decided before anything else: the machine's own callers, with the token.

Paths and methods that there are not are answered here too, as the same fault under every release.
"""

import hmac
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed

from reference_server.bodies import excerpt
from reference_server.refusals import Refusal, fault
from reference_server.wire import json_answer

PREFIX: Final = "/_control"
TOKEN_HEADER: Final = "X-Control-Token"  # noqa: S105 - the name of a header


def is_control(path: str) -> bool:
    """Whether a path belongs to the control routes, also one that they do not know."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def door(token: str | None) -> Callable[[], Response | None]:
    """What is asked of a request before it is answered; None as answer lets it in. No token: everyone here may."""

    def check() -> Response | None:
        if not is_control(request.path):
            return None
        refusal = _not_local() or _no_token(token) or _no_route()
        return refused(refusal) if refusal is not None else None

    return check


def refused(refusal: Refusal) -> Response:
    """A refusal as a JSON fault, whatever the release says about faults and the caller about media types."""
    response = json_answer(fault(refusal), refusal.status)
    if refusal.allow:
        response.headers["Allow"] = ", ".join(refusal.allow)
    return response


def is_local(address: str | None) -> bool:
    """Whether a caller's address is one of this machine's own; no address means no network in between."""
    if not address:
        return True
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


def _not_local() -> Refusal | None:
    if is_local(request.remote_addr):
        return None
    return Refusal(403, "The control routes answer callers on the machine of the server alone; send the request there.")


def _no_token(token: str | None) -> Refusal | None:
    given = request.headers.get(TOKEN_HEADER, "")
    if token is None or hmac.compare_digest(given.encode(), token.encode()):
        return None
    text = f"The header {TOKEN_HEADER} is missing or wrong; the token was printed when the server started."
    return Refusal(401, text)


def _no_route() -> Refusal | None:
    match request.routing_exception:
        case None:
            return None
        case MethodNotAllowed() as error:
            allowed = tuple(sorted(error.valid_methods or ()))
            text = f"{excerpt(request.method)} is no method of this path; use {' or '.join(allowed)}."
            return Refusal(405, text, allow=allowed)
    return Refusal(404, f"There is no control route {excerpt(request.path)}; GET {PREFIX} says what is offered.")
