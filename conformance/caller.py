"""Who sent a request, as far as its token tells; and what one history has shown of how callers are received. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, NamedTuple

from conformance.exchange import Exchange
from conformance.rights import Plea, Rights

TOKEN_HEADER: Final = "X-Auth-Token"  # noqa: S105 - the name of a header
OIDC_HEADER: Final = "OIDC-Token"
TOKEN_HEADERS: Final = frozenset({TOKEN_HEADER.lower(), OIDC_HEADER.lower()})
"""Headers that may say who asks, in lower case; the first goes before the second."""

NOBODYS_TOKEN: Final = "vimgate-token-of-nobody"  # noqa: S105 - it opens nothing: no service has given it out
OUR_TOKEN: Final = "***"  # noqa: S105 - what is recorded in the place of the token of the run

TURNED_AWAY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Caller(StrEnum):
    """Whom a request comes from."""

    NAMELESS = "nameless"  # no token, or an empty one
    UNKNOWN = "unknown"  # a token that nobody has
    EXPIRED = "expired"  # a token that was good once, and has expired or was revoked
    READER = "reader"  # somebody who may read strategies, and change none
    CONFIGURATOR = "configurator"  # somebody with this role alone, as some releases have it
    OPERATOR = "operator"  # somebody with this role alone
    OIDC = "oidc"  # somebody who may do everything, with a token of OpenID Connect in a header of its own
    OURS = "ours"  # the token of the run
    OTHER = "other"


STRANGERS: Final = (Caller.NAMELESS, Caller.UNKNOWN, Caller.EXPIRED)
"""Callers who have no good token, the plainest first: who turns one away has to turn away those after it."""

BY_ROLE: Final = (Caller.READER, Caller.CONFIGURATOR, Caller.OPERATOR, Caller.OIDC)
"""Callers whose token is good, and of whom a release may say what they may do."""

RECORDED: Final[Mapping[Caller, str]] = MappingProxyType({
    Caller.OURS: OUR_TOKEN, Caller.EXPIRED: "***expired***", Caller.READER: "***reader***",
    Caller.CONFIGURATOR: "***configurator***", Caller.OPERATOR: "***operator***", Caller.OIDC: "***oidc***",
})  # fmt: skip
"""What is recorded in the place of a token that a run was given."""

_BY_TOKEN: Final = {NOBODYS_TOKEN: Caller.UNKNOWN} | {text: caller for caller, text in RECORDED.items()}


class Asked(NamedTuple):
    """A request for a documented operation (operationId) as far as callers go.

    `reads` is true of a look at a strategy of the `kind`; `plea` is the change that is asked for, where it can be told.
    """

    operation: str
    kind: str = ""
    reads: bool = False
    plea: Plea | None = None


@dataclass(frozen=True, slots=True)
class Reception:
    """How callers were received so far.

    `guarded` are operations (operationIds) that turned a stranger away for what he is, each with that stranger;
    `changes` are the kinds of which a change was asked for in vain since the strategy was last read. `admitted` says
    that our token was taken, `denied` are operations that then did not know it (401); `rights` what a reader may do.
    `entries` says of callers of a role which operations let them in, and which turned them away.
    """

    guarded: frozenset[tuple[Caller, str]] = frozenset()
    changes: frozenset[str] = frozenset()
    admitted: bool = False
    denied: frozenset[str] = frozenset()
    rights: Rights = field(default_factory=Rights)
    entries: frozenset[tuple[Caller, str, bool]] = frozenset()

    def guarded_from(self, caller: Caller) -> frozenset[str]:
        """The operations that turned away such a stranger, or one of whom less is to be feared."""
        plainer = STRANGERS[: STRANGERS.index(caller) + 1]
        return frozenset(operation for stranger, operation in self.guarded if stranger in plainer)

    def entered(self, caller: Caller, operation: str) -> bool:
        """The operation let the caller in."""
        return (caller, operation, True) in self.entries

    def kept_out(self, caller: Caller) -> frozenset[str]:
        """The operations that turned the caller away, so that his token does not open everything."""
        return frozenset(each for who, each, let_in in self.entries if who is caller and not let_in)

    def after(self, exchange: Exchange, asked: Asked) -> "Reception":
        """What is known after one more request."""
        caller = caller_of(exchange)
        if caller is Caller.OURS:
            return self._after_ours(exchange, asked)
        if caller is Caller.OTHER:
            return self
        turned_away = exchange.status in TURNED_AWAY
        changes = self.changes | {asked.kind} if turned_away and exchange.method != "GET" else self.changes
        if caller in BY_ROLE:
            entry = {(caller, asked.operation, exchange.succeeded)} if turned_away or exchange.succeeded else set()
            known = replace(self, changes=changes, entries=self.entries | entry)
            if caller is not Caller.READER:
                return known
            return replace(
                known, rights=self.rights.of_reader(asked, turned_away=turned_away, let_in=exchange.succeeded)
            )
        if not turned_away:
            return self
        guarded = self.guarded | {(caller, asked.operation)} if _is_about_the_caller(exchange) else self.guarded
        return replace(self, guarded=guarded, changes=changes)

    def _after_ours(self, exchange: Exchange, asked: Asked) -> "Reception":
        changes = self.changes - {asked.kind} if asked.reads else self.changes
        if exchange.status == HTTPStatus.UNAUTHORIZED and self.admitted:
            return replace(self, changes=changes, denied=self.denied | {asked.operation})
        if not exchange.succeeded:
            return self if changes == self.changes else replace(self, changes=changes)
        rights = self.rights.of_ours(asked)
        after = Reception(self.guarded, changes, admitted=True, rights=rights, entries=self.entries)
        return self if after == self else after


def _is_about_the_caller(exchange: Exchange) -> bool:
    """The code says that nobody but known callers is let in; 403 to a change may be about the state of the strategy."""
    return exchange.status == HTTPStatus.UNAUTHORIZED or exchange.method == "GET"


def caller_of(exchange: Exchange) -> Caller:
    """Whom the request comes from, by its token as it was recorded."""
    token = exchange.request_header(TOKEN_HEADER) or exchange.request_header(OIDC_HEADER)
    return _BY_TOKEN.get(token, Caller.OTHER) if token else Caller.NAMELESS


def header_of(caller: Caller) -> str:
    """The name of the header in which the caller's token goes."""
    return OIDC_HEADER if caller is Caller.OIDC else TOKEN_HEADER
