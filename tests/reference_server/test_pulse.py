"""The pulse: a driver whose clock runs is settled while nobody calls."""

import threading

from reference_server.driver import Unavailable
from reference_server.pulse import Pulse


class Settled:
    """In the place of a driver: notes each beat, fails at first."""

    def __init__(self):
        self.beats = 0
        self.enough = threading.Event()

    def settle(self):
        self.beats += 1
        if self.beats < 3:
            raise Unavailable("the disk is full")
        self.enough.set()


def test_a_pulse_settles_again_and_again():
    """It goes on when something cannot be written, and ends with its block."""
    driver = Settled()
    with Pulse(driver, interval=0.001):
        assert driver.enough.wait(120)
    assert "pulse" not in {thread.name for thread in threading.enumerate()}
