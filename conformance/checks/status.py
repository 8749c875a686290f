"""Status codes: which ones an operation may answer at all."""

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.checks.context import Context, Deviation, listing
from conformance.circumstances import is_bodiless, sends_json
from conformance.exchange import NO_JSON, Exchange
from conformance.known import Role

# Codes that HTTP itself, or something on the way, gives without asking the service (RFC 9110, RFC 6585).
_OF_HTTP: Final = frozenset({406, 408, 411, 414, 415, 417, 421, 426, 428, 429, 431})
_SMALL_BODY_BYTES: Final = 1024
_UNAVAILABLE: Final = 503
# What documents of successes have at their top, and faults do not.
_SUCCESSFUL_MEMBERS: Final = frozenset({"links", "versions", "strategy"})


def success_status_is_documented_one(
    exchange: Exchange, context: Context, *, operation: str, status: int
) -> Iterable[Deviation] | None:
    """A success is answered with the documented code, and no other of the classes 2xx and 3xx.

    Mutants: create-201, upgrade-action-200, later-stage-200, delete-200, delete-of-applied-upgrade-202, api-redirects
    and 1 more.
    """
    if not context.is_of(operation) or exchange.status // 100 not in (2, 3):
        return None
    if exchange.status == status:
        return ()
    return (Deviation(f"a success was answered {exchange.status}", str(status), str(exchange.status), "status"),)


def status_is_listed(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """A code is a listed one, one left open, or one of HTTP itself; successes and server errors are judged apart.

    Mutants: conflict-422.
    """
    if not context.is_of(operation) or context.operation is None:
        return None
    allowed = context.operation.statuses | _OF_HTTP
    any_refusal = context.operation.method == "DELETE" and exchange.status // 100 == 4  # noqa: PLR2004 - it lists none
    if exchange.status in allowed or any_refusal or exchange.status // 100 in (2, 3, 5):
        return ()
    listed = sorted(context.operation.statuses)
    hint = "answer with a code of the list, or let the contract's silence be filled by the nearest of them"
    return (Deviation(f"{exchange.status} is not listed", listing(listed), str(exchange.status), "status", hint),)


def no_server_error(
    exchange: Exchange, context: Context, *, operation: str, faulty: str = "", refusals: Iterable[str] = ()
) -> Iterable[Deviation] | None:
    """No answer is a 5xx code, 503 excepted.

    Some releases refuse so: with `faulty` excused nothing is said about a request that is broken, nor about an answer
    to an action that holds one of the texts `refusals`.

    Mutants: broken-json-fails, trailing-slash-fails, unknown-path-fails, query-argument-fails, accept-xml-fails,
    upgrade-conflict-500 and 7 more.
    """
    if not context.is_of(operation) and _nearest(exchange, context) != operation:
        return None
    if exchange.status // 100 != 5 or exchange.status == _UNAVAILABLE:  # noqa: PLR2004 - the class of server errors
        return ()
    if (faulty and _is_faulty(exchange, context)) or _refuses(exchange, context, refusals):
        return None
    hint = "refuse what cannot be done with a 4xx code; a server error says that the service is broken"
    expected = "a success, a refusal (4xx) or 503"
    return (Deviation(f"the request was answered {exchange.status}", expected, str(exchange.status), "status", hint),)


def _is_faulty(exchange: Exchange, context: Context) -> bool:
    """The request has to be refused whatever the state: no path of the API, or a body that breaks the contract."""
    if context.operation is None:
        return True
    if not exchange.request_body.strip():
        return False
    return exchange.request_json is NO_JSON or not sends_json(exchange) or bool(context.body_errors)


def _refuses(exchange: Exchange, context: Context, texts: Iterable[str]) -> bool:
    """The answer to an action holds one of the texts."""
    return context.role is Role.ACT and any(text.encode() in exchange.response_body for text in texts)


def _nearest(exchange: Exchange, context: Context) -> str | None:
    """The operation of the same method that lies above a path that the contract does not know."""
    if context.operation is not None or context.contract.methods(exchange.path):
        return None
    above = [
        each
        for each in context.contract.operations
        if each.method == exchange.method and _is_above(each.path, exchange.path)
    ]
    return max(above, key=lambda each: len(each.path)).operation_id if above else None


def _is_above(path: str, other: str) -> bool:
    return other.startswith(path if path.endswith("/") else path + "/")


def error_code_keeps_its_meaning(
    exchange: Exchange, context: Context, *, operation: str, status: int
) -> Iterable[Deviation] | None:
    """A listed error code is given only where its meaning can hold, and never with the document of a success."""
    if not context.is_of(operation) or exchange.status != status:
        return None
    return _contradictions(exchange, context)


def _contradictions(exchange: Exchange, context: Context) -> Iterator[Deviation]:
    code = exchange.status
    if isinstance(exchange.response_json, dict) and _SUCCESSFUL_MEMBERS & exchange.response_json.keys():
        yield Deviation(f"{code} came with the document of a success", "an error", "a document", "body")
    if code == 413 and len(exchange.request_body) < _SMALL_BODY_BYTES:  # noqa: PLR2004
        yield Deviation("the request is small", "another code than 413", "413", "status")
    if exchange.query or (exchange.path.endswith("/") and exchange.path != "/"):
        return
    if code == 405:  # noqa: PLR2004
        yield Deviation("the method is documented for this path", "another code than 405", "405", "status")
    if exchange.method != "GET" or not is_bodiless(exchange):
        return
    if code == 400:  # noqa: PLR2004
        yield Deviation("there is nothing in a plain GET to find fault with", "another code than 400", "400", "status")
    if code == 404 and context.role is None:  # noqa: PLR2004
        yield Deviation("a link document is always there", "200", "404", "status")
