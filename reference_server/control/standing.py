"""What is offered and how things stand; the clock; a new beginning; a restart."""

from typing import Any, Final

from flask import Response

from reference_server.bodies import excerpt
from reference_server.clock import VirtualClock
from reference_server.control.bodies import only_member
from reference_server.driver import Driver
from reference_server.refusals import Refusal
from reference_server.wire import current, json_answer

VERSION: Final = 1
OFFERS: Final = ("clock", "world", "reset", "freeze", "faults", "events", "snapshot", "restart")
LONGEST_ADVANCE: Final = 10_000_000  # seconds, about four months
LATEST: Final = 250_000_000_000  # seconds since 1970; a century before dates end


def show() -> Response:
    """What can be controlled, and how things stand."""
    driver = current().driver
    return json_answer(
        {
            "control": VERSION,
            "offers": list(OFFERS),
            "clock": "virtual" if _is_virtual(driver) else "scaled",
            "now": driver.clock.now(),
            "next": driver.next_event(),
            "release": driver.release.name,
            "world": driver.world.name,
            "frozen": driver.frozen,
        }
    )


def move_clock() -> Response:
    """Let time pass, or stop a clock that runs by itself, or let it run again."""
    driver = current().driver
    name, value = only_member('{"advance": seconds} or {"frozen": true or false}', "advance", "frozen")
    if name == "advance":
        driver.advance(_seconds(driver, value))
        return json_answer({"now": driver.clock.now()})
    _freeze(driver, value)
    return json_answer({"now": driver.clock.now(), "frozen": driver.frozen})


def reset() -> Response:
    """Begin again with the world as it was loaded, without a strategy."""
    current().driver.reset()
    return begun()


def restart() -> Response:
    """Do what a restart of the service does (ENGINE.md 8.6)."""
    current().driver.restart()
    return begun()


def begun() -> Response:
    """The moment and the world, as everything answers that puts one state in place of another."""
    driver = current().driver
    return json_answer({"now": driver.clock.now(), "world": driver.world.name})


def _seconds(driver: Driver, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(400, f"advance is {excerpt(value)}; it is a number of seconds.")
    if not 0 <= value <= LONGEST_ADVANCE:
        raise Refusal(400, f"advance is {excerpt(value)}; it is from 0 to {LONGEST_ADVANCE} seconds.")
    if driver.clock.now() + value > LATEST:
        raise Refusal(409, "The clock is at the end of time; restore a snapshot or start the server anew.")
    return value


def _freeze(driver: Driver, value: Any) -> None:
    if not isinstance(value, bool):
        raise Refusal(400, f"frozen is {excerpt(value)}; it is true or false.")
    if value:
        driver.freeze()
    elif _is_virtual(driver):
        raise Refusal(409, "This clock is virtual and cannot run by itself; move it by advance.")
    else:
        driver.thaw()


def _is_virtual(driver: Driver) -> bool:
    return isinstance(driver.clock, VirtualClock)
