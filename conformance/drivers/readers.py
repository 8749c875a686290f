"""Asks for changes as somebody who may only read: each one in a situation in which others are let make it.

Whether such a caller is known to the target at all shows in what he is turned away from; he reads after everything that
he asks for, so that a token which has ended meanwhile is not taken for a right that is missing.
"""

from typing import Any, Final

from conformance.caller import Caller
from conformance.drivers.changes import Change, changes_around
from conformance.drivers.conversation import JSON, Conversation
from conformance.drivers.glance import dumped

MAY_CHANGE: Final = (
    "the target let the caller of --reader-token-file or --reader-cloud change strategies, which the reference does "
    "not forbid; see that he is one who may only read"
)

_READY: Final = "ready-to-apply"
_APPLY: Final = {"action": "apply-all"}
_ABORT: Final = {"action": "abort"}


def read_as_reader(conversation: Conversation) -> None:
    """Look at both kinds twice: only who has read a strategy before and after is known to be let in."""
    if conversation.target.knows(Caller.READER):
        for kind in (*conversation.kinds, *conversation.kinds):
            operation = conversation.operation("get", kind)
            conversation.send(operation.method.upper(), operation.path, caller=Caller.READER)


def ask_to_create(kind: str, conversation: Conversation) -> None:
    """Ask for a strategy where there is none. Raises Unreachable."""
    _ask(conversation, "create", kind, conversation.example(conversation.operation("create", kind)))


def ask_to_change(kind: str, conversation: Conversation) -> None:
    """Ask for every change of a strategy of that kind, which waits to be applied. Raises Unreachable.

    An abort takes a strategy that is being applied, and is tried where a reset undoes that.
    """
    if not conversation.target.knows(Caller.READER) or not make_ready(kind, conversation):
        return
    _ask(conversation, "delete", kind, {"force": False})
    if make_ready(kind, conversation):
        _ask(conversation, "act", kind, _APPLY)
        if conversation.simulated and conversation.may({Change.APPLY, Change.ABORT}):
            conversation.act(kind, _APPLY)
            _ask(conversation, "act", kind, _ABORT)


def make_ready(kind: str, conversation: Conversation) -> bool:
    """See that a strategy of the kind waits to be applied, and create one where none is."""
    if conversation.strategy(kind) is None:
        conversation.send_json("create", kind, conversation.example(conversation.operation("create", kind)))
    return conversation.wait(kind, lambda seen: seen.get("state") == _READY) is not None


def look(conversation: Conversation) -> None:
    """See of both kinds what is there."""
    for kind in conversation.kinds:
        conversation.strategy(kind)


def _ask(conversation: Conversation, role: str, kind: str, body: Any) -> None:
    operation = conversation.operation(role, kind)
    if not conversation.target.knows(Caller.READER) or not conversation.may(changes_around(operation)):
        return
    look(conversation)
    answer = conversation.send(
        operation.method.upper(), operation.path, body=dumped(body), headers=JSON, caller=Caller.READER
    )
    if answer.succeeded:
        conversation.note(MAY_CHANGE)
    look(conversation)
    read_as_reader(conversation)
