"""The bytes of an answer, and what is looked at before an operation is called: Accept, query arguments, bodies, links.

One `Vim` per app holds what the operations need: the driver and the wire rules of the release.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from reference_server.bodies import ABSENT, excerpt, parse_json, read_body
from reference_server.driver import Driver
from reference_server.forms import JSON, page, xml
from reference_server.refusals import Refusal, Shape, fault
from reference_server.wirerules import WireRules

if TYPE_CHECKING:
    from werkzeug.routing import MapAdapter

_XML: Final = ("application/xml", "text/xml")
METHOD_OVERRIDE: Final = "_method"
_UNSAFE: Final = frozenset({"DELETE", "PUT"})
_EXTENSION: Final = "vimgate-vim"


@dataclass(frozen=True, slots=True)
class Vim:
    """What one app serves: a driver, and how its release speaks. `body_limit` in bytes, None for no limit."""

    driver: Driver
    wire: WireRules
    body_limit: int | None


def attach(app: Flask, vim: Vim) -> None:
    """Give the app its VIM."""
    app.extensions[_EXTENSION] = vim


def current() -> Vim:
    """The VIM of the app that handles this request."""
    return cast("Vim", current_app.extensions[_EXTENSION])


def serving(app: Flask) -> Vim:
    """The VIM of an app, for those who started it."""
    return cast("Vim", app.extensions[_EXTENSION])


def answer(payload: object, status: int = 200) -> Response:
    """A JSON answer; XML where the release offers it and the caller prefers it."""
    media_type = _preferred(current().wire)
    if media_type in _XML:
        return Response(xml(payload), status, content_type=f"{media_type}; charset=UTF-8")
    return json_answer(payload, status)


def json_answer(payload: object, status: int = 200) -> Response:
    """A JSON answer, whatever the caller would like."""
    return Response(json.dumps(payload).encode(), status, content_type=JSON)


def takes_json() -> bool:
    """Whether the answer to this request is JSON."""
    return _preferred(current().wire) not in _XML


def json_bytes(body: bytes, status: int = 200) -> Response:
    """A JSON answer that is written already."""
    return Response(body, status, content_type=JSON)


def unless_known(body: bytes, etag: str) -> Response:
    """A JSON answer with its ETag; 304 without a body for a caller that says it has this one (ADR 0009)."""
    known = request.if_none_match.contains_weak(etag)
    response = Response(status=HTTPStatus.NOT_MODIFIED) if known else json_bytes(body)
    if known:
        del response.headers["Content-Type"]
    response.set_etag(etag)
    return response


def nothing() -> Response:
    """204: no byte of body and no Content-Type (D3-09)."""
    response = Response(status=HTTPStatus.NO_CONTENT)
    del response.headers["Content-Type"]
    return response


def sent_body() -> object:
    """The JSON value of this request's body, or ABSENT. Raises Refusal, or RequestEntityTooLarge beyond the limit."""
    return read_body(request.get_data(cache=True), request.headers.get("Content-Type", ""), current().wire)


def json_body(limit: int) -> object:
    """The JSON value of this request's body of any media type, or ABSENT; `limit` in bytes. Raises Refusal."""
    request.max_content_length = limit
    try:
        data = request.get_data(cache=True)
    except RequestEntityTooLarge:
        raise Refusal(413, f"The body is larger than {limit} bytes.") from None
    try:
        return parse_json(data) if data else ABSENT
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON in UTF-8.") from None


def href(path: str) -> str:
    """A link to a path on the host that the caller used."""
    scheme = request.scheme
    if current().wire.forwarded_proto and request.headers.get("X-Forwarded-Proto", "").lower() == "https":
        scheme = "https"
    return f"{scheme}://{request.host}{path}"


def links(targets: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Link objects from rels and paths."""
    return [{"href": href(path), "rel": rel} for rel, path in targets]


def check_request() -> None:
    """What a release refuses before the operation runs: Accept, query arguments, a body with GET. Raises Refusal.

    Not asked when the path or method is unknown: that is said first.
    """
    if request.environ.get("PATH_INFO", "").startswith("//"):
        raise NotFound  # Werkzeug takes leading slashes for one
    if request.routing_exception is not None or request.blueprint is not None:
        return
    wire = current().wire
    if wire.accept == "negotiated" and _preferred(wire) is None:
        accept = excerpt(request.headers.get("Accept", ""))
        raise Refusal(406, wire.text("not_acceptable", accept=accept), shape=Shape.ROUTING)
    if wire.method_override == "understood" and METHOD_OVERRIDE in request.args:
        _check_override(request.args[METHOD_OVERRIDE].upper())
    if wire.query_arguments == "refused" and request.args:
        raise Refusal(400, wire.text("unknown_argument", arguments=excerpt(", ".join(request.args))))
    if wire.get_bodies == "refused" and request.method == "GET":
        body = sent_body()
        if body is not ABSENT:
            names = body if isinstance(body, dict) else ["body"]
            raise Refusal(400, wire.text("unknown_argument", arguments=excerpt(", ".join(names))))


def _check_override(method: str) -> None:
    """What pecan makes of `?_method=`: no GET becomes an unsafe method, and none becomes one that is not routed.

    Where the method would be taken, the query argument is refused as any other is. Raises Refusal.
    """
    routed = set(cast("MapAdapter", current_app.create_url_adapter(request)).allowed_methods())
    unsafe = request.method == "GET" and method in _UNSAFE
    if unsafe or method not in routed:
        text = current().wire.text("wrong_method", method=request.method, allowed=", ".join(sorted(routed)))
        allow = () if unsafe else tuple(sorted(routed))
        raise Refusal(405, text, shape=Shape.ROUTING, allow=allow)


def refuse(refusal: Refusal) -> Response:
    """The answer of a refusal in the shape that the release gives it."""
    wire = current().wire
    if refusal.shape is Shape.CRASH:
        response = Response(refusal.text, refusal.status, content_type="text/plain")
    elif refusal.shape is Shape.ROUTING and wire.routing_faults == "webob":
        accept = request.headers.get("Accept", "")
        content, media_type = page(refusal.status, refusal.text, accept, is_head=request.method == "HEAD")
        response = Response(content, refusal.status, content_type=media_type)
    elif _preferred(wire) in _XML:
        response = Response(
            xml({**fault(refusal), "debuginfo": ""}, "error"),
            refusal.status,
            content_type=f"{_preferred(wire)}; charset=UTF-8",
        )
    else:
        response = json_answer(fault(refusal), refusal.status)
    if refusal.allow:
        response.headers["Allow"] = ", ".join(refusal.allow)
    return response


def refuse_http(error: HTTPException) -> Response:
    """The answer for what Flask and Werkzeug refuse themselves: paths, methods, sizes, broken requests."""
    return refuse(_translated(error))


def _translated(error: HTTPException) -> Refusal:
    vim = current()
    wire = vim.wire
    match error:
        case NotFound():
            return Refusal(404, wire.text("no_route", path=excerpt(request.path)), shape=Shape.ROUTING)
        case MethodNotAllowed():
            return _wrong_method(error, wire)
        case RequestEntityTooLarge():
            return Refusal(413, wire.text("body_too_large", limit=vim.body_limit))
    status = error.code or 500
    key = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_request"
    return Refusal(status, wire.text(key))


def _wrong_method(error: MethodNotAllowed, wire: WireRules) -> Refusal:
    allowed = tuple(sorted(error.valid_methods or ()))
    if allowed == ("GET",) and request.path.endswith("/") and wire.link_method_with_slash == 404:  # noqa: PLR2004 - the status itself
        return Refusal(404, wire.text("no_route", path=excerpt(request.path)), shape=Shape.ROUTING)
    text = wire.text("wrong_method", method=excerpt(request.method), allowed=", ".join(allowed))
    return Refusal(405, text, shape=Shape.ROUTING, allow=allowed)


def _preferred(wire: WireRules) -> str | None:
    """The media type that the answer has; None when the caller takes none of those that the release offers."""
    if wire.accept == "ignored" or not request.headers.get("Accept", "").strip():
        return JSON
    return request.accept_mimetypes.best_match([JSON, *_XML])
