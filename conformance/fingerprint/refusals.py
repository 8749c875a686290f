"""Readings of refusals: of callers, and of changes that others asked for."""

import re
from http import HTTPStatus
from typing import Final

from conformance.caller import Caller, caller_of
from conformance.exchange import Exchange
from conformance.fingerprint.exchanges import (
    ACTIONS,
    asked_for,
    below_strategy,
    fault_text,
    is_look,
    refused_in_silence,
    refused_with_page,
    strategy_kind,
)

_OF_PYTHON: Final = {
    "Python 2": re.compile(r"'unicode' object|must be a string or a number"),
    "Python 3": re.compile(r"bytes-like object"),
}
_REFUSALS: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.INTERNAL_SERVER_ERROR)


def stranger(exchange: Exchange, _of: str) -> str | None:
    """How somebody without a good token is turned away."""
    if exchange.status == HTTPStatus.UNAUTHORIZED:
        return "401"
    return "403 without a body" if refused_in_silence(exchange) and exchange.method != "HEAD" else None


def lesser(exchange: Exchange, _of: str) -> str | None:
    """What is said to somebody who is known, and may not; or to whom nothing is."""
    if refused_with_page(exchange):
        return "403 with a fault" if fault_text(exchange) else "403 with a page"
    silent = refused_in_silence(exchange) and caller_of(exchange) is Caller.READER
    return "403 without a body" if silent else None


def reader(exchange: Exchange, _of: str) -> str | None:
    """Whether a reader is let look at strategies, there or not."""
    if caller_of(exchange) is not Caller.READER or not is_look(exchange) or not strategy_kind(exchange):
        return None
    if refused_in_silence(exchange):
        return "turned away"
    return "let in" if exchange.status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND) else None


def conflict(exchange: Exchange, of: str) -> str | None:
    """Whether the text of the conflict of a second strategy names the kind of the first."""
    creates = exchange.method == "POST" and bool(strategy_kind(exchange))
    if not creates or exchange.status != HTTPStatus.CONFLICT or not (text := fault_text(exchange)):
        return None
    return "names the kind" if of in text else "generic"


def refused(exchange: Exchange, of: str) -> str | None:
    """How an action of these names is refused that is well formed."""
    asked = asked_for(exchange) if below_strategy(exchange)[1] == ACTIONS else {}
    whole = asked.get("action") in of.split() and not asked.keys() - {"action", "stage-id"}
    stage = asked.get("stage-id", "") if asked.get("action") == "abort-stage" else asked.get("stage-id")
    if not whole or isinstance(stage, bool) or not isinstance(stage, int | None):
        return None
    return str(exchange.status) if exchange.status in _REFUSALS else None


def bare_delete(exchange: Exchange, _of: str) -> str | None:
    """Whether DELETE of a strategy needs a body."""
    plain = exchange.method == "DELETE" and not exchange.query and not exchange.request_body
    if not plain or not strategy_kind(exchange):
        return None
    if exchange.status == HTTPStatus.BAD_REQUEST:
        return "refused with 400"
    return "not refused for it" if exchange.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND) else None


def words(exchange: Exchange, _of: str) -> str | None:
    """The Python whose words stand in the text of a fault."""
    text = fault_text(exchange) if exchange.status >= HTTPStatus.BAD_REQUEST else ""
    return next((name for name, words in _OF_PYTHON.items() if words.search(text)), None) if text else None
