import json
import math

import pytest

from reference_server import create_app

KINDS = ("sw-patch", "sw-upgrade")
TOKEN = "sesame"
ROUTES = [("GET", "/_control"), ("POST", "/_control/clock"), ("PUT", "/_control/world"), ("POST", "/_control/reset")]
SMALL = {
    "hosts": [{"name": "controller-0", "personality": "controller,worker"}],
    "single_controller": True,
    "patches": [{"name": "P"}],
}


def advanced(caller, data):
    """The answer to an advance with these bytes as body."""
    return caller.send("POST", "/_control/clock", data=data)


def test_it_says_what_it_offers(published):
    """GET /_control names its version, what can be controlled, and how things stand."""
    answer = published.send("GET", "/_control")
    offered = {name: answer.value[name] for name in ("control", "offers", "clock", "release")}
    offered["offers"] = offered["offers"][:3]
    assert (answer.status, offered) == (
        200,
        {"control": 1, "offers": ["clock", "world", "reset"], "clock": "virtual", "release": "published"},
    )


@pytest.mark.parametrize("seconds", [0, 1, 0.5, 86400, 10_000_000])
def test_time_passes_by_as_much_as_is_said(published, seconds):
    """An advance moves the clock by exactly so many seconds, and answers with the new moment."""
    before = published.send("GET", "/_control").value["now"]
    answer = published.advance(seconds)
    assert (answer.status, answer.value) == (200, {"now": before + seconds})
    assert published.send("GET", "/_control").value["now"] == before + seconds


def test_time_stands_still_by_itself(published):
    """Requests take no time on a virtual clock."""
    moments = {published.send("GET", "/_control").value["now"] for _ in range(3)}
    assert len(moments) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_advance_makes_things_happen(published, kind):
    """What is due within the advance has happened when it is answered."""
    published.create(kind)
    published.advance(600)
    assert published.state(kind) == "ready-to-apply"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "null",
        "[]",
        "5",
        "{}",
        '{"advance": null}',
        '{"advance": "5"}',
        '{"advance": true}',
        '{"advance": []}',
        '{"advance": -1}',
        '{"advance": 10000001}',
        '{"advance": NaN}',
        '{"advance": Infinity}',
        '{"advance": 1e999}',
        '{"advance": 1' + "0" * 400 + "}",
        '{"advance": 1, "x": 2}',
        '{"seconds": 1}',
        "[" * 100_000,
        '{"advance": "\\ud800"}',
    ],
)
def test_a_broken_advance_moves_nothing(published, body):
    """An advance of another form, or beyond its limits, is 400 with a fault, and no time has passed."""
    before = published.send("GET", "/_control").value["now"]
    answer = advanced(published, body.encode())
    assert (answer.status, answer.value["faultcode"]) == (400, "Client")
    assert published.send("GET", "/_control").value["now"] == before


def test_a_body_that_is_not_utf8_moves_nothing(published):
    """Bytes that are no text are 400."""
    assert advanced(published, b'{"advance": "\xff"}').status == 400


def test_another_world_takes_the_place(published):
    """PUT of a world leaves no strategy, and later strategies are planned for that world."""
    published.create("sw-patch")
    answer = published.send("PUT", "/_control/world", SMALL)
    assert (answer.status, published.get("sw-patch").status) == (200, 404)
    published.bring("sw-patch", "ready-to-apply")
    stages = published.get("sw-patch").value["strategy"]["apply-phase"]["stages"]
    assert {name for stage in stages for step in stage["steps"] for name in step["entity-names"]} == {"controller-0"}


def test_a_large_world_is_read(published):
    """A world may be larger than the limit of the API's own bodies."""
    hosts = [{"name": f"compute-{number}", "personality": "worker"} for number in range(20_000)]
    assert len(json.dumps(hosts)) > 1_048_576 / 1.1
    assert published.send("PUT", "/_control/world", SMALL | {"hosts": [*SMALL["hosts"], *hosts]}).status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"null",
        b"[]",
        b"{}",
        b'{"hosts": []}',
        b'{"hosts": 5}',
        b'{"hosts": [{"name": "a"}], "x": 1}',
        b"[" * 100_000,
        b"\xff",
        b'{"hosts": [{"name": "\\ud800", "personality": "bogus"}]}',
        b'{"hosts": [{"name": "a", "personality": "worker"}], "durations": {"lock-hosts": -1}}',
        b'{"hosts": [{"name": "a", "personality": "worker"}], "instances": [{"name": "v", "host": "nowhere"}]}',
    ],
)
def test_a_broken_world_changes_nothing(published, data):
    """What is no world is 400 with a fault, and world and strategy are as before."""
    before = published.create("sw-patch").value
    answer = published.send("PUT", "/_control/world", data=data)
    assert (answer.status, answer.value["faultcode"]) == (400, "Client")
    assert published.get("sw-patch").value == before


def test_a_world_with_odd_characters_can_be_worked_on(published):
    """Names that hold half a surrogate pair, as JSON can, do not break the server."""
    published.send(
        "PUT",
        "/_control/world",
        data=b'{"hosts": [{"name": "\\ud800", "personality": "controller"}], "patches": [{"name": "P"}]}',
    )
    published.create("sw-patch")
    published.advance(600)
    assert published.get("sw-patch").status in (200, 404)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reset_begins_again(published, kind):
    """After a reset in the middle of an apply there is no strategy, and the same requests give the same plan."""
    first = published.bring(kind, "ready-to-apply")
    published.act(kind, "apply-all")
    published.advance(1000)
    assert published.send("POST", "/_control/reset").status == 200
    assert published.get(kind).status == 404
    again = published.bring(kind, "ready-to-apply")
    assert again["apply-phase"] == first["apply-phase"]
    published.act(kind, "apply-all")
    assert published.wait(kind, lambda strategy: strategy["state"] != "applying")["state"] == "applied"


def test_a_reset_takes_the_world_that_was_loaded(published):
    """After PUT of a world a reset goes back to that world, not to the first."""
    loaded = published.send("PUT", "/_control/world", SMALL).value["world"]
    assert published.send("POST", "/_control/reset").value["world"] == loaded


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_other_methods_are_refused(published, method, path):
    """Each control route has one method."""
    other = "DELETE"
    answer = published.send(other, path)
    assert (answer.status, method in answer.headers["Allow"].split(", ")) == (405, True)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_control_there_are_no_control_routes(world, caller_of, method, path):
    """Where control is off its paths are as unknown as any other."""
    caller = caller_of(create_app(world, control=False))
    assert caller.send(method, path, {"advance": 1}).status == 404


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "headers", [{}, {"X-Control-Token": "wrong"}, {"X-Control-Token": ""}, {"X-Control-Token": "é"}]
)
def test_without_the_token_nothing_is_done(world, caller_of, method, path, headers):
    """Where a token was set, a control request without it is 401."""
    caller = caller_of(create_app(world, control_token=TOKEN))
    assert caller.send(method, path, {"advance": 1}, headers=headers).status == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(*route, body) for route, body in zip(ROUTES, [{}, {"advance": 1}, SMALL, {}], strict=True)],
)
def test_the_token_opens(world, caller_of, method, path, body):
    """With the token every control request is done."""
    caller = caller_of(create_app(world, control_token=TOKEN))
    assert caller.send(method, path, body, headers={"X-Control-Token": TOKEN}).status == 200


def test_the_token_is_for_control_alone(world, caller_of):
    """The API itself asks for no control token."""
    assert caller_of(create_app(world, control_token=TOKEN)).send("GET", "/api").status == 200


def test_two_apps_share_nothing(world, caller_of):
    """A strategy, the time and a world of one app are not those of another, not even of one for the same world."""
    one, other = caller_of(create_app(world)), caller_of(create_app(world))
    one.create("sw-patch")
    one.advance(100)
    one.send("PUT", "/_control/world", SMALL)
    one.create("sw-patch")
    shown = other.send("GET", "/_control").value
    assert (other.get("sw-patch").status, shown["world"]) == (404, "world")
    assert math.isclose(one.send("GET", "/_control").value["now"] - shown["now"], 100)


@pytest.mark.parametrize("release", ["published", "stx-3.0"])
def test_control_is_the_same_under_every_release(world, caller_of, release):
    """No wire rule of a release reaches the control routes: neither Accept nor query nor media type matters."""
    caller = caller_of(create_app(world, release))
    answer = caller.send(
        "POST",
        "/_control/clock?x=1",
        data=b'{"advance": 1}',
        headers={"Accept": "image/png"},
        content_type="text/plain",
    )
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")


def test_the_same_seed_gives_the_same_uuids(world, caller_of):
    """The uuids of strategies depend on the seed alone."""
    uuids = [caller_of(create_app(world, seed=seed)).create("sw-patch").value["strategy"]["uuid"] for seed in (1, 1, 2)]
    assert uuids[0] == uuids[1] != uuids[2]
