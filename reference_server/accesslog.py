"""One line per request, as WSGI middleware: method, path, status, milliseconds.

Never a header, a body or a query: tokens may stand there.
"""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class AccessLog:
    """Hands a line to `write` after each request. An app that raises is logged as 500 and goes on raising."""

    def __init__(self, app: "WSGIApplication", write: Callable[[str], None]) -> None:
        """`write` gets the line without a line end; it may be called from several threads."""
        self._app = app
        self._write = write

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass the request on."""
        begun = time.monotonic()
        status = "500"

        def start(line: str, headers: list[tuple[str, str]], *rest: object) -> Callable[[bytes], object]:
            nonlocal status
            status = line.partition(" ")[0]
            return start_response(line, headers, *rest)  # type: ignore[arg-type] # exc_info, handed on as it is

        try:
            return self._app(environ, start)
        finally:
            milliseconds = (time.monotonic() - begun) * 1000
            method, path = _plain(environ["REQUEST_METHOD"]), _plain(environ.get("PATH_INFO", ""))
            self._write(f"{method} {path} {status} {milliseconds:.1f}ms")


def _plain(text: str) -> str:
    """Text of the caller without anything that could end the line or move the cursor."""
    return quote(text, safe="/%{}-._~", encoding="latin-1", errors="replace")
