import time

import pytest

from reference_server.clock import VIRTUAL_START, SystemClock, VirtualClock


def test_a_virtual_clock_stands_still():
    """A virtual clock moves exactly as far as it is told, and starts at a known moment."""
    clock = VirtualClock()
    assert (clock.now(), clock.now()) == (VIRTUAL_START, VIRTUAL_START)
    clock.advance(1.5)
    assert clock.now() == VIRTUAL_START + 1.5


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_a_virtual_clock_goes_neither_back_nor_to_the_end(seconds):
    """A negative or endless advance is an error and moves nothing."""
    clock = VirtualClock(5)
    with pytest.raises(ValueError, match="finite number of seconds"):
        clock.advance(seconds)
    assert clock.now() == 5


def test_a_virtual_stamp_is_utc():
    """The first moment of the virtual clock is the one of the reference's first strategy."""
    assert VirtualClock().stamp(VIRTUAL_START) == "2016-11-16 13:36:27"
    assert VirtualClock().stamp(VIRTUAL_START + 0.9) == "2016-11-16 13:36:27"


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_system_clock_runs_forward(speed):
    """A speed that is not a finite number above 0 is an error."""
    with pytest.raises(ValueError, match="speed"):
        SystemClock(speed)


def test_a_system_clock_is_scaled(monkeypatch):
    """A clock with speed 60 makes a minute of a second, counted from its start."""
    seconds = iter([100.0, 101.0])
    monkeypatch.setattr("reference_server.clock.time.monotonic", lambda: next(seconds))
    monkeypatch.setattr("reference_server.clock.time.time", lambda: 5000.0)
    assert SystemClock(60).now() == 5060.0


def test_a_system_clock_jumps_ahead(monkeypatch):
    """A system clock that is advanced is that much further, at whatever speed, and runs on."""
    monkeypatch.setattr("reference_server.clock.time.monotonic", iter([100.0, 100.0, 101.0]).__next__)
    monkeypatch.setattr("reference_server.clock.time.time", lambda: 5000.0)
    clock = SystemClock(60)
    clock.advance(7)
    assert (clock.now(), clock.now()) == (5007.0, 5067.0)


def test_a_system_stamp_is_local_time(monkeypatch):
    """A system clock writes the local time of the machine."""
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    assert SystemClock().stamp(VIRTUAL_START) == "2016-11-16 15:36:27"
    monkeypatch.undo()
    time.tzset()
