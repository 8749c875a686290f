"""The process of the sites: one port, a prefix for each site, an application that is made when it is first asked.

It reads a plan as one line of JSON, prints its address, and ends when its input does.
"""

import hmac
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from waitress import create_server

from benchmarks.fleet.sites import ABOUT, CONTROL, HEADER, Plan, Seen
from benchmarks.measuring import resident_bytes
from reference_server import create_app
from reference_server.control.admission import is_control
from reference_server.mutants import find
from reference_server.rulebooks import load_release
from reference_server.worlds.file import load_world
from vimgate import serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS: Final = 64
"""Requests at a time. A site that hangs holds one for each request that it does not answer."""

_BODY_LIMIT: Final = 1 << 20  # bytes
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CREATE, _DELETE = "POST", "DELETE"


class Site:
    """One site: its application, which is made at its first request, what it saw, and whether it answers."""

    def __init__(self, make: "Callable[[], WSGIApplication]", delay: float, *, hangs: bool) -> None:
        self._make = make
        self._delay = delay
        self._app: WSGIApplication | None = None
        self._lock = threading.Lock()
        self.seen = Seen()
        self.sent = 0
        self.answers = threading.Event()
        if not hangs:
            self.answers.set()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answer a request, as soon as the site answers at all."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if is_control(path):
            self.answers.wait()
            return self._application()(environ, start_response)
        self._saw(requests=1, changes=int(method not in _READING))
        self.answers.wait()
        time.sleep(self._delay)

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            if line.startswith("2") and path.endswith("/strategy"):
                self._saw(creates=int(method == _CREATE), deletes=int(method == _DELETE))
            lengths = [value for header, value in headers if header.lower() == "content-length"]
            self._sent(0 if method == "HEAD" else sum(map(int, lengths)))
            return start_response(line, headers, *rest)

        return self._application()(environ, start)

    def _application(self) -> "WSGIApplication":
        with self._lock:
            if self._app is None:
                self._app = self._make()
            return self._app

    def _sent(self, size: int) -> None:
        with self._lock:
            self.sent += size

    def _saw(self, **more: int) -> None:
        with self._lock:
            self.seen = replace(self.seen, **{name: getattr(self.seen, name) + count for name, count in more.items()})


class Door:
    """All sites under their prefixes, and what is told of them; control is for those who have the token."""

    def __init__(self, sites: dict[str, Site], token: str) -> None:
        self._sites = sites
        self._token = token

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Lead a request to its site."""
        name, slash, rest = environ.get("PATH_INFO", "").removeprefix("/").partition("/")
        path = slash + rest
        if f"/{name}" == ABOUT:
            return self._about(path.removeprefix("/"), environ, start_response)
        if name not in self._sites:
            return _answer(start_response, HTTPStatus.NOT_FOUND, {"error": f"there is no site {name}"})
        if is_control(path) and not self._knows(environ):
            return _answer(
                start_response, HTTPStatus.UNAUTHORIZED, {"error": f"the header {HEADER} is missing or wrong"}
            )
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = f"/{name}", path
        return self._sites[name](environ, start_response)

    def _about(self, name: str, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        if not self._knows(environ):
            return _answer(
                start_response, HTTPStatus.UNAUTHORIZED, {"error": f"the header {HEADER} is missing or wrong"}
            )
        if environ["REQUEST_METHOD"] == "POST":
            site = self._sites[name]
            hangs = json.loads(environ["wsgi.input"].read())["hangs"]
            (site.answers.clear if hangs else site.answers.set)()
        told = {each: asdict(site.seen) for each, site in self._sites.items() if site.seen.requests}
        sent = sum(site.sent for site in self._sites.values())
        return _answer(
            start_response, HTTPStatus.OK, {"sites": told, "sent_bytes": sent, "resident_bytes": resident_bytes()}
        )

    def _knows(self, environ: "WSGIEnvironment") -> bool:
        given = environ.get(f"HTTP_{HEADER.upper().replace('-', '_')}", "")
        return hmac.compare_digest(given.encode(), self._token.encode())


def _answer(start_response: "StartResponse", status: HTTPStatus, value: dict[str, Any]) -> list[bytes]:
    body = json.dumps(value).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


def sites_of(plan: Plan) -> dict[str, Site]:
    """The sites that answer at the common port. Raises LookupError for a mutant, release or world that there is not."""
    release, world = load_release(plan.release), load_world(plan.world)
    faulty = {name: find(mutant).make for name, mutant in plan.faulty.items()}

    def clean(seed: int) -> "Callable[[], WSGIApplication]":
        return lambda: create_app(world, release, seed=seed)

    return {
        name: Site(faulty.get(name, clean(seed)), plan.delay, hangs=name in plan.hanging)
        for seed, name in enumerate(plan.names)
        if name not in plan.absent
    }


def main() -> None:
    """Serve until the input ends."""
    plan = Plan(**json.loads(sys.stdin.readline()))
    try:
        sites = sites_of(plan)
    except LookupError as error:
        print(*error.args, flush=True)
        return
    listener = serving.listen("127.0.0.1", 0)
    settings = {**serving.settings(_BODY_LIMIT), "threads": THREADS}
    server = create_server(Door(sites, os.environ[CONTROL]), sockets=[listener], **settings)
    threading.Thread(target=server.run, daemon=True).start()
    print(serving.address_of(listener), flush=True)
    sys.stdin.read()
    os._exit(0)  # a request that hangs would keep its thread
