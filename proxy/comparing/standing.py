"""Where the strategies of one history stood when something was asked, as far as its answers have shown it. Pure.

It has no contract: the two sides may have two, and the kinds of both count.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.drivers.glance import current_stage, is_running, strategy_of
from conformance.exchange import Exchange
from proxy.order import is_change

NONE: Final = "no strategy"
THERE: Final = "a strategy is there"
UNKNOWN: Final = ""
_BUSY: Final = ("building", "applying", "aborting")
_CURRENT: Final = "current-strategy"  # no kind: it tells name and state of whichever strategy there is
_NOT_FOUND: Final = 404
_STRATEGY: Final = re.compile(r"/api/orchestration/(?P<kind>[^/]+)/strategy(?P<rest>/actions)?/?")


def kind_of(path: str) -> str:
    """The kind whose strategy a path is about, also that of its actions; empty for any other path."""
    found = _STRATEGY.fullmatch(path)
    return found["kind"] if found else ""


def is_look(method: str, path: str) -> bool:
    """The request reads a strategy."""
    found = _STRATEGY.fullmatch(path)
    return method == "GET" and found is not None and not found["rest"]


def is_create(method: str, path: str) -> bool:
    """The request creates a strategy."""
    found = _STRATEGY.fullmatch(path)
    return method == "POST" and found is not None and not found["rest"]


def shows_none(exchange: Exchange) -> bool:
    """The answer to a look says that there is no such strategy."""
    answer = exchange.response_json
    empty = exchange.succeeded and isinstance(answer, dict) and answer.get("strategy", answer) is None
    return empty or exchange.status == _NOT_FOUND


def is_busy(situation: str) -> bool:
    """The strategy moves on by itself: what was seen last may not be so any more."""
    return situation.partition(",")[0] in _BUSY and not situation.endswith("between stages")


@dataclass(slots=True)
class Standing:
    """The last look at each kind."""

    _stood: dict[str, str] = field(default_factory=dict)
    _stage: int = -1

    def situation(self, method: str, path: str) -> str:
        """In which situation a change is asked for; `UNKNOWN` where nobody can tell."""
        kind = kind_of(path)
        own, others = self._stood.get(kind, UNKNOWN), [word for each, word in self._stood.items() if each != kind]
        other = any(word not in (NONE, UNKNOWN) for word in others)
        if is_create(method, path):
            return THERE if other or own not in (NONE, UNKNOWN) else own
        return NONE if other else own

    def stage(self, wanted: Any) -> str:
        """The number of a stage as it stands to the strategy, which two deployments have in common."""
        return "{the stage at hand}" if wanted == self._stage else "{another stage}"

    def see(self, exchange: Exchange) -> None:
        """Take in an answer."""
        kind = kind_of(exchange.path)
        if not kind or kind == _CURRENT:
            self._stood = dict.fromkeys(self._stood, NONE) if kind and shows_none(exchange) else self._stood
            return
        strategy = strategy_of(exchange)
        if strategy is not None:
            state = str(strategy.get("state"))
            between = state == "applying" and not is_running(strategy)
            self._stood = dict.fromkeys(self._stood, NONE) | {kind: f"{state}, between stages" if between else state}
            self._stage = current_stage(strategy)
        elif (is_look(exchange.method, exchange.path) and shows_none(exchange)) or (
            exchange.method == "DELETE" and exchange.succeeded
        ):
            self._stood[kind] = NONE

    def forget(self, exchange: Exchange) -> None:
        """An exchange of which nobody knows how it went, or when; a change may have led anywhere."""
        if is_change(exchange.method, exchange.query):
            self._stood = {}
