"""What the readers of recordings yield, as frozen values."""

from dataclasses import dataclass
from typing import Final

from conformance.exchange import Exchange

NO_ANSWER: Final = "no answer"
NO_ANSWER_BODY: Final = "body of the answer not recorded"
NO_REQUEST_BODY: Final = "body of the request not recorded"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange as it was recorded.

    `number` is its place in the file, from 1: the entry, flow or line. `site` is the deployment, `scheme://host:port`,
    empty where the recording does not say; `session` names a history in the recording's own words. `alone`: nothing is
    known of what came before it. `started` is when the request had been sent, in seconds on the clock of `exchange.at`;
    None: the recording does not say, and `as_written` whether its order can be trusted all the same. `missing` says
    what was not recorded, in words, empty where everything was; then `exchange` has status 0, and `unasked`: the
    request is not whole either.
    """

    number: int
    exchange: Exchange
    site: str = ""
    session: str = ""
    alone: bool = False
    started: float | None = None
    as_written: bool = False
    client: str = ""
    missing: str = ""
    unasked: bool = False


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
