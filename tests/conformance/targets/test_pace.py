"""Pace: how a wait lets time pass, and when it gives up."""

import pytest

from conformance.targets.pace import VirtualPace, WallPace


class Clock:
    """A clock that moves as told; what it shows over time is given as (moment, value) pairs."""

    still = True

    def __init__(self, *shows):
        self.now = 0.0
        self.moves = []
        self.shows = shows

    def advance(self, seconds):
        self.moves.append(seconds)
        self.now += seconds
        return self.now

    def look(self):
        return [value for moment, value in self.shows if moment <= self.now][-1]


def test_a_condition_that_holds_already_takes_no_time():
    """Nothing is advanced when the first look shows what is waited for."""
    clock = Clock((0, "ready"))
    waited = VirtualPace(clock).until(clock.look, lambda seen: seen == "ready", limit=10)
    assert (waited.held, waited.last, waited.seconds, clock.moves) == (True, "ready", 0.0, [])


def test_steps_double_while_nothing_changes():
    """A virtual wait in which nothing happens takes ever longer steps, up to the most."""
    clock = Clock((0, "a"), (100, "b"))
    VirtualPace(clock, least=1, most=16).until(clock.look, lambda seen: seen == "b", limit=1000)
    assert clock.moves == [1, 2, 4, 8, 16, 16, 16, 16, 16, 16]


def test_steps_start_anew_when_something_changes():
    """After a change a virtual wait looks closer again, so that short states are seen."""
    clock = Clock((0, "a"), (7, "b"), (1000, "c"))
    VirtualPace(clock, least=1, most=64).until(clock.look, lambda seen: seen == "c", limit=40)
    assert clock.moves == [1, 2, 4, 1, 2, 4, 8, 16, 2]


@pytest.mark.parametrize("body", [{"state": "building"}, {"state": "building", "build-phase": {"inprogress": True}}])
def test_what_a_vendor_adds_is_no_change(body):
    """A member that changes with every look does not keep the steps small, even when the rest has another shape."""
    clock = Clock((0, "a"))
    look = iter({**body, "served-by": number} for number in range(100)).__next__
    VirtualPace(clock, least=1, most=16).until(look, lambda seen: seen["served-by"] == 7, limit=1000)
    assert clock.moves == [1, 2, 4, 8, 16, 16, 16]


def test_a_wait_that_need_not_look_closely_takes_larger_steps():
    """Where what is in between has been seen already, a change only halves the step."""
    clock = Clock((0, "a"), (7, "b"), (1000, "c"))
    VirtualPace(clock, least=1, most=64).until(clock.look, lambda seen: seen == "c", limit=40, closely=False)
    assert clock.moves == [1, 2, 4, 2, 4, 8, 16, 3]


@pytest.mark.parametrize("gap", [1, 2, 5, 20])
def test_every_state_of_an_even_march_is_seen(gap):
    """A virtual wait over states of equal length misses none of them once it has found their rhythm."""
    clock = Clock(*((gap * number, number) for number in range(20)))
    seen = []

    def look():
        seen.append(clock.look())
        return seen[-1]

    VirtualPace(clock).until(look, lambda value: value == 19, limit=10_000)
    assert sorted(set(seen)) == list(range(20))


def test_a_limit_ends_a_virtual_wait():
    """When the limit passes, the wait says so, after exactly that time and with what was seen last."""
    clock = Clock((0, "a"))
    waited = VirtualPace(clock).until(clock.look, lambda seen: seen == "b", limit=100)
    assert (waited.held, waited.last, waited.seconds, clock.now) == (False, "a", 100.0, 100.0)


def test_a_stuck_target_costs_few_looks():
    """A wait of hours on a target that is stuck takes tens of looks, not thousands."""
    clock = Clock((0, "a"))
    VirtualPace(clock).until(clock.look, lambda seen: seen == "b", limit=200_000)
    assert len(clock.moves) < 70


def test_a_virtual_nudge_moves_the_clock():
    """A nudge advances a clock that obeys."""
    clock = Clock((0, "a"))
    VirtualPace(clock).nudge(7)
    assert clock.moves == [7]


def test_the_wall_pace_polls_by_sleeping():
    """On the wall clock a wait sleeps between looks, longer while nothing changes."""
    clock = Clock((0, "a"), (4, "b"))
    pace = WallPace(least=0.5, most=2, sleep=clock.advance, clock=lambda: clock.now)
    waited = pace.until(clock.look, lambda seen: seen == "b", limit=100)
    assert (waited.held, clock.moves) == (True, [0.5, 1, 2, 2])


def test_patience_bounds_what_a_stuck_target_costs():
    """Waits in vain use up one budget, after which waits are cut short; one that succeeds costs nothing of it."""
    clock = Clock((0, "a"))
    pace = WallPace(least=1, most=1, patience=100, sleep=clock.advance, clock=lambda: clock.now)
    wanted = ["b", "a", "b", "b"]
    waits = [pace.until(clock.look, lambda seen, word=word: seen == word, limit=60) for word in wanted]
    assert [waited.seconds for waited in waits] == [60, 0, 60, 30]


def test_a_nudge_on_the_wall_clock_does_nothing():
    """Real time is never spent on a nudge."""
    clock = Clock((0, "a"))
    WallPace(sleep=clock.advance, clock=lambda: clock.now).nudge(1000)
    assert clock.moves == []


@pytest.mark.parametrize(("interval", "expected"), [(0.2, [0.2, 0.4, 0.8, 1.6, 3.2, 5.0]), (10, [10] * 6)])
def test_looks_in_real_time_are_as_far_apart_as_asked(interval, expected):
    """No two looks are nearer than the interval, and a long interval is kept although steps end at five seconds."""
    slept = []
    now = [0.0]

    def sleep(seconds):
        slept.append(round(seconds, 6))
        now[0] += seconds

    pace = WallPace(interval, sleep=sleep, clock=lambda: now[0])
    looks = iter(range(100))
    pace.until(lambda: {"state": "building"} if next(looks) < 6 else None, lambda seen: seen is None, limit=1000)
    assert slept == expected
