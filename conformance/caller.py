"""Who sent a request, as far as its token tells; and what one history has shown of how callers are received. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from conformance.exchange import Exchange

TOKEN_HEADER: Final = "X-Auth-Token"  # noqa: S105 - the name of a header
NOBODYS_TOKEN: Final = "vimgate-token-of-nobody"  # noqa: S105 - it opens nothing: no service has given it out
OUR_TOKEN: Final = "***"  # noqa: S105 - what is recorded in the place of the token of the run

TURNED_AWAY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Caller(StrEnum):
    """Whom a request comes from."""

    NAMELESS = "nameless"  # no token, or an empty one
    UNKNOWN = "unknown"  # a token that nobody has
    OURS = "ours"  # the token of the run
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reception:
    """How callers were received so far.

    `guarded` are operations (operationIds) that turned a nameless or unknown caller away for what he is; `changes` says
    that a change was asked for in that way since the strategies were last read. `admitted` says that our token was
    taken, `denied` are operations that then did not know it (401).
    """

    guarded: frozenset[str] = frozenset()
    changes: bool = False
    admitted: bool = False
    denied: frozenset[str] = frozenset()

    def after(self, exchange: Exchange, operation: str, *, reads: bool) -> "Reception":
        """What is known after one more request for a documented operation; `reads` is true of a look at a strategy."""
        caller = caller_of(exchange)
        if caller is Caller.OURS:
            return self._after_ours(exchange, operation, reads=reads)
        if caller is Caller.OTHER or exchange.status not in TURNED_AWAY:
            return self
        changes = self.changes or exchange.method != "GET"
        guarded = self.guarded | {operation} if _is_about_the_caller(exchange) else self.guarded
        return Reception(guarded, changes, self.admitted, self.denied)

    def _after_ours(self, exchange: Exchange, operation: str, *, reads: bool) -> "Reception":
        changes = self.changes and not reads
        if exchange.status == HTTPStatus.UNAUTHORIZED and self.admitted:
            return Reception(self.guarded, changes, self.admitted, self.denied | {operation})
        denied = frozenset[str]() if exchange.succeeded else self.denied
        return Reception(self.guarded, changes, self.admitted or exchange.succeeded, denied)


def _is_about_the_caller(exchange: Exchange) -> bool:
    """The code says that nobody but known callers is let in; 403 to a change may be about the state of the strategy."""
    return exchange.status == HTTPStatus.UNAUTHORIZED or exchange.method == "GET"


def caller_of(exchange: Exchange) -> Caller:
    """Whom the request comes from, by its token as it was recorded."""
    token = exchange.request_header(TOKEN_HEADER)
    if not token:
        return Caller.NAMELESS
    return {NOBODYS_TOKEN: Caller.UNKNOWN, OUR_TOKEN: Caller.OURS}.get(token, Caller.OTHER)
