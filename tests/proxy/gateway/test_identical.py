"""In observe both ends get what they would get without the gateway, byte for byte, and hundreds of times over."""

import gzip
import hashlib
import random

import pytest

GET, POST = b"GET", b"POST"
HEADERS = (
    (b"Host", b"vim.example.com:4545"),
    (b"X-Auth-Token", b"abc"),
    (b"x-lower", b"v"),
    (b"X-MiXeD-CaSe", b"V"),
    (b"Cookie", b"a=1"),
    (b"Cookie", b"b=2"),
    (b"Connection", b"keep-alive"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"Alt-Svc", b'h2=":443"'),
    (b"Upgrade-Insecure-Requests", b"1"),
    (b"X-Latin", b"gr\xfc\xdfe"),
    (b"X-Empty", b""),
    (b"Via", b"1.1 elsewhere"),
)
SPELLINGS = (b": ", b":", b":   ", b":\t")
ENDS = (b"\r\n", b" \r\n", b"\t \r\n")
TARGETS = (b"/", b"/api/orchestration/sw-patch/strategy", b"/a//b/../c;d=e?x=%20&x=1&&y", b"/%2F%zz?q=a?b#c", b"*")
STATUS = (b"200 OK", b"201 Created", b"202", b"204 No Content", b"304 Not Modified", b"404 nothing   here", b"500 ")


def chunked(body, rng):
    """A body in chunks of any size."""
    pieces = []
    while body:
        size = rng.randint(1, len(body))
        piece, body = body[:size], body[size:]
        pieces.append(b"%x\r\n%s\r\n" % (size, piece))
    return b"".join(pieces) + b"0\r\n\r\n"


def head(first, fields, rng):
    """A head whose fields stand in any order and spelling."""
    rng.shuffle(fields)
    return first + b"\r\n" + b"".join(n + rng.choice(SPELLINGS) + v + rng.choice(ENDS) for n, v in fields) + b"\r\n"


def message(first, rng, *, bodiless=False, may_be_empty=True):
    """A message with headers of many kinds, and a body in one of the ways in which bodies are sent."""
    fields = rng.sample(HEADERS, rng.randint(1, len(HEADERS)))
    body = rng.randbytes(rng.choice((0, 1, 20, 700, 3000)))
    if rng.random() < 0.3:
        body = gzip.compress(body)
        fields.append((b"Content-Encoding", b"gzip"))
    if bodiless:
        return head(first, [*fields, (b"Content-Length", b"12")] if rng.random() < 0.5 else fields, rng)
    if rng.random() < 0.4:
        name = rng.choice((b"Transfer-Encoding", b"transfer-encoding"))
        return head(first, [*fields, (name, b"chunked")], rng) + chunked(body, rng)
    if not body and may_be_empty and rng.random() < 0.5:
        return head(first, fields, rng)
    return head(first, [*fields, (rng.choice((b"Content-Length", b"content-length")), b"%d" % len(body))], rng) + body


def exchanges(count, seed=1):
    """Pairs of a request and its answer, as bytes, and whether the answer has no body whatever it says."""
    rng = random.Random(seed)  # noqa: S311 - bytes for a test
    for _ in range(count):
        method = rng.choice((GET, GET, GET, b"HEAD", POST, b"DELETE", b"PUT", b"OPTIONS", b"brew"))
        status = rng.choice(STATUS)
        request = message(method + b" " + rng.choice(TARGETS) + b" HTTP/1.1", rng, bodiless=False)
        bodiless = method == b"HEAD" or status[:3] in {b"204", b"304"}
        answer = message(b"HTTP/1.1 " + status, rng, bodiless=bodiless, may_be_empty=False)
        yield request, answer, bodiless


class Scripted:
    """Answers as the script says, request for request, and hashes what came."""

    def __init__(self, script):
        self.script, self.came = script, hashlib.sha256()

    def __call__(self, wire):
        for _, answer, _ in self.script:
            head, body = wire.message()
            if not head:
                return
            self.came.update(head + b"|" + body)
            wire.send(answer)


def play(script, wire):
    """Send every request of a script; the hash of what came back."""
    came = hashlib.sha256()
    for request, _, bodiless in script:
        wire.send(request)
        head, body = wire.message(bodiless=bodiless)
        came.update(head + b"|" + body)
    return came.hexdigest()


def compare(count, server, gateway, connect):
    """Both hashes, direct and through a gateway: what the server got, and what the client got."""
    script = list(exchanges(count))
    direct, through = Scripted(script), Scripted(script)
    first = play(script, connect(server(direct).port))
    running = gateway(server(through))
    second = play(script, connect(running.port))
    running.stop()
    return (direct.came.hexdigest(), first), (through.came.hexdigest(), second), running


def test_both_ends_get_the_same_bytes(server, gateway, connect, judge):
    """Heads of any spelling, headers that are doubled, bodies of any framing: equal hashes, and every one was told."""
    direct, through, running = compare(400, server, gateway, connect)
    assert direct == through
    assert (len(judge.told), judge.skipped, running.told) == (400, [], [])


@pytest.mark.long
def test_both_ends_get_the_same_bytes_ten_thousand_times(server, gateway, connect, judge):
    """Ten thousand exchanges on one connection each way."""
    direct, through, _ = compare(10_000, server, gateway, connect)
    assert direct == through
    assert (len(judge.told), judge.skipped) == (10_000, [])
