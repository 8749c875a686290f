"""The control routes: a table by hand, and the blueprint made of it. `spec/control.yaml` says what each one does."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response

from reference_server.control import events, faults, snapshots, standing, worlds
from reference_server.control.admission import PREFIX, door, refused
from reference_server.driver import Unavailable
from reference_server.refusals import NOT_WRITABLE, Refusal

# operationId of spec/control.yaml, method, path, function. The first four stay for ever as they are.
ROUTES: Final[tuple[tuple[str, str, str, Callable[[], Response]], ...]] = (
    ("showControl",     "GET",    "",          standing.show),
    ("moveClock",       "POST",   "/clock",    standing.move_clock),
    ("loadWorld",       "PUT",    "/world",    worlds.load_world),
    ("reset",           "POST",   "/reset",    standing.reset),
    ("showWorld",       "GET",    "/world",    worlds.show_world),
    ("showFaults",      "GET",    "/faults",   faults.show_faults),
    ("injectFaults",    "POST",   "/faults",   faults.inject_faults),
    ("clearFaults",     "DELETE", "/faults",   faults.clear_faults),
    ("showEvents",      "GET",    "/events",   events.show_events),
    ("takeSnapshot",    "GET",    "/snapshot", snapshots.take_snapshot),
    ("restoreSnapshot", "PUT",    "/snapshot", snapshots.restore_snapshot),
    ("restart",         "POST",   "/restart",  standing.restart),
)  # fmt: skip


def blueprint(token: str | None = None) -> Blueprint:
    """The control routes; with a token, for those who have it."""
    control = Blueprint("control", __name__, url_prefix=PREFIX)
    control.before_app_request(door(token))
    control.register_error_handler(Refusal, refused)
    control.register_error_handler(Unavailable, lambda _: refused(Refusal(503, NOT_WRITABLE)))
    for endpoint, method, path, function in ROUTES:
        control.add_url_rule(path, endpoint, function, methods=[method], provide_automatic_options=False)
    return control
