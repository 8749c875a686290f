"""What is another in each deployment and each run makes no difference."""

import json
from dataclasses import replace

import pytest
from a_capture import captured, compared, noisy, side
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.exchange import Exchange
from proxy.comparing import telling
from proxy.comparing.gathered import Gathered
from proxy.comparing.holding import between
from proxy.comparing.noise import plain, plain_href

TURNED = captured(seed=5, seconds=333, turned=True, prefix="north-")


def test_a_deployment_captured_twice_has_not_changed():
    """Other seeds, names and order of hosts, and moments of polling give a difference."""
    found = compared(captured(), TURNED)
    assert (found.differences, found.doubtful) == ((), ())
    assert found.compared > 12


@given(st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_noise_is_no_difference(seed):
    """Uuids, times, ports, percentages, hosts, headers of servers, or the order of members, hosts or links matter."""
    found = compared(captured(), noisy(TURNED, seed))
    assert (found.differences, found.doubtful, found.old_only, found.new_only) == ((), (), (), ())


@given(st.permutations(range(7)))
@settings(max_examples=5, deadline=None)
def test_the_order_of_reads_is_no_difference(order):
    """Reads that came in another order are answered otherwise."""
    first, rest = captured()[:6], captured()[6:]
    shuffled = tuple(first[each] for each in order if each < 6)
    assert compared(captured(), shuffled + rest).differences == ()


def test_a_report_of_twice_the_same_is_the_same():
    """What is told depends on the order of sets."""
    one = compared(captured(), captured()[:6])
    assert one == compared(captured(), captured()[:6])
    assert one.old_only == tuple(sorted(one.old_only))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("one of: serial, parallel, ignore", "one of: ignore, serial, parallel"),
        ("Value should be one of: 'a', 'b'", "Value should be one of: 'b', 'a'"),
        ("may be one of: serial, parallel.", "may be one of: parallel, serial."),
        ("here GET, POST, DELETE.", "here DELETE, GET, POST."),
        ("at 2026-11-30 01:02:03", "at 2031-01-01 11:12:13"),
        ("no 3f0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e10", "no 4f0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e11"),
        ("ask http://10.0.0.1:4545/api", "ask http://controller/api"),
        ("10.0.0.1:4545 is away", "10.9.0.1 is away"),
        ("host controller-0 is locked", "host worker-17 is locked"),
        ("gAAAA" + "b" * 60, "gAAAA" + "c" * 60),
        ("two  lines\n", "two lines"),
    ],
)
def test_texts_in_shape(one, other):
    """Two texts that say the same of two deployments differ."""
    names = {"controller-0", "worker-17"}
    assert plain(one, names) == plain(other, names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("one of: a, b", "one of: a, c"),
        ("here, but", "but, here"),
        ("is missing", "is unknown"),
        ("controller-00", "controller-0"),
    ],
)
def test_other_texts_stay_others(one, other):
    """What says something else is taken for noise."""
    assert plain(one, {"controller-0"}) != plain(other, {"controller-0"})


def test_where_a_link_leads():
    """The deployment is a part of where a link leads, or its path is not."""
    assert plain_href("http://a:1/api/") == plain_href("https://b/api/") == "/api/" != plain_href("http://a:1/")


def test_no_secret_is_told():
    """A secret of the traffic stands in what is told of it."""
    secret = "s3cret-of-somebody-0123456789"
    headers = (("X-Auth-Token", secret), ("Content-Type", "application/json"))
    old = [Exchange("GET", "/api/odd", 404, "", headers, b"", (), json.dumps({"faultstring": f"no {secret}"}).encode())]
    new = [replace(each, status=400) for each in old]
    sides = side(old), side(new)
    known = sides[0].secrets | sides[1].secrets
    told = "\n".join(telling.lines(between(*sides), known)) + json.dumps(telling.value(between(*sides), known))
    assert "answered otherwise" in told
    assert secret not in told


def test_a_side_is_bounded(monkeypatch):
    """Requests without end take memory without end, and nobody is told."""
    monkeypatch.setattr("proxy.comparing.gathered.MOST_QUESTIONS", 5)
    gathered = Gathered()
    for number in range(9):
        gathered.take(Exchange("GET", f"/api/{number}x", 404))
    assert (len(gathered.groups), gathered.beyond) == (5, 4)


DEEP = b'{"a":' * 3000 + b"1" + b"}" * 3000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'{"strategy": 7}',
        b'{"strategy": {"build-phase": 1}}',
        DEEP,
        b"\xff",
        b"<a><b/>",
    ],
)
def test_any_answer_is_taken(body):
    """An answer that no server should give ends the comparison."""
    path = "/api/orchestration/sw-patch/strategy"
    exchanges = [Exchange(method, path, 200, request_body=body, response_body=body) for method in ("GET", "POST")]
    assert compared(exchanges, exchanges).differences == ()
