import json

import pytest

from reference_server import create_app
from reference_server.control import LARGEST_BODY
from reference_server.control import bodies as control_bodies
from reference_server.worlds.file import load_world, parse_world

KINDS = ("sw-patch", "sw-upgrade")
SMALL = {
    "hosts": [{"name": "controller-0", "personality": "controller,worker"}],
    "single_controller": True,
    "patches": [{"name": "P"}],
}
FAULT = {"step": "lock-hosts", "ends": "fails", "times": 1}


def hosts_of(control):
    """The hosts of the world as it is now, by name."""
    return {host["name"]: host for host in control.get("/_control/world")["hosts"]}


def test_the_world_is_that_which_was_loaded(control, world):
    """What is read before anything has happened has the fleet that was loaded."""
    assert parse_world(control.get("/_control/world"), "read").fleet == world.fleet


def test_the_default_world_can_be_read(held_of):
    """The world of create_app() without arguments is read like any other."""
    control = held_of(create_app())
    assert parse_world(control.get("/_control/world"), "read").fleet == load_world("default").fleet


def test_the_world_changes_with_what_is_applied(control):
    """While hosts are locked the world says so, and afterwards that they are patched."""
    control.caller.bring("sw-patch", "applying, stage 0 running")
    control.caller.wait("sw-patch", lambda _: hosts_of(control)["compute-0"].get("admin_state") == "locked")
    control.caller.wait("sw-patch", lambda strategy: strategy["state"] == "applied")
    assert {host["patch_current"] for host in control.get("/_control/world")["patch_hosts"]} == {True}


@pytest.mark.parametrize("situation", ["ready-to-apply", "applying, paused after stage 0", "applied", "aborted"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_can_be_loaded(control, kind, situation):
    """A world that was read is a world file: after it was loaded it reads the same, without a strategy."""
    control.caller.bring(kind, situation)
    document = control.get("/_control/world")
    control.put("/_control/world", document)
    assert control.get("/_control/world") == document
    assert control.caller.get(kind).status == 404


@pytest.mark.parametrize("how", ["reset", "world"])
def test_a_new_world_ends_what_was_injected(control, how):
    """Neither a reset nor another world keeps an injected fault."""
    control.post("/_control/faults", {"faults": [FAULT]})
    {"reset": lambda: control.post("/_control/reset"), "world": lambda: control.put("/_control/world", SMALL)}[how]()
    assert control.get("/_control/faults") == {"faults": []}


def test_a_reset_brings_the_faults_of_the_world_back(control):
    """What a world file says of faults is in force after it was loaded, and again after a reset."""
    control.put("/_control/world", SMALL | {"faults": [FAULT]})
    control.send("DELETE", "/_control/faults")
    control.post("/_control/reset")
    assert control.get("/_control/faults") == {"faults": [FAULT]}


def test_a_world_that_was_read_has_the_faults(control):
    """Faults in force are part of the world that is read."""
    control.post("/_control/faults", {"faults": [FAULT]})
    assert control.get("/_control/world")["faults"] == [FAULT]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"hosts": []}, "/hosts"),
        ({"hosts": [{"name": "a", "personality": "boss"}]}, "/hosts/0/personality"),
        (SMALL | {"faults": [{"step": "lock-hosts"}]}, "/faults/0"),
        (SMALL | {"faults": [{"step": "dance", "ends": "fails"}]}, "/faults/0"),
        (SMALL | {"colour": "red"}, "/colour"),
    ],
)
def test_a_broken_world_is_told_where_it_is_broken(control, value, told):
    """The fault names the place in the body, and nothing has changed."""
    before = control.whole()
    answer = control.send("PUT", "/_control/world", value)
    assert (answer.status, told in answer.fault, control.whole()) == (400, True, before)


@pytest.mark.parametrize(
    "data",
    [
        b'{"hosts": [{"name": "\\ud800", "personality": "controller"}]}',
        b'{"hosts": [{"name": "a", "uuid": "\\uDFFF", "personality": "controller"}]}',
        b'{"hosts": [{"name": "a", "\\ud800": 1}]}',
        b'{"hosts": ' + b"[" * 900 + b"]" * 900 + b"}",
    ],
    ids=["name", "uuid", "member", "deep"],
)
def test_an_odd_world_changes_nothing(control, data):
    """Half a character in a text, or a very deep body, is 400, and all is as before."""
    before = control.whole()
    assert (control.send("PUT", "/_control/world", data=data).status, control.whole()) == (400, before)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_control/clock"),
        ("PUT", "/_control/world"),
        ("POST", "/_control/faults"),
        ("PUT", "/_control/snapshot"),
    ],
)
def test_a_body_that_is_too_large_is_not_read(control, monkeypatch, method, path):
    """A body above the limit is 413, and nothing has changed."""
    monkeypatch.setattr(control_bodies, "LARGEST_BODY", 1000)
    before = control.whole()
    answer = control.send(method, path, data=b'{"faults": [], "x": "' + b"x" * 1000 + b'"}')
    assert (answer.status, control.whole()) == (413, before)


def test_bodies_may_be_larger_than_those_of_the_api(world, held_of):
    """The limit of the published API's bodies does not hold for worlds."""
    control = held_of(create_app(world, body_limit=10))
    assert control.put("/_control/world", SMALL)["world"] == "the body"
    assert len(json.dumps(SMALL)) < LARGEST_BODY
