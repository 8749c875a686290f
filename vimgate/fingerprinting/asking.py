"""The questions of a fingerprint, put to a target: none of them changes anything."""

from typing import Final

from conformance.caller import Caller
from conformance.exchange import Exchange
from conformance.fingerprint.table import Question
from conformance.fingerprint.weighing import Observations
from conformance.targets.target import Target
from conformance.targets.transport import Unreachable
from vimgate.fingerprinting.progress import Watch

JSON: Final = "application/json"
_MOST_LOST: Final = 2


def ask(target: Target, into: Observations, watch: Watch = lambda _done, _all: None) -> tuple[str, ...]:
    """Put every question of the table that the callers allow; the ones that got no answer, in words.

    A reader is not tried where nobody has to show a token. `watch` is told how many of how many are done. Raises
    Unreachable when nothing is answered, or nothing more is.
    """
    questions = [each for each in into.table.questions if _can_be_put(target, each)]
    lost: list[str] = []
    is_open = not target.has_token
    for number, question in enumerate(questions):
        watch(number, len(questions))
        if is_open and question.caller is Caller.READER:
            continue
        try:
            exchange = _put(target, question)
        except Unreachable as error:
            lost.append(str(error))
            if not into.exchanges or len(lost) > _MOST_LOST:
                raise
            continue
        is_open = is_open or (question.caller is Caller.NAMELESS and exchange.succeeded)
        into.take(exchange)
    watch(len(questions), len(questions))
    return tuple(lost)


def _put(target: Target, question: Question) -> Exchange:
    return target.send(
        question.method,
        question.path,
        query=question.query,
        headers=(("Accept", question.accept or JSON),),
        origin="fingerprint",
        caller=question.caller,
    )


def _can_be_put(target: Target, question: Question) -> bool:
    """A further caller is there; and a nameless one is another one than ours."""
    if question.caller is Caller.NAMELESS:
        return target.has_token
    return question.caller is Caller.OURS or target.knows(question.caller)
