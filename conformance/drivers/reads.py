"""Plain requests that need no strategy.

The documents and their links, odd spellings of them, unknown paths, and methods that nobody documents.
"""

from typing import Any, Final
from urllib.parse import quote, urlsplit

from conformance.drivers.changes import changes_of
from conformance.drivers.conversation import JSON, Conversation
from conformance.exchange import Exchange

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
_ENDINGS_UNKNOWN: Final = ("nothing", "strategy/nothing", "Strategy")
_TOO_LARGE: Final = 3 << 20
_LOOKS: Final = 3


def play_reads(conversation: Conversation) -> None:
    """Read every document of the contract, follow its links, and read it in odd ways; GET requests alone.

    Raises Unreachable.
    """
    for operation in conversation.contract.operations:
        if operation.method.upper() != "GET":
            continue
        path = operation.path
        for _ in range(_LOOKS):
            exchange = conversation.send("GET", path)
        if operation.kind is None or not path.endswith("/strategy"):
            _follow(exchange, conversation)
        conversation.send("GET", path.rstrip("/") + "/")
        conversation.send("GET", path, query="vimgate=1")
        conversation.send("GET", path, headers=(("Accept", "application/xml"),))
        conversation.send("GET", path, headers=(("Accept", "*/*"),))
    for path in _unknown_paths(conversation):
        conversation.send("GET", path)


def play_methods(conversation: Conversation) -> None:
    """Try every method that the contract does not document on every path, and bodies that are far too large.

    Raises Unreachable, NotCleared.
    """
    with conversation:
        for path in dict.fromkeys(operation.path for operation in conversation.contract.operations):
            for method in _METHODS:
                if method not in conversation.contract.methods(path):
                    conversation.send(
                        method, path, body=b"{}" if method in ("POST", "PUT", "PATCH") else b"", headers=JSON
                    )
        for path in _unknown_paths(conversation):
            conversation.send("POST", path, body=b"{}", headers=JSON)
            conversation.send("DELETE", path)
        for kind in conversation.kinds:
            for role in ("create", "act", "delete"):
                operation = conversation.operation(role, kind)
                method, body = operation.method.upper(), b'{"action": "' + b"x" * _TOO_LARGE + b'"}'
                if conversation.may(changes_of(conversation.contract, method, operation.path, body)):
                    conversation.send(method, operation.path, body=body, headers=JSON)


def _follow(exchange: Exchange, conversation: Conversation) -> None:
    for path in sorted({_path_of(href) for href in _hrefs(exchange.response_json)}):
        known = conversation.contract.match("GET", path)
        # The reference prints links below orchestration without `/api` (operations:41): both spellings are tried.
        for spelling in dict.fromkeys((path, path if known else f"/api{path}")):
            conversation.send("GET", spelling)


def _path_of(href: str) -> str:
    """The path of a link, ready to be sent; `/` when the link has none."""
    try:
        path = urlsplit(href).path
    except ValueError:
        return "/"
    return quote(path, safe="/%:@!$&'()*+,;=~") if path.startswith("/") else "/"


def _hrefs(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["href"]} if isinstance(value.get("href"), str) else set()
        return own.union(*map(_hrefs, value.values()))
    if isinstance(value, list):
        return set().union(*map(_hrefs, value))
    return set()


def _unknown_paths(conversation: Conversation) -> tuple[str, ...]:
    bases = dict.fromkeys(operation.path.rstrip("/") for operation in conversation.contract.operations)
    return tuple(
        f"{base}/{ending}"
        for base in bases
        for ending in _ENDINGS_UNKNOWN
        if not conversation.contract.methods(f"{base}/{ending}")
    )
