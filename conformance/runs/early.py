"""Why a run ended before its end, as one word, from what ended it."""

from enum import StrEnum
from typing import Final

from conformance.targets.transport import NoMoreRequests, NoMoreTime, Unreachable


class Early(StrEnum):
    """Why a run ended early: somebody stopped it, a bound was reached, nobody answered, or it could not go on there."""

    STOPPED = "stopped"
    TIME = "time"
    REQUESTS = "requests"
    UNREACHABLE = "unreachable"
    HINDERED = "hindered"


# Most particular first: a bound that is reached looks to a test as if the target were gone.
_KINDS: Final[tuple[tuple[type[BaseException], Early], ...]] = (
    (KeyboardInterrupt, Early.STOPPED),
    (NoMoreTime, Early.TIME),
    (NoMoreRequests, Early.REQUESTS),
    (Unreachable, Early.UNREACHABLE),
)


def early(error: BaseException) -> Early:
    """The word for what ended a run."""
    return next((word for kind, word in _KINDS if isinstance(error, kind)), Early.HINDERED)
