"""The control routes: they make a simulated deployment move, and are no part of the published API. They stay for ever.

Present under `create_app()` without arguments, absent (404) where control is off. Where a token was set, every request
carries it in the header `X-Control-Token`, else 401. What is wrong with a body is said in a fault with status 400.

  GET  /_control                       200 {"control": 1, "offers": ["clock", "world", "reset"],
                                            "clock": "virtual" | "scaled", "now": seconds, "next": seconds | null,
                                            "release": name, "world": name}
  POST /_control/clock {"advance": s}  200 {"now": seconds}                  what is due within s happens
  PUT  /_control/world world document  200 {"now": seconds, "world": name}  no strategy; a reset returns to this world
  POST /_control/reset                 200 {"now": seconds, "world": name}  no strategy; the world as it was loaded

`control` is the version of this interface. Moments are seconds since 1970-01-01 UTC and may have fractions. `next` is
the moment at which something will happen by itself, null when nothing will. `s` is from 0 to 10,000,000; each thing
happens at its own moment on the way. `clock` is `virtual` when time moves on request only, `scaled` when it runs by
itself and an advance makes it jump ahead. A world document has the fields of a world file, in JSON.
"""

import hmac
from typing import Any, Final

from flask import Blueprint, Response, request

from reference_server.bodies import ABSENT, excerpt
from reference_server.clock import VirtualClock
from reference_server.refusals import Refusal
from reference_server.wire import current, json_answer, json_body
from reference_server.worldfile import parse_world
from spec.documents import DocumentError

VERSION: Final = 1
OFFERS: Final = ("clock", "world", "reset")
TOKEN_HEADER: Final = "X-Control-Token"  # noqa: S105 - the name of a header
LONGEST_ADVANCE: Final = 10_000_000  # seconds, about four months
LARGEST_WORLD: Final = 64 * 1024 * 1024  # bytes


def blueprint(token: str | None = None) -> Blueprint:
    """The four routes; with a token, for those who have it."""
    control = Blueprint("control", __name__, url_prefix="/_control")

    def check_token() -> None:
        given = request.headers.get(TOKEN_HEADER, "")
        if token is not None and not hmac.compare_digest(given.encode(), token.encode()):
            raise Refusal(
                401, f"The header {TOKEN_HEADER} is missing or wrong; the token was printed when the server started."
            )

    control.before_request(check_token)
    for method, path, function in _ROUTES:
        control.add_url_rule(path, function.__name__, function, methods=[method], provide_automatic_options=False)
    return control


def show() -> Response:
    """What can be controlled, and how things stand."""
    driver = current().driver
    clock = "virtual" if isinstance(driver.clock, VirtualClock) else "scaled"
    return json_answer(
        {
            "control": VERSION,
            "offers": list(OFFERS),
            "clock": clock,
            "now": driver.clock.now(),
            "next": driver.next_event(),
            "release": driver.release.name,
            "world": driver.world.name,
        }
    )


def advance_clock() -> Response:
    """Let time pass."""
    body = json_body(LARGEST_WORLD)
    if not isinstance(body, dict) or set(body) != {"advance"}:
        raise Refusal(400, 'The body is an object with one member: {"advance": seconds}.')
    current().driver.advance(_seconds(body["advance"]))
    return json_answer({"now": current().driver.clock.now()})


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(400, f"advance is {excerpt(value)}; it is a number of seconds.")
    if not 0 <= value <= LONGEST_ADVANCE:
        raise Refusal(400, f"advance is {excerpt(value)}; it is from 0 to {LONGEST_ADVANCE} seconds.")
    return value


def load_world() -> Response:
    """Put another world in place of this one, without a strategy."""
    body = json_body(LARGEST_WORLD)
    if body is ABSENT:
        raise Refusal(400, "The request has no body; send a world as a JSON object.")
    try:
        world = parse_world(body, "the body")
    except DocumentError as error:
        raise Refusal(400, str(error)) from None
    current().driver.reset(world)
    return _begun()


def reset() -> Response:
    """Begin again with the world as it was loaded, without a strategy."""
    current().driver.reset()
    return _begun()


def _begun() -> Response:
    driver = current().driver
    return json_answer({"now": driver.clock.now(), "world": driver.world.name})


_ROUTES: Final[tuple[tuple[str, str, Any], ...]] = (
    ("GET",  "",       show),
    ("POST", "/clock", advance_clock),
    ("PUT",  "/world", load_world),
    ("POST", "/reset", reset),
)  # fmt: skip
