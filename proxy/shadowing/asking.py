"""One read, repeated at the shadow, and the two answers held against each other."""

from dataclasses import replace
from typing import Final, NamedTuple

from conformance.caller import TOKEN_HEADER, TURNED_AWAY
from conformance.exchange import Exchange, Headers
from conformance.targets.transport import Request, Transport, Unreachable, Unsendable
from proxy.comparing.difference import Comparison, Difference
from proxy.comparing.expecting import Releases
from proxy.comparing.gathered import Gathered, Words
from proxy.comparing.holding import between
from proxy.shadowing.counts import Outcome
from proxy.shadowing.messages import AGENT, SAFE
from reports.redact import redact_form, redact_url

_TOKENS: Final = frozenset({TOKEN_HEADER.lower(), "oidc-token"})
_UNSENDABLE: Final = "the read cannot be repeated: its path or a header holds signs that are not sent"
_WANTED: Final = frozenset({"accept"})


class Came(NamedTuple):
    """What came of a read; `why` says why there was no answer, `secrets` are values that must not be told."""

    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    why: str = ""
    status: int = 0
    secrets: frozenset[str] = frozenset()


def repeat(
    exchange: Exchange, transport: Transport, words: Words, *, with_token: bool, releases: Releases | None = None
) -> Came:
    """Send the read to the shadow, and compare its answer with the one that the client got.

    What the `releases` of the two explain is expected. Not `with_token`, no secret goes along: a read whose address
    holds one is dropped.
    """
    headers = (*_headers(exchange.request_headers, with_token=with_token), ("User-Agent", AGENT))
    old = Gathered(frozenset(words))
    old.take(exchange, alone=True)
    if not with_token and _names_a_secret(exchange, frozenset(old.secrets)):
        return Came(Outcome.DROPPED)
    try:
        answer = transport.send(Request(SAFE, exchange.path, exchange.query, headers, b""))
    except Unreachable as error:
        return Came(Outcome.FAILED, why=str(error), secrets=frozenset(old.secrets))
    except Unsendable:  # its text quotes a header, which may be that with the token
        return Came(Outcome.FAILED, why=_UNSENDABLE, secrets=frozenset(old.secrets))
    if answer.status in TURNED_AWAY and exchange.status not in TURNED_AWAY and not with_token:
        return Came(Outcome.DENIED, status=answer.status, secrets=frozenset(old.secrets))
    shadowed = replace(
        exchange, status=answer.status, response_headers=answer.headers, response_body=answer.body
    )  # asked by the same caller, as far as questions go: what was left out of the request is our choice
    new = Gathered(frozenset(words))
    new.take(shadowed, alone=True)
    found = between(old, new, words)
    if releases is not None:
        found = releases.explained(found)
    return Came(_outcome(found), found.differences, status=answer.status, secrets=frozenset(old.secrets | new.secrets))


def _names_a_secret(exchange: Exchange, secrets: frozenset[str]) -> bool:
    """A token or the like stands in the path or in the query."""
    path, query = redact_url(exchange.path, secrets), redact_form(exchange.query, secrets)
    return (path, query) != (exchange.path, exchange.query)


def _outcome(found: Comparison) -> Outcome:
    if found.unexpected:
        return Outcome.DIFFERENT
    return Outcome.EXPECTED if found.differences else Outcome.SAME if found.compared else Outcome.ELSEWHERE


def _headers(headers: Headers, *, with_token: bool) -> Headers:
    """What of a request goes along: what it accepts, and the token where that is wished."""
    wanted = _WANTED | _TOKENS if with_token else _WANTED
    return tuple((name, value) for name, value in headers if name.lower() in wanted)
