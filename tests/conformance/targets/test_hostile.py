"""Servers that hang, drip, flood, break off or speak something else: each is Unreachable, soon and with a reason."""

import gzip
import socket
import tracemalloc
from functools import partial
from itertools import count

import pytest

from conformance.runs.options import Options
from conformance.runs.preflight import check_target
from conformance.targets.bounded import Bounds
from conformance.targets.overhttp import HttpTransport
from conformance.targets.transport import Request, Unreachable
from reports.model import Changes

OK = b"HTTP/1.1 200 OK\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SMALL = 1 << 20
SOON = 0.3
LIMIT = 120  # seconds that nobody waits for


def says(content):
    """Reads a request, sends that, and closes."""

    def behave(connection, _):
        connection.recv(65536)
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    return behave


def repeats(first, again, pause=0.0):
    """Reads a request, sends the first bytes, and the others again and again until nobody listens any more."""

    def behave(connection, over):
        connection.recv(65536)
        connection.sendall(first)
        while not over.wait(pause):
            connection.sendall(again)

    return behave


def hangs(connection, over):
    """Accepts and says nothing."""
    over.wait()


def in_time():
    """Bounds that are met by bytes, if at all."""
    return Bounds(LIMIT, SMALL)


def too_late():
    """Bounds whose time is up at the third look at the clock, however soon that is."""
    return Bounds(LIMIT, SMALL, clock=partial(next, count(0, LIMIT / 3)))


def soon():
    """Bounds whose time is up soon."""
    return Bounds(SOON, SMALL)


@pytest.mark.parametrize(
    ("behave", "bounds", "said"),
    [
        (hangs, soon, "did not come in time: nothing after 0.3 s"),
        (repeats(b"", b"H", 0.02), too_late, "was not complete after 120 s"),
        (repeats(OK, b"X", 0.02), too_late, "was not complete after 120 s"),
        (repeats(OK + b"Content-Length: 9999\r\n\r\n", b"x", 0.02), too_late, "was not complete after 120 s"),
        (repeats(CONTINUE, CONTINUE, 0.001), too_late, "was not complete after 120 s"),
        (repeats(OK, b"X-More: " + b"x" * 1000 + b"\r\n"), in_time, "not HTTP|headers|refused or broke"),
        (repeats(OK + b"\r\n", b"x" * 65536), in_time, "was longer than 1 MiB"),
        (
            repeats(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
            in_time,
            "was longer than 1 MiB",
        ),
        (says(b"hello, I am no web server\r\n"), in_time, "what came is not HTTP"),
        (says(b"\x00\xff" * 100 + b"\r\n"), in_time, "what came is not HTTP"),
        (says(b""), in_time, "was refused or broke"),
        (says(OK + b"Content-Length: 100\r\n\r\nshort"), in_time, "broke off"),
        (says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), in_time, "broke off"),
        (says(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"), in_time, "could not be decoded"),
    ],
    ids=[
        "hanging",
        "a dripping status line",
        "dripping headers",
        "a dripping body",
        "endless 100 Continue",
        "endless headers",
        "an endless body",
        "endless chunks",
        "no HTTP",
        "garbage",
        "closing at once",
        "a Content-Length too long",
        "broken chunks",
        "broken gzip",
    ],
)
def test_a_hostile_server_is_unreachable_soon_and_with_a_reason(behave, bounds, said, hostile):
    """Whatever a server does with a connection, the answer is bounded in time and bytes, and the reason is named."""
    base = f"http://127.0.0.1:{hostile(behave)}"
    transport = HttpTransport(base, bounds())
    with pytest.raises(Unreachable, match=said) as caught:
        transport.send(Request("GET", "/", "", (), b""))
    transport.close()
    assert "\n" not in str(caught.value)


def test_a_small_answer_that_unpacks_to_a_large_one_is_not_read(hostile):
    """An answer of a few kilobytes that holds gigabytes packed is refused before they are in memory."""
    packed = gzip.compress(bytes(16 * SMALL))
    behave = says(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
    transport = HttpTransport(f"http://127.0.0.1:{hostile(behave)}", Bounds(LIMIT, SMALL))
    tracemalloc.start()
    with pytest.raises(Unreachable, match="longer than 1 MiB"):
        transport.send(Request("GET", "/", "", (), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    transport.close()
    assert peak < 12 * SMALL


def test_an_answer_that_keeps_the_bounds_is_read(hostile):
    """The bounds are in nobody's way: an answer just below them is complete."""
    body = b"x" * (SMALL - 1000)
    behave = says(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    transport = HttpTransport(f"http://127.0.0.1:{hostile(behave)}", Bounds(LIMIT, SMALL))
    answer = transport.send(Request("GET", "/", "", (), b""))
    transport.close()
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize(
    ("status", "headers", "token", "said"),
    [
        ("401 Unauthorized", [], None, "answers 401 to everything: it wants a token, which --token-file"),
        ("403 Forbidden", [], "mine", "answers 403 to everything: the token that was given is not accepted"),
        ("503 Service Unavailable", [], None, "is not available: it answers 503 to everything"),
        ("502 Bad Gateway", [], None, "is not available: it answers 502 to everything"),
        ("302 Found", [("Location", "https://elsewhere/")], None, "redirects every request .to https://elsewhere/."),
    ],
    ids=["401", "403 with a token", "503", "502", "a redirect"],
)
def test_a_target_that_lets_nobody_in_is_no_target_to_judge(
    status, headers, token, said, answering, served, monkeypatch
):
    """A target that denies, redirects or is not available for every request is left before anything is judged."""
    monkeypatch.setenv("VIMGATE_TOKEN", token or "")
    address = served(answering(status, headers=headers))
    with pytest.raises(Unreachable, match=said):
        check_target(Options(target=address, changes=Changes.READ_ONLY))


@pytest.fixture
def without_control(answering, served):
    """The address of a server whose control routes answer 401, and everything else 404."""
    denied, nothing = answering("401 Unauthorized"), answering("404 Not Found")

    def application(environ, start_response):
        return (denied if environ["PATH_INFO"] == "/_control" else nothing)(environ, start_response)

    return served(application)


def test_control_that_wants_a_token_is_a_note(without_control):
    """Control routes that want a token are told of, and no reason to end: a real deployment may deny them too."""
    said = check_target(Options(target=without_control, changes=Changes.READ_ONLY))
    assert ["put its token into $VIMGATE_CONTROL_TOKEN" in text for text in said] == [True]


def test_a_control_token_that_is_denied_ends_the_run(without_control, monkeypatch):
    """Who gave a token for the control routes wants them; the run does not go on without."""
    monkeypatch.setenv("VIMGATE_CONTROL_TOKEN", "wrong")
    with pytest.raises(Unreachable, match="leave the variable out"):
        check_target(Options(target=without_control, changes=Changes.READ_ONLY))
