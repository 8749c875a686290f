"""What the bodies of all control requests have in common: a JSON object of known members, of any media type."""

import json
from collections.abc import Iterable
from typing import Any, Final

from reference_server.bodies import ABSENT, excerpt
from reference_server.refusals import Refusal
from reference_server.wire import json_body

LARGEST_BODY: Final = 64 * 1024 * 1024  # bytes; a world of 10,000 hosts has a tenth of it


def sent(what: str) -> Any:
    """The JSON value that was sent; `what` says in a fault what is missing. Raises Refusal 400, 413."""
    body = json_body(LARGEST_BODY)
    if body is ABSENT:
        raise Refusal(400, f"The request has no body; send {what}.")
    _refuse_halves(body)
    return body


def only_member(form: str, *names: str) -> tuple[str, Any]:
    """Name and value of the one member of the object that was sent; it is one of `names`.

    `form` shows in a fault how the body is written. Raises Refusal.
    """
    body = sent(form)
    if not isinstance(body, dict) or len(body) != 1 or not set(body) <= set(names):
        raise Refusal(400, f"The body is {_told(body)}; it is an object with one member: {form}.")
    return next(iter(body.items()))


def _refuse_halves(body: object) -> None:
    """A text with half of a surrogate pair in it is JSON, but no text that could be stored or sent again."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = r"A text in the body has half of a character in it (\uD800 to \uDFFF); write it whole."
        raise Refusal(400, text) from None
    except RecursionError:
        raise Refusal(400, "The body is nested too deeply; write it flatter.") from None


def _told(body: object) -> str:
    return f"an object with {_listed(body)}" if isinstance(body, dict) else excerpt(body)


def _listed(names: Iterable[str]) -> str:
    return excerpt(", ".join(names)) or "no member"
