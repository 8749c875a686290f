"""Request bodies: what must be refused, and what must be taken (PUBLISHED.md, the rows on bodies)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from conformance.checks.context import Context, Deviation, Flaw, listing, show
from conformance.checks.lawful import must_be_accepted
from conformance.circumstances import is_aside, is_plain, is_refused
from conformance.exchange import NO_JSON, Exchange, is_broken_json
from spec.contract import Contract
from spec.members import members_of

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: (isinstance(value, int) and not isinstance(value, bool)) or _is_whole(value),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "digits": lambda value: isinstance(value, str) and value.strip().removeprefix("+").isdigit(),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}
_STAGE_ID: Final = "stage-id"
_STAGE_ACTIONS: Final = ("apply-stage", "abort-stage")
_STAGE_HINT: Final = "send the number of the stage, as in the strategy"
_SHOWN_BYTES: Final = 160


def malformed_body_is_refused(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """A body that is not one JSON object is refused.

    Mutants: list-around-create, text-around-action.
    """
    if not context.is_of(operation) or is_aside(exchange):
        return None
    body = exchange.request_body
    no_object = exchange.request_json is not NO_JSON and not isinstance(exchange.request_json, dict)
    if body.strip() and not no_object and not is_broken_json(body):
        return None
    what = "a JSON value that is no object" if no_object else "no JSON" if body.strip() else "empty"
    sent = body[:_SHOWN_BYTES].decode("utf-8", "replace").strip()
    flaw = Flaw(f"the body is {what}", "one JSON object", show(sent) or "(empty)", "body", "send one JSON object")
    return _demand_refusal(exchange, context, flaw)


def mandatory_member_is_demanded(
    exchange: Exchange,
    context: Context,
    *,
    operation: str,
    member: str,
    when: Mapping[str, Iterable[Any]] | None = None,
) -> Iterable[Deviation] | None:
    """A body without a mandatory member is refused.

    Mutants: instance-action-optional, stage-id-optional, empty-action-applies, swift-apply-type-optional.
    """
    body = _body(exchange, context, operation)
    if body is None or member in body:
        return None
    if any(body.get(name) not in values for name, values in (when or {}).items()):
        return None
    sent = listing(sorted(body)) if body else "an empty object"
    flaw = Flaw(f"the body has no {member}", f"the member {member}", sent, f"/{member}", f"add {member}")
    return _demand_refusal(exchange, context, flaw)


def wrong_type_is_refused(  # noqa: PLR0913 - the parameters of a requirement
    exchange: Exchange,
    context: Context,
    *,
    operation: str,
    member: str,
    types: Iterable[str],
    usual: Iterable[str] = (),
) -> Iterable[Deviation] | None:
    """A member of another JSON type than its own is refused; a `stage-id` where none is used is not looked at.

    What every deployment of a release takes, though it must not, are `usual` types: a warning.

    Mutants: alarm-restrictions-as-boolean, stage-id-of-boolean, null-stage-means-all, null-for-word, numbers-coerced,
    container-for-word.
    """
    body = _body(exchange, context, operation)
    if body is None or member not in body:
        return None
    if member == _STAGE_ID and body.get("action") not in _STAGE_ACTIONS:
        return None
    if any(_TYPES[name](body[member]) for name in types):
        return None
    sent, wanted = show(body[member]), listing(types)
    flaw = Flaw(f"{member} is {sent}, not {wanted}", wanted, sent, f"/{member}", f"send {member} as {wanted}")
    found = _demand_refusal(exchange, context, flaw)
    known = any(_TYPES[name](body[member]) for name in usual)
    return tuple(replace(each, usual=True) for each in found) if known else found


def stage_id_text_is_digits(
    exchange: Exchange, context: Context, *, operation: str, spelling: str = ""
) -> Iterable[Deviation] | None:
    """A `stage-id` text that is not made of digits is refused where a stage-id is used.

    With a loose `spelling` there may be blanks around the digits, and a plus before them.

    Mutants: stage-id-trimmed.
    """
    body = _body(exchange, context, operation)
    text = body.get(_STAGE_ID) if body is not None and body.get("action") in _STAGE_ACTIONS else None
    if not isinstance(text, str):
        return None
    digits = text.strip().removeprefix("+") if spelling else text
    if digits.isascii() and digits.isdigit():
        return None
    flaw = Flaw(
        f"stage-id is {show(text)}, not digits", "digits", show(text) or "(empty)", f"/{_STAGE_ID}", _STAGE_HINT
    )
    return _demand_refusal(exchange, context, flaw)


def unlisted_value_is_refused(
    exchange: Exchange, context: Context, *, operation: str, member: str, values: Iterable[Any]
) -> Iterable[Deviation] | None:
    """A text outside the list of values is refused.

    Mutants: worker-words-in-any-case, empty-word-ignores-storage, short-action-taken, underscored-action-taken,
    parallel-controllers-taken.
    """
    body = _body(exchange, context, operation)
    if body is None or not isinstance(body.get(member), str) or body[member] in values:
        return None
    sent, listed = show(body[member]), listing(values)
    message = f"{member} is {sent}, which is not listed ({listed})"
    flaw = Flaw(message, listed, sent or "(empty)", f"/{member}", "send one of the listed values")
    return _demand_refusal(exchange, context, flaw)


def unknown_member_is_refused(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """A body with a member that the contract does not know is refused."""
    body = _body(exchange, context, operation)
    known = _members_of(context.contract, operation)
    unknown = sorted(set(body) - known) if body is not None else []
    if not unknown:
        return None
    message = f"the body has the unknown member {listing(unknown)}"
    flaw = Flaw(message, listing(sorted(known)), listing(unknown), "body", "leave out what the contract does not know")
    return _demand_refusal(exchange, context, flaw)


def listed_value_is_accepted(
    exchange: Exchange, context: Context, *, operation: str, member: str, values: Iterable[Any]
) -> Iterable[Deviation] | None:
    """Each listed value is accepted in a request that is lawful otherwise.

    Mutants: ten-parallel-hosts-refused, two-parallel-hosts-refused, stage-id-text-refused, migrate-refused,
    create-denied-and-done.
    """
    body = _body(exchange, context, operation)
    if body is None or not any(body.get(member) == value and type(body.get(member)) is type(value) for value in values):
        return None
    return _demand_success(exchange, context, member, f"{member} {show(body[member])}")


def optional_member_may_be_left_out(
    exchange: Exchange, context: Context, *, operation: str, member: str
) -> Iterable[Deviation] | None:
    """A lawful request without an optional member is accepted.

    Mutants: stage-id-always-demanded, alarm-restrictions-demanded, omitted-optional-member-500.
    """
    body = _body(exchange, context, operation)
    if body is None or member in body:
        return None
    return _demand_success(exchange, context, member, f"a body without {member}")


def example_body_is_accepted(
    exchange: Exchange, context: Context, *, operation: str, example: str
) -> Iterable[Deviation] | None:
    """The body that the reference shows is accepted where the state allows it.

    Mutants: stage-id-always-demanded.
    """
    if not context.is_of(operation) or exchange.request_json != _example(context.contract, example):
        return None
    if exchange.succeeded:
        return ()
    if not must_be_accepted(exchange, context):
        return None
    return (Deviation("the body of the example was not accepted", "a success", str(exchange.status), "status"),)


def _demand_refusal(exchange: Exchange, context: Context, flaw: Flaw) -> Iterable[Deviation]:
    if is_refused(exchange, context.law):
        return ()
    hint = "refuse it with 400 before anything is done"
    message = f"{flaw.message}, and the request was not refused"
    return (Deviation(message, "a 4xx code", str(exchange.status), "status", hint, flaw),)


def _demand_success(exchange: Exchange, context: Context, member: str, what: str) -> Iterable[Deviation] | None:
    """Blame a value only for a refusal that nothing else explains: not one that was accepted before."""
    if exchange.succeeded:
        return ()
    if not must_be_accepted(exchange, context):
        return None
    body = exchange.request_json
    earlier = context.known.taken_by(context.operation.operation_id if context.operation else "")
    if any((member in other) == (member in body) and other.get(member) == body.get(member) for other in earlier):
        return None
    return (Deviation(f"{what} is lawful and was not accepted", "a success", str(exchange.status), "status"),)


def _body(exchange: Exchange, context: Context, operation: str) -> dict[str, Any] | None:
    """The JSON object of a plain request of that operation, unless the caller or the moment was refused."""
    if not context.is_of(operation) or is_aside(exchange) or not is_plain(exchange):
        return None
    body = exchange.request_json
    return body if isinstance(body, dict) else None


def _is_whole(value: Any) -> bool:
    """2.0 is an integer to JSON Schema."""
    return isinstance(value, float) and value.is_integer()


@cache
def _members_of(contract: Contract, operation: str) -> frozenset[str]:
    """The members that the contract knows in the body of an operation."""
    return frozenset(member.name for member in members_of(contract, operation))


@cache
def _example(contract: Contract, name: str) -> Any:
    return contract.example(name)
