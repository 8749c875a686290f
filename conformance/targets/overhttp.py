"""How a request reaches a server at a URL: by `requests`, in bounded time and memory, whatever the server does."""

import http.client
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from conformance.targets.bounded import BoundedAdapter, Bounds, OutOfBounds
from conformance.targets.transport import Answer, Request, Unreachable, Unsendable, with_host

_CHUNK: Final = 64 << 10
_TLS_HINT: Final = "; name the file of its authority with --ca"


class HttpTransport:
    """Sends by `requests`; follows no redirect, reads no netrc, repeats only what cannot have had an effect.

    `ca` is a file of certificates to trust instead of the system's.
    """

    def __init__(self, base: str, bounds: Bounds, ca: str = "") -> None:
        self._base = base
        self._bounds = bounds
        self._ca = ca
        self._session = requests.Session()
        self._session.auth = _no_auth
        # Making a connection anew has no effect on anybody.
        retry = Retry(total=None, connect=2, read=False, status=0, redirect=0, other=0, backoff_factor=0.1)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, BoundedAdapter(bounds, retry))

    def send(self, request: Request) -> Answer:
        """The answer of the server. Raises Unreachable or Unsendable."""
        prepared = self._prepared(request)
        try:
            response, body = self._answered(prepared)
        except requests.exceptions.InvalidHeader as error:
            raise Unsendable(str(error)) from error
        except (requests.exceptions.RequestException, HTTPError, http.client.HTTPException, OutOfBounds, OSError) as no:
            reason, passing = _reason(no)
            text = f"{self._base} gave no answer to {request.method} {request.path}: {reason}"
            raise Unreachable(text, passing=passing) from no
        self._session.cookies.clear()
        return Answer(
            status=response.status_code,
            headers=tuple(response.raw.headers.items())
            if response.raw is not None
            else tuple(response.headers.items()),
            body=body,
            sent_headers=with_host(
                tuple((str(name), _text(value)) for name, value in prepared.headers.items()),
                urlsplit(prepared.url or self._base).netloc,
            ),
        )

    def beside(self) -> "HttpTransport":
        """A session of its own for another client."""
        return HttpTransport(self._base, self._bounds, self._ca)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _answered(self, prepared: requests.PreparedRequest) -> tuple[requests.Response, bytes]:
        try:
            return self._once(prepared)
        except requests.exceptions.Timeout:
            raise
        except requests.exceptions.ConnectionError:
            # The server may have closed a connection that was kept alive; a GET may be repeated.
            if prepared.method != "GET":
                raise
            return self._once(prepared)

    def _once(self, prepared: requests.PreparedRequest) -> tuple[requests.Response, bytes]:
        environment = self._session.merge_environment_settings(prepared.url, {}, True, self._ca or None, None)  # noqa: FBT003 - the signature of requests
        settings: dict[str, Any] = {**environment, "timeout": self._bounds.seconds, "allow_redirects": False}
        with self._session.send(prepared, **settings) as response:
            chunks, count = [], 0
            for chunk in response.iter_content(_CHUNK):
                chunks.append(chunk)
                count += len(chunk)
                if count > self._bounds.most_bytes:  # a small answer may unpack to a large one
                    raise self._bounds.too_long()
            return response, b"".join(chunks)

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        url = f"{self._base}{request.path}" + (f"?{request.query}" if request.query else "")
        try:
            prepared = self._session.prepare_request(
                requests.Request(request.method, self._base, headers=dict(request.headers), data=request.body or None)
            )
            url.encode("ascii")
            for name, value in request.headers:
                f"{name}{value}".encode("latin-1")  # as http.client writes them
        except (requests.exceptions.InvalidHeader, UnicodeError, ValueError) as error:
            raise Unsendable(str(error)) from error
        prepared.url = url
        return prepared


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _reason(error: Exception) -> tuple[str, bool]:
    """Why there was no answer, and whether it may be otherwise in a moment."""
    if isinstance(error, OutOfBounds):
        return str(error), "longer" not in str(error)
    tls = tls_reason(error)
    if tls is not None:
        return tls, False
    if any(type(each) in _NO_HTTP for each in _below(error)):
        return "what came is not HTTP", False
    for kind, words, passing in _REASONS:
        if isinstance(error, kind):
            return words, passing
    return type(error).__name__, False


def tls_reason(error: Exception) -> str | None:
    """What was wrong with TLS, and what to do; None when something else was."""
    found = next((each for each in _below(error) if isinstance(each, ssl.SSLError)), None)
    return None if found is None else _tls_reason(found)


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message.rstrip('.')}{_TLS_HINT}"
    said = (error.reason or str(error)).lower().replace("_", " ")
    also = "; does the port speak plain HTTP? then write http://" if said in _PLAIN else ""
    return f"TLS could not be agreed on: {said}{also}"


def _below(error: BaseException) -> list[BaseException]:
    """The exception and those that it was made of, in its arguments and causes."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < _DEEPEST:
        each = waiting.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
    return found


_DEEPEST: Final = 30
_PLAIN: Final = ("wrong version number", "record layer failure", "http request", "packet length too long")
# RemoteDisconnected, which says that nothing came, is not meant: it is a BadStatusLine by descent.
_NO_HTTP: Final = (http.client.BadStatusLine, http.client.LineTooLong, http.client.UnknownProtocol)

# Most particular first: a connect time-out is also a connection error.
_REASONS: Final[tuple[tuple[type[Exception], str, bool], ...]] = (
    (requests.exceptions.ConnectTimeout, "the connection was not made in time", True),
    (requests.exceptions.ReadTimeout, "the answer did not come in time", True),
    (requests.exceptions.SSLError, "TLS could not be agreed on, or the certificate is not trusted", False),
    (requests.exceptions.ProxyError, "the proxy of this environment refused", True),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off", True),
    (requests.exceptions.ContentDecodingError, "the answer could not be decoded", False),
    (requests.exceptions.ConnectionError, "the connection was refused or broke", True),
    (OSError, "the connection was refused or broke", True),
)
