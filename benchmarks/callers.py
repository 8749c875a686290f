"""Clients of an app: one in this process that costs as little as a client can, one over HTTP."""

import http.client
import io
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from flask import Flask
from waitress import create_server, wasyncore
from werkzeug.datastructures import Headers as WsgiHeaders
from werkzeug.test import create_environ


class Headers(Protocol):
    """The headers of an answer, by a name in any case."""

    def __getitem__(self, name: str, /) -> str: ...


Answer = tuple[int, Headers, bytes]
"""Status, headers, body."""


class InProcess:
    """Calls the WSGI app itself."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._environ = create_environ()

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request, with a JSON body if there is one."""
        data = b"" if body is None else json.dumps(body).encode()
        environ = self._environ | {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "wsgi.input": io.BytesIO(data),
            "CONTENT_LENGTH": str(len(data)),
            "CONTENT_TYPE": "" if body is None else "application/json",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()},
        }
        begun: dict[str, Any] = {}

        def start_response(status: str, fields: list[tuple[str, str]], _: Any = None) -> Any:
            begun.update(status=int(status.partition(" ")[0]), headers=WsgiHeaders(fields))

        answered = self._app(environ, start_response)
        try:
            data = b"".join(answered)
        finally:
            close = getattr(answered, "close", None)
            if close is not None:
                close()
        return begun["status"], begun["headers"], data


class OverHttp:
    """Calls a server on one connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request, with a JSON body if there is one."""
        data = None if body is None else json.dumps(body)
        fields = dict(headers or {}) | ({} if body is None else {"Content-Type": "application/json"})
        self._connection.request(method, path, data, fields)
        response = self._connection.getresponse()
        return response.status, response.headers, response.read()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def served(app: Flask) -> Iterator[OverHttp]:
    """The app on a free port of this machine, served as `vimgate serve` serves it, and a client of it."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
    channels: dict[int, Any] = {}
    server = create_server(app, map=channels, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    client = OverHttp(server.effective_port)
    try:
        yield client
    finally:
        client.close()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(channels))  # the loop ends when it has no channel
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()
