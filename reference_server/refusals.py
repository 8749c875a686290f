"""What the server says when it does not do what it was asked: raised anywhere in the shell, answered in `wire`."""

from enum import StrEnum
from typing import Final


class Shape(StrEnum):
    """The three shapes that a refusal can have on the wire (RELEASES.md 5)."""

    FAULT = "fault"  # raised inside a handler: the JSON fault
    ROUTING = "routing"  # raised before a handler was found: a fault too, or the web framework's own page
    CRASH = "crash"  # raised around the framework: plain text


# Where the server itself is at fault the code is `Server` (ENGINE.md 2.7).
SERVER_STATUSES: Final = 500

# With 503, when the store takes nothing (`driver.Unavailable`); why is for the operator, not for the caller.
NOT_WRITABLE: Final = "The server cannot write down what this would change, so nothing has changed; try again later."


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A request that is answered with a status and a text instead of what it asked for."""

    def __init__(self, status: int, text: str, *, shape: Shape = Shape.FAULT, allow: tuple[str, ...] = ()) -> None:
        """`allow` are the methods that a 405 names."""
        super().__init__(status, text)
        self.status = status
        self.text = text
        self.shape = shape
        self.allow = allow


def fault(refusal: Refusal) -> dict[str, str | None]:
    """The JSON fault of a refusal (ENGINE.md 2.7); its members are always these three."""
    code = "Server" if refusal.status >= SERVER_STATUSES else "Client"
    return {"faultcode": code, "faultstring": refusal.text, "debuginfo": None}
