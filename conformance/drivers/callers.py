"""Asks every operation without a token, with an empty one, and with such as nobody has, or has no more.

Everything is asked twice: only when some operation has turned a caller away is it known that a token is wanted.
"""

from typing import Final

from conformance.caller import NOBODYS_TOKEN, TOKEN_HEADER, Caller
from conformance.drivers.changes import changes_around, needs
from conformance.drivers.conversation import JSON, Conversation
from conformance.drivers.glance import dumped
from conformance.drivers.readers import ask_to_change, ask_to_create, look, make_ready, read_as_reader
from conformance.drivers.roles import ask_by_roles
from conformance.exchange import Headers
from spec.contract import Operation

NO_TOKEN: Final = "the run was given no token, so nobody can be told from anybody else"  # noqa: S105 - words
ONE_IDENTITY: Final = (
    "the run was given one identity only, so nobody was tried who may only read; --reader-token-file or --reader-cloud "
    "gives a second"
)
NONE_ENDED: Final = (
    "no token was tried that has expired or was revoked; --expired-token-file gives one, and with a log-in to Keystone "
    "the run makes one"
)

_STRANGERS: Final[tuple[tuple[Caller, Headers], ...]] = (
    (Caller.NAMELESS, ()),
    (Caller.NAMELESS, ((TOKEN_HEADER, ""),)),
    (Caller.UNKNOWN, ((TOKEN_HEADER, NOBODYS_TOKEN),)),
    (Caller.EXPIRED, ()),
)
_ROUNDS: Final = 2


def play_callers(conversation: Conversation) -> str | None:
    """Ask as somebody who has no business there; None when that could be tried, else why not.

    Raises Unreachable, NotCleared.
    """
    if not conversation.target.has_token:
        return NO_TOKEN
    _tell_who_is_missing(conversation)
    with conversation:
        _ask_in_vain(conversation)
        read_as_reader(conversation)
        ask_by_roles(conversation)
        if not conversation.changes:
            return None
        for kind in conversation.kinds:
            conversation.clear()
            if reason := _ask_about(kind, conversation):
                return reason
    return None


def _tell_who_is_missing(conversation: Conversation) -> None:
    for caller, text in ((Caller.READER, ONE_IDENTITY), (Caller.EXPIRED, NONE_ENDED)):
        if not conversation.target.knows(caller):
            conversation.note(text)


def _ask_about(kind: str, conversation: Conversation) -> str | None:
    """The same with a strategy of that kind, which nobody else may touch."""
    create = conversation.operation("create", kind)
    if not conversation.may(changes_around(create)):
        return needs(changes_around(create) - conversation.leave.permitted)
    ask_to_create(kind, conversation)
    if not make_ready(kind, conversation):
        return f"no {kind} strategy became ready, so it could not be tried who may touch it"
    _ask_in_vain(conversation)
    ask_to_change(kind, conversation)
    return None


def _ask_in_vain(conversation: Conversation) -> None:
    operations = [each for each in conversation.contract.operations if _is_allowed(each, conversation)]
    ended = conversation.target.knows(Caller.EXPIRED)
    strangers = [each for each in _STRANGERS if ended or each[0] is not Caller.EXPIRED]
    for _ in range(_ROUNDS):
        for caller, headers in strangers:
            look(conversation)
            for operation in operations:
                _ask_as_stranger(operation, caller, headers, conversation)
    look(conversation)
    for operation in operations:
        _ask_as_ourselves(operation, conversation)
    look(conversation)


def _is_allowed(operation: Operation, conversation: Conversation) -> bool:
    safe = operation.method.upper() == "GET"
    return safe or (conversation.changes and conversation.may(changes_around(operation)))


def _ask_as_stranger(operation: Operation, caller: Caller, headers: Headers, conversation: Conversation) -> None:
    """Send the example of an operation, which a server that lets the caller in carries out."""
    method = operation.method.upper()
    has_body = method == "POST" or operation.body == "required"
    body = dumped(conversation.example(operation)) if has_body else b""
    sent = (*headers, *JSON) if has_body else headers
    conversation.send(method, operation.path, body=body, headers=sent, caller=caller)


def _ask_as_ourselves(operation: Operation, conversation: Conversation) -> None:
    """Send what changes nothing, though the caller may: the answer tells all the same whether the token is known."""
    method = operation.method.upper()
    if method != "DELETE":
        body, headers = (b"{}", JSON) if method == "POST" else (b"", ())
        conversation.send(method, operation.path, body=body, headers=headers)
