"""Sends the bodies of `conformance.bodies` where they count.

A create while there is no strategy, an action while one is ready.
"""

from typing import Final

from conformance.bodies import Body, bodies_for
from conformance.changes import changes_around, needs
from conformance.conversation import Conversation
from conformance.exchange import Exchange
from conformance.glance import strategy_of
from spec.contract import Operation
from spec.ledger import Ledger

_READY: Final = "ready-to-apply"


def play_inputs(operation: Operation, ledger: Ledger, conversation: Conversation) -> str | None:
    """Send every body for one operation; None when all could be sent where they count, else why not.

    Raises Unreachable, NotCleared.
    """
    bodies = bodies_for(operation.operation_id, conversation.example(operation), ledger)
    if not conversation.may(changes_around(operation)):
        return needs(changes_around(operation) - conversation.leave.permitted)
    with conversation:
        if operation == conversation.operation("create", operation.kind or ""):
            return _creates(operation, bodies, conversation)
        return _actions(operation, bodies, conversation)


def _creates(operation: Operation, bodies: tuple[Body, ...], conversation: Conversation) -> str | None:
    for body in bodies:
        if strategy_of(_send(operation, body, conversation)) is not None:
            conversation.clear()
    return None


def _actions(operation: Operation, bodies: tuple[Body, ...], conversation: Conversation) -> str | None:
    kind = operation.kind or ""
    for body in bodies:
        strategy = conversation.strategy(kind)
        if strategy is None or strategy.get("state") != _READY:
            conversation.clear()
            conversation.send_json("create", kind, conversation.example(conversation.operation("create", kind)))
            if conversation.wait(kind, lambda seen: seen.get("state") == _READY) is None:
                return f"no {kind} strategy became ready, so the bodies of its actions could not be tried"
        _send(operation, body, conversation)
    return None


def _send(operation: Operation, body: Body, conversation: Conversation) -> Exchange:
    return conversation.send(operation.method.upper(), operation.path, body=body.content, headers=body.headers)
