"""What is read by the fast reader of JSON is what the standard library reads, to the types."""

import json
import random

import pytest

from conformance.exchange import NO_JSON, parse_json, parse_plain_json

PIECES = (
    b"", b"0", b"-", b"1", b"9" * 25, b".", b"5", b"e", b"E+", b"400", b"true", b"null", b"NaN", b"Infinity", b'"',
    b'"a"', b"\\n", b"\\u0041", b"\\ud800", b"\t", b" ", b"\n", b"\x0b", b"\x00", b"\x7f", b"[", b"]", b"{", b"}",
    b",", b":", b'{"a":1,"a":1.0}', "é".encode(), b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc0\xaf",
)  # fmt: skip
BODIES = (
    b'{"a":[1,-0,0.5,1e5,-0.0,1e-7],"b":{"c":null,"d":true},"a":"x"}',
    b"[18446744073709551616,-9223372036854775809,9007199254740993.0,2.2250738585072011e-308]",
    '{"name":"Ünïcode \\" \\\\ \\/ \\b","list":[[],{},""]}'.encode(),
)
ODD = (b"1e400", b"NaN", b'"\x01"', b"9" * 5000, b"\xef\xbb\xbf1", b'"\xed\xa0\x80"', b'"\\u0041"', b"[" * 100_000)


def by_the_library(body):
    """The value as the standard library reads it, or nothing; half a letter is none."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=lambda _: 1 / 0)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError, ZeroDivisionError):
        return NO_JSON
    return value


@pytest.mark.parametrize("body", BODIES)
def test_what_is_plain_is_read_fast(body):
    """Usual bodies are read by the fast reader, numbers and names that stand twice as ever."""
    assert repr(parse_plain_json(body)) == repr(by_the_library(body))


@pytest.mark.parametrize("body", ODD)
def test_what_is_odd_is_left_to_the_slow_reader(body):
    """What takes more than a look is not read fast, and then as the standard library reads it."""
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        parse_plain_json(body)
    assert repr(parse_json(body)) == repr(by_the_library(body))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_sent_is_read_alike(seed):
    """Bodies are cut, and pieces put into them, anywhere: values and types are those of the standard library."""
    draw, read = random.Random(seed), 0  # noqa: S311 - reproducible on purpose
    for _ in range(3000):
        body = draw.choice(BODIES)
        for _ in range(draw.choice((1, 1, 2, 4))):
            at, length = draw.randrange(len(body)), draw.choice((0, 0, 1, 3))
            body = body[:at] + draw.choice(PIECES) + body[at + length :]
        expected = by_the_library(body)
        assert repr(parse_json(body)) == repr(expected)
        read += expected is not NO_JSON
    assert read > 100
