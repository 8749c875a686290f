"""How a request reaches a target: what all ways have in common, and the way into a WSGI application.

`conformance.targets.overhttp` is the other way.
"""

import contextlib
import io
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, Protocol
from urllib.parse import unquote_to_bytes

from werkzeug.test import EnvironBuilder, run_wsgi_app

from conformance.exchange import Headers

_IN_PROCESS_BASE: Final = "http://localhost"


class Unreachable(Exception):  # noqa: N818 - a fact, not an error of ours
    """The server gave no answer: nobody listens, the connection broke, or the time was up. The text is one sentence.

    `passing` says that it may be otherwise in a moment: a connection that broke, not a certificate that is wrong.
    """

    def __init__(self, text: str, *, passing: bool = False) -> None:
        super().__init__(text)
        self.passing = passing


TIME_UP: Final = "the time of the run was up"
REQUESTS_UP: Final = "the run had sent as many requests as it may"


class NoMoreTime(Unreachable):
    """The time of the run is up: nothing more is asked of the server."""


class NoMoreRequests(Unreachable):
    """The run has sent as many requests as it may: nothing more is asked of the server."""


class Unsendable(Exception):  # noqa: N818 - a fact, not an error of ours
    """HTTP has no way to carry the request (a line break in a header, …), so nobody can be judged by it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is percent-encoded and without the query."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `sent_headers` are the request headers that really went out.

    `fault` names an exception of the application.
    """

    status: int
    headers: Headers
    body: bytes
    sent_headers: Headers
    fault: str = ""


class Transport(Protocol):
    """Carries one request and brings the answer; raises Unreachable when there is none."""

    def send(self, request: Request) -> Answer:
        """The answer to one request."""

    def beside(self) -> "Transport":
        """Another way to the same server, for a second client at the same time."""

    def close(self) -> None:
        """Let go of connections."""


class WsgiTransport:
    """Calls a WSGI application in this process; an exception of the application is a 500 of the application."""

    def __init__(self, application: Callable[..., Any], *, threads: bool = False) -> None:
        self._application = application
        self._threads = threads

    def send(self, request: Request) -> Answer:
        """The answer of the application."""
        environ = _environ(request)
        environ["wsgi.multithread"] = self._threads
        sent = with_host(tuple(request.headers), environ["HTTP_HOST"])
        try:
            body, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            content = _read(body)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is its answer
            fault = f"the application raised {type(error).__name__}: {str(error)[:200]}"
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, (), b"", sent, fault)
        return Answer(_status(status), tuple((str(name), str(value)) for name, value in headers), content, sent)

    def beside(self) -> "WsgiTransport":
        """The same application, which a server would call from several threads too."""
        return WsgiTransport(self._application, threads=True)

    def close(self) -> None:
        """Nothing to let go of."""


@lru_cache(maxsize=64)
def _surroundings(method: str, headers: Headers) -> Mapping[str, Any]:
    """Everything in the environment of a request but its target and body; requests with few headers are many."""
    try:
        builder = EnvironBuilder(
            method=method, path="/", base_url=_IN_PROCESS_BASE, headers=list(headers), input_stream=io.BytesIO()
        )
        return builder.get_environ()
    except ValueError as error:
        raise Unsendable(str(error)) from error


def _environ(request: Request) -> dict[str, Any]:
    environ = {**_surroundings(request.method, request.headers)}
    environ |= {"wsgi.input": io.BytesIO(request.body), "wsgi.errors": sys.stderr}
    raw = request.path + (f"?{request.query}" if request.query else "")
    environ["PATH_INFO"] = unquote_to_bytes(request.path).decode("latin-1")
    environ["QUERY_STRING"] = request.query
    environ["REQUEST_URI"] = environ["RAW_URI"] = raw
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def _read(body: Iterable[bytes]) -> bytes:
    with contextlib.ExitStack() as stack:
        close = getattr(body, "close", None)
        if close is not None:
            stack.callback(close)
        return b"".join(body)


def _status(text: str) -> int:
    digits = text.partition(" ")[0]
    return int(digits) if digits.isdigit() else HTTPStatus.INTERNAL_SERVER_ERROR


def with_host(headers: Headers, host: str) -> Headers:
    """The headers with the Host that goes out although nobody set it; one that was set stays."""
    return headers if any(name.lower() == "host" for name, _ in headers) else (*headers, ("Host", host))
