"""What becomes of the checks that Schemathesis has of its own: a second witness to requirements of the ledger.

A row with rules is asked: its failures are charged to the requirement of that rule for the operation at hand, once, if
the judge has not charged it for the same exchange already. Where the rule itself has looked at the exchange and is
content, it knows an excuse that Schemathesis does not: two witnesses that disagree are a note. A row without rules is
not asked, and says why. What a failure maps to nothing for is a note; a failure is never a verdict of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from conformance.checks.context import Deviation, show
from conformance.circumstances import is_aside, is_plain, takes_json
from conformance.exchange import NO_JSON, Exchange
from conformance.known import stage_number
from spec.contract import Contract, Operation
from spec.ledger import Ledger, Requirement
from spec.members import members_of


@dataclass(frozen=True, slots=True)
class Row:
    """One check of Schemathesis: the failures that it raises, the functions of the ledger that say the same, and why.

    `excused` tells the exchanges of which its failures mean nothing (PUBLISHED.md, column J).
    """

    check: str
    failures: tuple[str, ...]
    rules: tuple[str, ...]
    why: str
    excused: Callable[[Exchange], bool] = lambda _: False


_TYPE: Final = "wrong_type_is_refused"
_WORD: Final = "unlisted_value_is_refused"


def _not_read(exchange: Exchange) -> bool:
    """The request asks for another media type, or the answer is no success: any body or none is in order."""
    return not exchange.succeeded or not takes_json(exchange)


def _may_be_taken(exchange: Exchange) -> bool:
    """A delete is accepted with any body; so is what the caller or the moment was refused for."""
    return exchange.method == "DELETE" or is_aside(exchange) or not is_plain(exchange) or not _has_clear_stage(exchange)


def _has_clear_stage(exchange: Exchange) -> bool:
    """A `stage-id` beside an action that uses none may be anything."""
    body = exchange.request_json
    return not isinstance(body, dict) or body.get("action") in ("apply-stage", "abort-stage") or stage_number(body)[1]


# It is set by a number alone, and answers are handed over as if they had taken no time.
_NO_SWITCH: Final = "max_response_time"
_SAID: Final = "ours says it already"
_ALARM: Final = "a false alarm"

ROWS: Final[tuple[Row, ...]] = (
    Row(
        "not_a_server_error",
        ("ServerError", "ContentTypeServerError"),
        (),
        f"{_SAID}: no_server_error looks at every answer, and 503 is allowed; this one sends requests of its own",
    ),
    Row(
        "status_code_conformance",
        ("UndefinedStatusCode",),
        ("status_is_listed",),
        "the codes of the contract are those of the reference and those that it is silent about",
        is_aside,
    ),
    Row(
        "content_type_conformance",
        ("MissingContentType", "UndefinedContentType", "MalformedMediaType"),
        ("answer_is_json",),
        "the documents of the reference are JSON",
        _not_read,
    ),
    Row(
        "response_headers_conformance",
        ("MissingHeaders",),
        (),
        f"{_ALARM}: the reference shows no headers of answers, so the contract has none",
    ),
    Row(
        "response_schema_conformance",
        ("JsonSchemaError", "DiscriminatorMismatch"),
        ("document_matches_schema",),
        "the schemas of the contract are the members and types of the examples",
        _not_read,
    ),
    Row(
        "response_schema_conformance",
        ("MalformedJson", "ContentDeserializationError"),
        ("answer_is_json",),
        "the documents of the reference are JSON",
        _not_read,
    ),
    Row(
        "negative_data_rejection",
        ("AcceptedNegativeData",),
        (
            "malformed_body_is_refused",
            "mandatory_member_is_demanded",
            _TYPE,
            _WORD,
            "unknown_member_is_refused",
            "stage_id_text_is_digits",
        ),
        "a plainly wrong body is refused with a 4xx code",
        _may_be_taken,
    ),
    Row(
        "positive_data_acceptance",
        ("RejectedPositiveData",),
        (),
        f"{_ALARM}: whether a valid body is taken depends on the strategy and on bounds that the contract leaves open",
    ),
    Row(
        "missing_required_header",
        ("MissingHeaderNotRejected",),
        (),
        f"{_ALARM}: the reference demands no header",
    ),
    Row(
        "unsupported_method",
        ("UnsupportedMethodResponse",),
        (),
        f"{_SAID}: the suite tries every method on every path; 404 and a missing Allow are allowed",
    ),
    Row(
        "allow_header_conformance",
        ("AllowHeaderMismatch",),
        (),
        f"{_ALARM}: OPTIONS is not judged",
    ),
    Row(
        "use_after_free",
        ("UseAfterFree",),
        ("delete_leaves_nothing", "absent_strategy_is_not_found"),
        "what is deleted is gone",
    ),
    Row(
        "ensure_resource_availability",
        ("EnsureResourceAvailability",),
        (),
        f"{_ALARM}: it takes every action for a resource below the strategy, also after a delete; "
        "existing_strategy_is_shown follows the strategy",
    ),
    Row(
        "ignored_auth",
        ("IgnoredAuth",),
        (),
        f"{_ALARM}: the reference describes no authentication, and this one sends requests of its own",
    ),
    Row(
        "object_level_authorization",
        ("ObjectLevelAuthorizationViolation",),
        (),
        f"{_ALARM}: nobody owns a strategy",
    ),
    Row(
        "max_response_time",
        ("ResponseTimeExceeded",),
        (),
        f"{_ALARM}: the reference says nothing about how long an answer takes",
    ),
)

BY_FAILURE: Final[Mapping[str, Row]] = MappingProxyType({name: row for row in ROWS for name in row.failures})


def settings() -> dict[str, dict[str, bool]]:
    """Which checks Schemathesis runs: those with rules."""
    return {row.check: {"enabled": bool(row.rules)} for row in ROWS if row.check != _NO_SWITCH}


def requirements_of(row: Row, operation: Operation, ledger: Ledger) -> tuple[Requirement, ...]:
    """The requirements that the rules of a row stand for at this operation, in the order of the ledger."""
    return tuple(
        each
        for each in ledger.checked
        if each.check in row.rules
        and operation.operation_id in (_operation(each), *each.parameters.get("operations", ()))
    ) or tuple(each for each in ledger.checked if each.check in row.rules and _operation(each) is None)


def best(
    requirements: tuple[Requirement, ...], exchange: Exchange, contract: Contract, operation: Operation
) -> Requirement | None:
    """The requirement to charge: that of the member which the body gets wrong, else the first one.

    None when nothing is wrong with the body but values that no requirement is about: known servers take more of some
    members than the contract gives them, such as words for true and false.
    """
    known = operation.body != "none" and exchange.request_json is not NO_JSON
    errors = contract.body_errors(operation.operation_id, exchange.request_json) if known else ()
    wrong = {part for error in errors for part in error.pointer.strip("/").split("/")[:1]}
    about_bodies = [each for each in requirements if "member" in each.parameters]
    charged = next((each for each in about_bodies if _is_about(each, wrong, exchange.request_json)), None)
    if charged is not None:
        return charged
    names = {each.name for each in members_of(contract, operation.operation_id)} if about_bodies and wrong else set()
    return None if wrong and wrong <= names else requirements[0]


def deviation(row: Row, title: str, message: str) -> Deviation:
    """A failure in the words of a check of ours."""
    lines = [line for line in message.splitlines() if line.strip()]
    hint = f"seen by the check {row.check} of Schemathesis: {row.why}"
    return Deviation(title, actual=show(lines[0]) if lines else "", where="status" if not lines else "", hint=hint)


def note(row: Row | None, operation: str, title: str, why: str) -> str:
    """A failure that is no finding."""
    return f"Schemathesis: {row.check if row is not None else 'unknown check'} on {operation}: {title}; {why}"


def _is_about(requirement: Requirement, wrong: set[str], body: Any) -> bool:
    """The requirement is about what stands in one of these members: about its type, or about words if it is one."""
    member = requirement.parameters["member"]
    if member not in wrong or not isinstance(body, dict) or member not in body:
        return False
    return requirement.check == _TYPE or (requirement.check == _WORD and isinstance(body[member], str))


def _operation(requirement: Requirement) -> str | None:
    found = requirement.parameters.get("operation")
    return str(found) if found is not None else None
