"""Where the strategies stood when they were last looked at, for a freeze: what a judge forgets counts here.

A judge forgets whenever it could accuse somebody wrongly. A freeze accuses nobody: it goes by the last look, whoever
came meanwhile, and a GET brings it up to date. Pure.
"""

from collections.abc import Container, Iterable
from typing import Final

from conformance.circumstances import is_plain
from conformance.exchange import Exchange
from conformance.known import NO_STRATEGY, Role, role_of
from conformance.strategy import Strategy
from proxy.traffic import Situation
from spec.contract import Operation

ABSENT: Final = "absent"
UNKNOWN: Final = "unknown"
_NOT_FOUND: Final = 404


class Standing:
    """The last look at each of the kinds; `states` are the words that a state may be."""

    def __init__(self, kinds: Iterable[str], states: Container[str]) -> None:
        self._states = states
        self._stood = dict.fromkeys(kinds, UNKNOWN)

    def see(self, exchange: Exchange, operation: Operation | None, shown: Strategy | None) -> None:
        """Take in an answer, and the strategy that it shows."""
        if operation is None or operation.kind not in self._stood:
            return
        if shown is not None and exchange.succeeded:
            self._stood = dict.fromkeys(self._stood, ABSENT)  # there is one strategy at a time
            self._stood[operation.kind] = shown.state if shown.state in self._states else UNKNOWN
        elif _shows_none(exchange, role_of(operation)):
            self._stood[operation.kind] = ABSENT

    @property
    def situation(self) -> Situation:
        """The strategy that was there; `absent` only where that is known of every kind."""
        for kind, state in self._stood.items():
            if state not in (ABSENT, UNKNOWN):
                return Situation(kind, state)
        return Situation("", ABSENT) if set(self._stood.values()) == {ABSENT} else Situation()


def _shows_none(exchange: Exchange, role: Role | None) -> bool:
    if role is Role.DELETE:
        return exchange.succeeded
    if role is not Role.READ:
        return False
    missing = exchange.status == _NOT_FOUND and is_plain(exchange)
    return missing or (exchange.succeeded and exchange.response_json == NO_STRATEGY)
