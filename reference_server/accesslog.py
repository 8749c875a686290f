"""What there is to say about each request, as WSGI middleware, and its two forms: a line for people, a line of JSON.

Never a header, a body or a query: tokens may stand there.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and how it was answered. Method and path hold nothing that could end a line or move a cursor."""

    at: float  # when it came, seconds since 1970-01-01 UTC
    method: str
    path: str  # with %-escapes
    status: int
    milliseconds: float
    size: int  # bytes of the answer's body
    remote: str  # address of the caller

    def line(self) -> str:
        """`GET /api 200 1.2ms`."""
        return f"{self.method} {self.path} {self.status} {self.milliseconds:.1f}ms"

    def json(self) -> str:
        """The same and the rest as one line of JSON, `"event": "request"`."""
        return event(
            "request",
            self.at,
            method=self.method,
            path=self.path,
            status=self.status,
            duration_ms=round(self.milliseconds, 1),
            bytes=self.size,
            remote=self.remote,
        )


def event(name: str, at: float, **members: object) -> str:
    """A line of JSON: what happened, when (UTC, to the millisecond), and the rest."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"event": name, "time": moment, **members})


class AccessLog:
    """Hands an entry to `tell` after each request. An app that raises is logged as 500 and goes on raising."""

    def __init__(self, app: "WSGIApplication", tell: Callable[[Entry], None]) -> None:
        """`tell` may be called from several threads."""
        self._app = app
        self._tell = tell

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass the request on."""
        at, begun = time.time(), time.monotonic()
        status, size = 500, 0

        def start(line: str, headers: list[tuple[str, str]], *rest: object) -> Callable[[bytes], object]:
            nonlocal status, size
            status, size = int(line.partition(" ")[0]), _size(headers)
            return start_response(line, headers, *rest)  # type: ignore[arg-type] # exc_info, handed on as it is

        try:
            return self._app(environ, start)
        finally:
            method, path = _plain(environ["REQUEST_METHOD"]), _plain(environ.get("PATH_INFO", ""))
            size = 0 if method == "HEAD" else size
            milliseconds = (time.monotonic() - begun) * 1000
            self._tell(Entry(at, method, path, status, milliseconds, size, environ.get("REMOTE_ADDR", "")))


def _size(headers: list[tuple[str, str]]) -> int:
    """What the answer says itself; all of ours are whole, and say it, or have no body."""
    return next((int(value) for name, value in headers if name.lower() == "content-length"), 0)


def _plain(text: str) -> str:
    """Text of the caller without anything that could end the line or move the cursor."""
    return quote(text, safe="/%{}-._~", encoding="latin-1", errors="replace")
