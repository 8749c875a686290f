"""What the engine has told the operator: events, and the alarms that stand (ENGINE.md 7.5)."""

from dataclasses import asdict
from typing import Final

from flask import Response, request

from reference_server.bodies import excerpt
from reference_server.refusals import Refusal
from reference_server.wire import current, json_answer

MOST_DIGITS: Final = 18  # of the number of an event


def show_events() -> Response:
    """The events after the number that `after` names, oldest first, and all alarms that stand now."""
    after = _after(request.args.get("after", "0"))
    journal = current().driver.journal
    return json_answer(
        {
            "events": [asdict(event) for event in journal.events if event.number > after],
            "alarms": [asdict(alarm) for alarm in journal.alarms],
        }
    )


def _after(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise Refusal(400, f"after is {excerpt(text)}; it is the number of an event, 0 or more, in digits.")
    return int(text)
