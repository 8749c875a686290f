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
from conformance.known import Presence, Role

# A request that is taken for broken before anybody looks who sends it tells nothing of who would be let in.
_UNDECIDED: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.MISDIRECTED_REQUEST})


def stranger_is_turned_away(
    exchange: Exchange, context: Context, *, caller: str, operations: Iterable[str]
) -> Iterable[Deviation] | None:
    """Where a caller without a good token is turned away by one operation, so is he by the others.

    Mutants: any-token-taken, empty-token-taken, strategies-readable-by-all, delete-unguarded,
    upgrade-actions-take-any-token, unknown-token-500 and 1 more.
    """
    if not context.is_of(*operations) or caller_of(exchange) != caller or not is_plain(exchange):
        return None
    reception = context.known.reception
    guarded = reception.guarded.intersection(operations) if reception.admitted else ()
    if not guarded or exchange.status in _UNDECIDED or (is_aside(exchange) and exchange.status not in TURNED_AWAY):
        return None
    if exchange.status in TURNED_AWAY:
        return ()
    what = "without a token" if caller == Caller.NAMELESS else "with a token that nobody has"
    message = f"{listing(sorted(guarded))} turned a caller {what} away, and this operation did not"
    hint = "ask for the token before anything else is looked at, the same for all operations"
    return (Deviation(message, listing(sorted(map(int, TURNED_AWAY))), str(exchange.status), "status", hint),)


def refused_caller_changes_nothing(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What a caller was turned away from has not been done.

    Mutants: create-denied-after-it-was-done, delete-denied-after-it-was-done.
    """
    if context.role is not Role.READ or not context.known.reception.changes or not is_plain(exchange):
        return None
    if is_aside(exchange) or caller_of(exchange) is not Caller.OURS or context.slot.presence is Presence.UNKNOWN:
        return None
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
