"""Which kind a recording is, by its content."""

import gzip
import json

import pytest

from proxy.recordings.source import Kind, Source


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.EMPTY),
        (b" \n\n", Kind.EMPTY),
        (b'{"log": {"entries": []}}', Kind.HAR),
        (b'\xef\xbb\xbf\r\n{\r\n\t"log" : {', Kind.HAR),
        (b'{"$schema": "x", "log": {"version"', Kind.HAR),
        (b"1234:4:type;4:http;", Kind.FLOWS),
        (b'{"session": "log", "request": {"method": "GET"', Kind.LINES),
        (b'{"response": null, "request": {}}\n', Kind.LINES),
        (b"\x00\x01\x02\x03" * 100, None),
        (b'{"anything": 1}\n', None),
        (b"# a README\n", None),
        (b"<html>", None),
        (b'["log"]', None),
    ],
    ids=lambda value: None if isinstance(value, Kind) else str(value)[:20],
)
def test_kind_is_told_by_content(recording, data, kind, pack):
    """The name of a file, and whether it is gzipped, has nothing to do with what it is."""
    with Source(recording(pack(data), "name.txt")) as source:
        assert source.kind() is kind


def test_what_writers_write_is_told(recording, writing, three):
    """What mitmproxy writes is what it is taken for, indented or not."""
    flows = [writing.flow(*each) for each in three]
    indented = json.dumps(json.loads(writing.har(flows)), indent=4).encode()
    data = [writing.har(flows), indented, writing.flows(flows), writing.line(three[0][0])]
    kinds = []
    for each in data:
        with Source(recording(each)) as source:
            kinds.append(source.kind())
    assert kinds == [Kind.HAR, Kind.HAR, Kind.FLOWS, Kind.LINES]


def test_looking_takes_nothing(recording):
    """After the kind was told, the file is read from its beginning."""
    with Source(recording(b'{"log": {}}')) as source:
        assert source.kind() is Kind.HAR
        assert source.file.read() == b'{"log": {}}'
