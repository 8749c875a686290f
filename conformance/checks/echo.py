"""Parameters of a create come back in the strategy (api-reference, request parameters and response examples)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from conformance.checks.context import Context, Deviation, show
from conformance.exchange import Exchange
from conformance.known import Role

_ABSENT: Final = object()


def parameter_is_echoed(
    exchange: Exchange, context: Context, *, operation: str, members: Iterable[str]
) -> Iterable[Deviation] | None:
    """The strategy shows the parameters it was created with.

    Mutants: alarm-restrictions-not-echoed, width-echo-capped, swift-echoes-storage.
    """
    body = _create_body(exchange, context)
    if context.strategy is None or not context.is_of(operation) or body is None:
        return None
    shown = context.strategy.members
    given = [name for name in members if name in body and type(body[name]) is type(shown.get(name))]
    return [_unlike(name, body[name], shown[name]) for name in given if body[name] != shown[name]] if given else None


def default_is_applied(
    exchange: Exchange, context: Context, *, operation: str, member: str, value: Any
) -> Iterable[Deviation] | None:
    """A parameter that was left out shows its default.

    Mutants: default-width-of-ten.
    """
    body = _create_body(exchange, context)
    if context.strategy is None or not context.is_of(operation) or body is None or member in body:
        return None
    shown = context.strategy.members.get(member, _ABSENT)
    if shown == value or shown is _ABSENT:
        return ()
    return (_unlike(member, value, shown),)


def _create_body(exchange: Exchange, context: Context) -> Mapping[str, Any] | None:
    """The body that the strategy was created with: of this exchange, or of a create that was seen before."""
    if not exchange.succeeded:
        return None
    if context.role is Role.CREATE:
        return exchange.request_json if isinstance(exchange.request_json, dict) else None
    same = context.before is None or context.strategy is None or context.before.uuid == context.strategy.uuid
    return context.slot.body if same else None


def _unlike(name: str, expected: Any, actual: Any) -> Deviation:
    return Deviation(f"{name} is not what was asked for", show(expected), show(actual), f"/strategy/{name}")
