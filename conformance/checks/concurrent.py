"""What several clients asked at the same time: one strategy, answers as if in some order, no moment shown twice.

These checks look at a whole history, not at an exchange (scope `concurrent`).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.checks.context import Context, Deviation
from conformance.checks.succession import (
    dates_never_change,
    phase_succession,
    progress_never_goes_back,
    result_succession,
    state_succession,
)
from conformance.histories.call import Call, History
from conformance.histories.checker import Verdict
from conformance.histories.evidence import line
from conformance.histories.specification import one_at_a_time, serial
from conformance.known import Known, Move, Outcome, Presence, Role, Slot, Wish

_PARTS: Final = ("phase", "stage", "step")
_SHOWN: Final = 6  # calls in a text


def one_strategy_at_a_time(history: History, context: Context) -> Iterable[Deviation] | None:
    """Of creates that meet at most one is accepted, and strategies of both kinds are never shown at once.

    Mutants: two-creates-at-once.
    """
    creates = [call for call in history.calls if call.asked is not None and call.asked.word == "create"]
    if not creates:
        return None
    verdict = one_at_a_time(history, reads=False)
    if not verdict.linearizable:
        accepted = [call for call in history.in_order if call in creates and call.accepted]
        hint = f"look for the strategy and store the new one under one lock; accepted were\n{_lines(accepted)}"
        message = "two creates were accepted, and no delete lies between"
        return (Deviation(message, "one accepted create at a time", "more than one", "status", hint),)
    kinds = {call.asked.kind for call in history.calls if call.asked is not None and call.answered.shown is not None}
    if len(kinds) > 1 and not one_at_a_time(history, reads=True).linearizable:
        return (Deviation("strategies of both kinds are shown at once", "one strategy at a time", "both", "status"),)
    return ()


def concurrent_calls_have_an_order(history: History, context: Context) -> Iterable[Deviation] | None:
    """Requests that meet are answered as if they had come one after the other, in an order that agrees with time.

    Mutants: two-creates-at-once, two-applies-at-once, apply-beside-a-delete, torn-read, lost-abort.
    """
    if not any(call.asked is not None for call in history.calls) or one_strategy_at_a_time(history, context):
        return None
    verdict = serial(history, context.law)
    if verdict.linearizable:
        return ()
    if not verdict.decided:
        return None
    hint = f"carry out each request under one lock, from its look at the strategy on; {_rest(history, verdict)}"
    message = "no order of the calls explains the answers"
    return (Deviation(message, "answers as if one after the other", "answers that no order gives", "status", hint),)


def _rest(history: History, verdict: Verdict) -> str:
    """The calls that no order takes in, behind the longest one that was found."""
    taken = {(each.invoked, each.returned) for each in verdict.order}
    rest = [call for call in history.in_order if (call.invoked, call.returned) not in taken]
    return f"after {len(taken)} calls in an order that fits none of these may come next\n{_lines(rest)}"


def _lines(calls: Iterable[Call]) -> str:
    return "\n".join(line(call) for call in list(calls)[:_SHOWN])


def reads_never_show_the_past(history: History, context: Context) -> Iterable[Deviation] | None:
    """An answer shows no older moment of a strategy than one that was complete before its request was sent.

    Mutants: torn-read, lost-abort.
    """
    if not history.calls:
        return None
    return _older([call for call in history.in_order if call.answered.shown is not None], context)


def _older(shown: list[Call], context: Context) -> Iterator[Deviation]:
    for later in shown:
        earlier = [call for call in shown if call.returned < later.invoked]
        newest = max(earlier, key=lambda each: each.returned, default=None)
        found = next(_steps_back(newest, later, context), None) if newest is not None else None
        if found is not None and newest is not None:
            message = f"an older moment is shown again: {found.message}"
            hint = f"answer from one copy of the strategy; compare\n{_lines([newest, later])}"
            yield Deviation(message, found.expected, found.actual, found.where, hint)
            return


def _steps_back(before: Call, after: Call, around: Context) -> Iterator[Deviation]:
    """What went back between two answers; any request may have come between."""
    old, new = before.answered.shown, after.answered.shown
    if old is None or new is None or after.exchange is None or old.uuid != new.uuid:
        return
    anything = Move(Wish("?", clear=False), Outcome.UNCLEAR, 0)
    kind = after.operation.kind or ""
    slot = Slot(Presence.PRESENT, old, moves=(anything,), role=Role.READ)
    known = Known.of(around.contract.kinds).with_slot(kind, slot)
    context = Context(after.exchange, around.contract, around.law, after.operation, new, known)
    for check in (state_succession, phase_succession, progress_never_goes_back, dates_never_change):
        yield from check(after.exchange, context) or ()
    for part in _PARTS:
        yield from result_succession(after.exchange, context, part=part) or ()
