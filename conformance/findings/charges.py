"""From a deviation to a finding: the requirement with its verdict, and the evidence, without secrets."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from conformance.checks.context import Check, Context, Deviation, Flaw
from conformance.exchange import Exchange
from conformance.histories import evidence
from conformance.histories.call import History
from conformance.reproducer import request_text, response_text, script
from reports.model import Finding, Strength, Verdict
from reports.redact import is_secret_name, redact_finding
from spec.ledger import Requirement

# Verdict of a deviation by the strength of the requirement; a permission is never broken.
_VERDICTS: Final = {Strength.MUST: Verdict.FAIL, Strength.SHOULD: Verdict.WARN, Strength.MAY: Verdict.PASS}


@dataclass(frozen=True, slots=True)
class Bound:
    """A check with the parameters of one requirement of a `level`; in that `order` findings of an exchange are told.

    `call` is the function with these parameters.
    """

    id: str
    check: Check
    parameters: Mapping[str, Any]
    verdict: Verdict
    order: int = 0
    level: str = ""
    call: Callable[[Exchange, Context], Iterable[Deviation] | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        function = self.check.function
        object.__setattr__(self, "call", partial(function, **self.parameters) if self.parameters else function)


def bind(requirement: Requirement, check: Check, order: int = 0) -> Bound:
    """The check as the requirement wants it."""
    verdict = _VERDICTS[Strength(requirement.strength)]
    return Bound(requirement.id, check, requirement.parameters, verdict, order, requirement.level)


def finding_of(bound: Bound, deviation: Deviation | Flaw, context: Context | None = None) -> Finding:
    """The finding without evidence; about the strategy of the context, or about none in particular."""
    usual = isinstance(deviation, Deviation) and deviation.usual
    return Finding(
        bound.id,
        min(bound.verdict, Verdict.WARN) if usual else bound.verdict,
        deviation.message,
        deviation.expected,
        deviation.actual,
        deviation.where,
        deviation.hint,
        kind=context.kind if context is not None else "",
        state=context.state if context is not None else "",
    )


def with_history(finding: Finding, history: History, exchange: Exchange | None = None) -> Finding:
    """The finding with the calls of the history (and the one that shows it), and a script that asks the same."""
    found = replace(
        finding,
        request=evidence.timeline(history) if exchange is None else request_text(exchange),
        response=response_text(exchange) if exchange is not None else "",
        reproducer=evidence.script(history),
        origin=history.name,
    )
    return redact_finding(found, _secrets_of(*(call.exchange for call in history.calls if call.exchange is not None)))


def with_evidence(finding: Finding, exchange: Exchange, before: tuple[Exchange, ...]) -> Finding:
    """The finding with request, answer and reproducer; every text without secrets."""
    found = replace(
        finding,
        request=request_text(exchange),
        response=response_text(exchange),
        reproducer=script(exchange, before),
        origin=exchange.origin,
    )
    return redact_finding(found, _secrets_of(exchange))


def _secrets_of(*exchanges: Exchange) -> tuple[str, ...]:
    """What the requests carried that nobody may read."""
    return tuple(value for each in exchanges for name, value in each.request_headers if is_secret_name(name) and value)


def crash(what: str, error: Exception) -> str:
    """The type and the place of an exception; never its text, which may hold what was sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{what} crashed: {type(error).__name__} at {place}"
