"""Media types and bodies: what an answer carries, and how it is announced."""

from collections.abc import Iterable
from typing import Final

from conformance.checks.context import Context, Deviation, Flaw, listing, show
from conformance.circumstances import is_aside, is_refused, takes_json
from conformance.exchange import NO_JSON, Exchange

_JSON: Final = "application/json"
_NO_CONTENT: Final = 204


def answer_is_json(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """The document of a success is JSON, and its Content-Type says so.

    Mutants: strategy-as-html, action-answer-as-text, root-unannounced, large-document-cut-off, percentage-not-a-number.
    """
    if (
        not context.is_of(operation)
        or not exchange.succeeded
        or exchange.status == _NO_CONTENT
        or not takes_json(exchange)
    ):
        return None
    found = []
    if exchange.media_type != _JSON:
        actual = exchange.response_header("Content-Type") or "no Content-Type"
        found.append(
            Deviation("the answer is not announced as JSON", _JSON, show(actual), "Content-Type", f"send {_JSON}")
        )
    if exchange.response_json is NO_JSON:
        body = exchange.response_body[:80].decode("utf-8", "replace")
        found.append(Deviation("the body is not a JSON text in UTF-8", "JSON", show(body) or "an empty body", "body"))
    return found


def no_content_is_empty(
    exchange: Exchange, context: Context, *, operation: str = "", operations: Iterable[str] = (), allowed: Iterable[str]
) -> Iterable[Deviation] | None:
    """A 204 carries no body, or at most what the example shows.

    Mutants: delete-shows-strategy.
    """
    if not context.is_of(operation, *operations) or exchange.status != _NO_CONTENT:
        return None
    body = exchange.response_body.decode("utf-8", "replace").strip()
    if body in allowed:
        return ()
    return (Deviation("a 204 carries a body", listing(allowed), show(body), "body", "send no body with 204"),)


def wrong_media_type_is_refused(
    exchange: Exchange, context: Context, *, operation: str, taken: Iterable[str] = ()
) -> Iterable[Deviation] | None:
    """A body that is announced as something else than JSON, or one of the types `taken`, is refused."""
    announced = exchange.request_media_type
    if (
        not context.is_of(operation)
        or not exchange.request_body
        or not announced
        or "json" in announced
        or announced in taken
        or is_aside(exchange)
    ):
        return None
    if is_refused(exchange, context.law):
        return ()
    hint = "answer 415 (or 400) to bodies of other media types"
    flaw = Flaw("the body is not announced as JSON", _JSON, show(announced), "Content-Type", f"send {_JSON}")
    message = f"a body of the type {show(announced)} was taken"
    return (Deviation(message, "400 or 415", str(exchange.status), "status", hint, flaw),)
