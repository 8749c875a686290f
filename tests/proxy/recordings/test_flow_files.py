"""Flow files of mitmproxy, whole, with flows of other protocols, shortened and broken."""

import gzip
import zlib
from dataclasses import replace

import pytest
from mitmproxy.io import tnetstring
from mitmproxy.test import tflow

from proxy.gateway import flows
from proxy.recordings import flowfile
from proxy.recordings.recorded import Damage, Recorded, Skipped


def test_a_flow_is_an_exchange(items, writing, three):
    """What was written is read: the exchange, when it began, and where."""
    read = items(writing.flows([writing.flow(*each) for each in three]))
    assert [(each.number, each.exchange.at, each.started) for each in read] == [
        (number, exchange.at, began) for number, (exchange, began) in enumerate(three, start=1)
    ]
    one, (other, _) = read[0].exchange, three[0]
    parts = (
        "method",
        "path",
        "query",
        "status",
        "request_headers",
        "request_body",
        "response_headers",
        "response_body",
    )
    assert [getattr(one, part) for part in parts] == [getattr(other, part) for part in parts]
    assert {(each.site, each.missing) for each in read} == {("http://192.0.2.1:4545", "")}


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_bodies_are_unpacked(items, writing, encoding, pack):
    """A content coding is taken off, as the gateway does."""
    headers = (("Content-Encoding", encoding),)
    flow = writing.flow(writing.exchange(response_headers=headers, response_body=pack(b"{}")), writing.at)
    assert items(writing.flows([flow]))[0].exchange.response_body == b"{}"


def test_what_was_not_recorded_is_missing(items, writing, three):
    """No answer, a body that was streamed past, and one that cannot be unpacked are no empty answers."""
    lost, streamed, odd, unsent = (writing.flow(*three[0]) for _ in range(4))
    lost.response = None
    streamed.response.raw_content = None
    odd.response.headers["content-encoding"] = "br"
    unsent.request.raw_content = None
    read = items(writing.flows([lost, streamed, odd, unsent]))
    assert [(each.exchange.status, bool(each.missing), each.unasked) for each in read] == [
        (0, True, False), (0, True, False), (0, True, False), (0, True, True),
    ]  # fmt: skip


def test_other_protocols_are_passed_over(items, writing, three):
    """Flows of web sockets, TCP, UDP and DNS are counted by what they are."""
    others = [tflow.twebsocketflow(), tflow.ttcpflow(), tflow.tudpflow(), tflow.tdnsflow()]
    read = items(writing.flows([*others, writing.flow(*three[0])]))
    assert [each.what for each in read if isinstance(each, Skipped)] == ["websocket", "tcp", "udp", "dns"]
    assert isinstance(read[-1], Recorded)


@pytest.mark.parametrize("left", [1, 3, 200])
def test_a_cut_file_is_read_up_to_the_cut(items, writing, three, left):
    """Flows that are whole are read, and it is told where the first begins that is not."""
    whole = writing.flows([writing.flow(*each) for each in three[:2]])
    *read, damage = items(whole + writing.flows([writing.flow(*three[2])])[:left])
    assert [each.number for each in read] == [1, 2]
    assert damage == Damage(f"byte {len(whole)}", "flow 3 is cut off or broken", ends=True)


@pytest.mark.parametrize(
    "state",
    [7, {}, {"version": 99}, {"version": 21, "type": "http"}, {"version": b"x"}, {"version": 21, "type": "none"}],
    ids=str,
)
def test_a_flow_that_makes_no_sense_is_told_and_the_next_is_read(items, writing, three, state):
    """States of other versions and of nobody are damage at their byte, and no end."""
    flow = writing.flows([writing.flow(*three[0])])
    first, second, third = items(flow + tnetstring.dumps(state) + flow)
    assert (first.number, third.number) == (1, 3)
    assert (second.where, second.ends) == (f"flow 2 (byte {len(flow)})", False)


@pytest.mark.parametrize("tail", [b"999999999999:", b"5:hello?", b"3:abc", b"9999999999999999:", b"12", b"\0" * 50])
def test_broken_framing_is_an_end(items, writing, three, tail):
    """A length that is absurd, a type that there is none of, and zeros end the reading, and take no memory."""
    flow = writing.flows([writing.flow(*three[0])])
    first, damage = items(flow + tail)
    assert (first.number, damage.where, damage.ends) == (1, f"byte {len(flow)}", True)


def test_a_flow_is_never_larger_than_its_limit(items, writing, three, monkeypatch):
    """A length beyond the limit is not read at all."""
    monkeypatch.setattr(flowfile, "LARGEST", 100)
    assert [each.where for each in items(writing.flows([writing.flow(*three[0])]))] == ["byte 0"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((("A", "\xe9"), ("A", "2")), b"\xff\x00"),
        ((("Content-Encoding", "gzip"),), gzip.compress(b"{}", mtime=0)),
        ((("content-encoding", " GZIP "),), gzip.compress(b"{}", mtime=0)),
        ((("Content-Encoding", "identity"),), b"{}"),
        ((("Content-Encoding", "gzip"),), b""),
    ],
    ids=str,
)
def test_a_flow_is_read_as_the_gateway_reads_it(items, writing, headers, body):
    """Live or recorded, the same flow is the same exchange."""
    exchange = writing.exchange(
        method="POST", path="/\xfc", query="a=%20?b", request_headers=headers, request_body=body,
        response_headers=headers, response_body=body, status=200,
    )  # fmt: skip
    flow = writing.flow(replace(exchange, path="/%fc"), writing.at)
    flow.request.data.path = b"/\xfc?a=%20?b"
    asked = flows.asked(flow.request, flow.request.raw_content, flowfile.LARGEST)
    live = flows.answered(asked, flow.response, flow.response.raw_content, flowfile.LARGEST, exchange.at)
    assert replace(items(writing.flows([flow]))[0].exchange, origin=live.origin) == live


def test_flows_of_older_versions_are_read(items, writing, three):
    """What an older mitmproxy wrote is brought up to date by the one that is here."""
    state = writing.flow(*three[0]).get_state()
    state["version"] = 20
    read = items(tnetstring.dumps(state))
    assert [(each.number, each.exchange.response_body) for each in read] == [(1, three[0][0].response_body)]
