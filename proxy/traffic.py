"""One exchange on its way through the gateway or out of a recording, and what was noticed about it; frozen values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from conformance.exchange import Exchange
from reports.model import Finding


class Direction(StrEnum):
    """Whom a finding is about: the client that sent the request, or the server that gave the answer."""

    REQUEST = "request"
    RESPONSE = "response"


class Mode(StrEnum):
    """What the gateway does with what it notices."""

    OBSERVE = "observe"
    ANNOTATE = "annotate"
    ENFORCE = "enforce"


class Action(StrEnum):
    """What becomes of an exchange."""

    PASS = "pass"  # noqa: S105 - let it through
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Passage:
    """One exchange as it passed.

    `number` counts the exchanges of one gateway or file, from 1; `started` and `exchange.at` are the seconds (Unix
    time) at which the request had come and the answer was complete. `in_order`: nothing else was under way that makes
    it doubtful what came first (`proxy.order`). `client` is the address that asked, empty where unknown. `blocked`:
    the request was answered by the gateway and never forwarded, so `exchange` has status 0 and no answer; `lost`: it
    was forwarded and no answer came, likewise.
    """

    number: int
    exchange: Exchange
    started: float
    in_order: bool = True
    client: str = ""
    blocked: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Noticed:
    """One finding about one side of an exchange.

    Not `certain`: a request that does not fit the strategy as it was last seen, which may have moved on by itself.
    `deviations` are numbers of those of a release that explain it.
    """

    direction: Direction
    finding: Finding
    certain: bool = True
    deviations: tuple[str, ...] = ()


class Situation(NamedTuple):
    """What is there as last seen: `state` is that of the strategy, `absent`, or `unknown` (before anything was seen).

    `kind` is sw-patch or sw-upgrade; empty when it is unknown or when no strategy of either kind is there.
    """

    kind: str = ""
    state: str = "unknown"
