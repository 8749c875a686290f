"""Readings of documents: which kinds there are, and how plain looks are answered."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from conformance.exchange import Exchange
from conformance.fingerprint.exchanges import (
    ACTIONS,
    ORCHESTRATION,
    below_strategy,
    document_kind,
    is_look,
    place,
    refused_with_page,
    strategy_kind,
)
from conformance.fingerprint.words import ABSENT, THERE

_PYTHON: Final = re.compile(r"WSGIServer/\S+ (?:C?Python)/([23])\.")


def _worded(exchange: Exchange, words: Mapping[int, str]) -> str | None:
    """The word for the status; None for another status."""
    return words.get(exchange.status)


def links(exchange: Exchange, of: str) -> str | None:
    """The rels of a document: in their order without self, or sorted where their order says nothing."""
    wanted = (ORCHESTRATION,) if of == ORCHESTRATION else ()
    if not is_look(exchange) or exchange.status != HTTPStatus.OK or place(exchange) != wanted:
        return None
    value = exchange.response_json
    links = value.get("links") if isinstance(value, dict) else None
    if of != ORCHESTRATION and isinstance(value, dict) and "links" not in value:
        links = _of_versions(value)
    if not isinstance(links, list):
        return None
    rels = [str(link.get("rel")) for link in links if isinstance(link, dict)]
    return " ".join([rel for rel in rels if rel != "self"] if of == ORCHESTRATION else sorted(rels))


def _of_versions(value: dict[str, Any]) -> Any:
    """The links of the first version that `/api` lists."""
    versions = value.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    return first.get("links") if isinstance(first, dict) else None


def _presence(exchange: Exchange) -> str | None:
    """Whether something is at a path: what is there may be closed to the caller, what is not is said before that."""
    answered = exchange.status == HTTPStatus.OK and (isinstance(exchange.response_json, dict) or _is_xml(exchange))
    if answered or refused_with_page(exchange):
        return THERE
    return ABSENT if exchange.status == HTTPStatus.NOT_FOUND else None


def _is_xml(exchange: Exchange) -> bool:
    return exchange.media_type in ("application/xml", "text/xml")


def document(exchange: Exchange, of: str) -> str | None:
    """Whether the document of a kind is there."""
    return _presence(exchange) if is_look(exchange) and document_kind(exchange) == of else None


def routed(exchange: Exchange, of: str) -> str | None:
    """Whether strategies of a kind are routed."""
    return _presence(exchange) if is_look(exchange) and strategy_kind(exchange) == of else None


def member(exchange: Exchange, of: str) -> str | None:
    """The member of a document that holds its links."""
    value = exchange.response_json if is_look(exchange) and document_kind(exchange) == of else None
    lists = sorted(name for name, held in value.items() if isinstance(held, list)) if isinstance(value, dict) else []
    return " ".join(lists) if exchange.status == HTTPStatus.OK and lists else None


def none(exchange: Exchange, of: str) -> str | None:
    """How the absence of a strategy is told: 404 of a kind that every release has, null of any kind."""
    if not is_look(exchange) or not (kind := strategy_kind(exchange)):
        return None
    if exchange.status == HTTPStatus.NOT_FOUND and kind == of:
        return "404"
    return (
        "200 with null" if exchange.status == HTTPStatus.OK and exchange.response_json == {"strategy": None} else None
    )


def argument(exchange: Exchange, _of: str) -> str | None:
    """An argument in the query of a document; pecan knows `_method`."""
    where = place(exchange)
    known = where in ((), (ORCHESTRATION,))
    if not known or exchange.method != "GET" or not exchange.query or exchange.query.startswith("_method"):
        return None
    return _worded(exchange, {HTTPStatus.OK: "ignored", HTTPStatus.BAD_REQUEST: "refused with 400"})


def uuid(exchange: Exchange, of: str) -> str | None:
    """The status of a strategy that was asked for by what is no uuid."""
    kind, last = below_strategy(exchange)
    if not is_look(exchange) or kind != of or last == ACTIONS or _is_uuid(last):
        return None
    return str(exchange.status) if exchange.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND) else None


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def accept(exchange: Exchange, of: str) -> str | None:
    """A document of which nothing but another media type is wanted."""
    if (
        not is_look(exchange)
        or exchange.request_header("Accept") != of
        or place(exchange) not in ((), (ORCHESTRATION,))
    ):
        return None
    return _worded(exchange, {HTTPStatus.OK: "ignored", HTTPStatus.NOT_ACCEPTABLE: "406"})


def unrouted(exchange: Exchange, _of: str) -> str | None:
    """The members of a 404 about a path, and not about a strategy."""
    wants_json = "json" in (exchange.request_header("Accept") or "")
    if exchange.status != HTTPStatus.NOT_FOUND or not wants_json or not is_look(exchange) or place(exchange) is None:
        return None
    if strategy_kind(exchange) or below_strategy(exchange)[0]:
        return None
    value = exchange.response_json
    return " ".join(sorted(value)) if isinstance(value, dict) else "no JSON"


def slashed(exchange: Exchange, _of: str) -> str | None:
    """The status of another method than GET on a document whose path ends in a slash."""
    slashed = place(exchange) == (ORCHESTRATION,) and exchange.path.endswith("/")
    if not slashed or exchange.method == "GET":
        return None
    return str(exchange.status) if exchange.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) else None


def python(exchange: Exchange, _of: str) -> str | None:
    """The Python that the header Server names, where that of wsgiref is told."""
    found = _PYTHON.search(exchange.response_header("Server") or "")
    return f"Python {found[1]}" if found else None


def unaccepting(exchange: Exchange, _of: str) -> str | None:
    """How a document is answered to who says nothing of what is accepted."""
    known = is_look(exchange) and place(exchange) in ((), (ORCHESTRATION,))
    if not known or exchange.request_header("Accept") is not None:
        return None
    return _worded(exchange, {HTTPStatus.OK: "answered", HTTPStatus.INTERNAL_SERVER_ERROR: "500"})
