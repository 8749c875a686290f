"""What the gateway remembers of an exchange while it is under way; it lives and dies with its flow."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from mitmproxy import http

from conformance.exchange import Exchange
from proxy.copies import Copy

_KEY: Final = "vimgate"


class End(StrEnum):
    """How an exchange ended for the client."""

    PASSED = "passed"
    REFUSED = "refused"  # a request that was not forwarded
    HELD_BACK = "held-back"  # an answer in whose place another was given
    LOST = "lost"  # no answer came, or not a whole one


class Passed(NamedTuple):
    """An exchange that has ended, for whoever counts: times in seconds.

    `seconds` are from the request's end to the answer's, `waited` is how long of it the judge was waited for;
    `status` is what the client got, 0 when nothing; `path` is without the query.
    """

    end: End
    method: str
    path: str
    status: int
    seconds: float
    waited: float


@dataclass(slots=True, kw_only=True)
class Crossing:
    """One exchange under way. `sent` and `came` are copies of bodies that are streamed; None: mitmproxy keeps them."""

    number: int
    changes: bool
    sent: Copy | None = None
    came: Copy | None = None
    began: float = 0.0  # when the whole request had come; 0 before
    ended: bool = False
    waited: float = 0.0
    request: Exchange | None = None
    unchecked: str = ""  # why it cannot be judged; empty where it can
    end: End = field(default=End.PASSED)


def keep(flow: http.HTTPFlow, crossing: Crossing) -> None:
    """Remember it with its flow."""
    flow.metadata[_KEY] = crossing


def crossing_of(flow: http.HTTPFlow) -> Crossing | None:
    """What was remembered; None for a flow that was turned away before it began."""
    found = flow.metadata.get(_KEY)
    return found if isinstance(found, Crossing) else None
