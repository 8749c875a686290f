"""Recordings are written here by others than those who read them: mitmproxy's own writers, and `json`."""

import gzip
import io
import json
import warnings
from types import SimpleNamespace

import pytest
from mitmproxy import http
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from conformance.exchange import Exchange
from proxy.audit import Terms, audit
from proxy.recordings.reading import READERS
from proxy.recordings.source import Source

with warnings.catch_warnings():  # mitmproxy's bounds let in libraries that are newer than the code that imports them
    warnings.simplefilter("ignore", DeprecationWarning)
    from mitmproxy.addons.savehar import SaveHar

JSON = (("Content-Type", "application/json"),)
EPOCH = 1_700_000_000.0


def exchange_of(number=1, method="GET", path="/api/orchestration/sw-patch/strategy", **options):
    """An exchange that a conformant server may give: there is no strategy."""
    answer = {"status": 404, "response_headers": JSON, "response_body": b'{"faultstring": "none"}'}
    return Exchange(method, path, **{**answer, "at": EPOCH + number, **options})


def flow_of(exchange, started, site=("192.0.2.1", 4545)):
    """The exchange as a flow of mitmproxy."""
    host, port = site
    query = f"?{exchange.query}" if exchange.query else ""
    made = tflow.tflow()
    made.request = http.Request(
        host,
        port,
        exchange.method.encode(),
        b"http",
        b"",
        f"{exchange.path}{query}".encode(),
        b"HTTP/1.1",
        _fields(exchange.request_headers),
        exchange.request_body,
        None,
        started,
        started,
    )
    made.response = (
        http.Response(
            b"HTTP/1.1",
            exchange.status,
            b"",
            _fields(exchange.response_headers),
            exchange.response_body,
            None,
            exchange.at,
            exchange.at,
        )
        if exchange.status
        else None
    )
    return made


def _fields(headers):
    return http.Headers([(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers])


def har_of(flows):
    """The flows as mitmproxy writes HAR, and with the bodies of requests that it leaves out, as browsers write them."""
    har = SaveHar().make_har(flows)
    for entry, flow in zip(har["log"]["entries"], flows, strict=True):
        if flow.request.raw_content:
            entry["request"]["postData"] = {"mimeType": "application/json", "text": flow.request.get_text()}
    return json.dumps(har).encode()


def flow_file_of(flows):
    """The flows as mitmproxy writes them."""
    file = io.BytesIO()
    writer = FlowWriter(file)
    for flow in flows:
        writer.add(flow)
    return file.getvalue()


def line_of(exchange, started=None, session="one", **more):
    """The exchange as a JSON line."""
    query = f"?{exchange.query}" if exchange.query else ""
    value = {
        "session": session,
        "history": True,
        "at": exchange.at,
        **({} if started is None else {"started": started}),
        "request": {
            "method": exchange.method,
            "path": exchange.path + query,
            "headers": dict(exchange.request_headers),
            "body": exchange.request_body.decode() or None,
        },
        "response": {
            "status": exchange.status,
            "headers": [list(each) for each in exchange.response_headers],
            "body": exchange.response_body.decode() or None,
        },
    }
    return json.dumps({**value, **more}).encode() + b"\n"


@pytest.fixture
def writing():
    """How recordings are written."""
    return SimpleNamespace(
        exchange=exchange_of, flow=flow_of, har=har_of, flows=flow_file_of, line=line_of, packed=gzip.compress, at=EPOCH
    )


@pytest.fixture
def three():
    """Three reads, a second apart, each of which took half a second: pairs of an exchange and when it began."""
    return [(exchange_of(number), EPOCH + number - 0.5) for number in (1, 2, 3)]


@pytest.fixture
def recording(tmp_path):
    """Writes bytes to a file."""

    def write(data, name="recording"):
        file = tmp_path / name
        file.write_bytes(data)
        return file

    return write


@pytest.fixture
def audited(recording):
    """What comes of bytes that are a recording."""

    def judge(data, **terms):
        return audit(recording(data), Terms(**terms))

    return judge


@pytest.fixture
def items(recording):
    """What the reader of the kind that the bytes are of makes of them."""

    def read(data):
        with Source(recording(data)) as source:
            return list(READERS[source.kind()](source))

    return read
