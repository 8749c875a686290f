"""READINGS: how a sign is read off an exchange. Each takes the exchange and what the table says the reading is `of`.

It gives a value in the words of the table, or one that no release shows, or None where the exchange says nothing of it.
"""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from conformance.caller import Caller, caller_of
from conformance.exchange import Exchange
from conformance.fingerprint.exchanges import (
    ACTIONS,
    ORCHESTRATION,
    asked_for,
    below_strategy,
    document_kind,
    fault_text,
    is_look,
    place,
    refused_in_silence,
    refused_with_page,
    strategy_kind,
)
from conformance.fingerprint.strategies import (
    APPLY,
    BUILD,
    phases,
    stage_name,
    stages,
    step_names,
    steps,
    strategy_of,
)

type Reading = Callable[[Exchange, str], str | None]

THERE: Final = "there"
ABSENT: Final = "absent"
_LONGEST: Final = 200  # characters of a value, should a server answer with a book
_PYTHON: Final = re.compile(r"WSGIServer/\S+ (?:C?Python)/([23])\.")
_OF_PYTHON: Final = {
    "Python 2": re.compile(r"'unicode' object|must be a string or a number"),
    "Python 3": re.compile(r"bytes-like object"),
}
_REFUSALS: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.INTERNAL_SERVER_ERROR)


def read(reading: str, exchange: Exchange, of: str) -> str | None:
    """The value of a sign; None where the exchange does not show it. Raises KeyError for an unknown reading."""
    value = READINGS[reading](exchange, of)
    return value[:_LONGEST] if value is not None else None


def _worded(exchange: Exchange, words: Mapping[int, str]) -> str | None:
    """The word for the status; None for another status."""
    return words.get(exchange.status)


def _links(exchange: Exchange, of: str) -> str | None:
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


def _document(exchange: Exchange, of: str) -> str | None:
    return _presence(exchange) if is_look(exchange) and document_kind(exchange) == of else None


def _routed(exchange: Exchange, of: str) -> str | None:
    return _presence(exchange) if is_look(exchange) and strategy_kind(exchange) == of else None


def _member(exchange: Exchange, of: str) -> str | None:
    """The member of a document that holds its links."""
    value = exchange.response_json if is_look(exchange) and document_kind(exchange) == of else None
    lists = sorted(name for name, held in value.items() if isinstance(held, list)) if isinstance(value, dict) else []
    return " ".join(lists) if exchange.status == HTTPStatus.OK and lists else None


def _none(exchange: Exchange, of: str) -> str | None:
    """How the absence of a strategy is told: 404 of a kind that every release has, null of any kind."""
    if not is_look(exchange) or not (kind := strategy_kind(exchange)):
        return None
    if exchange.status == HTTPStatus.NOT_FOUND and kind == of:
        return "404"
    return (
        "200 with null" if exchange.status == HTTPStatus.OK and exchange.response_json == {"strategy": None} else None
    )


def _argument(exchange: Exchange, _of: str) -> str | None:
    """An argument in the query of a document; pecan knows `_method`."""
    where = place(exchange)
    known = where in ((), (ORCHESTRATION,))
    if not known or exchange.method != "GET" or not exchange.query or exchange.query.startswith("_method"):
        return None
    return _worded(exchange, {HTTPStatus.OK: "ignored", HTTPStatus.BAD_REQUEST: "refused with 400"})


def _uuid(exchange: Exchange, of: str) -> str | None:
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


def _accept(exchange: Exchange, of: str) -> str | None:
    """A document of which nothing but another media type is wanted."""
    if (
        not is_look(exchange)
        or exchange.request_header("Accept") != of
        or place(exchange) not in ((), (ORCHESTRATION,))
    ):
        return None
    return _worded(exchange, {HTTPStatus.OK: "ignored", HTTPStatus.NOT_ACCEPTABLE: "406"})


def _unrouted(exchange: Exchange, _of: str) -> str | None:
    """The members of a 404 about a path, and not about a strategy."""
    wants_json = "json" in (exchange.request_header("Accept") or "")
    if exchange.status != HTTPStatus.NOT_FOUND or not wants_json or not is_look(exchange) or place(exchange) is None:
        return None
    if strategy_kind(exchange) or below_strategy(exchange)[0]:
        return None
    value = exchange.response_json
    return " ".join(sorted(value)) if isinstance(value, dict) else "no JSON"


def _slashed(exchange: Exchange, _of: str) -> str | None:
    slashed = place(exchange) == (ORCHESTRATION,) and exchange.path.endswith("/")
    if not slashed or exchange.method == "GET":
        return None
    return str(exchange.status) if exchange.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) else None


def _python(exchange: Exchange, _of: str) -> str | None:
    found = _PYTHON.search(exchange.response_header("Server") or "")
    return f"Python {found[1]}" if found else None


def _unaccepting(exchange: Exchange, _of: str) -> str | None:
    known = is_look(exchange) and place(exchange) in ((), (ORCHESTRATION,))
    if not known or exchange.request_header("Accept") is not None:
        return None
    return _worded(exchange, {HTTPStatus.OK: "answered", HTTPStatus.INTERNAL_SERVER_ERROR: "500"})


def _stranger(exchange: Exchange, _of: str) -> str | None:
    if exchange.status == HTTPStatus.UNAUTHORIZED:
        return "401"
    return "403 without a body" if refused_in_silence(exchange) and exchange.method != "HEAD" else None


def _lesser(exchange: Exchange, _of: str) -> str | None:
    """What is said to somebody who is known, and may not; or to whom nothing is."""
    if refused_with_page(exchange):
        return "403 with a fault" if fault_text(exchange) else "403 with a page"
    silent = refused_in_silence(exchange) and caller_of(exchange) is Caller.READER
    return "403 without a body" if silent else None


def _reader(exchange: Exchange, _of: str) -> str | None:
    if caller_of(exchange) is not Caller.READER or not is_look(exchange) or not strategy_kind(exchange):
        return None
    if refused_in_silence(exchange):
        return "turned away"
    return "let in" if exchange.status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND) else None


def _members(exchange: Exchange, of: str) -> str | None:
    """Which of some members a strategy has."""
    _, strategy = strategy_of(exchange)
    return " ".join(name for name in of.split() if name in strategy) or None


def _has(exchange: Exchange, of: str) -> str | None:
    wanted, member = of.split()
    kind, strategy = strategy_of(exchange)
    return None if kind != wanted else THERE if member in strategy else ABSENT


def _type(exchange: Exchange, of: str) -> str | None:
    wanted, member = of.split()
    kind, strategy = strategy_of(exchange)
    if kind != wanted:
        return None
    if member not in strategy:
        return ABSENT
    value = strategy[member]
    return {str: "text", list: "list", type(None): "null"}.get(type(value), "something else")


def _phase_has(exchange: Exchange, of: str) -> str | None:
    found = [of in phase for phase in phases(strategy_of(exchange)[1])]
    return None if not found else THERE if all(found) else ABSENT if not any(found) else "in some phases"


def _stages_end(exchange: Exchange, of: str) -> str | None:
    names = [stage_name(stage) for stage in stages(strategy_of(exchange)[1], APPLY)]
    return " ".join(end for end in of.split() if any(name.endswith(end) for name in names)) or None


def _last_step(exchange: Exchange, of: str) -> str | None:
    """The last step of the stages of a name that have another step."""
    wanted, having = of.split()
    _, strategy = strategy_of(exchange)
    every = [step_names(stage) for stage in stages(strategy, APPLY) if stage_name(stage) == wanted]
    return " ".join(sorted({names[-1] for names in every if having in names})) or None


def _step_like(exchange: Exchange, of: str) -> str | None:
    wanted, beginning = of.split()
    kind, strategy = strategy_of(exchange)
    names = {name for stage in stages(strategy, APPLY) for name in step_names(stage)} if kind == wanted else set()
    return " ".join(sorted(name for name in names if name.startswith(beginning))) or None


def _step_after(exchange: Exchange, of: str) -> str | None:
    """The step right after another one, in stages that have a third."""
    before, having = of.split()
    _, strategy = strategy_of(exchange)
    every = [names for stage in stages(strategy, APPLY) if having in (names := step_names(stage))]
    pairs = {after for names in every for first, after in pairwise(names) if first == before}
    return " ".join(sorted(pairs)) or None


def _timeout(exchange: Exchange, of: str) -> str | None:
    _, strategy = strategy_of(exchange)
    every = {
        step.get("timeout")
        for stage in stages(strategy, BUILD, APPLY)
        for step in steps(stage)
        if step.get("step-name") == of and isinstance(step.get("timeout"), int)
    }
    return " ".join(sorted(map(str, every))) or None


def _builds_by(exchange: Exchange, of: str) -> str | None:
    wanted, step = of.split()
    kind, strategy = strategy_of(exchange)
    names = [name for stage in stages(strategy, BUILD) for name in step_names(stage)] if kind == wanted else []
    return None if not names else THERE if step in names else ABSENT


def _some_step(exchange: Exchange, of: str) -> str | None:
    every = stages(strategy_of(exchange)[1])
    return THERE if any(of in step_names(stage) for stage in every) else None


def _some_stage(exchange: Exchange, of: str) -> str | None:
    names = (stage_name(stage) for stage in stages(strategy_of(exchange)[1]))
    return THERE if any(name == of or name.startswith(f"{of} ") for name in names) else None


def _conflict(exchange: Exchange, of: str) -> str | None:
    creates = exchange.method == "POST" and bool(strategy_kind(exchange))
    if not creates or exchange.status != HTTPStatus.CONFLICT or not (text := fault_text(exchange)):
        return None
    return "names the kind" if of in text else "generic"


def _refused(exchange: Exchange, of: str) -> str | None:
    """How an action of these names is refused that is well formed."""
    asked = asked_for(exchange) if below_strategy(exchange)[1] == ACTIONS else {}
    whole = asked.get("action") in of.split() and not asked.keys() - {"action", "stage-id"}
    stage = asked.get("stage-id", "") if asked.get("action") == "abort-stage" else asked.get("stage-id")
    if not whole or isinstance(stage, bool) or not isinstance(stage, int | None):
        return None
    return str(exchange.status) if exchange.status in _REFUSALS else None


def _bare_delete(exchange: Exchange, _of: str) -> str | None:
    plain = exchange.method == "DELETE" and not exchange.query and not exchange.request_body
    if not plain or not strategy_kind(exchange):
        return None
    if exchange.status == HTTPStatus.BAD_REQUEST:
        return "refused with 400"
    return "not refused for it" if exchange.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND) else None


def _words(exchange: Exchange, _of: str) -> str | None:
    """The Python whose words stand in the text of a fault."""
    text = fault_text(exchange) if exchange.status >= HTTPStatus.BAD_REQUEST else ""
    return next((name for name, words in _OF_PYTHON.items() if words.search(text)), None) if text else None


READINGS: Final[Mapping[str, Reading]] = MappingProxyType({
    "links": _links, "document": _document, "routed": _routed, "member": _member, "none": _none,
    "argument": _argument, "uuid": _uuid, "accept": _accept, "unrouted": _unrouted, "slashed": _slashed,
    "python": _python, "unaccepting": _unaccepting, "stranger": _stranger, "lesser": _lesser, "reader": _reader,
    "members": _members, "has": _has, "type": _type, "phase-has": _phase_has, "stages-end": _stages_end,
    "last-step": _last_step, "step-like": _step_like, "step-after": _step_after, "timeout": _timeout,
    "builds-by": _builds_by, "some-step": _some_step, "some-stage": _some_stage,
    "conflict": _conflict, "refused": _refused, "bare-delete": _bare_delete, "words": _words,
})  # fmt: skip
