"""What becomes of exchanges about which something is noticed, in each mode, and when the judge fails."""

import gzip
import json
import tracemalloc

import pytest

from proxy.deciding.answers import HEADER
from proxy.gateway.crossing import End
from proxy.traffic import Direction, Mode

CLOSE = b"Connection: close\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + CLOSE + b"{}"
GET = b"GET /api HTTP/1.1\r\nHost: h\r\nX-Auth-Token: t\r\n\r\n"
POST = b"POST /api HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"


class Policy:
    """Blocks whatever is noticed about the side that it is asked for."""

    def stopping(self, mode, direction, noticed):
        """All of them."""
        return tuple(each for each in noticed if each.direction is direction)


@pytest.fixture
def counted(server):
    """A server that answers everything with `ANSWER`, and counts what it was asked."""

    def behave(wire):
        while (message := wire.message())[0]:
            asked.append(message)
            wire.send(ANSWER)

    asked = []
    started = server(behave)
    started.asked = asked
    return started


def parted(answer):
    """Status line, headers, and body of an answer as a JSON value."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    return first, dict(field.split(": ", 1) for field in fields), json.loads(body)


def test_annotate_adds_one_header(counted, gateway, ask, judge, found):
    """The ids of what was noticed about both sides stand in one header; everything else is as it was."""
    judge.about = (found("b-1", Direction.RESPONSE), found("a-1"))
    running = gateway(counted, Mode.ANNOTATE)
    assert ask(running.port, GET) == ANSWER.replace(
        CLOSE, b"Connection: close\r\n%s: b-1, a-1\r\n\r\n" % HEADER.encode()
    )
    assert judge.asked == []


def test_annotate_leaves_alone_what_is_right(counted, gateway, ask):
    """Where nothing was noticed there is no header."""
    assert ask(gateway(counted, Mode.ANNOTATE).port, GET) == ANSWER


def test_a_blocked_request_is_never_forwarded(counted, gateway, ask, judge, found):
    """400 with the requirement and a reference into the findings log; the server hears nothing of it."""
    judge.against = (found("a-1"),)
    running = gateway(counted, Mode.ENFORCE, policy=Policy())
    first, headers, problem = parted(ask(running.port, b"POST /api HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    running.stop()
    assert (first, headers["Content-Type"]) == ("HTTP/1.1 400 Bad Request", "application/problem+json")
    assert ([each["id"] for each in problem["requirements"]], problem["instance"]) == (["a-1"], "findings.jsonl#1")
    assert (counted.connections, counted.asked) == (0, [])
    assert [(each.blocked, each.exchange.status) for each in judge.told] == [(True, 0)]
    assert [(each.end, each.status) for each in running.counting.over] == [(End.REFUSED, 400)]


def test_a_connection_lives_on_after_a_refusal(counted, gateway, connect, judge, found):
    """The next request of the same client is forwarded, when nothing is wrong with it."""
    judge.against = (found("a-1"),)
    wire = connect(gateway(counted, Mode.ENFORCE, policy=Policy()).port)
    wire.send(POST)
    assert wire.message()[0].startswith(b"HTTP/1.1 400 ")
    judge.against = ()
    wire.send(POST)
    assert wire.rest() == ANSWER
    assert len(counted.asked) == 1


def test_a_bad_answer_is_held_back(counted, gateway, ask, judge, found):
    """502 in its place; the request was forwarded."""
    judge.about = (found("b-1", Direction.RESPONSE),)
    running = gateway(counted, Mode.ENFORCE, policy=Policy())
    first, headers, problem = parted(ask(running.port, GET.replace(b"Host: h", b"Host: h\r\nConnection: close")))
    running.stop()
    assert (first, headers["Content-Type"]) == ("HTTP/1.1 502 Bad Gateway", "application/problem+json")
    assert ([each["id"] for each in problem["requirements"]], problem["forwarded"]) == (["b-1"], True)
    assert len(counted.asked) == 1
    assert [(each.end, each.status) for each in running.counting.over] == [(End.HELD_BACK, 502)]


@pytest.mark.parametrize("kind", ["crashed", "slow", "memory", "overrun"])
@pytest.mark.parametrize("mode", [Mode.ANNOTATE, Mode.ENFORCE])
def test_a_judge_that_fails_lets_pass(mode, kind, counted, gateway, ask, judge):
    """With --fail open, which is the default."""
    judge.fault = kind
    assert ask(gateway(counted, mode).port, GET) == ANSWER


@pytest.mark.parametrize(("mode", "status", "forwarded"), [(Mode.ANNOTATE, 502, 1), (Mode.ENFORCE, 503, 0)])
def test_a_judge_that_fails_blocks(mode, status, forwarded, counted, gateway, connect, judge):
    """With --fail closed: what is not forwarded yet is not forwarded, what was answered is held back."""
    judge.fault = "slow"
    running = gateway(counted, mode, fail_open=False)
    wire = connect(running.port)
    wire.send(GET)
    head, body = wire.message()
    assert (int(head.split()[1]), json.loads(body)["status"], len(counted.asked)) == (status, status, forwarded)
    assert judge.skipped == ["slow"] * (mode is Mode.ENFORCE)  # of an answer the courier itself counts it


def test_a_refused_head_has_no_body(counted, gateway, connect, judge):
    """Whoever keeps the connection would take it for the beginning of the next answer."""
    judge.fault = "slow"
    wire = connect(gateway(counted, Mode.ENFORCE, fail_open=False).port)
    wire.send(b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    head, separator, body = wire.rest().partition(b"\r\n\r\n")
    assert (head.split()[1], separator, body) == (b"503", b"\r\n\r\n", b"")


@pytest.mark.parametrize(
    ("mode", "closed", "answered"),
    [(Mode.OBSERVE, True, ANSWER), (Mode.ENFORCE, False, ANSWER), (Mode.ENFORCE, True, b"")],
    ids=["observe", "open", "closed"],
)
def test_a_fault_of_ours_harms_nobody_but_where_nothing_passes_unjudged(
    mode, closed, answered, counted, gateway, ask, judge, monkeypatch
):
    """A hook that raises is counted and said once; the exchange passes, or the connection is closed."""

    def breaks(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("proxy.gateway.flows.asked", breaks)
    running = gateway(counted, mode, fail_open=not closed)
    assert [ask(running.port, GET), ask(running.port, GET)] == [answered] * 2
    running.stop()
    assert (judge.told, judge.skipped) == ([], ["gateway"] * 2)
    assert running.told == ["a fault of the gateway itself: ZeroDivisionError"]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_request_that_is_too_large_passes(mode, framing, counted, gateway, connect, judge):
    """With a length or in chunks, it is forwarded as it is and counted as unchecked."""
    running = gateway(counted, mode, largest=1000)
    body = b"x" * 5000
    head = b"POST /api HTTP/1.1\r\nHost: h\r\n"
    wire = connect(running.port)
    wire.send(
        head + b"Content-Length: 5000\r\n\r\n" + body
        if framing == "length"
        else head + b"Transfer-Encoding: chunked\r\n\r\n1388\r\n" + body + b"\r\n0\r\n\r\n"
    )
    assert wire.rest() == ANSWER
    running.stop()
    assert [message[1] for message in counted.asked] == [body]
    assert (judge.asked, judge.told, judge.skipped, judge.missed) == ([], [], ["too large"], 1)


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"of my own"])
def test_a_coding_that_lies_hides_nothing(coding, counted, gateway, ask, judge, found):
    """A body that is not in the coding that its head names is judged as it came, as many servers read it."""
    judge.against = (found("a-1"),)
    running = gateway(counted, Mode.ENFORCE, policy=Policy())
    head = b"Host: h\r\nConnection: close\r\nContent-Encoding: " + coding
    first, _, _ = parted(ask(running.port, POST.replace(b"Host: h", head)))
    running.stop()
    assert (first, counted.asked) == ("HTTP/1.1 400 Bad Request", [])
    assert [each.request_body for each in judge.asked] == [b"{}"]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("length", [b"Content-Length: 5000\r\n", b""], ids=["length", "until it closes"])
def test_an_answer_that_is_too_large_passes(mode, length, server, gateway, ask, judge, found):
    """Whatever the judge would say; a change is told of as one whose answer nobody knows."""
    judge.about = (found("b-1", Direction.RESPONSE),)
    answer = b"HTTP/1.1 200 OK\r\n" + length + CLOSE + b"x" * 5000
    running = gateway(server(lambda wire: wire.message() and wire.send(answer)), mode, largest=1000, policy=Policy())
    assert [ask(running.port, GET), ask(running.port, POST)] == [answer] * 2
    running.stop()
    assert judge.skipped == ["too large"] * 2
    assert [(each.exchange.method, each.lost) for each in judge.told] == [("POST", True)]


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_the_judge_reads_what_was_packed(mode, server, gateway, ask, judge):
    """A body in gzip is unpacked for the judge, and passes as it is."""
    packed = gzip.compress(b'{"strategy": null}')
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + CLOSE + packed
    running = gateway(server(lambda wire: wire.message() and wire.send(answer)), mode)
    assert ask(running.port, GET) == answer
    running.stop()
    assert [each.exchange.response_body for each in judge.told] == [b'{"strategy": null}']


def test_a_body_of_many_parts_costs_no_time(server, gateway, ask, judge):
    """Each member of a gzip file costs a copy of the others, so a body of many is counted and not unpacked."""
    few, many = (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + CLOSE + gzip.compress(b"") * n for n in (32, 33))
    answers = [few, many]
    running = gateway(server(lambda wire: wire.message() and wire.send(answers.pop(0))))
    assert [ask(running.port, GET), ask(running.port, GET)] == [few, many]
    running.stop()
    assert ([each.exchange.response_body for each in judge.told], judge.skipped) == ([b""], ["encoding"])


def test_a_bomb_costs_no_memory(server, gateway, ask, judge):
    """What unpacks to more than the largest body is counted as too large before it is unpacked."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + CLOSE + gzip.compress(bytes(100_000_000), 1)
    running = gateway(server(lambda wire: wire.message() and wire.send(answer)))
    tracemalloc.start()
    try:
        assert ask(running.port, GET) == answer
        running.stop()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (judge.told, judge.skipped) == ([], ["too large"])
    assert most < 60_000_000


def test_exchanges_that_meet_a_change_are_out_of_order(server, gateway, connect, judge):
    """A GET during which another client's POST was under way has no order; one after it has."""

    def behave(wire):
        while (message := wire.message())[0]:
            if message[0].startswith(b"POST"):
                wires[1].send(GET)
                assert wires[1].message()[1] == b"{}"
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    running = gateway(server(behave))
    wires = [connect(running.port), connect(running.port)]
    wires[0].send(POST)
    wires[0].message()
    wires[0].send(GET)
    wires[0].message()
    running.stop()
    assert [(each.exchange.method, each.in_order) for each in judge.told] == [
        ("GET", False), ("POST", True), ("GET", True)
    ]  # fmt: skip
    assert {each.client for each in judge.told} == {"127.0.0.1"}
