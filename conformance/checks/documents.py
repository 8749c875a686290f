"""The documents of the answers: their members, types and fixed values."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from conformance.checks.context import Context, Deviation, listing, show
from conformance.exchange import NO_JSON, Exchange
from conformance.known import NO_STRATEGY, Role
from spec.schema import SchemaError

# The part of a strategy document that a JSON pointer leads into, from the deepest to the shallowest.
_PARTS: Final = (
    ("step", re.compile(r"/strategy/\w+-phase/stages/\d+/steps/\d+(/|$)")),
    ("stage", re.compile(r"/strategy/\w+-phase/stages/\d+(/|$)")),
    ("phase", re.compile(r"/strategy/\w+-phase(/|$)")),
    ("strategy", re.compile(r"/strategy/")),
)
_ABSENT: Final = object()


def document_matches_schema(
    exchange: Exchange, context: Context, *, operation: str, status: int, part: str
) -> Iterable[Deviation] | None:
    """That part of the document has the members and member types that the contract gives to it.

    Mutants: percentage-as-text, width-as-text, upgrade-without-name, action-answer-without-current-phase,
    empty-stages-as-null, empty-dates-as-null and 13 more.
    """
    if not context.is_of(operation) or exchange.status != status or exchange.response_json is NO_JSON:
        return None
    if context.role is Role.READ and exchange.response_json == NO_STRATEGY:
        return None  # says that there is no strategy: the business of absent_strategy_is_not_found
    return [_told(error) for error in context.answer_errors if _part(error, context) == part]


def _part(error: SchemaError, context: Context) -> str:
    if context.role is None:
        return "document"
    if error.pointer == "/strategy" and error.expected.startswith("a member "):
        return "strategy"
    return next((name for name, pattern in _PARTS if pattern.match(error.pointer)), "document")


def _told(error: SchemaError) -> Deviation:
    return Deviation(error.message, error.expected, error.actual, error.pointer or "the whole document")


def member_has_value(
    exchange: Exchange, context: Context, *, operation: str, pointer: str, values: Iterable[Any]
) -> Iterable[Deviation] | None:
    """The member has one of the values that the reference gives it.

    Mutants: upgrade-named-patch, root-renamed, patch-id-with-underscore.
    """
    if not context.is_of(operation) or not exchange.succeeded:
        return None
    value = _at(exchange.response_json, pointer)
    if value is _ABSENT:
        return None
    if value in values:
        return ()
    return (Deviation("the member has another value", listing(values), show(value), pointer),)


def name_is_the_kind(exchange: Exchange, context: Context, *, kind: str) -> Iterable[Deviation] | None:
    """A strategy that carries a name carries its kind as name.

    Mutants: name-with-underscore.
    """
    strategy = exchange.response_json.get("strategy") if isinstance(exchange.response_json, dict) else None
    if not exchange.succeeded or not isinstance(strategy, dict) or context.kind != kind:
        return None
    if strategy.get("name", kind) == kind:
        return ()
    return (Deviation("the name is not the kind of the strategy", kind, show(strategy["name"]), "/strategy/name"),)


def version_is_listed(
    exchange: Exchange, context: Context, *, operation: str, version: str, status: str
) -> Iterable[Deviation] | None:
    """The version of the reference is listed with its status.

    Mutants: version-current.
    """
    if not context.is_of(operation) or not exchange.succeeded or not isinstance(exchange.response_json, dict):
        return None
    versions = exchange.response_json.get("versions")
    if not isinstance(versions, list):
        return None
    listed = [(entry.get("id"), entry.get("status")) for entry in versions if isinstance(entry, dict)]
    if (version, status) in listed:
        return ()
    return (Deviation(f"{version} is not listed as {status}", show([version, status]), show(listed), "/versions"),)


def upgrade_constants_are_shown(
    exchange: Exchange, context: Context, *, values: Mapping[str, Any]
) -> Iterable[Deviation] | None:
    """An upgrade strategy shows fixed values for what it has no parameters for.

    Mutants: upgrade-ignores-controllers.
    """
    if context.strategy is None or context.kind != "sw-upgrade":
        return None
    members = context.strategy.members
    return [
        Deviation(f"{name} of an upgrade strategy is fixed", show(value), show(members[name]), f"/strategy/{name}")
        for name, value in values.items()
        if name in members and members[name] != value
    ]


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.strip("/").split("/"):
        if not isinstance(value, dict) or part not in value:
            return _ABSENT
        value = value[part]
    return value
