"""HAR of different writers, whole, shortened and broken."""

import base64
import json

import pytest

from conformance.exchange import Exchange
from proxy.recordings.recorded import Damage, Recorded, Skipped

URL = "https://vim.example:4545/api/orchestration/sw-patch/strategy"


def entry(request=None, response=None, **more):
    """An entry with as little as can be, and what is given."""
    asked = {"method": "GET", "url": URL, "headers": []} | (request or {})
    answered = {"status": 200, "headers": [], "content": {"size": 2, "mimeType": "application/json", "text": "{}"}}
    return {"startedDateTime": "2026-11-29T12:00:00.250Z", "time": 500, "request": asked} | {
        "response": answered | (response or {}),
        **more,
    }


def har(*entries):
    """A HAR of these entries."""
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}).encode()


@pytest.fixture
def one(items):
    """What becomes of one entry."""
    return lambda *arguments, **more: items(har(entry(*arguments, **more)))[0]


def test_an_entry_is_an_exchange(one):
    """Method, path, query, headers, bodies and times of an entry are those of the exchange."""
    read = one(
        {
            "method": "POST",
            "url": URL + "?a=b&c#d",
            "headers": [{"name": ":authority", "value": "vim.example"}, {"name": "Accept", "value": "*/*"}],
            "postData": {"mimeType": "application/json", "text": '{"a": "ü"}'},
        },
        {"headers": [{"name": "content-type", "value": "application/json"}]},
    )
    assert read == Recorded(
        1,
        Exchange(
            "POST",
            "/api/orchestration/sw-patch/strategy",
            200,
            "a=b&c",
            (("Accept", "*/*"),),
            '{"a": "ü"}'.encode(),
            (("content-type", "application/json"),),
            b"{}",
            at=1795953600.75,
        ),
        site="https://vim.example:4545",
        started=1795953600.25,
    )


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"text": "{}"}, b"{}"),
        ({"text": "{}", "size": 0}, b"{}"),
        ({"text": "{}", "size": -1, "mimeType": None}, b"{}"),
        ({"text": base64.b64encode(b"\xff\x00").decode(), "encoding": "base64", "size": 2}, b"\xff\x00"),
        ({"text": "é", "mimeType": "text/html; charset=ISO-8859-1", "size": 1}, b"\xe9"),
        ({"text": "é", "mimeType": "text/html; charset=none-such"}, b"\xc3\xa9"),
        ({"text": "€", "mimeType": "text/html; charset=ISO-8859-1"}, b"\xe2\x82\xac"),
        ({"text": "", "size": 0}, b""),
        ({"size": 0}, b""),
    ],
)
def test_bodies(one, content, body):
    """A body is the bytes that were sent, as text or base64, whatever its sizes say."""
    assert one(response={"content": content}).exchange.response_body == body


@pytest.mark.parametrize(
    "response",
    [
        {"content": {"size": 2}},
        {"content": {}},
        {"content": None},
        {"content": {"size": 0}, "bodySize": 10},
        {"content": {"size": 0}, "headers": [{"name": "Content-Length", "value": "10"}]},
        {"content": {"size": 0, "text": ""}, "headers": [{"name": "Content-Length", "value": "10"}]},
        {"content": {"size": 2_000_000, "text": "x" * 1_000_000}},
        {"status": 0},
        {"status": None},
        {"status": 1000},
    ],
    ids=str,
)
def test_an_answer_that_was_not_recorded_is_no_answer(one, response):
    """What a browser left out, shortened or never got is missing, and not taken for an empty answer."""
    read = one(response=response)
    assert (read.exchange.status, read.exchange.response_body, bool(read.missing), read.unasked) == (
        0,
        b"",
        True,
        False,
    )


@pytest.mark.parametrize(
    ("request_", "response"),
    [({}, {"status": 204}), ({}, {"status": 304}), ({"method": "HEAD"}, {"status": 200})],
    ids=["204", "304", "HEAD"],
)
def test_an_answer_without_a_body_is_whole(one, request_, response):
    """Where HTTP has no body, none is missing."""
    read = one(request_, {**response, "content": {}, "headers": [{"name": "Content-Length", "value": "10"}]})
    assert (read.missing, read.exchange.status) == ("", response["status"])


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "DELETE", "bodySize": 15},
        {"method": "DELETE", "headers": [{"name": "content-length", "value": "15"}]},
        {"method": "POST", "postData": {"mimeType": "x", "params": [{"name": "a"}]}},
    ],
    ids=str,
)
def test_a_request_whose_body_is_not_there_is_not_judged(one, request_):
    """Without a body that mitmproxy leaves out of a DELETE, nobody knows what was asked."""
    assert one(request_).unasked


def test_old_and_bare_entries(items):
    """HAR 1.1 has no more than this; null, missing and pairs instead of objects are read."""
    bare = {"request": {"method": "GET", "url": URL, "headers": [["A", "b"]]}, "response": {"status": 204}}
    nulls = entry({"headers": None, "postData": None, "bodySize": None}, {"headers": None, "bodySize": -1}, time=None)
    first, second = items(har(bare, nulls))
    assert (first.exchange.request_headers, first.in_order, first.missing) == ((("A", "b"),), False, "")
    assert (second.in_order, second.exchange.response_body) == (False, b"{}")


def test_time_before_the_request_was_sent_is_no_part_of_it(one):
    """A browser that waits for a connection does not look at the deployment."""
    read = one(timings={"blocked": 100, "dns": -1, "connect": 50, "ssl": 20, "send": 50, "wait": 290, "receive": 10})
    assert (read.started, read.exchange.at) == (1795953600.45, 1795953600.75)


def test_the_connecting_that_mitmproxy_counts_twice_is_left_out(one):
    """In its HAR the time to connect lies within that of waiting, and is added to the whole once more."""
    read = one(timings={"connect": 100, "ssl": 60, "send": 50, "wait": 290, "receive": 10}, time=510)
    assert (read.started, read.exchange.at) == (1795953600.3, 1795953600.6)


def test_what_is_no_exchange_is_passed_over(items):
    """Web sockets and addresses inside a browser are no exchanges."""
    others = [entry({"url": "data:text/plain,x"}), entry({"url": "wss://a/b"}), entry(_resourceType="websocket")]
    assert [type(each) for each in items(har(*others, entry()))] == [Skipped, Skipped, Skipped, Recorded]


@pytest.mark.parametrize(
    "broken",
    [
        7,
        None,
        [],
        {},
        {"request": {"method": "GET"}},
        entry({"url": "http://[::1"}),
        entry({"url": "http://a:99999999/"}),
        entry(startedDateTime="yesterday"),
        entry(startedDateTime=12),
        entry(response={"content": {"text": "?", "encoding": "base64"}}),
        entry(response={"status": "200"}),
        entry({"headers": [["only"]]}),
    ],
    ids=str,
)
def test_a_broken_entry_is_told_and_the_next_is_read(items, broken):
    """An entry that makes no sense is damage at its number, and no end."""
    first, second, third = items(har(entry(), broken, entry()))
    assert isinstance(first, Recorded)
    assert (second.where, second.ends) == ("entry 2", False)
    assert third.number == 3


def test_a_cut_har_is_read_up_to_the_cut(items):
    """Entries that are whole are read, and the place of the cut is told."""
    data = har(entry(), entry(), entry())
    cut = len(data) - len(json.dumps(entry())) // 2
    *read, damage = items(data[:cut])
    assert [each.number for each in read] == [1, 2]
    assert (damage.where, damage.ends) == (f"byte {cut}", True)


@pytest.mark.parametrize("size", [10, 200_000], ids=["in the first piece", "in a later one"])
def test_the_first_byte_that_is_no_json_is_told(items, size):
    """The offset is that of the byte itself, wherever the file is cut into pieces, and with a mark before it."""
    data = har(entry(), entry(response={"content": {"text": "x" * size}}), entry())
    at = data.rindex(b'"method"')
    *read, damage = items(b"\xef\xbb\xbf" + data[:at] + b"!" + data[at:])
    assert (len(read), damage.where, damage.ends) == (2, f"byte {at + 3}", True)


def test_what_is_told_of_damage_holds_nothing_of_the_file(items):
    """A message that quoted the file would quote its secrets."""
    secret = "gAAAAAverysecret"
    data = har(entry({"headers": [{"name": "X-Auth-Token", "value": secret}]}), entry({"method": {"t": secret}}))
    told = [str(each) for each in (*items(data), *items(data[: data.index(secret.encode()) + 3] + b"\x01"))]
    assert not any(secret in each for each in told if "Recorded" not in each)
    assert [each for each in items(data) if isinstance(each, Damage)]
