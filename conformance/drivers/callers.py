"""Asks every operation without a token, with an empty one, and with one that nobody has; what the good one still can.

Everything is asked twice: only when some operation has turned a caller away is it known that a token is wanted.
"""

from typing import Final

from conformance.caller import NOBODYS_TOKEN, TOKEN_HEADER
from conformance.drivers.changes import changes_around, needs
from conformance.drivers.conversation import JSON, Conversation
from conformance.drivers.glance import dumped
from conformance.exchange import Headers
from spec.contract import Operation

NO_TOKEN: Final = "the run was given no token, so nobody can be told from anybody else"  # noqa: S105 - words

_STRANGERS: Final[tuple[Headers, ...]] = ((), ((TOKEN_HEADER, ""),), ((TOKEN_HEADER, NOBODYS_TOKEN),))
_ROUNDS: Final = 2
_READY: Final = "ready-to-apply"


def play_callers(conversation: Conversation) -> str | None:
    """Ask as somebody who has no business there; None when that could be tried, else why not.

    Raises Unreachable, NotCleared.
    """
    if not conversation.target.has_token:
        return NO_TOKEN
    with conversation:
        _ask_in_vain(conversation)
        if not conversation.changes:
            return None
        for kind in conversation.kinds:
            conversation.clear()
            if reason := _ask_about(kind, conversation):
                return reason
    return None


def _ask_about(kind: str, conversation: Conversation) -> str | None:
    """The same with a strategy of that kind, which nobody else may touch."""
    create = conversation.operation("create", kind)
    if not conversation.may(changes_around(create)):
        return needs(changes_around(create) - conversation.leave.permitted)
    conversation.send_json("create", kind, conversation.example(create))
    if conversation.wait(kind, lambda seen: seen.get("state") == _READY) is None:
        return f"no {kind} strategy became ready, so it could not be tried who may touch it"
    _ask_in_vain(conversation)
    return None


def _ask_in_vain(conversation: Conversation) -> None:
    operations = [each for each in conversation.contract.operations if _is_allowed(each, conversation)]
    for _ in range(_ROUNDS):
        for headers in _STRANGERS:
            _look(conversation)
            for operation in operations:
                _ask_as_stranger(operation, headers, conversation)
    _look(conversation)
    for operation in operations:
        _ask_as_ourselves(operation, conversation)
    _look(conversation)


def _is_allowed(operation: Operation, conversation: Conversation) -> bool:
    safe = operation.method.upper() == "GET"
    return safe or (conversation.changes and conversation.may(changes_around(operation)))


def _ask_as_stranger(operation: Operation, headers: Headers, conversation: Conversation) -> None:
    """Send the example of an operation, which a server that lets the caller in carries out."""
    method = operation.method.upper()
    has_body = method == "POST"
    body = dumped(conversation.example(operation)) if has_body else b""
    sent = (*headers, *JSON) if has_body else headers
    conversation.send(method, operation.path, body=body, headers=sent, anonymous=True)


def _ask_as_ourselves(operation: Operation, conversation: Conversation) -> None:
    """Send what changes nothing, though the caller may: the answer tells all the same whether the token is known."""
    method = operation.method.upper()
    if method != "DELETE":
        body, headers = (b"{}", JSON) if method == "POST" else (b"", ())
        conversation.send(method, operation.path, body=body, headers=headers)


def _look(conversation: Conversation) -> None:
    for kind in conversation.kinds:
        conversation.strategy(kind)
