"""The shipped worlds in which something fails do so as their comments say."""

import pytest

from reference_server.clock import VirtualClock
from reference_server.driver import Driver
from reference_server.engine.words import Kind, Result, State
from reference_server.rulebooks import load_release
from reference_server.worlds.file import load_world
from reference_server.worlds.review import plain_request

DAYS = 400_000.0  # seconds, in which everything ends

ATTEMPTS = {
    "failing-lock": [(State.ABORTED, Result.FAILED, "host lock failed"), (State.APPLIED, Result.SUCCESS, "")],
    "failing-midway": [
        (State.ABORTED, Result.FAILED, "host swact failed"),
        (State.ABORTED, Result.FAILED, "software update failed to apply on host compute-2"),
        (State.ABORTED, Result.FAILED, "Migrate of instance web-0 from host compute-0 timed out."),
        (State.ABORTED, Result.TIMED_OUT, ""),
    ],
}


def attempt(driver):
    """Create, apply, wait, look, delete: how it ended."""
    driver.create(plain_request(Kind.SW_PATCH, driver.world))
    driver.advance(1000)
    driver.apply(Kind.SW_PATCH)
    driver.advance(DAYS)
    ended = driver.find(Kind.SW_PATCH)
    driver.delete(Kind.SW_PATCH)
    return ended.state, ended.apply.result, ended.apply.reason


@pytest.mark.parametrize("release", ["published", "stx-3.0"])
@pytest.mark.parametrize(("name", "expected"), ATTEMPTS.items(), ids=ATTEMPTS)
def test_a_world_fails_as_it_says(name, release, expected):
    """An attempt in a failing world ends otherwise than its comments promise."""
    driver = Driver(load_world(name), load_release(release), VirtualClock())
    assert [attempt(driver) for _ in expected] == expected
