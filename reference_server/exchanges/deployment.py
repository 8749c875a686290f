"""A fresh reference server on a virtual clock, asked in process through WSGI as a socket server would ask it."""

import io
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from werkzeug.test import run_wsgi_app

from reference_server.app import create_app
from reference_server.auth import Auth
from reference_server.clock import VirtualClock
from reference_server.exchanges.lines import Answer
from reference_server.exchanges.moments import Moment, moment_of
from reference_server.rulebooks import Release
from reference_server.storage.snapshot import Snapshot
from reference_server.wire import serving
from reference_server.worlds.file import World

_HOST: Final = "127.0.0.1:4545"
_HEADERS_OF_THEIR_OWN: Final = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})  # WSGI names them without HTTP_


class Deployment:
    """One server. `kind` is the strategy that is looked at, `sw-patch` or `sw-upgrade`."""

    def __init__(self, world: World, release: Release, auth: Auth | None = None) -> None:
        """Start it; a deployment has its own clock, which stands still unless it is moved on."""
        clock = VirtualClock()
        self._app = create_app(world, release, clock=clock, control=False, auth=auth)
        self._driver = serving(self._app).driver
        self._clock = clock

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send one request, `path` with its query as it stands in a request line."""
        chunks, status, given = run_wsgi_app(self._app, _environ(method, path, headers, body), buffered=True)
        named = {name.lower(): content for name, content in given}
        return Answer(int(status.split()[0]), named, b"".join(chunks).decode("utf-8", "replace"))

    def ask_json(self, method: str, path: str, value: Any, headers: Mapping[str, str]) -> Answer:
        """Send one request with a JSON body, or without one when the value is None."""
        body = json.dumps(value).encode() if value is not None else None
        return self.ask(method, path, {**headers, "Content-Type": "application/json"}, body)

    def look(self, path: str, headers: Mapping[str, str]) -> Moment | None:
        """Where the strategy below that path stands."""
        return moment_of(self.ask("GET", path, headers, None).body)

    def go_on(self) -> bool:
        """Move the clock to the next thing that happens by itself; False when nothing will."""
        moment = self._driver.next_event()
        if moment is None:
            return False
        self._driver.advance(max(0.0, moment - self._clock.now()))
        return True

    def mark(self) -> Snapshot:
        """Everything as it is now, to come back to."""
        return self._driver.snapshot()

    def back_to(self, mark: Snapshot) -> None:
        """Be as it was at the mark, the clock included."""
        self._driver.restore(mark)

    def advance(self, seconds: float) -> None:
        """Let so many seconds go by."""
        self._driver.advance(seconds)

    def restart(self) -> None:
        """What a restart of the server does to the strategy (ENGINE.md 8.6)."""
        self._driver.restart()


def _environ(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
    """The WSGI environment of a request (PEP 3333): the path decoded, header names in capitals."""
    name, _, query = path.partition("?")
    given = {key.upper().replace("-", "_"): content for key, content in headers.items()}
    given.setdefault("CONTENT_LENGTH", str(len(body)) if body is not None else "")
    given.setdefault("HOST", _HOST)
    named = {key if key in _HEADERS_OF_THEIR_OWN else f"HTTP_{key}": content for key, content in given.items()}
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(name).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4545",
        "SERVER_PROTOCOL": "HTTP/1.0",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **named,
    }
