import pytest

from reference_server import create_app
from reference_server.worlds.file import parse_world

KINDS = ("sw-patch", "sw-upgrade")
FAULT = {"step": "unlock-hosts", "ends": "never", "times": 2}
BROKEN = [
    b"",
    b"x",
    b"\xff",
    b"null",
    b"[]",
    b"{}",
    b'{"snapshot": null}',
    b'{"snapshot": []}',
    b'{"snapshot": 5}',
    b'{"snapshot": "x"}',
    b'{"snapshot": {}}',
    b'{"snapshot": {"format": 1}}',
    b'{"snapshot": {"\\ud800": 1}}',
    b'{"snapshot": {}, "more": 1}',
    b'{"Snapshot": {}}',
    b"[" * 100_000,
    b'{"snapshot": ' + b"[" * 900 + b"]" * 900 + b"}",
]


def altered(value):
    """The same JSON value with every number in it one greater."""
    match value:
        case bool() | None | str():
            return value
        case int() | float():
            return value + 1
        case list():
            return [altered(item) for item in value]
        case _:
            return {name: altered(member) for name, member in value.items()}


@pytest.fixture
def paused(control):
    """A control of a server in the middle of an apply, with a fault to come."""
    control.caller.bring("sw-patch", "applying, paused after stage 0")
    control.post("/_control/faults", {"faults": [FAULT]})
    return control


def play(control):
    """Go on from a pause to the end, and return all that can be seen on the way."""
    control.caller.act("sw-patch", "apply-all")
    seen = []
    control.caller.wait("sw-patch", lambda strategy: seen.append(strategy) or strategy["state"] != "applying")
    return [*seen, control.seen()]


def test_a_restored_snapshot_is_everything(paused):
    """After a restore everything that can be seen is as it was, the clock included."""
    snapshot, before = paused.get("/_control/snapshot"), paused.seen()
    play(paused)
    assert paused.seen() != before
    paused.put("/_control/snapshot", snapshot)
    assert paused.seen() == before


def test_a_restored_snapshot_goes_on_as_before(paused):
    """The same requests after a restore lead to the same documents, every time."""
    snapshot = paused.get("/_control/snapshot")
    first = play(paused)
    paused.put("/_control/snapshot", snapshot)
    assert play(paused) == first


def test_a_snapshot_is_good_for_another_server(paused, world, held_of):
    """A server of the same release that never saw the world goes on from the snapshot."""
    other = held_of(create_app(world, seed=5))
    other.put("/_control/snapshot", paused.get("/_control/snapshot"))
    assert other.seen() == paused.seen()


def test_a_restore_answers_what_is_true_now(paused):
    """The answer of a restore has the moment and the world of the snapshot."""
    snapshot, before = paused.get("/_control/snapshot"), paused.get("/_control")
    paused.post("/_control/clock", {"advance": 1000})
    assert paused.put("/_control/snapshot", snapshot) == {"now": before["now"], "world": before["world"]}


def test_to_take_a_snapshot_changes_nothing(paused):
    """Reading everything does not disturb it."""
    before = paused.whole()
    paused.get("/_control/snapshot")
    assert paused.whole() == before


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_snapshot_changes_nothing(paused, data):
    """What is no snapshot is 400, and all is as before."""
    before = paused.whole()
    answer = paused.send("PUT", "/_control/snapshot", data=data)
    assert (answer.status, answer.fault != "", paused.whole()) == (400, True, before)


def test_a_snapshot_that_was_changed_is_refused(paused):
    """A snapshot whose numbers somebody has changed is 400, and all is as before."""
    snapshot, before = paused.get("/_control/snapshot"), paused.whole()
    answer = paused.send("PUT", "/_control/snapshot", altered(snapshot))
    assert (answer.status, paused.whole()) == (400, before)


def test_a_snapshot_of_another_release_is_refused(paused, world, held_of):
    """A snapshot that was taken under another release is 409, and all is as before."""
    other = held_of(create_app(world, "stx-3.0"))
    before = other.whole()
    answer = other.send("PUT", "/_control/snapshot", paused.get("/_control/snapshot"))
    assert (answer.status, other.whole()) == (409, before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", ["ready-to-apply", "applying, paused after stage 0", "applied", "aborted"])
def test_a_restart_keeps_the_strategy(control, kind, situation):
    """After a restart the strategy is in the state in which it was (ENGINE.md 8.6)."""
    before = control.caller.bring(kind, situation)
    control.post("/_control/restart")
    after = control.caller.get(kind).value["strategy"]
    assert [(after[name]) for name in ("uuid", "state", "current-phase")] == [
        (before[name]) for name in ("uuid", "state", "current-phase")
    ]


def test_a_restart_loses_the_answer_of_a_query(control):
    """A build that waits for a query when the service restarts times out (ENGINE.md 8.6)."""
    control.caller.create("sw-patch")
    control.post("/_control/restart")
    assert control.caller.wait("sw-patch", lambda seen: seen["state"] != "building")["state"] == "build-timeout"


def test_a_restart_takes_no_time_and_leaves_the_world(paused):
    """Neither the clock moves nor does the world change."""
    before = paused.get("/_control"), paused.get("/_control/world")
    answer = paused.post("/_control/restart")
    assert answer == {"now": before[0]["now"], "world": before[0]["world"]}
    assert paused.get("/_control/world") == before[1]


def test_a_restart_without_a_strategy_is_one_too(control):
    """Without a strategy a restart changes nothing that can be seen."""
    before = control.seen()
    control.post("/_control/restart")
    assert control.seen() == before


def test_a_world_with_half_a_character_has_no_snapshot(held_of):
    """Of a world with a name that cannot be written as text there is no snapshot: 409, and the rest goes on."""
    host = {"name": "\ud800", "uuid": "u", "personality": "controller"}
    control = held_of(create_app(parse_world({"hosts": [host]}, "odd")))
    assert control.send("GET", "/_control/snapshot").status == 409
    assert control.get("/_control/world")["hosts"][0]["name"] == "\ud800"
