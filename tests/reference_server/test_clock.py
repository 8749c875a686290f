import time

import pytest

from reference_server.clock import LAST_DAY, VIRTUAL_START, SystemClock, VirtualClock


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


# Standing still, being set, going on -------------------------------------------------------------------------------


class Machine:
    """The clocks of a machine, set by the test."""

    def __init__(self, monkeypatch):
        self.now = 5000.0
        self.uptime = 10.0
        monkeypatch.setattr("reference_server.clock.time.time", lambda: self.now)
        monkeypatch.setattr("reference_server.clock.time.monotonic", lambda: self.uptime)

    def run(self, seconds):
        """Let time pass."""
        self.now += seconds
        self.uptime += seconds


@pytest.fixture
def machine(monkeypatch):
    """A machine whose time is 5000 s and passes when the test says so."""
    return Machine(monkeypatch)


def test_a_frozen_clock_stands_still(machine):
    """A frozen clock shows the same moment until it is advanced or thawed, and then runs on from there."""
    clock = SystemClock(2)
    machine.run(10)
    clock.freeze()
    machine.run(100)
    assert (clock.frozen, clock.now()) == (True, 5020.0)
    clock.advance(7)
    assert clock.now() == 5027.0
    clock.thaw()
    machine.run(1)
    assert (clock.frozen, clock.now()) == (False, 5029.0)


def test_a_clock_that_runs_can_be_thawed(machine):
    """Thawing a clock that runs, or freezing one that stands, changes nothing."""
    clock = SystemClock()
    clock.thaw()
    machine.run(1)
    clock.freeze()
    machine.run(1)
    clock.freeze()
    assert clock.now() == 5001.0


@pytest.mark.parametrize(
    ("before", "shown"), [(SystemClock.freeze, 100.0), (SystemClock.thaw, 103.0)], ids=["stands", "runs"]
)
def test_a_clock_is_set(machine, before, shown):
    """A clock that is set shows that moment, and stands or runs as before."""
    clock = SystemClock()
    before(clock)
    clock.stand_at(100.0)
    machine.run(3)
    assert clock.now() == shown


def test_a_virtual_clock_always_stands_still():
    """Neither freezing nor thawing changes a virtual clock."""
    clock = VirtualClock(5)
    clock.freeze()
    clock.thaw()
    clock.stand_at(3)
    assert (clock.frozen, clock.now()) == (True, 3.0)


@pytest.mark.parametrize(
    ("speed", "jump", "away", "now"),
    [
        pytest.param(1, 0, 50, 5070.0, id="the time of the machine"),
        pytest.param(1, 1000, 50, 6070.0, id="ahead by a jump"),
        pytest.param(10, 0, 50, 5700.0, id="ahead by its speed"),
        pytest.param(1, 1000, -500, 6020.0, id="the machine's clock was set back"),
    ],
)
def test_a_clock_goes_on_in_another_process(machine, speed, jump, away, now):
    """A clock goes on as if it had never stopped, and never back."""
    clock = SystemClock(speed)
    clock.advance(jump)
    machine.run(20)
    reading = clock.reading()
    machine.now += away
    machine.uptime = 3.0
    other = SystemClock(speed)
    other.resume(reading)
    assert other.now() == now


def test_a_frozen_clock_is_frozen_in_another_process(machine):
    """What stood still before goes on standing still."""
    clock = SystemClock()
    clock.freeze()
    clock.advance(100)
    reading = clock.reading()
    machine.run(5)
    other = SystemClock()
    other.resume(reading)
    assert (other.frozen, other.now()) == (True, 5100.0)


def test_a_virtual_clock_goes_on_where_it_stood():
    """A virtual clock goes on at the moment of the other one, unless it is later already."""
    clock = VirtualClock(100)
    clock.resume(VirtualClock(200).reading())
    assert clock.now() == 200.0
    clock.resume(VirtualClock(150).reading())
    assert clock.now() == 200.0


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("moment", [LAST_DAY, LAST_DAY + 1e6, 1e18])
@pytest.mark.parametrize("clock", [VirtualClock(), SystemClock()], ids=["virtual", "system"])
def test_a_moment_after_all_dates_can_be_written(clock, moment, zone, monkeypatch):
    """A clock at 100,000 times the speed is beyond the year 9999 in a month; a date is written all the same."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        written = clock.stamp(moment)
    time.tzset()
    assert written[:8] == "9999-12-"
