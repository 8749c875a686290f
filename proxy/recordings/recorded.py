"""What the readers of recordings yield, as frozen values."""

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from conformance.exchange import Exchange

NO_ANSWER: Final = "no answer"
NO_ANSWER_BODY: Final = "body of the answer not recorded"
NO_REQUEST_BODY: Final = "body of the request not recorded"
BLOCKED: Final = "blocked by the gateway"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange as it was recorded.

    `number` is its place in the file, from 1: the entry, flow or line; or what the gateway counted. `site` is the
    deployment, `scheme://host:port`, empty where the recording holds only one; `session` names a history in the
    recording's own words. `alone`: nothing is known of what came before it. `started` is when the request had been
    sent, in seconds on the clock of `exchange.at`. `in_order` is in the words of whoever recorded it; None: that has to
    be told from the times. `missing` says what was not recorded, empty where everything was; then `exchange` has status
    0. `unasked`: the request is not whole either. `blocked`: the gateway never forwarded it.
    """

    number: int
    exchange: Exchange
    site: str = ""
    session: str = ""
    alone: bool = False
    started: float = 0.0
    in_order: bool | None = None
    client: str = ""
    missing: str = ""
    unasked: bool = False
    blocked: bool = False


class ByGateway(msgspec.Struct):
    """What the gateway tells of an exchange in its captures, beside what a HAR or a flow has a place for."""

    number: int
    in_order: bool
    started: float
    at: float
    client: str = ""
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is no HTTP exchange, such as a `websocket`, or one that cannot be judged; `what` it is."""

    what: str


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that could not be read; `where` tells the byte, line or entry. `ends`: reading stopped there."""

    where: str
    problem: str
    ends: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


type Item = Recorded | Skipped | Damage


def as_told(read: Recorded, told: ByGateway) -> Recorded:
    """What was read of a capture of the gateway, which has one deployment, and knows best when and in which order."""
    return replace(
        read,
        number=told.number,
        exchange=replace(read.exchange, at=told.at),
        site="",
        started=told.started,
        in_order=told.in_order,
        client=told.client,
        missing=BLOCKED if told.blocked else read.missing,
        blocked=told.blocked,
    )
