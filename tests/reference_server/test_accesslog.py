"""What is said of each request: all that happened, nothing that may be secret, and nothing that breaks the line."""

import json

import pytest
from werkzeug.test import Client

from reference_server.accesslog import AccessLog, Entry, event

ENTRY = Entry(1_800_000_000.0004, "GET", "/api", 200, 1.26, 17, "10.0.0.1")


def served(status="200 OK", headers=(("Content-Length", "2"),)):
    """An app that answers so."""

    def app(_environ, start_response):
        start_response(status, list(headers))
        return [b"ok"]

    return app


def failing(_environ, _start_response):
    """An app that raises."""
    raise RuntimeError("no")


@pytest.fixture
def told():
    """The entries that were told."""
    return []


def ask(app, told, method="GET", path="/", **options):
    """Send a request through the log; the one entry that came of it."""
    Client(AccessLog(app, told.append)).open(path, method=method, **options)
    return told.pop()


def test_an_entry_says_what_happened(told):
    """An entry has method, path, status, size and caller."""
    entry = ask(served(), told, path="/api", environ_overrides={"REMOTE_ADDR": "10.1.2.3"})
    assert (entry.method, entry.path, entry.status, entry.size, entry.remote) == ("GET", "/api", 200, 2, "10.1.2.3")


def test_nothing_of_header_body_or_query_is_told(told):
    """Whatever a caller sends, only method and path are repeated."""
    entry = ask(served(), told, "POST", "/a?token=SECRET", headers={"X-Auth-Token": "SECRET"}, data="SECRET")
    assert "SECRET" not in repr(entry) + entry.line() + entry.json()


@pytest.mark.parametrize("path", ["/a\nb", "/a\r\x1b[2J", "/é\u2028", '/"', "/\x00", "/\udcff"])
def test_a_path_does_not_leave_its_line(told, path):
    """A path can neither end the line nor move the cursor nor leave its JSON text."""
    raw = path.encode("utf-8", "surrogateescape").decode("latin-1")
    entry = ask(served(), told, environ_overrides={"PATH_INFO": raw})
    assert (entry.line().isprintable(), entry.line().isascii(), len(entry.line().splitlines())) == (True, True, 1)
    assert json.loads(entry.json())["path"] == entry.path


def test_an_app_that_raises_is_told_and_goes_on_raising(told):
    """A failure is told as 500 and is not swallowed."""
    with pytest.raises(RuntimeError):
        ask(failing, told)
    assert (told[0].status, told[0].size) == (500, 0)


@pytest.mark.parametrize(
    ("method", "status", "headers", "size"),
    [
        ("HEAD", "405 No", [("Content-Length", "9")], 0),
        ("GET", "204 No", [], 0),
        ("GET", "200 OK", [("content-length", "7")], 7),
    ],
)
def test_the_size_is_that_of_the_body(told, method, status, headers, size):
    """HEAD has no body, an answer without a length neither; names of headers are of any case."""
    assert ask(served(status, headers), told, method).size == size


def test_both_forms():
    """A line for people, and a line of JSON with the moment in UTC."""
    assert ENTRY.line() == "GET /api 200 1.3ms"
    assert json.loads(ENTRY.json()) == {
        "event": "request",
        "time": "2027-01-15T08:00:00.000Z",
        "method": "GET",
        "path": "/api",
        "status": 200,
        "duration_ms": 1.3,
        "bytes": 17,
        "remote": "10.0.0.1",
    }
    assert event("stop", 0.5) == '{"event": "stop", "time": "1970-01-01T00:00:00.500Z"}'
