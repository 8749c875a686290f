"""Whether a strategy is there: create, delete, the two kinds, refused requests and reads (ENGINE.md 2.3, 8.4)."""

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.checks.context import Context, Deviation, Flaw, listing, show
from conformance.checks.lawful import (
    expectation,
    is_well_formed,
    must_be_accepted,
    situation_before,
    situations_that_accept,
)
from conformance.checks.succession import causes_of, was_restarted
from conformance.circumstances import is_aside, is_broken, is_plain, takes_json
from conformance.exchange import NO_JSON, Exchange
from conformance.known import NO_STRATEGY, Move, Outcome, Presence, Role, Slot
from conformance.strategy import Strategy
from spec.law import Cause, Expectation

_OK: Final = 200
_NOT_FOUND: Final = 404
_RAW: Final = "members"
_STATE: Final = "/strategy/state"


def absent_strategy_is_not_found(
    exchange: Exchange, context: Context, *, operation: str, statuses: Iterable[int], empty: str = ""
) -> Iterable[Deviation] | None:
    """While there is no strategy of that kind the request is refused with one of these codes.

    With `empty` allowed it may as well be answered that the strategy is null.

    Mutants: absent-strategy-400, absent-strategy-action-409, create-denied-and-done, shown-once-more,
    delete-of-aborted-does-nothing, delete-of-nothing-204 and 5 more.
    """
    if not context.is_of(operation) or is_aside(exchange) or is_broken(exchange) or not is_plain(exchange):
        return None
    if exchange.succeeded and exchange.response_json == NO_STRATEGY:
        if empty:
            return ()
        hint = "answer 404 when there is no strategy"
        return (Deviation("the answer shows no strategy", listing(statuses), str(exchange.status), "status", hint),)
    if context.slot.presence is not Presence.ABSENT or (context.role is Role.READ and exchange.request_body):
        return None
    if exchange.status in statuses:
        return ()
    message = f"there is no {context.kind} strategy"
    flaw = Flaw(message, f"a strategy of the kind {context.kind}", "none", "path", "create a strategy first")
    return (Deviation(message, listing(statuses), str(exchange.status), "status", flaw=flaw),)


def existing_strategy_is_shown(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """A strategy that is there is shown.

    Mutants: hidden-while-building, hidden-while-undoing, failed-build-forgotten, refused-delete-deletes,
    restart-loses-strategy, restart-loses-paused-upgrade.
    """
    if not context.is_of(operation) or context.role is not Role.READ or context.slot.presence is not Presence.PRESENT:
        return None
    if is_aside(exchange) or is_broken(exchange) or not is_plain(exchange) or exchange.request_body:
        return None
    if exchange.status == _OK and exchange.response_json != NO_STRATEGY:
        return ()
    return (Deviation(f"the {context.kind} strategy is not shown", "200 with it", _what(exchange), "status"),)


def current_strategy_is_true(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """Which strategy there is, and its state, is told as the path of its kind shows it."""
    if not context.is_of(operation) or exchange.status != _OK or exchange.request_body or not is_plain(exchange):
        return None
    body = exchange.response_json
    shown = body.get("strategy", NO_JSON) if isinstance(body, dict) else NO_JSON
    if shown is None:
        return _unless_nothing_is_there(context)
    if not isinstance(shown, dict) or not isinstance(shown.get("name"), str):
        return None
    return _against_its_kind(shown["name"], shown.get("state"), context)


def _against_its_kind(name: str, state: object, context: Context) -> Iterable[Deviation] | None:
    """What is wrong with a name and a state, by what the path of that kind has shown; None where nobody knows."""
    slot, law = context.known.slots.get(name, Slot()), context.law
    if slot.presence is Presence.ABSENT:
        message = f"a {name} strategy is told of, and there is none"
        return (Deviation(message, "null, or the kind that is there", name, "/strategy/name"),)
    before = slot.seen.state if slot.seen is not None and slot.presence is Presence.PRESENT else None
    if before is None or before not in law.states or not isinstance(state, str):
        return None
    if state in law.hidden or law.state_may_follow(before, state):
        return ()
    message = f"the {name} strategy is told to be {state}, and was {before}"
    return (Deviation(message, listing(sorted(law.reachable(before))), state, _STATE),)


def _unless_nothing_is_there(context: Context) -> Iterable[Deviation] | None:
    """What is wrong with saying that there is no strategy; None where nobody knows."""
    slots = context.known.slots
    there = next((kind for kind, slot in slots.items() if slot.presence is Presence.PRESENT), None)
    if there is not None:
        message = f"no strategy is told of, and there is a {there} strategy"
        return (Deviation(message, f"its name, {there}, and its state", "null", "/strategy"),)
    return () if all(slot.presence is Presence.ABSENT for slot in slots.values()) else None


def other_kind_is_not_found(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy is reached under the path of its own kind alone.

    Mutants: patch-shown-as-upgrade, delete-of-either-kind, upgrade-read-as-patch, acts-on-any-kind.
    """
    if not context.kind or context.role in (None, Role.CREATE) or is_aside(exchange) or not is_plain(exchange):
        return None
    if context.known.other(context.kind).presence is not Presence.PRESENT:
        return None
    if not exchange.succeeded or exchange.response_json == NO_STRATEGY:
        return ()
    message = f"the strategy is of the other kind, and {context.kind} answers for it"
    hint = "ask under the path of the kind of the strategy"
    flaw = Flaw("the strategy is of the other kind", f"a strategy of the kind {context.kind}", "none", "path", hint)
    return (Deviation(message, "404", _what(exchange), "status", flaw=flaw),)


def lawful_create_is_accepted(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A create that is well formed is accepted while there is no strategy.

    Mutants: charset-refused, leading-space-refused, members-in-order, create-denied-and-done,
    create-after-delete-refused.
    """
    if context.role is not Role.CREATE or not context.known.nothing_there or not is_well_formed(exchange, context):
        return None
    if is_aside(exchange):
        return None
    if exchange.succeeded:
        return ()
    return (
        Deviation(
            "there is no strategy, and a well-formed create was not accepted", "200", str(exchange.status), "status"
        ),
    )


def create_refused_while_one_exists(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A create is refused while a strategy of the same kind exists.

    Mutants: conflict-422, failed-build-forgotten.
    """
    return _second_create(exchange, context, context.slot, context.kind) if context.kind else None


def singleton_across_kinds(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """There is one strategy at a time, whatever its kind.

    Mutants: conflict-422, one-strategy-per-kind.
    """
    return _second_create(exchange, context, context.known.other(context.kind), "other kind") if context.kind else None


def _second_create(exchange: Exchange, context: Context, slot: Slot, whose: str) -> Iterable[Deviation] | None:
    if context.role is not Role.CREATE or slot.presence is not Presence.PRESENT or not is_plain(exchange):
        return None
    if exchange.status in context.law.refused:
        return ()
    if is_aside(exchange):
        return None
    message = f"a strategy of the {whose} exists"
    hint = "refuse the create and keep the first strategy; 409 is the natural answer"
    there = "one that is there" if slot.seen is None else f"one that is {slot.seen.state}"
    flaw = Flaw(message, "no strategy of either kind", there, "path", "delete the strategy that is there first")
    return (Deviation(message, listing(sorted(context.law.refused)), str(exchange.status), "status", hint, flaw),)


def uuid_is_new(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Every create gives a uuid that no earlier strategy had.

    Mutants: one-uuid-for-all.
    """
    if context.strategy is None or context.role is not Role.CREATE or not exchange.succeeded:
        return None
    last = {slot.seen.uuid for slot in context.known.slots.values() if slot.seen is not None}
    if context.strategy.uuid not in last | set(context.known.gone):
        return ()
    return (Deviation("an earlier strategy had this uuid", "a new uuid", context.strategy.uuid, "/strategy/uuid"),)


def lawful_delete_is_accepted(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy that is not being built, applied or aborted can be deleted.

    Mutants: upgrade-delete-not-offered, failed-build-forgotten, applied-strategy-stays.
    """
    if context.role is not Role.DELETE or not must_be_accepted(exchange, context):
        return None
    if exchange.succeeded:
        return ()
    return (Deviation("the strategy is at rest and was not deleted", "204", str(exchange.status), "status"),)


def delete_refused_when_busy(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy that is being built, applied or aborted cannot be deleted without force.

    Mutants: refused-delete-204, delete-while-paused, delete-while-building, delete-while-aborting.
    """
    situation = situation_before(context)
    if context.role is not Role.DELETE or situation is None or not is_plain(exchange):
        return None
    if context.wish is None or context.wish.word != "delete" or not context.wish.clear:
        return None
    if exchange.status in context.law.refused:
        return () if context.law.expected("delete", situation.name) is Expectation.REFUSED else None
    if is_aside(exchange) or expectation(context) is not Expectation.REFUSED:
        return None
    hint = "refuse the delete and leave the strategy as it is; 409 is the natural answer"
    message = (
        f"the strategy is {situation.name} and was deleted without force"
        if exchange.succeeded
        else f"the strategy is {situation.name}"
    )
    resting = listing(situations_that_accept(context.law, "delete"))
    advice = "wait until the strategy rests, or abort it first"
    flaw = Flaw(f"the strategy is {situation.name}", resting, situation.name, "method", advice)
    return (Deviation(message, listing(sorted(context.law.refused)), str(exchange.status), "status", hint, flaw),)


def delete_leaves_nothing(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """After a delete the strategy is gone: it is not shown any more and takes no action.

    Mutants: refused-delete-204, shown-once-more, delete-of-aborted-does-nothing.
    """
    if context.role in (None, Role.CREATE) or not context.slot.deleted or is_aside(exchange):
        return None
    if not takes_json(exchange):  # in another form an answer may as well tell that there is none
        return None
    if not exchange.succeeded or exchange.response_json == NO_STRATEGY:
        return ()
    return (Deviation("the strategy was deleted and answers still", "404", _what(exchange), "status"),)


def refused_request_changes_nothing(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A request that was refused has changed nothing: the strategy is there, and where it could come by itself.

    Mutants: refused-create-replaces, refused-delete-deletes, refused-create-deletes.
    """
    moves = [move for move in context.slot.moves if move.outcome is Outcome.REFUSED]
    if (
        context.role is not Role.READ
        or context.slot.presence is not Presence.PRESENT
        or not moves
        or is_aside(exchange)
    ):
        return None
    if not is_plain(exchange):
        return None
    return _traces(exchange, context, moves)


def _traces(exchange: Exchange, context: Context, moves: list[Move]) -> Iterator[Deviation]:
    asked = listing(sorted({f"{move.wish.word} ({move.status})" for move in moves}))
    if exchange.status == _NOT_FOUND or exchange.response_json == NO_STRATEGY:
        yield Deviation(f"after a refused {asked} the strategy is gone", "the same strategy", _what(exchange), "status")
    before, now = context.before, context.strategy
    if before is None or now is None:
        return
    if before.uuid != now.uuid:
        yield Deviation(f"after a refused {asked} another strategy is there", before.uuid, now.uuid, "/strategy/uuid")
        return
    causes = causes_of(exchange, context)
    known = before.state in context.law.states and now.state in context.law.states
    if known and causes == {Cause.ITSELF} and not context.law.state_may_follow(before.state, now.state, causes):
        allowed = listing(sorted(context.law.reachable(before.state, causes)))
        yield Deviation(f"after a refused {asked} the strategy has moved", allowed, now.state, "/strategy/state")


def reads_change_nothing(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Two reads at the same moment show the same strategy; so do two reads of a strategy that waits or rests.

    Mutants: reads-alternate, third-read-stale.
    """
    before, now, situation = context.before, context.strategy, situation_before(context)
    if context.role is not Role.READ or before is None or now is None or situation is None:
        return None
    may_move = before.apply.running or context.law.drifts_to(situation.name) != {situation.name}
    if context.slot.moves or (context.moved and may_move):
        return None
    if before.members == now.members or was_restarted(now):
        return ()
    changed = sorted(_changed(before, now, context.law.progress.fixed["strategy"]))
    if not changed:
        return ()
    return (
        Deviation("a second read shows another document", "the same document", f"other {show(changed)}", "/strategy"),
    )


def _changed(before: Strategy, now: Strategy, parameters: Iterable[str]) -> Iterator[str]:
    """The members that differ, of those that the contract knows; what a vendor adds may change with every answer."""
    yield from (
        name for name, old, new in zip(Strategy._fields, before, now, strict=True) if old != new and name != _RAW
    )
    yield from (name for name in parameters if name != "uuid" and before.members.get(name) != now.members.get(name))


def _what(exchange: Exchange) -> str:
    return f"{exchange.status} with no strategy" if exchange.response_json == NO_STRATEGY else str(exchange.status)
