"""A target, asked: every document and strategy that a contract knows, and harmless errors; nothing could change it.

GET and OPTIONS are all that is sent; both are safe methods (RFC 9110 section 9.2.1).
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from conformance.caller import NOBODYS_TOKEN, TOKEN_HEADER, Caller
from conformance.exchange import Headers
from conformance.fingerprint.exchanges import is_of_vim
from conformance.targets.target import Target
from proxy.comparing.gathered import Gathered
from spec.contract import Contract

_UNKNOWN_PATHS: Final = (
    "/nothing",
    "/api/nothing",
    "/api/orchestration/nothing",
    "/api/orchestration/nothing/strategy",
)


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    caller: Caller = Caller.OURS


def questions(contracts: Iterable[Contract], *, with_token: bool) -> Iterator[Asked]:
    """What is asked of a target; with a token also what callers without a good one are answered."""
    documents = dict.fromkeys(
        operation.path
        for contract in contracts
        for operation in contract.operations
        if operation.method == "GET" and "{" not in operation.path
    )
    for path in documents:
        yield Asked("GET", path)
        yield Asked("GET", path.rstrip("/") + "/")
        yield Asked("GET", path, query="vimgate=1")
        yield Asked("GET", path, headers=(("Accept", "application/xml"),))
        yield Asked("GET", path, headers=(("Accept", "text/html"),))
        yield Asked("OPTIONS", path)
        if with_token:
            yield Asked("GET", path, caller=Caller.NAMELESS)
            yield Asked("GET", path, headers=((TOKEN_HEADER, NOBODYS_TOKEN),))
    yield from (Asked("GET", path) for path in _UNKNOWN_PATHS)


def look(target: Target, contracts: Iterable[Contract], gathered: Gathered) -> bool:
    """Ask the target everything; whether any answer was one that a VIM gives. Raises Unreachable, Unsendable."""
    answers_as_vim = False
    for asked in questions(contracts, with_token=target.has_token):
        exchange = target.send(
            asked.method, asked.path, query=asked.query, headers=asked.headers, origin="compare", caller=asked.caller
        )
        gathered.take(exchange)
        answers_as_vim = answers_as_vim or is_of_vim(exchange)
    return answers_as_vim
