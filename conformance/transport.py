"""How a request reaches a target: over HTTP by `requests`, or by calling a WSGI application."""

import contextlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from werkzeug.test import EnvironBuilder, run_wsgi_app

from conformance.exchange import Headers

_IN_PROCESS_BASE: Final = "http://localhost"


class Unreachable(Exception):  # noqa: N818 - a fact, not an error of ours
    """The server gave no answer: nobody listens, the connection broke, or the time was up. The text is one sentence."""


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


class HttpTransport:
    """Sends by `requests`; follows no redirect, reads no netrc, repeats only what cannot have had an effect."""

    def __init__(self, base: str, timeout: float) -> None:
        self._base = base
        self._timeout = timeout
        self._session = requests.Session()
        self._session.auth = _no_auth
        # Making a connection anew has no effect on anybody.
        retry = Retry(total=None, connect=2, read=False, status=0, redirect=0, other=0, backoff_factor=0.1)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def send(self, request: Request) -> Answer:
        """The answer of the server. Raises Unreachable or Unsendable."""
        prepared = self._prepared(request)
        try:
            response = self._answered(prepared)
        except requests.exceptions.InvalidHeader as error:
            raise Unsendable(str(error)) from error
        except requests.exceptions.RequestException as error:
            raise Unreachable(
                f"{self._base} gave no answer to {request.method} {request.path}: {_reason(error)}"
            ) from error
        self._session.cookies.clear()
        return Answer(
            status=response.status_code,
            headers=tuple(response.raw.headers.items())
            if response.raw is not None
            else tuple(response.headers.items()),
            body=response.content,
            sent_headers=_with_host(
                tuple((str(name), _text(value)) for name, value in prepared.headers.items()),
                urlsplit(prepared.url or self._base).netloc,
            ),
        )

    def beside(self) -> "HttpTransport":
        """A session of its own for another client."""
        return HttpTransport(self._base, self._timeout)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _answered(self, prepared: requests.PreparedRequest) -> requests.Response:
        environment = self._session.merge_environment_settings(prepared.url, {}, None, None, None)
        settings: dict[str, Any] = {**environment, "timeout": self._timeout, "allow_redirects": False}
        try:
            return self._session.send(prepared, **settings)
        except requests.exceptions.Timeout:
            raise
        except requests.exceptions.ConnectionError:
            # The server may have closed a connection that was kept alive; a GET may be repeated.
            if prepared.method != "GET":
                raise
            return self._session.send(prepared, **settings)

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        url = f"{self._base}{request.path}" + (f"?{request.query}" if request.query else "")
        try:
            prepared = self._session.prepare_request(
                requests.Request(request.method, self._base, headers=dict(request.headers), data=request.body or None)
            )
            url.encode("ascii")
        except (requests.exceptions.InvalidHeader, UnicodeError, ValueError) as error:
            raise Unsendable(str(error)) from error
        prepared.url = url
        return prepared


class WsgiTransport:
    """Calls a WSGI application in this process; an exception of the application is a 500 of the application."""

    def __init__(self, application: Callable[..., Any], *, threads: bool = False) -> None:
        self._application = application
        self._threads = threads

    def send(self, request: Request) -> Answer:
        """The answer of the application."""
        environ = _environ(request)
        environ["wsgi.multithread"] = self._threads
        sent = _with_host(tuple(request.headers), environ["HTTP_HOST"])
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


def _environ(request: Request) -> dict[str, Any]:
    try:
        builder = EnvironBuilder(
            method=request.method,
            path="/",
            base_url=_IN_PROCESS_BASE,
            headers=list(request.headers),
            input_stream=io.BytesIO(request.body),
        )
        environ: dict[str, Any] = builder.get_environ()
    except ValueError as error:
        raise Unsendable(str(error)) from error
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


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _with_host(headers: Headers, host: str) -> Headers:
    """The headers with the Host that goes out although nobody set it; one that was set stays."""
    return headers if any(name.lower() == "host" for name, _ in headers) else (*headers, ("Host", host))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _reason(error: requests.exceptions.RequestException) -> str:
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words
    return type(error).__name__


# Most particular first: a connect time-out is also a connection error.
_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (requests.exceptions.ConnectTimeout, "the connection was not made in time"),
    (requests.exceptions.ReadTimeout, "the answer did not come in time"),
    (requests.exceptions.SSLError, "TLS could not be agreed on, or the certificate is not trusted"),
    (requests.exceptions.ProxyError, "the proxy of this environment refused"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "the answer could not be decoded"),
    (requests.exceptions.ConnectionError, "the connection was refused or broke"),
)
