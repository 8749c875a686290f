"""Callers: who is let in, and that it is the same everywhere (PUBLISHED.md, row "no token, bad token").

Whether a service asks for a token is its own affair. Where it does for one operation, it does for the others.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Final

from conformance.caller import TURNED_AWAY, Caller, caller_of
from conformance.checks.context import Context, Deviation, listing
from conformance.circumstances import is_aside, is_plain
from conformance.exchange import Exchange
from conformance.known import Outcome, Presence, Role, asked_of
from conformance.rights import Rights

# A request that is taken for broken before anybody looks who sends it tells nothing of who would be let in.
_UNDECIDED: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.MISDIRECTED_REQUEST})


def stranger_is_turned_away(
    exchange: Exchange, context: Context, *, caller: str, operations: Iterable[str]
) -> Iterable[Deviation] | None:
    """Where a caller without a good token is turned away by one operation, so is he by the others.

    Mutants: any-token-taken, empty-token-taken, strategies-readable-by-all, delete-unguarded,
    upgrade-actions-take-any-token, unknown-token-500 and 1 more.
    """
    hint = "ask for the token before anything else is looked at, the same for all operations"
    return _turned_away(exchange, context, caller=Caller(caller), operations=operations, hint=hint)


def ended_token_opens_nothing(
    exchange: Exchange, context: Context, *, operations: Iterable[str]
) -> Iterable[Deviation] | None:
    """Where strangers are turned away by one operation, so is a caller whose token has ended by all of them.

    Mutants: expired-token-taken-by-delete, expired-token-reads-upgrades.
    """
    hint = "ask each time whether the token still holds; should it hold after all, the run was given the wrong one"
    return _turned_away(exchange, context, caller=Caller.EXPIRED, operations=operations, hint=hint)


_WITH: Final = {
    Caller.NAMELESS: "without a token",
    Caller.UNKNOWN: "with a token that nobody has",
    Caller.EXPIRED: "with a token that has expired or was revoked",
}


def _turned_away(
    exchange: Exchange, context: Context, *, caller: Caller, operations: Iterable[str], hint: str
) -> Iterable[Deviation] | None:
    if not context.is_of(*operations) or caller_of(exchange) is not caller or not is_plain(exchange):
        return None
    reception = context.known.reception
    guarded = reception.guarded_from(caller).intersection(operations) if reception.admitted else ()
    if not guarded or exchange.status in _UNDECIDED or (is_aside(exchange) and exchange.status not in TURNED_AWAY):
        return None
    if exchange.status in TURNED_AWAY:
        return ()
    strict = listing(sorted(guarded))
    message = f"{strict} turned strangers away, and this operation did not turn away a caller {_WITH[caller]}"
    return (Deviation(message, listing(sorted(map(int, TURNED_AWAY))), str(exchange.status), "status", hint),)


def refused_caller_changes_nothing(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What a caller was turned away from has not been done.

    Mutants: create-denied-after-it-was-done, delete-denied-after-it-was-done,
    reader-delete-denied-after-it-was-done, reader-abort-denied-after-it-was-done.
    """
    if context.role is not Role.READ or context.kind not in context.known.reception.changes or not is_plain(exchange):
        return None
    if is_aside(exchange) or caller_of(exchange) is not Caller.OURS or context.slot.presence is Presence.UNKNOWN:
        return None
    if any(move.outcome is not Outcome.REFUSED for move in context.slot.moves):
        return None  # somebody else was let do something since
    return _traces(exchange, context)


def _traces(exchange: Exchange, context: Context) -> Iterator[Deviation]:
    before, now = context.before, context.strategy
    if context.slot.presence is Presence.ABSENT and now is not None:
        yield Deviation("a create was turned away, and the strategy is there", "404", str(exchange.status), "status")
    elif context.slot.presence is Presence.PRESENT and exchange.status == HTTPStatus.NOT_FOUND:
        yield Deviation("a request was turned away, and the strategy is gone", "200", "404", "status")
    elif before is not None and now is not None and before.current_phase != now.current_phase == "apply":
        message = "an action was turned away, and the strategy is being applied"
        yield Deviation(message, before.state, now.state, "/strategy/state")
    elif before is not None and now is not None and not context.moved and before.state != now.state:
        yield Deviation("an action was turned away, and has its way", before.state, now.state, "/strategy/state")


def good_token_is_known_everywhere(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A token that one operation takes is known to every other.

    Mutants: token-forgotten-by-upgrade-actions.
    """
    reception = context.known.reception
    if caller_of(exchange) is not Caller.OURS or not exchange.succeeded or not reception.guarded:
        return None
    if not reception.admitted:
        return None
    return [
        Deviation(f"{name} did not know the token, which is taken before and after", "another code", "401", "status")
        for name in sorted(reception.denied)
    ]


def reader_is_kept_from_every_change(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Who may only read, and is turned away from one change of a strategy, can make none, of neither kind.

    Mutants: reader-may-create-patches, reader-may-delete, reader-may-apply-upgrades, reader-may-abort.
    """
    caller, before = caller_of(exchange), context.known.reception.rights
    if context.operation is None or caller not in (Caller.READER, Caller.OURS):
        return None
    if caller is Caller.OURS and (context.role is Role.READ or not before.met):
        return None
    asked = asked_of(context.known, exchange, context.operation)
    now = context.known.reception.after(exchange, asked).rights
    if now == before or not now.tried:
        return None
    again = {asked.operation} if caller is Caller.READER and not asked.reads and exchange.succeeded else ()
    return _let_do(now, now.taken.intersection(again) if before.kept else now.taken)


def _let_do(rights: Rights, done: Iterable[str]) -> list[Deviation]:
    """What was let do although the reader is kept from other changes."""
    kept = listing(sorted(rights.kept))
    hint = "look at the roles of the caller before every change, the same for both kinds"
    return [
        Deviation(f"{name} obeyed a caller who may only read, and {kept} turned him away", "403", "2xx", "status", hint)
        for name in (sorted(done) if rights.kept else ())
    ]


def reader_is_shown_every_strategy(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Who may read strategies, and has read one before and after, is turned away from no look in between.

    Mutants: reader-refused-upgrades, reader-forgotten-by-patches.
    """
    if context.role is not Role.READ or caller_of(exchange) is not Caller.READER or not exchange.succeeded:
        return None
    rights = context.known.reception.rights
    if not rights.reads:
        return None
    return [
        Deviation(f"{name} turned away a caller who may read strategies", "another code", "401 or 403", "status")
        for name in sorted(rights.hidden)
    ]


def role_is_let_in(
    exchange: Exchange, context: Context, *, caller: str, operations: Iterable[str]
) -> Iterable[Deviation] | None:
    """A caller with a role that the release names for an operation is not turned away from it.

    Asked are changes only where the state allows them, so that a 403 is about the caller. One who was let in to it
    before is none whose role is missing: his token may have ended.
    """
    who, reception = Caller(caller), context.known.reception
    if not _asks_as(exchange, context, who, operations) or not reception.admitted or exchange.status in _UNDECIDED:
        return None
    if exchange.status not in TURNED_AWAY:
        return () if exchange.succeeded else None
    operation = context.operation.operation_id if context.operation else ""
    if reception.entered(who, operation):
        return None
    message = f"{operation} turned away a caller {_AS[who]}, which the release lets in"
    hint = "name the role where the rights to this operation are looked at; or the run was given another token"
    return (Deviation(message, "another code", str(exchange.status), "status", hint),)


def role_is_kept_out(
    exchange: Exchange, context: Context, *, caller: str, operations: Iterable[str]
) -> Iterable[Deviation] | None:
    """A caller whose role the release does not name for an operation is turned away from it.

    Only one who was turned away from something is known to have no more than that role.
    """
    who, kept = Caller(caller), context.known.reception.kept_out(Caller(caller))
    if not _asks_as(exchange, context, who, operations) or exchange.status in _UNDECIDED:
        return None
    if exchange.status in TURNED_AWAY:
        return ()
    if not exchange.succeeded or not kept:
        return None
    message = f"{listing(sorted(kept))} turned away a caller {_AS[who]}, and this operation let him in"
    hint = "look at the roles of the caller before every operation, as the release does"
    return (Deviation(message, listing(sorted(map(int, TURNED_AWAY))), str(exchange.status), "status", hint),)


_AS: Final = {
    Caller.READER: "with the role reader",
    Caller.CONFIGURATOR: "with the role configurator",
    Caller.OPERATOR: "with the role operator",
    Caller.OIDC: "with a token of OpenID Connect",
}


def _asks_as(exchange: Exchange, context: Context, caller: Caller, operations: Iterable[str]) -> bool:
    return context.is_of(*operations) and caller_of(exchange) is caller and is_plain(exchange)
