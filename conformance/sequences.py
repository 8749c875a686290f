"""The shortest sequence that shows a failure: where a judge finds it, and the finding that it leads to. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from conformance.exchange import Exchange
from conformance.findings.pytestfile import pytest_text
from conformance.findings.tally import Tally
from conformance.monitor import CONTROL, is_control
from conformance.reproducer import script
from reports.model import Finding, Verdict
from reports.redact import is_secret_name, redact_finding

RESET: Final = f"{CONTROL}/reset"
WORLD: Final = f"{CONTROL}/world"
CLOCK: Final = f"{CONTROL}/clock"

_AGAIN: Final = "again"


class Judging(Protocol):
    """As much of a judge as a sequence needs."""

    tally: Tally

    def begin(self, history: str, *, still_clock: bool = False) -> object: ...  # noqa: D102 - as the judge says
    def stir(self, history: str, exchange: Exchange | None = None) -> None: ...  # noqa: D102 - as the judge says
    def judge(self, exchange: Exchange, history: str = "main") -> tuple[Finding, ...]: ...  # noqa: D102 - the same
    def has_failed(self, requirement: str) -> bool: ...  # noqa: D102 - as the judge says
    def requirement_text(self, requirement: str) -> str: ...  # noqa: D102 - as the judge says


@dataclass(frozen=True, slots=True)
class Told:
    """A failure as it is to be told: by these exchanges, from an empty target to the one that shows it.

    `still`: the clock of the target moves only as told; `note` is told with the hint, `origin` says who played it.
    """

    requirement: str
    exchanges: tuple[Exchange, ...]
    note: str
    origin: str
    still: bool


def is_load(method: str, path: str) -> bool:
    """The request puts another world in place."""
    return path == WORLD and method != "GET"


def first_failure(
    exchanges: Sequence[Exchange], requirement: str, judge: Callable[[], Judging], *, still: bool
) -> int | None:
    """The index of the exchange at which a new judge finds the requirement broken; None when it does not."""
    fresh = judge()
    fresh.begin(_AGAIN, still_clock=still)
    for index, exchange in enumerate(exchanges):
        if exchange.path == RESET or is_load(exchange.method, exchange.path):
            fresh.begin(_AGAIN, still_clock=still)
        elif exchange.path == CLOCK or (is_control(exchange) and exchange.method == "GET"):
            continue
        elif is_control(exchange):
            fresh.stir(_AGAIN, exchange)
        else:
            fresh.judge(exchange, _AGAIN)
        if fresh.has_failed(requirement):
            return index
    return None


def finding_of(told: Told, judge: Judging) -> Finding | None:
    """The finding that the exchanges lead to, with the scripts that play them; None when a new judge finds nothing."""
    first_failure(told.exchanges, told.requirement, lambda: judge, still=told.still)
    found = [each for each in judge.tally.row(told.requirement).findings if each.verdict is Verdict.FAIL]
    if not found:
        return None
    test = pytest_text(found[0], told.exchanges, judge.requirement_text(told.requirement))
    hint = "; ".join(filter(None, [found[0].hint, told.note]))
    *before, last = told.exchanges
    whole = replace(found[0], hint=hint, reproducer=script(last, before), test=test, origin=told.origin)
    secrets = tuple(value for name, value in last.request_headers if is_secret_name(name) and value)
    return redact_finding(whole, secrets)
