"""Sixteen clients on real HTTP see the server as if they had come one after the other."""

import threading
from collections import Counter
from contextlib import nullcontext

import pytest

from reference_server import create_app
from reference_server.driver import Driver

pytestmark = pytest.mark.long

CLIENTS = 16


def explained(checker, sequential, history, time="still", initial=None):
    """Require an order that explains the history, else show the longest beginning of one and what did not fit."""
    start = initial if initial is not None else sequential.World()
    verdict = checker.check(history, getattr(sequential, time), start, quiet=sequential.quiet)
    assert verdict.decided, "the search for an order was given up"
    rest = [each for each in history if each not in verdict.order]
    assert verdict.linearizable, "no order explains it:\n" + "\n".join(
        map(str, [*verdict.order, "--- then none of", *rest])
    )


@pytest.mark.parametrize("seed", range(12))
def test_requests_alone_are_linearizable(crowd, checker, sequential, worlds, seed):
    """Two requests of one moment see each other half done; the seed is in the name of the test."""
    crowd.prepare(worlds["still"])
    explained(checker, sequential, crowd.rush(seed, 5))


@pytest.mark.parametrize("seed", range(100, 110))
def test_requests_and_time_are_linearizable(crowd, checker, sequential, worlds, seed):
    """A request sees what happens by itself half done; the seed is in the name of the test."""
    crowd.prepare(worlds["moving"])
    explained(checker, sequential, crowd.rush(seed, 5, time_moves=True), "moving")


KINDS = {
    "patches": ["sw-patch"] * CLIENTS,
    "upgrades": ["sw-upgrade"] * CLIENTS,
    "both": ["sw-patch", "sw-upgrade"] * (CLIENTS // 2),
}


@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("attempt", range(3))
def test_of_simultaneous_creates_exactly_one_wins(crowd, worlds, kinds, attempt):
    """Two creates win, none does, or a loser is told something else than 409 (ENGINE.md 8.4)."""
    crowd.prepare(worlds["still"])
    history = crowd.play(*([("create", kind)] for kind in kinds))
    assert Counter(each.answered[0] for each in history) == {200: 1, 409: CLIENTS - 1}


RUNNING = [("create", "sw-patch"), ("apply", "sw-patch", None)]
PAUSED = [("create", "sw-patch"), ("advance",), ("apply", "sw-patch", 0), ("advance",)]
READY = [("create", "sw-patch"), ("advance",)]
RACES = {
    "ready: apply, apply-stage, delete": (READY, [("apply", None), ("apply", 0), ("delete", False), ("get",)]),
    "running: abort, apply, delete": (RUNNING, [("abort", None), ("apply", None), ("delete", False), ("delete", True)]),
    "running: abort twice": (RUNNING, [("abort", None), ("abort", 0), ("abort", None), ("get",)]),
    "paused: apply, abort, delete": (PAUSED, [("apply", 1), ("apply", None), ("abort", None), ("delete", True)]),
}


@pytest.mark.parametrize(("before", "asked"), RACES.values(), ids=RACES)
@pytest.mark.parametrize("attempt", range(3))
def test_racing_requests_have_a_serial_outcome(crowd, checker, sequential, worlds, before, asked, attempt):
    """Apply, abort and delete of one moment lead to what no order of them leads to."""
    crowd.prepare(worlds["still"])
    first = crowd.play([*before, ("get", "sw-patch")])
    plans = ([(name, "sw-patch", *rest), ("get", "sw-patch")] for name, *rest in asked * (CLIENTS // len(asked)))
    explained(checker, sequential, later(first, crowd.play(*plans)), "moving_still")


PREPARED = 2  # commands before the race, which nobody else joins


class Torn(Driver):
    """A driver whose lock holds nobody; the first request of the race waits for a second before it is carried out."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._lock = nullcontext()
        self._meeting = threading.Condition()
        self._here = threading.local()
        self._arrived = 0

    def _command(self, command):
        self._here.asking = True
        super()._command(command)

    def _take_turn(self, turn):
        if getattr(self._here, "asking", False):
            self._here.asking = False
            with self._meeting:
                self._arrived += 1
                self._meeting.notify_all()
                self._meeting.wait_for(lambda: self._arrived != PREPARED + 1, timeout=60)
        super()._take_turn(turn)


@pytest.mark.parametrize("asked", [("create", "sw-patch"), ("delete", "sw-patch", True)], ids=["creates", "deletes"])
def test_a_server_without_a_lock_is_caught(gathered, checker, sequential, worlds, asked):
    """The tests above would be passed by a server that lets requests run into each other."""
    with gathered(create_app(release="stx-3.0")) as crowd:
        whole = raced_after(crowd, worlds["still"], asked)
    with gathered(create_app(release="stx-3.0", driver=Torn)) as crowd:
        torn = raced_after(crowd, worlds["still"], asked)
    assert checker.check(whole, sequential.still, sequential.World(), quiet=sequential.quiet).linearizable
    assert not checker.check(torn, sequential.still, sequential.World(), quiet=sequential.quiet).linearizable


def raced_after(crowd, world, asked):
    """The history of all clients asking the same of a strategy that is there, or of none when they create it."""
    crowd.prepare(world)
    create, delete = ("create", "sw-patch"), ("delete", "sw-patch", True)
    first = crowd.play([create, delete] if asked == create else [create, ("apply", "sw-patch", None)])
    return later(first, crowd.play(*([asked] for _ in range(CLIENTS))))


def later(first, second):
    """Two histories, one after the other."""
    offset = max(each.returned for each in first) + 1
    moved = [each._replace(invoked=each.invoked + offset, returned=each.returned + offset) for each in second]
    return [*first, *moved]
