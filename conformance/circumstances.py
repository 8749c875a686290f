"""What excuses an answer: the caller, the moment or the form of the request, not what was asked."""

from functools import lru_cache
from typing import Final

from conformance.exchange import Exchange
from spec.law import Law

# Unauthorized, forbidden, too large, too many, not available: allowed anywhere (PUBLISHED.md, column J).
ASIDE: Final = frozenset({401, 403, 413, 429, 503})

_TWISTS: Final = ("X-HTTP-Method-Override", "Content-Encoding", "Transfer-Encoding")
_PLAIN: Final = "is_plain"
_JSON: Final = "application/json"
_JSON_RANGES: Final = frozenset({_JSON, "application/*", "*/*", ""})


def is_aside(exchange: Exchange) -> bool:
    """The answer says something about the caller or the moment, nothing about the request."""
    return exchange.status in ASIDE


def is_broken(exchange: Exchange) -> bool:
    """The answer is a server error; it says nothing, and no_server_error has said what there is to say."""
    return exchange.status // 100 == 5 and exchange.status not in ASIDE  # noqa: PLR2004 - the class of server errors


def is_refused(exchange: Exchange, law: Law) -> bool:
    """The answer is a refusal: a 4xx code, 503, or what else the law takes for one."""
    return 400 <= exchange.status < 500 or exchange.status == 503 or exchange.status in law.refused  # noqa: PLR2004 - the class of refusals


def takes_json(exchange: Exchange) -> bool:
    """The caller wants JSON: says nothing about it, or prefers JSON, or a range that holds it, to all else."""
    return _prefers_json(exchange.request_header("Accept") or "")


@lru_cache(maxsize=256)
def _prefers_json(accept: str) -> bool:
    ranges = [_range(part) for part in accept.split(",")]
    best = max(quality for _, quality in ranges)
    return best > 0 and all(name in _JSON_RANGES for name, quality in ranges if quality == best)


def _range(part: str) -> tuple[str, float]:
    """A media range of an Accept header and its quality; one that cannot be read counts as 1."""
    name, *parameters = part.split(";")
    found = [text.partition("=")[2].strip() for text in parameters if text.strip().lower().startswith("q=")]
    try:
        return name.strip().lower(), float(found[0]) if found else 1.0
    except ValueError:
        return name.strip().lower(), 1.0


def sends_json(exchange: Exchange) -> bool:
    """The body, if there is one, is announced as JSON, in small letters: many servers know no other spelling."""
    if not exchange.request_body:
        return True
    return (exchange.request_header("Content-Type") or "").partition(";")[0].strip() == _JSON


def is_plain(exchange: Exchange) -> bool:
    """Nothing about the request but its path and JSON body.

    No query, no other spelling of the path (a trailing slash may be answered 404), no wish for another media type, no
    other method or coding in the headers.
    """
    found: bool | None = exchange.__dict__.get(_PLAIN)  # as a cached property of the exchange: many checks ask
    if found is None:
        found = exchange.__dict__[_PLAIN] = _is_plain(exchange)
    return found


def _is_plain(exchange: Exchange) -> bool:
    other_path = (exchange.path.endswith("/") and exchange.path != "/") or "%" in exchange.path
    headers = any(exchange.request_header(name) is not None for name in _TWISTS)
    return not exchange.query and not other_path and not headers and takes_json(exchange) and sends_json(exchange)


def is_bodiless(exchange: Exchange) -> bool:
    """The request has no body, not even white space."""
    return not exchange.request_body
