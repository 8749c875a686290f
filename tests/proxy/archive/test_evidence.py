"""The evidence holds every exchange that broke something, and each body once in a file."""

import base64
import gzip
import hashlib


def _bodies(lines):
    return [line["response"]["body"] for line in lines]


def test_the_same_body_is_stored_once(keeper):
    """Polls of a large document that break something cost their headers."""
    kept = keeper()
    for _ in range(5):
        kept.keep("VIM-A-001")
    found = _bodies(kept.lines("evidence.jsonl", "exchange"))
    assert ["text" in body for body in found] == [True, False, False, False, False]
    assert len({body["sha256"] for body in found}) == 1
    assert hashlib.sha256(found[0]["text"].encode()).hexdigest() == found[0]["sha256"]


def test_a_new_file_holds_the_body_again(keeper):
    """Each file can be read without the others."""
    kept = keeper(most_bytes=6000, most_files=9)
    for number in range(12):
        kept.keep("VIM-A-001", query=f"n={number}")
    files = sorted(kept.folder.glob("evidence*.jsonl"))
    firsts = [_bodies(kept.lines(file.name, "exchange"))[0] for file in files]
    assert (len(files) > 2, ["text" in body for body in firsts]) == (True, [True] * len(files))


def test_a_body_that_is_no_text_is_stored_in_base64(keeper):
    """Not a byte of it is lost."""
    kept = keeper()
    kept.keep("VIM-A-001", response_body=bytes(range(256)), response_headers=())
    (body,) = _bodies(kept.lines("evidence.jsonl", "exchange"))
    assert base64.b64decode(body["base64"]) == bytes(range(256))


def test_a_packed_body_is_stored_unpacked(keeper):
    """What it says can be read, and what is secret in it was found."""
    kept = keeper()
    packed = gzip.compress(b'{"token": "f00d2beef9", "state": "applied"}')
    kept.keep("VIM-A-001", response_body=packed, response_headers=(("Content-Encoding", "gzip"),))
    (body,) = _bodies(kept.lines("evidence.jsonl", "exchange"))
    assert (body["coding"], body["size"], body["text"]) == (
        "gzip", len(packed), '{"token": "REDACTED", "state": "applied"}',
    )  # fmt: skip


def test_a_body_that_cannot_be_read_is_not_stored(keeper):
    """Nobody could say what is in it; the line says why."""
    kept = keeper()
    kept.keep("VIM-A-001", response_body=b"\x00\xff\xfe", response_headers=(("Content-Encoding", "br"),))
    (body,) = _bodies(kept.lines("evidence.jsonl", "exchange"))
    assert set(body) == {"size", "omitted"}


def test_a_bomb_is_not_unfolded(keeper):
    """A small body that unfolds without end takes no memory."""
    kept = keeper()
    bomb = gzip.compress(bytes(80 * 1024 * 1024), 9)
    kept.keep("VIM-A-001", response_body=bomb, response_headers=(("Content-Encoding", "gzip"),))
    (body,) = _bodies(kept.lines("evidence.jsonl", "exchange"))
    assert "unfolds" in body["omitted"]


def test_a_body_without_secrets_is_stored_byte_for_byte(keeper):
    """White space, double members and the order of members are evidence."""
    kept = keeper()
    text = '{ "state":"applied",\n  "state": "applying", "é": 1.50 }'
    kept.keep("VIM-A-001", response_body=text.encode())
    assert _bodies(kept.lines("evidence.jsonl", "exchange"))[0]["text"] == text
