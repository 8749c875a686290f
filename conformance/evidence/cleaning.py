"""Takes the secrets out of exchanges before anything of them is stored, and says whether that may matter."""

from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final

from conformance.caller import NOBODYS_TOKEN, OUR_TOKEN, TOKEN_HEADER
from conformance.evidence.bodies import as_text, kept
from conformance.evidence.carried import secrets_of_answer, secrets_of_request
from conformance.exchange import Exchange, Headers
from reports.redact import REDACTED, is_secret_header, redact_form, redact_headers, redact_text, redact_url

_REMEMBERED: Final = 10_000  # bodies by their digest
_SECRETS: Final = 64  # of earlier exchanges
_STRINGS: Final = 4096
_SHAPING: Final = frozenset({"content-encoding", "content-type"})
# What stands in the place of a token, and opens nothing: the judge tells callers apart by it.
_NO_SECRETS: Final = frozenset({"", OUR_TOKEN, NOBODYS_TOKEN, REDACTED})


class Cleaning:
    """Redacts one exchange after the other; a secret that one has shown is gone from those that come after it too.

    `matters` becomes true when something was taken out that a check may have looked at.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._given = frozenset(secrets)
        self._learned: OrderedDict[str, None] = OrderedDict()
        self._known = self._given
        self._looked: OrderedDict[tuple[bytes, Headers, str], None] = OrderedDict()
        self._bodies: OrderedDict[tuple[bytes, Headers, frozenset[str]], bytes | None] = OrderedDict()
        self.matters = False

    def learn(self, exchange: Exchange) -> None:
        """Remember the secrets that the exchange carries."""
        path = f"{exchange.path}?{exchange.query}"
        if self._is_new((sha256(exchange.request_body).digest(), exchange.request_headers, path)):
            text = as_text(exchange.request_body, exchange.request_headers)
            self._remember(secrets_of_request(exchange, text))
        if self._is_new((sha256(exchange.response_body).digest(), exchange.response_headers, "")):
            text = as_text(exchange.response_body, exchange.response_headers)
            self._remember(secrets_of_answer(exchange, text))

    def _remember(self, secrets: frozenset[str]) -> None:
        new = secrets - self._known - _NO_SECRETS
        if not new:
            return
        self._learned.update(dict.fromkeys(sorted(new)))
        _bounded(self._learned, _SECRETS)
        self._known = self._given.union(self._learned)

    def text(self, text: str) -> str:
        """A free text."""
        return self._noted(text, _text(text, self._known))

    def path(self, path: str) -> str:
        """The path of a request."""
        return self._noted(path, _path(path, self._known))

    def query(self, query: str) -> str:
        """The query of a request."""
        return self._noted(query, _query(query, self._known))

    def headers(self, headers: Headers) -> Headers:
        """Headers. Nobody looks at the values of secret ones, but for the token that tells who asks."""
        return tuple(self._header(*pair) for pair in headers)

    def body(self, body: bytes, headers: Headers) -> bytes:
        """A body; `headers` are those that came with it."""
        if not body:
            return body
        shape = tuple((name, value) for name, value in headers if name.lower() in _SHAPING)
        key = sha256(body).digest(), shape, self._known
        if key not in self._bodies:
            clean = kept(body, headers, self._known)
            self._bodies[key] = None if clean == body else clean
            _bounded(self._bodies, _REMEMBERED)
        known = self._bodies[key]
        return body if known is None else self._noted(body, known)

    def _header(self, name: str, value: str) -> tuple[str, str]:
        is_token = name.lower() == TOKEN_HEADER.lower()
        if is_token and value in _NO_SECRETS:
            return name, value
        clean = _header(name, value, self._known)
        if is_token or not is_secret_header(name):
            self._noted((name, value), clean)
        return clean

    def _noted[T](self, before: T, after: T) -> T:
        self.matters = self.matters or before != after
        return after

    def _is_new(self, what: tuple[bytes, Headers, str]) -> bool:
        new = what not in self._looked
        self._looked[what] = None
        self._looked.move_to_end(what)
        _bounded(self._looked, _REMEMBERED)
        return new


def _bounded[K, V](known: OrderedDict[K, V], most: int) -> None:
    while len(known) > most:
        known.popitem(last=False)


def _sound(text: str) -> str:
    """The text with each lone surrogate, which no encoding can write, spelled out by its number."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


@lru_cache(_STRINGS)
def _text(text: str, known: frozenset[str]) -> str:
    return _sound(redact_text(text, known))


@lru_cache(_STRINGS)
def _path(path: str, known: frozenset[str]) -> str:
    return _sound(redact_url(path, known))


@lru_cache(_STRINGS)
def _query(query: str, known: frozenset[str]) -> str:
    return _sound(redact_form(query, known))


@lru_cache(_STRINGS)
def _header(name: str, value: str, known: frozenset[str]) -> tuple[str, str]:
    ((clean_name, clean_value),) = redact_headers(((name, value),), known)
    return _sound(clean_name), _sound(clean_value)
