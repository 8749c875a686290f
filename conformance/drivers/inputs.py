"""Sends the bodies of `conformance.drivers.bodies` where they count.

A create while there is no strategy, an action while one is ready.
"""

from typing import Final

from conformance.drivers.bodies import Body, bodies_for
from conformance.drivers.changes import changes_around, needs
from conformance.drivers.conversation import Conversation
from conformance.drivers.glance import strategy_of
from conformance.exchange import Exchange
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
    _look(conversation)
    for body in bodies:
        exchange = _send(operation, body, conversation)
        if strategy_of(exchange) is not None or strategy_of(_read(operation, conversation)) is not None:
            conversation.clear()
            _look(conversation)
    return None


def _look(conversation: Conversation) -> None:
    """See that nothing is there: only then must a create be accepted."""
    for kind in conversation.kinds:
        conversation.strategy(kind)


def _read(operation: Operation, conversation: Conversation) -> Exchange:
    """See whether a create that was refused has left something."""
    return conversation.send("GET", conversation.operation("get", operation.kind or "").path)


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
