"""Servers and clients that misbehave: the client sees what it would see without the gateway, or is cut off."""

import socket
import struct
import threading

import pytest

from proxy.traffic import Mode

OK = b"HTTP/1.1 200 OK\r\n"
GET = b"GET /api HTTP/1.1\r\nHost: h\r\n\r\n"
MEGABYTE = 1 << 20
LIMIT = 120  # seconds


def says(*pieces):
    """Reads a request, sends that, and closes."""

    def behave(wire):
        wire.message()
        for piece in pieces:
            wire.send(piece)

    return behave


def resets(wire, first=b"", when=None):
    """Reads a request, sends the first bytes, and breaks the connection: a reset overtakes what was sent."""
    wire.message()
    wire.send(first)
    if when is not None:
        when.wait(LIMIT)
    wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half_closes(answer):
    """Reads a request, answers, closes its own direction alone, and reads on."""

    def behave(wire):
        wire.message()
        wire.send(answer)
        wire.connection.shutdown(socket.SHUT_WR)
        wire.rest()

    return behave


def hurries(answer):
    """Answers and closes before it has read anything but the head."""

    def behave(wire):
        wire.head()
        wire.send(answer)

    return behave


CASES = {
    "closes without a word": says(),
    "closes in the status line": says(b"HTTP/1.1 2"),
    "closes in a head": says(OK + b"X-A: 1\r\nX-B"),
    "closes in a body": says(OK + b"Content-Length: 100\r\n\r\nshort"),
    "closes in a chunk": says(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
    "ends by closing": says(OK + b"\r\nuntil the end"),
    "HTTP/1.0": says(b"HTTP/1.0 200 OK\r\n\r\nold"),
    "half-closes": half_closes(OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nhi"),
    "half-closes without a length": half_closes(OK + b"\r\nhi"),
    "says that it takes a while": says(
        b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", OK + b"\r\nhi"
    ),
    "trailers": says(
        OK + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-MORE: 2\r\n\r\n"
    ),
    "304 of chunked kind": says(
        b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    ),
    "204 of chunked kind": says(b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"),
    "a header name with a space": says(OK + b"X Odd : 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"),
    "a folded header": says(OK + b"X-A: 1\r\n   2\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"),
    "bare line feeds": says(b"HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 2\nConnection: close\n\nhi"),
    "garbage": says(b"hello, I am no web server\r\n\r\n"),
    "bytes": says(b"\x00\xff" * 100 + b"\r\n\r\n"),
    "a length that is none": says(OK + b"Content-Length: many\r\n\r\n"),
    "megabytes": says(OK + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (3 * MEGABYTE), b"x" * 3 * MEGABYTE),
    "megabytes until it closes": says(OK + b"\r\n", b"x" * 3 * MEGABYTE),
}


@pytest.mark.parametrize("behave", CASES.values(), ids=CASES)
def test_a_client_sees_what_it_would_see(behave, server, gateway, ask):
    """The bytes that a client gets from such a server are the same with the gateway between them."""
    running = gateway(server(behave))
    assert ask(running.port, GET) == ask(server(behave).port, GET)


@pytest.mark.parametrize("mode", [Mode.ANNOTATE, Mode.ENFORCE])
@pytest.mark.parametrize(
    "behave",
    [CASES["megabytes"], CASES["megabytes until it closes"], CASES["trailers"], CASES["says that it takes a while"]],
    ids=["megabytes", "megabytes until it closes", "trailers", "says that it takes a while"],
)
def test_where_the_judge_is_waited_for_too(mode, behave, server, gateway, ask):
    """An answer about which nothing is noticed, or that is too large, comes as it was sent."""
    running = gateway(server(behave), mode, largest=MEGABYTE)
    assert ask(running.port, GET) == ask(server(behave).port, GET)


@pytest.mark.parametrize("mode", [Mode.ANNOTATE, Mode.ENFORCE])
@pytest.mark.parametrize("case", ["garbage", "bytes", "a length that is none", "closes in a head"])
def test_what_cannot_be_judged_first_cuts_the_client_off(mode, case, server, gateway, ask, judge):
    """What cannot be judged is not passed on where the judge is waited for; no page of ours stands in its place."""
    running = gateway(server(CASES[case]), mode)
    assert ask(running.port, GET) == b""
    running.stop()
    assert [(each.lost, each.exchange.status) for each in judge.told] == [(True, 0)]


def test_a_reset_cuts_the_client_off(server, gateway, ask, judge):
    """The client is told no more than that, and the exchange is known to have been lost."""
    running = gateway(server(resets))
    assert ask(running.port, GET) == b""
    running.stop()
    assert [(each.lost, each.exchange.status) for each in judge.told] == [(True, 0)]


def test_a_reset_in_a_body_leaves_what_had_come(server, gateway, connect):
    """The client gets the bytes before the reset, and is cut off."""
    first = OK + b"Content-Length: 100\r\n\r\nshort"
    has_come = threading.Event()
    wire = connect(gateway(server(lambda wire: resets(wire, first, has_come))).port)
    wire.send(GET)
    assert wire.exactly(len(first)) == first
    has_come.set()
    assert wire.rest() == b""


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("first", [b"", OK + b"\r\nhalf", OK + b"Content-Length: 100\r\n\r\nhalf"])
def test_a_reset_is_passed_on(first, mode, server, gateway, connect, judge):
    """Half of an answer that ends by closing is no whole one: neither to the client nor to the judge."""
    has_come = threading.Event()
    running = gateway(server(lambda wire: resets(wire, first, has_come)), mode)
    wire = connect(running.port)
    wire.send(GET)
    streamed = first if mode is Mode.OBSERVE else b""
    assert wire.exactly(len(streamed)) == streamed
    has_come.set()
    with pytest.raises(ConnectionResetError):
        wire.exactly(1)
    running.stop()
    assert [each.lost for each in judge.told] == [True]


def test_a_server_that_is_down_cuts_the_client_off(gateway, ask, judge):
    """No page of ours; the operator is told once, and the request is known not to have been forwarded."""
    with socket.socket() as taken:  # and nobody listens
        taken.bind(("127.0.0.1", 0))
        running = gateway(taken.getsockname()[1])
        assert [ask(running.port), ask(running.port)] == [b"", b""]
        running.stop()
    assert (judge.told, judge.skipped) == ([], ["not forwarded"] * 2)
    assert [text.partition(":")[0] for text in running.told] == ["the server cannot be reached"]


def test_an_endless_head_is_cut_off(server, gateway, ask):
    """A head that does not end costs no more memory than the largest one."""

    def behave(wire):
        wire.message()
        wire.send(OK)
        while True:
            wire.send(b"X-More: " + b"x" * 1000 + b"\r\n")

    assert ask(gateway(server(behave)).port) == b""


def test_an_answer_before_the_end_of_its_request(server, gateway, connect, judge):
    """A server that refuses a body by its head is heard, and the exchange counts as not judged."""
    answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
    running = gateway(server(hurries(answer)))
    wire = connect(running.port)
    wire.send(b"POST /api HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nsome")
    assert wire.exactly(len(answer)) == answer
    wire.send(b"x" * 96)
    assert wire.rest() == b""
    running.stop()
    assert (judge.told, judge.skipped) == ([], ["cut short"])


def test_expect_is_between_client_and_server(server, gateway, connect):
    """In observe the server says 100 Continue, and the body comes after it; the head is that of the client."""
    request = b"POST /api HTTP/1.1\r\nHost: h\r\nexpect:100-Continue\r\nContent-Length: 2\r\n\r\n"
    heads = []

    def behave(wire):
        heads.append(wire.head())
        wire.send(b"HTTP/1.1 100 Go On\r\n\r\n")
        wire.send(OK + b"Connection: close\r\n\r\n" + wire.exactly(2))

    wire = connect(gateway(server(behave)).port)
    wire.send(request)
    assert wire.head() == b"HTTP/1.1 100 Go On\r\n\r\n"
    wire.send(b"hi")
    assert wire.rest() == OK + b"Connection: close\r\n\r\nhi"
    assert heads == [request]


def test_expect_where_requests_are_judged_first(server, gateway, connect):
    """In enforce the gateway says 100 Continue itself, because it must read the body before anybody hears of it."""
    wire = connect(gateway(server(says(OK + b"Connection: close\r\n\r\nhi")), Mode.ENFORCE).port)
    wire.send(b"POST /api HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert wire.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(b"hi")
    assert wire.rest() == OK + b"Connection: close\r\n\r\nhi"


def test_a_client_that_goes_away_in_its_request(server, gateway, connect, judge):
    """Nothing is judged, and the server is left in peace."""
    came, gone = threading.Event(), threading.Event()

    def behave(wire):
        wire.head()
        came.set()
        wire.rest()
        gone.set()

    running = gateway(server(behave))
    wire = connect(running.port)
    wire.send(b"POST /api HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nsome")
    assert came.wait(LIMIT)
    wire.connection.close()
    assert gone.wait(LIMIT)
    running.stop()
    assert (judge.told, judge.skipped) == ([], ["cut short"])


def test_requests_that_are_sent_ahead_are_answered_in_order(server, gateway, connect):
    """Three requests in one piece: three answers, in their order."""

    def behave(wire):
        while (message := wire.message())[0]:
            wire.send(OK + b"Content-Length: 2\r\n\r\n" + message[0][5:7])

    wire = connect(gateway(server(behave)).port)
    wire.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in (11, 22, 33)))
    assert [wire.message()[1] for _ in range(3)] == [b"11", b"22", b"33"]
