"""Asks as callers of a role, of whom a release says what they may do: looks at everything, and a create where none is.

Everything is looked at before the create and after it, so that of each caller something is known when he is let in.
"""

from collections.abc import Iterator

from conformance.caller import BY_ROLE, NOBODYS_TOKEN, TOKEN_HEADER, Caller
from conformance.drivers.changes import changes_around
from conformance.drivers.conversation import JSON, Conversation
from conformance.drivers.glance import dumped
from conformance.roles import kinds_of
from spec.contract import Operation

_NAMED = "x-callers"


def ask_by_roles(conversation: Conversation) -> None:
    """Ask as each caller of a role that the run was given, where the release names roles. Raises Unreachable."""
    callers = [each for each in BY_ROLE if conversation.target.knows(each)]
    if not callers or _NAMED not in conversation.contract.document:
        return
    for caller in callers:
        _look_around(caller, conversation)
    if conversation.changes:
        for caller in callers:
            _ask_to_create(caller, conversation)
    for caller in callers:
        _look_around(caller, conversation)
    if Caller.OIDC in callers:
        _ask_with_two_tokens(conversation)


def _look_around(caller: Caller, conversation: Conversation) -> None:
    for operation in _looks(conversation):
        conversation.send("GET", operation.path, caller=caller)


def _looks(conversation: Conversation) -> Iterator[Operation]:
    return (each for each in conversation.contract.operations if each.method.upper() == "GET")


def _ask_to_create(caller: Caller, conversation: Conversation) -> None:
    """Ask for a strategy where there is none; one that comes of it goes again."""
    kind = kinds_of(conversation.contract)[0]
    create = conversation.operation("create", kind)
    if caller is Caller.OIDC or not conversation.may(changes_around(create)):
        return
    for each in conversation.kinds:
        conversation.strategy(each)
    body = dumped(conversation.example(create))
    answer = conversation.send(create.method.upper(), create.path, body=body, headers=JSON, caller=caller)
    conversation.strategy(kind)
    if answer.succeeded:
        conversation.clear()


def _ask_with_two_tokens(conversation: Conversation) -> None:
    """Ask with a token that nobody has, beside a good one of OpenID Connect, which must not make up for it."""
    for operation in _looks(conversation):
        conversation.send("GET", operation.path, headers=((TOKEN_HEADER, NOBODYS_TOKEN),), caller=Caller.OIDC)
