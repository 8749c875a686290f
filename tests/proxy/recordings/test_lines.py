"""JSON lines of exchanges, whole and broken."""

import base64
import gzip
import json
import os
import resource

import pytest

from proxy.recordings.lines import read_lines
from proxy.recordings.recorded import Damage, Recorded
from proxy.recordings.source import Source


def test_a_line_is_an_exchange(items, writing):
    """Members of a line are those of the exchange; the path carries the query."""
    exchange = writing.exchange(
        method="POST",
        query="a=b",
        request_headers=(("X-Auth-Token", "[redacted]"),),
        request_body='{"ü": 1}'.encode(),
    )
    read = items(writing.line(exchange, started=writing.at + 0.5, session="seven", client="192.0.2.9"))
    assert read == [Recorded(1, exchange, session="seven", started=writing.at + 0.5, client="192.0.2.9")]


def test_what_may_be_left_out(items):
    """A request and an answer with a status are enough; headers are pairs or an object."""
    asked = {"method": "GET", "path": "/api", "headers": [["A", "b"], ["A", "c"]]}
    read = items(json.dumps({"request": asked, "response": {"status": 200}}).encode())[0]
    assert (read.exchange.request_headers, read.session, read.alone, read.in_order) == (
        (("A", "b"), ("A", "c")), "", False, True,
    )  # fmt: skip


def test_a_line_may_stand_alone_or_have_no_answer(items, writing):
    """`history` false and an answer that is null are told."""
    alone, lost = items(
        writing.line(writing.exchange(), history=False) + writing.line(writing.exchange(), response=None)
    )
    assert (alone.alone, alone.missing, lost.alone, lost.exchange.status) == (True, "", False, 0)
    assert lost.missing


def test_bodies_may_be_in_base64(items, writing):
    """What is no text is written as base64, as the gateway does."""
    body = base64.b64encode(b"\xff\x00").decode()
    response = {"status": 200, "headers": [], "body": None, "body_base64": body}
    assert items(writing.line(writing.exchange(), response=response))[0].exchange.response_body == b"\xff\x00"


@pytest.mark.parametrize(("part", "unasked"), [("request", True), ("response", False)])
def test_a_body_may_be_told_by_its_length_alone(items, writing, part, unasked):
    """Where only the length was recorded nothing is judged; a body that merely begins so is one."""
    exchange = writing.exchange(request_body=b"<12 bytes> and more", response_body=b"<12 bytes> and more")
    whole = json.loads(writing.line(exchange))
    cut = whole | {part: whole[part] | {"body": "<8388779 bytes>"}}
    read, other = items(b"".join(json.dumps(each).encode() + b"\n" for each in (cut, whole)))
    assert (bool(read.missing), read.unasked, read.exchange.status) == (True, unasked, 0)
    assert (other.missing, other.exchange) == ("", exchange)


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe\x00",
        b'{"request": 1, "response": null}',
        b'{"request": {"method": "GET", "path": "/"}, "response": {"status": 99}}',
        b'{"request": {"method": "GET", "path": "/"}, "response": {"status": 200, "body_base64": "?"}}',
        b'{"request": {"method": "GET", "path": "/", "headers": {"X-Auth-Token": 7}}, "response": null}',
        b'{"request": {"method": "GET", "path": "/"}, "response": null, "x": ' + b"[" * 100_000,
        b'{"request": {"method": "GET", "path": "\xff"}, "response": null}',
    ],
    ids=lambda line: str(line[:60]),
)
def test_a_broken_line_is_told_and_the_next_is_read(items, writing, broken):
    """A line that makes no sense is damage at its number and byte, without a word of it; blank ones are passed over."""
    line = writing.line(writing.exchange())
    first, damage, last = items(line + broken + b"\n\n" + line)
    assert (first.number, last.number) == (1, 4)
    assert (damage.where, damage.ends) == (f"line 2 (byte {len(line)})", False)
    assert "nonsense" not in damage.problem


def test_a_cut_line_says_so(items, writing):
    """The last line of a file that was cut off is told as such."""
    line = writing.line(writing.exchange())
    assert "cut off" in items(line + line[:50])[1].problem


@pytest.mark.parametrize("size", [5_000, 5_000_000])
def test_a_line_that_is_too_long_is_passed_over(recording, writing, size):
    """It is never in memory, and the next line is read."""
    line = writing.line(writing.exchange())
    with Source(recording(line + b"{" + b" " * size + b"}\n" + line)) as source:
        first, damage, last = read_lines(source, longest=len(line) + 10)
    assert (first.number, last.number) == (1, 3)
    assert damage == Damage(f"line 2 (byte {len(line)})", f"is longer than {len(line) + 10} bytes")


def test_a_line_of_a_gigabyte_takes_no_memory(recording, writing):
    """A gigabyte without an end of line is read through, and what stands before it is judged."""
    piece = gzip.compress(b" " * (1 << 24), 1)
    file = recording(gzip.compress(writing.line(writing.exchange()) + b"{") + piece * 64)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Source(file) as source:
        first, damage = read_lines(source, longest=1 << 20)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (first.number, damage.where.partition(" (")[0]) == (1, "line 2")
    assert grown < 64 * 1024  # KiB


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.999])
def test_a_cut_gzip_stream_is_read_up_to_the_cut(recording, writing, cut):
    """Every line that can be unpacked is read."""
    made = [
        writing.line(writing.exchange(number, response_body=os.urandom(300).hex().encode())) for number in range(99)
    ]
    packed = gzip.compress(b"".join(made))
    with Source(recording(packed[: int(len(packed) * cut)])) as source:
        *read, _ = read_lines(source)
        assert source.problem == "the gzip stream is cut off"
    assert len(read) == pytest.approx(99 * cut, abs=5)


def test_a_broken_gzip_stream_is_told(recording, writing):
    """Bytes that were changed in a gzip stream end it, and the problem says so."""
    made = [
        writing.line(writing.exchange(number, response_body=os.urandom(300).hex().encode())) for number in range(99)
    ]
    packed = bytearray(gzip.compress(b"".join(made)))
    packed[len(packed) // 2 : len(packed) // 2 + 20] = bytes(20)
    with Source(recording(bytes(packed))) as source:
        assert [each for each in read_lines(source) if isinstance(each, Recorded)]
        assert "gzip" in source.problem
