"""The layers at which a mutant differs from the clean server, each as a maker of factories.

  answering(edit)        the answer is edited
  showing(edit)          the strategy that an answer shows is edited
  linking(path, edit)    the link document of a path is edited
  asking(rewrite)        the request is rewritten before the clean server sees it
  behaving(behaviour)    any number of requests to the clean server, and any answer
  driving(DriverClass)   another driver, or one with another engine: see the class attributes of `Driver`
  ruled(wire=..., ...)   another release: its wire rules, quirks, rulebook
  taking(kind, member)   other rules for one member of a create body

Control requests reach the clean server as they are.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from werkzeug.test import run_wsgi_app

from reference_server.app import create_app
from reference_server.control.admission import PREFIX, is_control
from reference_server.driver import Driver
from reference_server.engine.model import Strategy
from reference_server.engine.words import Kind
from reference_server.mutants.traffic import Answer, Asked, Members
from reference_server.rulebooks import load_release
from reference_server.wire import serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

type Make = Callable[[], "WSGIApplication"]

# Control routes after which nothing is as it was, so that nothing may be remembered either.
_NEW_BEGINNINGS: Final = frozenset({f"{PREFIX}/reset", f"{PREFIX}/world", f"{PREFIX}/snapshot"})


@dataclass
class Clean:
    """The clean server behind a mutant, for the length of one request.

    `memory` is the mutant's own, for as long as the server is not reset; `driver` is the clean server's.
    """

    app: Flask
    environ: "WSGIEnvironment"
    memory: dict[str, Any]

    def send(self, asked: Asked) -> Answer:
        """What the clean server answers; whatever the request says of conditions is left to the mutant."""
        body, status, headers = run_wsgi_app(self.app, _environ(self.environ, asked), buffered=True)
        return Answer(int(status.partition(" ")[0]), tuple(headers), b"".join(body))

    @property
    def driver(self) -> Driver:
        """The driver of the clean server."""
        return serving(self.app).driver

    def strategy(self, kind: str) -> Strategy | None:
        """The strategy of that kind, as the engine has it; None as well for what is no kind."""
        return self.driver.find(Kind(kind)) if kind in set(Kind) else None

    def shown(self, kind: str, status: int = 200) -> Answer:
        """What a plain GET of the strategy of that kind shows, with that status if there is one."""
        path = f"/api/orchestration/{kind}/strategy"
        answer = self.send(Asked("GET", path, "", {}, b"")).with_header("ETag", None)
        return answer.with_status(status) if answer.succeeded else answer


type Edit = Callable[[Asked, Answer], Answer]
type Rewrite = Callable[[Asked], Asked]
type Behaviour = Callable[[Asked, Clean], Answer]


def answering(edit: Edit) -> Make:
    """A server whose answers are edited."""
    return behaving(lambda asked, clean: edit(asked, clean.send(asked)))


def showing(
    edit: Callable[[Members], Members | None], *, kind: str = "", roles: tuple[str, ...] = ("get", "create", "act")
) -> Make:
    """A server that shows another strategy in answers to these roles; of that kind, or of both."""

    def shown(asked: Asked, answer: Answer) -> Answer:
        wanted = asked.role in roles and kind in ("", asked.kind)
        return answer.with_strategy(edit) if wanted else answer

    return answering(shown)


def linking(path: str, edit: Callable[[Members], Members | None]) -> Make:
    """A server with another link document under a path, which is written with or without a slash at its end."""

    def linked(asked: Asked, answer: Answer) -> Answer:
        is_it = asked.method == "GET" and (asked.path.rstrip("/") or "/") == path and answer.succeeded
        return answer.with_document(edit) if is_it else answer

    return answering(linked)


def asking(rewrite: Rewrite) -> Make:
    """A server that takes each request for another one."""
    return behaving(lambda asked, clean: clean.send(rewrite(asked)))


def behaving(behaviour: Behaviour, **options: Any) -> Make:
    """A server that answers as `behaviour` does; `options` are those of `create_app`."""
    return lambda: Wrapped(create_app(**options), behaviour)


def driving(driver: type[Driver], **options: Any) -> Make:
    """A server with another driver; `options` are those of `create_app`."""
    return lambda: create_app(driver=driver, **options)


def ruled(*, wire: Mapping[str, Any] | None = None, quirks: Mapping[str, Any] | None = None, **rulebook: Any) -> Make:
    """The release `published` with other wire rules, other quirks and another rulebook: members by their name."""

    def make() -> Flask:
        clean = load_release("published")
        rules = replace(clean.rulebook, quirks=replace(clean.rulebook.quirks, **quirks or {}), **rulebook)
        return create_app(release=replace(clean, wire=replace(clean.wire, **wire or {}), rulebook=rules))

    return make


def taking(kind: Kind, member: str, **changes: Any) -> Make:
    """The release `published` that takes something else for one member of the create body of a kind."""

    def make() -> "WSGIApplication":
        creates = load_release("published").wire.creates
        members = {**creates[kind], member: replace(creates[kind][member], **changes)}
        return ruled(wire={"creates": {**creates, kind: members}})()

    return make


@dataclass
class Wrapped:
    """A WSGI application in front of the clean one; its memory is forgotten when the clean one is reset."""

    app: Flask
    behaviour: Behaviour
    memory: dict[str, Any] = field(default_factory=dict)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        asked = _asked(environ)
        if is_control(asked.path):
            if asked.method != "GET" and asked.path in _NEW_BEGINNINGS:
                self.memory.clear()
            return self.app({**environ, "wsgi.input": io.BytesIO(asked.body)}, start_response)
        answer = _conditional(asked, self.behaviour(asked, Clean(self.app, environ, self.memory)))
        start_response(f"{answer.status} {_phrase(answer.status)}", list(answer.headers))
        return [answer.body]


def _asked(environ: "WSGIEnvironment") -> Asked:
    length = environ.get("CONTENT_LENGTH") or "0"
    body = environ["wsgi.input"].read(int(length)) if length.isdigit() else b""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return Asked(
        environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), headers, body
    )


def _environ(environ: "WSGIEnvironment", asked: Asked) -> dict[str, Any]:
    """The environment of the request as the mutant wants it; without If-None-Match, which is answered here."""
    kept = {name: value for name, value in environ.items() if not name.startswith("HTTP_") and "werkzeug" not in name}
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked.headers.items()}
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
        headers.pop(name, None)
    return {
        **kept,
        **headers,
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": asked.path,
        "QUERY_STRING": asked.query,
        "CONTENT_TYPE": asked.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(asked.body)),
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.input_terminated": True,
    }


def _conditional(asked: Asked, answer: Answer) -> Answer:
    """The answer as it is sent: an ETag of its own body, and 304 for a caller that has it (docs/adr/0009)."""
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    if any(name.lower() == "etag" for name, _ in answer.headers):
        answer = answer.with_header("ETag", etag)
        if answer.status == HTTPStatus.OK and etag in asked.headers.get("if-none-match", ""):
            return (
                answer.with_status(304)
                .with_body(b"")
                .with_header("Content-Type", None)
                .with_header("Content-Length", None)
            )
    has_length = answer.body or answer.status != HTTPStatus.NO_CONTENT
    return answer.with_header("Content-Length", str(len(answer.body)) if has_length else None)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
