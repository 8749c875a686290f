"""What the law demands of a request, given what was known before it: accepted, refused, or either.

A document is a look at one moment. Between two exchanges a strategy may move on by itself (unless the clock of the
target stands still), so an answer binds only where every situation that it may have come to binds to the same.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from conformance.checks.context import Context
from conformance.circumstances import is_aside, is_bodiless, is_plain
from conformance.exchange import NO_JSON, Exchange
from conformance.known import Outcome, Presence, Role
from conformance.strategy import Strategy
from spec.contract import Contract
from spec.law import ABSENT, Expectation, Law, Situation
from spec.members import members_of

APPLIES: Final = frozenset({"apply-all", "apply-stage"})
ABORTS: Final = frozenset({"abort", "abort-stage"})
_WITHOUT_STAGE: Final = frozenset({"apply-all", "abort"})
REQUESTS: Final = {"delete-forced": "delete-force"}
# Widths that must be accepted; known servers have different bounds beyond (PUBLISHED.md, row `max-parallel-worker-
# hosts`).
_WIDTHS: Final = range(2, 11)
_STAGE: Final = "stage-id"
_WIDTH: Final = "max-parallel-worker-hosts"


def situation_of(strategy: Strategy, law: Law) -> Situation | None:
    """The situation that a document shows; None when no situation has that state in that phase."""
    return law.situation(strategy.state, strategy.current_phase, running=strategy.apply.running)


def situation_before(context: Context) -> Situation | None:
    """The situation of the last document, if nothing was accepted since that the documents have not shown."""
    if context.before is None or any(move.outcome is not Outcome.REFUSED for move in context.slot.moves):
        return None
    return situation_of(context.before, context.law)


def situations_now(context: Context) -> frozenset[str]:
    """Every situation that the strategy may be in when the request arrives; empty when that is not known."""
    situation = situation_before(context)
    if situation is None or context.before is None:
        return frozenset()
    if not context.moved:
        return frozenset({situation.name})
    drifts = context.law.drifts_to(situation.name)
    if context.before.apply.stop_at_stage < len(context.before.apply.stages):
        return drifts
    return frozenset(name for name in drifts if name == situation.name or context.law.situations[name].run != "stopped")


def situations_that_accept(law: Law, request: str) -> list[str]:
    """The situations in which the request is accepted, for one stage at least, in the order of the law."""
    return [name for name in law.situations if law.words_for(request, name)[0] is Expectation.ACCEPTED]


def expectation(context: Context) -> Expectation:
    """How the law wants the request to be answered; `EITHER` when it binds nobody, or when too little is known."""
    wish = context.wish
    if wish is None or not wish.clear:
        return Expectation.EITHER
    if context.role is Role.CREATE:
        return _of_create(context)
    if wish.word in _WITHOUT_STAGE and wish.stage is not None:  # ignored by some, obeyed by others (PUBLISHED.md)
        return Expectation.EITHER
    request = REQUESTS.get(wish.word, wish.word)
    if request not in context.law.success:
        return Expectation.EITHER
    if context.slot.presence is Presence.ABSENT:
        return context.law.expected(request, ABSENT)
    found = set(_answers(context, request, wish.stage))
    return found.pop() if len(found) == 1 else Expectation.EITHER


def _of_create(context: Context) -> Expectation:
    if any(slot.presence is Presence.PRESENT for slot in context.known.slots.values()):
        return Expectation.REFUSED
    return Expectation.ACCEPTED if context.known.nothing_there else Expectation.EITHER


def _answers(context: Context, request: str, stage: int | None) -> Iterator[Expectation]:
    if context.before is None:
        return
    for name in situations_now(context):
        for current in _currents(context, name):
            yield context.law.expected(request, name, stage=stage, current=current)


def _currents(context: Context, situation: str) -> Iterable[int]:
    """The stages that the apply phase may be at in that situation: where it was seen, or up to the end of its run."""
    assert context.before is not None  # noqa: S101 - only asked with a document at hand
    apply = context.before.apply
    law = context.law.situations[situation]
    if law.run == "stopped":
        seen = situation_of(context.before, context.law)
        return (apply.current_stage if seen is law else apply.stop_at_stage,)
    if law.phase == "build" or not context.moved:
        return (apply.current_stage,)
    return range(apply.current_stage, max(apply.stop_at_stage, apply.current_stage) + 1)


def must_be_accepted(exchange: Exchange, context: Context) -> bool:
    """The request is well formed, its form excuses nothing, and the law wants it accepted."""
    if is_aside(exchange) or not is_plain(exchange):
        return False
    if context.role is None:
        return context.operation is not None and not exchange.request_body
    if context.role is Role.READ:
        return context.slot.presence is Presence.PRESENT and not exchange.request_body
    if context.role is Role.DELETE:
        return not lacks_body(exchange, context) and expectation(context) is Expectation.ACCEPTED
    return is_well_formed(exchange, context) and expectation(context) is Expectation.ACCEPTED


def lacks_body(exchange: Exchange, context: Context) -> bool:
    """There is no body, and the contract wants one."""
    return is_bodiless(exchange) and context.operation is not None and context.operation.body == "required"


def is_well_formed(exchange: Exchange, context: Context) -> bool:
    """The body of a create or an action is one that must be taken, as far as the body goes.

    A `stage-id` that is an integer need not: the reference says xsd:string. Nor need a member of which a service wants
    more than a schema can say, such as a day that is still to come.
    """
    body = exchange.request_json
    if body is NO_JSON or not isinstance(body, dict) or context.body_errors or not is_plain(exchange):
        return False
    if isinstance(body.get(_STAGE), int) or not _partial(context).isdisjoint(body):
        return False
    width = body.get(context.of_workers(_WIDTH), _WIDTHS.start)
    return type(width) is int and width in _WIDTHS


def _partial(context: Context) -> frozenset[str]:
    operation = context.operation
    return _partial_members(context.contract, operation.operation_id) if operation is not None else frozenset()


@cache
def _partial_members(contract: Contract, operation: str) -> frozenset[str]:
    """The members of a body of which the schema does not say all."""
    return frozenset(each.name for each in members_of(contract, operation) if each.partial)
