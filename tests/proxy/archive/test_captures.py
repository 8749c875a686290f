"""A capture can be read at any moment, also after a kill, and says the same as the traffic."""

import json
import subprocess
import sys

import pytest
from mitmproxy.io import FlowReader

KINDS = ["capture.har", "capture.flows"]


def _flows(file):
    with file.open("rb") as source:
        return list(FlowReader(source).stream())


def _paths(file):
    return [flow.request.path for flow in _flows(file)]


@pytest.fixture
def captured(keeper):
    """A keeper with captures of three exchanges of which none broke anything."""
    kept = keeper(har=True, flows=True)
    for number in range(3):
        kept.keep(query=f"n={number}")
    return kept


@pytest.mark.parametrize("name", KINDS)
def test_every_exchange_is_there_before_the_end(captured, name):
    """Mitmproxy reads it while it is being written."""
    assert [path[-3:] for path in _paths(captured.folder / name)] == ["n=0", "n=1", "n=2"]


@pytest.mark.parametrize("name", KINDS)
def test_a_flow_is_the_exchange(keeper, name):
    """Method, URL, headers, bodies of any method, status and times are those of the exchange."""
    kept = keeper(har=True, flows=True)
    kept.keep(method="DELETE", request_body=b'{"force": false}', response_body=b"\xff\x00\x01", response_headers=())
    (flow,) = _flows(kept.folder / name)
    assert (flow.request.method, flow.request.content, flow.response.content) == (
        "DELETE", b'{"force": false}', b"\xff\x00\x01",
    )  # fmt: skip
    assert flow.request.pretty_url == "http://192.0.2.1:4545/api/orchestration/sw-patch/strategy"
    assert flow.request.headers["X-Auth-Token"] == "REDACTED"
    assert (flow.response.status_code, flow.request.timestamp_start) == (200, 1_800_000_000.75)
    assert flow.response.timestamp_end == pytest.approx(1_800_000_001.0, abs=0.001)


def test_a_har_has_the_members_that_har_demands(keeper):
    """Of answered exchanges and of those to which no answer came."""
    kept = keeper(har=True)
    kept.keep()
    kept.keep(status=0, response_headers=(), response_body=b"")
    log = json.loads((kept.folder / "capture.har").read_text())["log"]
    assert (log["version"], log["creator"]["name"], len(log["entries"])) == ("1.2", "vimgate", 2)
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} <= set(
            entry["request"]
        )
        assert {
            "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
            "bodySize",
        } <= set(entry["response"])  # fmt: skip
        assert {"size", "mimeType"} <= set(entry["response"]["content"])
        assert {"send", "wait", "receive"} <= set(entry["timings"])


@pytest.mark.parametrize("name", KINDS)
def test_a_capture_that_was_cut_off_anywhere_goes_on(captured, keeper, name):
    """What was whole stays, what was cut off goes, and what comes next can be read."""
    captured.archive.close()
    file = captured.folder / name
    data = file.read_bytes()
    wholes = {}
    for size in range(1, len(data), 97):
        file.write_bytes(data[:size])
        again = keeper(captured.folder, har=True, flows=True)
        again.keep(query="n=new")
        again.archive.close()
        found = [path[-5:] for path in _paths(file)]
        wholes[len(found) - 1] = found
        for old in captured.folder.glob("capture.[0-9]*"):
            old.unlink()
    assert set(wholes) == {0, 1, 2}
    assert all(found[-1] == "n=new" for found in wholes.values())


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_something_else_is_put_aside(tmp_path, keeper, name):
    """Nobody's capture is written over."""
    (tmp_path / name).write_text('{"log": {"creator": {"name": "a browser"}}}')
    kept = keeper(tmp_path, har=True, flows=True)
    kept.keep()
    stem, suffix = name.split(".")
    assert "a browser" in (tmp_path / f"{stem}.1.{suffix}").read_text()
    assert len(_flows(tmp_path / name)) == 1


KEEPS_ON = """
import sys
from conformance.exchange import Exchange
from proxy.archive import Archive
from proxy.traffic import Action, Passage
archive = Archive(sys.argv[1], har=True, flows=True)
number = 0
while True:
    number += 1
    exchange = Exchange("GET", "/api", 200, f"n={number}", response_body=b"x" * 50_000, at=1.0 + number)
    archive.keep(Passage(number, exchange, 0.5 + number), (), Action.PASS)
    print(number, flush=True)
"""


def test_a_kill_leaves_readable_captures(tmp_path):
    """After SIGKILL each exchange that was kept is in both captures."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", KEEPS_ON, tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        for _ in range(40):
            process.stdout.readline()
        process.kill()
        process.stdout.read()
    counts = [len(_flows(tmp_path / name)) for name in KINDS]
    assert min(counts) >= 40


def test_letters_that_cannot_be_written_stop_nothing(keeper):
    """Half of a surrogate pair in a header or a message becomes a question mark."""
    kept = keeper(har=True, flows=True)
    kept.keep("VIM-A-001", message="\ud800 is wrong", request_headers=(("X-Odd", "\udcff"), ("X-Half", "\ud800")))
    assert (kept.lines("findings.jsonl", "finding")[0]["message"], kept.archive.lost) == ("? is wrong", 0)
    assert len(_flows(kept.folder / "capture.har")) == len(_flows(kept.folder / "capture.flows")) == 1
