"""Where an exchange lies in the API, and what it says about itself, in the few words that signs need."""

from http import HTTPStatus
from typing import Any, Final

from conformance.caller import TURNED_AWAY
from conformance.exchange import Exchange

ORCHESTRATION: Final = "orchestration"
STRATEGY: Final = "strategy"
ACTIONS: Final = "actions"
FAULT: Final = "faultstring"
_OWN: Final = frozenset({"versions", "links", STRATEGY})
_OF_KIND: Final = 2
_OF_STRATEGY: Final = 3
_BELOW_STRATEGY: Final = 4


def place(exchange: Exchange) -> tuple[str, ...] | None:
    """The segments of the path below `/api`, wherever that is mounted; None where it is not about the API."""
    segments = [segment for segment in exchange.path.split("/") if segment]
    return tuple(segments[segments.index("api") + 1 :]) if "api" in segments else None


def is_of_vim(exchange: Exchange) -> bool:
    """The answer is one that a VIM gives: links, a strategy, or a fault of its own that is not about the caller."""
    where, value = place(exchange), exchange.response_json
    if where is None or where[:1] not in ((), (ORCHESTRATION,)) or not isinstance(value, dict):
        return False
    fault = exchange.status not in TURNED_AWAY and fault_text(exchange)
    return bool(fault) or (exchange.succeeded and not _OWN.isdisjoint(value))


def is_look(exchange: Exchange) -> bool:
    """A plain GET: without arguments and without a body."""
    return exchange.method == "GET" and not exchange.query and not exchange.request_body


def document_kind(exchange: Exchange) -> str:
    """The kind whose document was asked for; empty for another path."""
    where = place(exchange)
    return where[1] if where is not None and len(where) == _OF_KIND and where[0] == ORCHESTRATION else ""


def strategy_kind(exchange: Exchange) -> str:
    """The kind whose strategy is at this very path; empty for another path."""
    where = place(exchange)
    named = where is not None and len(where) == _OF_STRATEGY and where[0] == ORCHESTRATION and where[2] == STRATEGY
    return where[1] if where is not None and named else ""


def below_strategy(exchange: Exchange) -> tuple[str, str]:
    """The kind and the last segment of a path right below a strategy; empty for another path."""
    where = place(exchange)
    if where is None or len(where) != _BELOW_STRATEGY or where[0] != ORCHESTRATION or where[2] != STRATEGY:
        return "", ""
    return where[1], where[3]


def refused_with_page(exchange: Exchange) -> bool:
    """403 with something to read: the caller is known, and may not."""
    return exchange.status == HTTPStatus.FORBIDDEN and bool(exchange.response_body.strip())


def refused_in_silence(exchange: Exchange) -> bool:
    """403 without anything to read."""
    return exchange.status == HTTPStatus.FORBIDDEN and not exchange.response_body


def fault_text(exchange: Exchange) -> str:
    """The text of a fault; empty where the answer is none."""
    value = exchange.response_json
    text = value.get(FAULT) if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""


def asked_for(exchange: Exchange) -> dict[str, Any]:
    """The members of the body of a plain POST in JSON; empty where it is something else."""
    plain = exchange.method == "POST" and not exchange.query and exchange.request_media_type == "application/json"
    value = exchange.request_json if plain else None
    return value if isinstance(value, dict) else {}
