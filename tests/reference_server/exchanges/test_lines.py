"""Recorded lines: what is read, and one clear error with file and line for what cannot be."""

import json

import pytest

from reference_server.exchanges.lines import read_exchanges
from spec.documents import DocumentError


def test_a_line_is_read(recorder, write):
    """A member of a line gets lost."""
    line = recorder().ask("GET", "/api", session="links", note="a link document")
    path, _ = write([line], name="recording.jsonl.gz")
    exchange = next(read_exchanges(path))
    assert (exchange.number, exchange.place, exchange.session, exchange.note) == (
        1,
        f"{path}:1",
        "links",
        "a link document",
    )
    assert (exchange.request.method, exchange.request.path, exchange.request.body) == ("GET", "/api", None)
    assert (exchange.answer.status, exchange.answer.media_type) == (200, "application/json")
    assert json.loads(exchange.answer.body)["versions"][0]["id"] == "v1"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"{\n", ":1: not JSON"),
        (b'\n{"session": "x"}\n', ":2: "),
        (b"\xff\n", ":1: byte 0 is not UTF-8"),
        (b"[" * 200_000, ":1: nested too deeply"),
        (b"[]\n", ":1: "),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path, data, said):
    """A broken recording ends in another error, or one without its place."""
    path = tmp_path / "broken.jsonl"
    path.write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        list(read_exchanges(path))
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_broken_stream_is_named(tmp_path):
    """A gzip file that was cut off ends in another error."""
    path = tmp_path / "broken.jsonl.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00 broken")
    with pytest.raises(DocumentError, match="gzip stream is broken"):
        list(read_exchanges(path))


def test_a_missing_file_is_named(tmp_path):
    """A file that is not there ends in another error."""
    with pytest.raises(DocumentError, match="cannot be read"):
        list(read_exchanges(tmp_path / "missing.jsonl"))
