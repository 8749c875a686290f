"""Which action is accepted in which situation (ENGINE.md 2.3, PUBLISHED.md; the table is in spec/lifecycle.yaml)."""

from collections.abc import Iterable

from conformance.checks.context import Context, Deviation, Flaw, listing
from conformance.checks.lawful import (
    ABORTS,
    APPLIES,
    expectation,
    must_be_accepted,
    situation_before,
    situations_that_accept,
)
from conformance.circumstances import is_aside, is_plain
from conformance.exchange import Exchange
from conformance.known import Role
from spec.law import Expectation


def lawful_apply_is_accepted(
    exchange: Exchange, context: Context, *, action: str, situations: Iterable[str]
) -> Iterable[Deviation] | None:
    """An apply that the situation allows is accepted.

    Mutants: stage-id-text-refused, apply-denied-and-done, next-stage-refused, apply-all-while-paused-refused.
    """
    return _lawful(exchange, context, action, situations) if action in APPLIES else None


def lawful_abort_is_accepted(
    exchange: Exchange, context: Context, *, action: str, situations: Iterable[str]
) -> Iterable[Deviation] | None:
    """An abort that the situation allows is accepted.

    Mutants: abort-in-later-stage-refused, abort-while-paused-refused, abort-of-running-stage-refused.
    """
    return _lawful(exchange, context, action, situations) if action in ABORTS else None


def apply_refused_when_not_lawful(
    exchange: Exchange, context: Context, *, action: str, situations: Iterable[str], stage: str | None = None
) -> Iterable[Deviation] | None:
    """An apply that the situation does not allow is refused.

    Mutants: refused-action-200, refused-action-404, second-apply-accepted, apply-while-building-accepted,
    apply-stage-of-failed-build-accepted, apply-of-applied-accepted and 3 more.
    """
    return _unlawful(exchange, context, action, situations) if action in APPLIES else None


def abort_refused_when_not_lawful(
    exchange: Exchange, context: Context, *, action: str, situations: Iterable[str], stage: str | None = None
) -> Iterable[Deviation] | None:
    """An abort that the situation does not allow is refused.

    Mutants: refused-action-404, abort-of-ready-deletes, any-stage-aborts, abort-of-last-stage-while-paused,
    abort-stage-of-applied-accepted, abort-while-undoing-accepted.
    """
    return _unlawful(exchange, context, action, situations) if action in ABORTS else None


def _asked(context: Context, action: str, situations: Iterable[str]) -> str | None:
    """The situation last seen, when this action was asked for in one of these."""
    wish = context.wish
    if context.role is not Role.ACT or wish is None or wish.word != action or not wish.clear:
        return None
    situation = situation_before(context)
    return situation.name if situation is not None and situation.name in situations else None


def _lawful(exchange: Exchange, context: Context, action: str, situations: Iterable[str]) -> Iterable[Deviation] | None:
    situation = _asked(context, action, situations)
    if situation is None:
        return None
    if exchange.succeeded:
        seen = _seen_expectation(context, situation)
        return () if seen is Expectation.ACCEPTED else None
    if not must_be_accepted(exchange, context):
        return None
    message = f"{action} is lawful for a strategy that is {situation}"
    expected = str(context.law.success[action])
    return (
        Deviation(message, expected, str(exchange.status), "status", "accept what the state of the strategy allows"),
    )


def _unlawful(
    exchange: Exchange, context: Context, action: str, situations: Iterable[str]
) -> Iterable[Deviation] | None:
    situation = _asked(context, action, situations)
    if situation is None or not is_plain(exchange):
        return None
    if exchange.status in context.law.refused:
        return () if _seen_expectation(context, situation) is Expectation.REFUSED else None
    if is_aside(exchange) or expectation(context) is not Expectation.REFUSED:
        return None
    message = f"{action} is not lawful for a strategy that is {situation}"
    hint = "refuse it and leave the strategy as it is; 409 with the reason is the natural answer"
    flaw = _flaw(context, action, situation, message)
    return (Deviation(message, listing(sorted(context.law.refused)), str(exchange.status), "status", hint, flaw),)


def _flaw(context: Context, action: str, situation: str, message: str) -> Flaw:
    """What the caller has to hear: the stage that is asked for is not the one, or the strategy is not so far."""
    accepting, before = situations_that_accept(context.law, action), context.before
    if situation not in accepting or before is None or context.wish is None:
        advice = "wait for a state that allows it" if accepting else "leave it"
        return Flaw(message, listing(accepting), situation, "/action", advice)
    turn, stage = before.apply.current_stage, context.wish.stage
    said = (
        f"{action} of stage {stage}, and stage {turn} is the one" if stage is not None else f"{action} names no stage"
    )
    asked = "none" if stage is None else str(stage)
    return Flaw(f"{said} for a strategy that is {situation}", str(turn), asked, "/stage-id", "name that stage")


def _seen_expectation(context: Context, situation: str) -> Expectation:
    """What the law wants in the situation that was seen, as if no time had passed."""
    wish, before = context.wish, context.before
    if wish is None or before is None:
        return Expectation.EITHER
    return context.law.expected(wish.word, situation, stage=wish.stage, current=before.apply.current_stage)
