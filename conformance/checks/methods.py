"""Methods and paths: what is offered works, what is not offered is refused."""

from collections.abc import Iterable
from typing import Final

from conformance.checks.context import Context, Deviation, Flaw, listing
from conformance.checks.lawful import must_be_accepted
from conformance.circumstances import is_aside, is_bodiless, is_plain
from conformance.exchange import Exchange
from spec.contract import Contract

_NOT_OFFERED: Final = frozenset({405, 501})
_NOT_JUDGED: Final = frozenset({"HEAD", "OPTIONS"})  # PUBLISHED.md, row "PUT, PATCH, HEAD, OPTIONS"
_REFUSED: Final = frozenset({404, 405})
_BAD_REQUEST: Final = 400
_BODY_MISSED: Final = frozenset({400, 411, 415})


def documented_method_is_offered(
    exchange: Exchange, context: Context, *, operation: str = "", operations: Iterable[str] = ()
) -> Iterable[Deviation] | None:
    """The method of an operation is offered under its path.

    Mutants: upgrade-delete-not-offered.
    """
    if (
        not context.is_of(operation, *operations)
        or is_aside(exchange)
        or _has_trailing_slash(exchange)
        or exchange.query
    ):
        return None
    if exchange.status not in _NOT_OFFERED:
        return ()
    message = f"{exchange.method} is not offered under {exchange.path}"
    return (
        Deviation(
            message,
            "another code than 405 and 501",
            str(exchange.status),
            "status",
            "offer the method of the operation",
        ),
    )


def undocumented_method_is_refused(
    exchange: Exchange, context: Context, *, operation: str
) -> Iterable[Deviation] | None:
    """A method that the contract does not give to a path is refused with 405, or 404.

    Mutants: put-reads, patch-reads-links, upgrade-actions-listed.
    """
    path = context.contract.operation(operation).path
    if context.operation is not None or exchange.method in _NOT_JUDGED or exchange.path.rstrip("/") != path.rstrip("/"):
        return None
    if (
        not context.contract.methods(exchange.path)
        or not exchange.method.isupper()
        or is_aside(exchange)
        or exchange.query
    ):
        return None
    if exchange.status in _REFUSED or _lacks_what_deletes_need(exchange, context.contract):
        return ()
    message, offered = (
        f"{exchange.method} is not an operation of {path}",
        listing(sorted(context.contract.methods(path))),
    )
    flaw = Flaw(message, offered, exchange.method, "method", "use a method of the path")
    hint = "answer 405 with an Allow header"
    return (Deviation(message, listing(sorted(_REFUSED)), str(exchange.status), "status", hint, flaw),)


def _lacks_what_deletes_need(exchange: Exchange, contract: Contract) -> bool:
    """A DELETE without a body is refused as such, where deletes want one, before anybody looks at its path."""
    if exchange.method != "DELETE" or exchange.request_body or exchange.status != _BAD_REQUEST:
        return False
    return any(each.method == "DELETE" and each.body == "required" for each in contract.operations)


def operation_succeeds(
    exchange: Exchange, context: Context, *, operations: Iterable[str]
) -> Iterable[Deviation] | None:
    """The operations work: each of them succeeds where the law lets it.

    Mutants: charset-refused, leading-space-refused, members-in-order, apply-denied-and-done.
    """
    if not context.is_of(*operations) or context.operation is None:
        return None
    if exchange.status == context.operation.success:
        return ()
    if not must_be_accepted(exchange, context):
        return None
    message = "the request is well formed and the state of the strategy allows it"
    return (Deviation(message, str(context.operation.success), str(exchange.status), "status"),)


def plain_read_succeeds(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """A plain GET (no query, no body) of a link document succeeds.

    Mutants: any-media-type-refused, api-redirects.
    """
    if not context.is_of(operation) or not _is_plain_read(exchange):
        return None
    if exchange.succeeded:
        return ()
    return (Deviation("a plain GET of a link document failed", "200", str(exchange.status), "status"),)


def body_is_not_demanded(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """The operation works without a request body.

    Mutants: absent-strategy-400, delete-demands-body.
    """
    if not context.is_of(operation) or not is_bodiless(exchange) or not is_plain(exchange) or is_aside(exchange):
        return None
    if exchange.method == "DELETE" and not (exchange.succeeded or must_be_accepted(exchange, context)):
        return None
    if exchange.status not in _BODY_MISSED:
        return ()
    hint = "take a request without a body as one with nothing to say"
    return (Deviation("a request without a body was refused", "a success", str(exchange.status), "status", hint),)


def _is_plain_read(exchange: Exchange) -> bool:
    plain = exchange.method == "GET" and is_bodiless(exchange) and is_plain(exchange)
    return plain and not is_aside(exchange) and not _has_trailing_slash(exchange)


def _has_trailing_slash(exchange: Exchange) -> bool:
    """A path with a trailing slash may be answered 404 (PUBLISHED.md), except the root, which is one."""
    return exchange.path.endswith("/") and exchange.path != "/"
