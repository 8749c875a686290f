import math

import pytest

from reference_server import create_app
from reference_server.clock import VirtualClock
from reference_server.control.standing import LATEST, LONGEST_ADVANCE

EVERYTHING = ["clock", "world", "reset", "freeze", "faults", "events", "snapshot", "restart"]
BROKEN = [
    b"",
    b"x",
    b"\xff",
    b"null",
    b"[]",
    b"{}",
    b'{"frozen": null}',
    b'{"frozen": 1}',
    b'{"frozen": "true"}',
    b'{"frozen": [true]}',
    b'{"frozen": true, "advance": 1}',
    b'{"Frozen": true}',
    b'{"advance": "1"}',
    b"[" * 100_000,
]


def test_it_offers_everything(control):
    """GET /_control names all parts of the API, those of the first version first."""
    assert control.get("/_control")["offers"] == EVERYTHING


@pytest.mark.parametrize(("kind", "clock", "frozen"), [("control", "virtual", True), ("running", "scaled", False)])
def test_it_says_which_clock_there_is(request, kind, clock, frozen):
    """A virtual clock stands still, a scaled one runs until it is frozen."""
    standing = request.getfixturevalue(kind).get("/_control")
    assert (standing["clock"], standing["frozen"]) == (clock, frozen)


def test_a_frozen_clock_stands_still(running):
    """After it was frozen a clock shows one moment."""
    frozen = running.post("/_control/clock", {"frozen": True})
    moments = {running.get("/_control")["now"] for _ in range(3)}
    assert (frozen["frozen"], moments) == (True, {frozen["now"]})


def test_a_frozen_clock_moves_when_told_to(running):
    """An advance moves a frozen clock by exactly so much, and leaves it frozen."""
    before = running.post("/_control/clock", {"frozen": True})["now"]
    after = running.post("/_control/clock", {"advance": 900})["now"]
    assert math.isclose(after - before, 900)
    assert running.get("/_control")["frozen"] is True


def test_a_thawed_clock_runs(running):
    """After it was thawed a clock is no more frozen, and has not gone back."""
    before = running.post("/_control/clock", {"frozen": True})["now"]
    after = running.post("/_control/clock", {"frozen": False})
    assert (after["frozen"], running.get("/_control")["frozen"]) == (False, False)
    assert after["now"] >= before


@pytest.mark.parametrize("frozen", [True, False])
def test_freezing_twice_is_freezing_once(running, frozen):
    """To ask for what is so already changes nothing."""
    running.post("/_control/clock", {"frozen": frozen})
    assert running.post("/_control/clock", {"frozen": frozen})["frozen"] is frozen


def test_a_virtual_clock_is_frozen_already(control):
    """Freezing a virtual clock changes nothing."""
    before = control.whole()
    assert control.post("/_control/clock", {"frozen": True})["frozen"] is True
    assert control.whole() == before


def test_a_virtual_clock_cannot_run(control):
    """Thawing a virtual clock is 409: to say yes would promise that time passes."""
    assert control.send("POST", "/_control/clock", {"frozen": False}).status == 409


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_move_changes_nothing(control, data):
    """What is neither an advance nor a freeze is 400, and all is as before."""
    before = control.whole()
    answer = control.send("POST", "/_control/clock", data=data)
    assert (answer.status, control.whole()) == (400, before)


def test_a_broken_move_is_told_how_to_write_it(control):
    """The fault shows both forms of the body."""
    answer = control.send("POST", "/_control/clock", {"speed": 2})
    assert answer.fault == (
        'The body is an object with speed; it is an object with one member: {"advance": seconds} or '
        '{"frozen": true or false}.'
    )


def test_time_has_an_end(world, held_of):
    """A clock that would go beyond the dates that can be written is 409, and stays where it is."""
    control = held_of(create_app(world, clock=VirtualClock(LATEST - 10)))
    assert control.send("POST", "/_control/clock", {"advance": 11}).status == 409
    assert control.post("/_control/clock", {"advance": 10})["now"] == LATEST


def test_at_the_end_of_time_strategies_are_still_shown(world, held_of):
    """A strategy of the last moment has dates."""
    control = held_of(create_app(world, clock=VirtualClock(LATEST - LONGEST_ADVANCE)))
    control.caller.create("sw-patch")
    control.post("/_control/clock", {"advance": LONGEST_ADVANCE})
    assert control.caller.state("sw-patch") == "ready-to-apply"
