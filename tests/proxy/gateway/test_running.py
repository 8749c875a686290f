"""A gateway listens, drains and ends; and keeps nothing of what has passed."""

import gc
import socket
import threading

import pytest
from mitmproxy.http import HTTPFlow

from proxy.gateway.addresses import AddressError, Listen, Upstream, read_listen, read_upstream
from proxy.gateway.running import CannotListen

GET = b"GET /api HTTP/1.1\r\nHost: h\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
LIMIT = 120  # seconds


def answers(wire):
    """Answers everything."""
    while wire.message()[0]:
        wire.send(ANSWER)


@pytest.fixture
def slow(server):
    """A server that answers when it is told to."""
    asked, go = threading.Event(), threading.Event()

    def behave(wire):
        wire.message()
        asked.set()
        go.wait(LIMIT)
        wire.send(ANSWER)

    started = server(behave)
    started.asked, started.go = asked, go
    yield started
    go.set()


@pytest.mark.parametrize(("host", "name"), [("::1", "::1"), ("127.0.0.1", "::1"), ("::1", "127.0.0.1")])
def test_ipv6_on_both_sides(host, name, server, gateway, connect):
    """Listeners and servers on ::1."""
    running = gateway(server(answers, host=name), host=host, name=name)
    wire = connect(running.port, host)
    wire.send(GET)
    assert wire.message()[1] == b"hi"


def test_a_port_that_is_taken(gateway, server):
    """The error says by whom, and what to write."""
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(CannotListen, match="somebody else listens on"):
        gateway(server(answers), port=other.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "nobody.invalid"])
def test_an_address_that_is_not_ours(host, gateway, server):
    """The error says so."""
    with pytest.raises(CannotListen, match=r"is no (name or )?address of this machine"):
        gateway(server(answers), host=host)


def test_what_is_under_way_comes_to_its_end(slow, gateway, connect, judge):
    """The client that waits gets its answer; one that is idle is closed; and nobody else is let in."""
    running = gateway(slow)
    idle, waiting = connect(running.port), connect(running.port)
    waiting.send(GET)
    assert slow.asked.wait(LIMIT)
    ending = threading.Thread(target=running.stop)
    ending.start()
    assert idle.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        connect(running.port)
    slow.go.set()
    assert waiting.rest() == ANSWER
    ending.join()
    assert len(judge.told) == 1


def test_what_takes_too_long_is_cut_off(slow, gateway, connect, judge):
    """After the time that there is for it."""
    running = gateway(slow, drain=0.05)
    waiting = connect(running.port)
    waiting.send(GET)
    assert slow.asked.wait(LIMIT)
    running.stop()
    assert waiting.rest() == b""
    assert [each.lost for each in judge.told] == [True]


def test_no_flow_is_kept(server, gateway, connect, judge):
    """After hundreds of exchanges no more flows live than are under way."""
    running = gateway(server(answers))
    wire = connect(running.port)
    for _ in range(4):
        wire.send(GET * 100)
        for _ in range(100):
            wire.message()
    gc.collect()
    assert sum(isinstance(each, HTTPFlow) for each in gc.get_objects()) <= 2
    running.stop()
    assert (len(judge.told), running.counting.under_way) == (400, 0)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://vim.example.com:4545", Upstream("https", "vim.example.com", 4545)),
        ("http://[::1]:80/", Upstream("http", "::1", 80)),
        ("HTTPS://VIM", Upstream("https", "vim", 443)),
    ],
)
def test_servers(text, read):
    """A URL without a path."""
    assert read_upstream(text) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vim:4545", "write one such as https"),
        ("ftp://vim", "write one such as https"),
        ("http://", "write one such as https"),
        ("http://vim/api", "has a path"),
        ("http://vim:99999", "a port is a number"),
        ("http://[::1", "write a URL"),
    ],
)
def test_what_is_no_server(text, said):
    """The error says what to write."""
    with pytest.raises(AddressError, match=said):
        read_upstream(text)


def test_a_password_in_the_url_is_not_repeated():
    """It would stand in the error, and in logs."""
    with pytest.raises(AddressError) as raised:
        read_upstream("https://admin:s3cret@vim:4545")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("127.0.0.1:4546", Listen("127.0.0.1", 4546)),
        ("[::1]:0", Listen("::1", 0)),
        ("4546", Listen("127.0.0.1", 4546)),
        ("gateway.example.com:80", Listen("gateway.example.com", 80)),
    ],
)
def test_where_to_listen(text, read):
    """A host and a port; a port alone is on this machine."""
    assert read_listen(text) == read


@pytest.mark.parametrize("text", ["", "::1:80", "host", "host:x", "host:70000", "http://host:80", "a@host:80", "[::1]"])
def test_where_nobody_can(text):
    """The error says what to write."""
    with pytest.raises(AddressError, match=r"HOST:PORT|a port is a number"):
        read_listen(text)
