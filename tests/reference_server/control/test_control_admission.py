import json

import pytest

from reference_server import create_app
from reference_server.control.blueprint import ROUTES

TOKEN = "sesame"
ALL = [pytest.param(method, f"/_control{path}", id=f"{method} {path}") for _, method, path, _ in ROUTES]
UNKNOWN = [("GET", "/_control/nothing"), ("PATCH", "/_control/clock"), ("HEAD", "/_control"), ("OPTIONS", "/_control")]
ELSEWHERE = [
    "192.0.2.7",
    "10.0.0.1",
    "2001:db8::1",
    "::ffff:192.0.2.7",
    "255.255.255.255",
    "128.0.0.1",
    "localhost",
    "x",
]
HERE = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", ""]


def from_address(address):
    """Options of a request that comes from this address."""
    return {"environ_overrides": {"REMOTE_ADDR": address}}


@pytest.mark.parametrize(("method", "path"), ALL)
@pytest.mark.parametrize("address", ELSEWHERE)
def test_callers_elsewhere_are_refused(control, method, path, address):
    """A control request from another machine is 403, whatever it asks."""
    assert control.send(method, path, {"advance": 1}, **from_address(address)).status == 403


@pytest.mark.parametrize("address", ELSEWHERE)
def test_callers_elsewhere_change_nothing(control, address):
    """What a caller on another machine sends has no effect."""
    before = control.whole()
    control.send("POST", "/_control/clock", {"advance": 1}, **from_address(address))
    assert control.whole() == before


@pytest.mark.parametrize("address", HERE)
def test_callers_here_are_heard(control, address):
    """A control request from this machine, over either protocol or without a network, is done."""
    assert control.send("GET", "/_control", **from_address(address)).status == 200


def test_callers_elsewhere_may_use_the_api(control):
    """The published API answers callers on other machines."""
    assert control.caller.send("GET", "/api", **from_address("192.0.2.7")).status == 200


def test_a_forwarded_address_does_not_count(control):
    """A header that claims another address opens nothing and closes nothing."""
    headers = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    assert control.send("GET", "/_control", headers=headers, **from_address("192.0.2.7")).status == 403


@pytest.mark.parametrize(("method", "path"), [*ALL, *UNKNOWN])
@pytest.mark.parametrize("headers", [{}, {"X-Control-Token": "sesamE"}, {"X-Control-Token": ""}], ids=str)
def test_without_the_token_nothing_is_told(world, caller_of, method, path, headers):
    """Where a token was set, each request without it is 401, also to a path that does not exist."""
    answer = caller_of(create_app(world, control_token=TOKEN)).send(method, path, {"advance": 1}, headers=headers)
    assert answer.status == 401


def test_a_refusal_does_not_tell_the_token(world, held_of):
    """The text of a 401 holds neither the token nor what was sent in its place."""
    held = held_of(create_app(world, control_token=TOKEN))
    data = held.send("GET", "/_control", headers={"X-Control-Token": "open"}).data.decode()
    assert TOKEN not in data
    assert "open" not in data


@pytest.mark.parametrize(("method", "path"), ALL)
def test_the_token_opens_every_route(world, held_of, method, path):
    """With the token a route is reached: what is wrong with the body is said, or it is done."""
    held = held_of(create_app(world, control_token=TOKEN))
    assert held.send(method, path, headers={"X-Control-Token": TOKEN}).status in (200, 400)


@pytest.mark.parametrize(("method", "path"), [*ALL, *UNKNOWN])
@pytest.mark.parametrize("release", ["published", "stx-3.0"])
def test_switched_off_it_is_not_there(world, caller_of, method, path, release):
    """Where control is off, all of its paths are 404."""
    assert caller_of(create_app(world, release, control=False)).send(method, path, {"advance": 1}).status == 404


@pytest.mark.parametrize("path", sorted({f"/_control{path}" for _, _, path, _ in ROUTES}))
@pytest.mark.parametrize("release", ["published", "stx-3.0"])
@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/xml"])
def test_a_wrong_method_is_told_the_right_ones(world, held_of, path, release, accept):
    """A method that a path does not have is 405 with those it has in Allow, as JSON under every release."""
    held = held_of(create_app(world, release))
    assert held.send("PATCH", path, headers={"Accept": accept}).status == 405


@pytest.mark.parametrize("path", ["/_control/nothing", "/_control/clock/x", "/_control/events/1", "/_control/worlds"])
@pytest.mark.parametrize("release", ["published", "stx-3.0"])
def test_an_unknown_path_is_not_found(world, held_of, path, release):
    """A path below /_control that is no route is 404 with a fault."""
    held = held_of(create_app(world, release))
    assert held.send("GET", path, headers={"Accept": "application/xml"}).status == 404


def test_a_path_that_only_begins_alike_is_no_control(world, caller_of):
    """/_controls is a path like any other: neither loopback nor token are asked for."""
    caller = caller_of(create_app(world, control_token=TOKEN))
    answer = caller.send("GET", "/_controls", **from_address("192.0.2.7"))
    assert (answer.status, json.loads(answer.data)["faultcode"]) == (404, "Client")
