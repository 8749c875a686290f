"""Takes the secrets out of exchanges before anything of them is stored, and says whether that may matter."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from conformance.caller import NOBODYS_TOKEN, RECORDED, TOKEN_HEADERS
from conformance.evidence.bodies import as_text, kept
from conformance.evidence.carried import secrets_of_answer, secrets_of_request
from conformance.evidence.form import NOTHING, digest_of
from conformance.exchange import Exchange, Headers
from reports.redact import REDACTED, is_secret_header, redact_form, redact_headers, redact_text, redact_url

_REMEMBERED: Final = 10_000  # bodies by their digest
_SECRETS: Final = 64  # of earlier exchanges
_STRINGS: Final = 4096
_SHAPING: Final = frozenset({"content-encoding", "content-type"})
# What stands in the place of a token, and opens nothing: the judge tells callers apart by it.
_NO_SECRETS: Final = frozenset({"", NOBODYS_TOKEN, REDACTED, *RECORDED.values()})
_NONE: Final = frozenset[str]()


class Body(NamedTuple):
    """A body as it may be stored, and its name."""

    data: bytes
    digest: str


class _Came(NamedTuple):
    """A body as it came: its digest, and the headers that say how it is to be read."""

    digest: str
    shape: Headers


class Memory:
    """What was found out about bodies that come again and again; one of a process is enough."""

    def __init__(self) -> None:
        self._carried: OrderedDict[_Came, frozenset[str]] = OrderedDict()
        self._clean: OrderedDict[tuple[_Came, frozenset[str]], Body | None] = OrderedDict()

    def carried(self, came: _Came, find: Callable[[], frozenset[str]]) -> frozenset[str]:
        """The secrets in a body."""
        return _remembered(self._carried, came, find)

    def clean(self, came: _Came, known: frozenset[str], clean: Callable[[], Body | None]) -> Body | None:
        """A body without these secrets; None when it is as it came."""
        return _remembered(self._clean, (came, known), clean)


class Cleaning:
    """Redacts one exchange after the other; a secret that one has shown is gone from those that come after it too.

    `matters` becomes true when something was taken out that a check may have looked at.
    """

    def __init__(self, secrets: Iterable[str] = (), memory: Memory | None = None) -> None:
        self._given = frozenset(secrets)
        self._learned: OrderedDict[str, None] = OrderedDict()
        self._known = self._given
        self._memory = memory or Memory()
        self.matters = False

    @property
    def known(self) -> frozenset[str]:
        """All values that are taken out wherever they stand."""
        return self._known

    def bodies(self, exchange: Exchange) -> tuple[Body, Body]:
        """The bodies of an exchange; what secrets it carries is known from now on."""
        asked = _came(exchange.request_body, exchange.request_headers)
        answered = _came(exchange.response_body, exchange.response_headers)
        carried = _of_request(exchange.request_headers, exchange.path, exchange.query)
        carried |= _of_answer(exchange.response_headers)
        carried |= self._memory.carried(asked, lambda: _in_body(exchange.request_body, exchange.request_headers))
        carried |= self._memory.carried(answered, lambda: _in_body(exchange.response_body, exchange.response_headers))
        self._learn(carried)
        return (
            self._body(exchange.request_body, exchange.request_headers, asked),
            self._body(exchange.response_body, exchange.response_headers, answered),
        )

    def body(self, body: bytes, headers: Headers) -> Body:
        """A body that came alone."""
        return self._body(body, headers, _came(body, headers))

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
        clean, matters = _headers(headers, self._known)
        self.matters = self.matters or matters
        return clean

    def _learn(self, carried: frozenset[str]) -> None:
        new = carried - self._known - _NO_SECRETS
        if not new:
            return
        self._learned.update(dict.fromkeys(sorted(new)))
        while len(self._learned) > _SECRETS:
            self._learned.popitem(last=False)
        self._known = self._given.union(self._learned)

    def _body(self, body: bytes, headers: Headers, came: _Came) -> Body:
        if not body:
            return Body(b"", NOTHING)
        known = self._known
        clean = self._memory.clean(came, known, lambda: _cleaned(body, headers, known))
        if clean is None:
            return Body(body, came.digest)
        self.matters = True
        return clean

    def _noted(self, before: str, after: str) -> str:
        self.matters = self.matters or before != after
        return after


def _came(body: bytes, headers: Headers) -> _Came:
    return _Came(digest_of(body) if body else NOTHING, _shape(headers))


@lru_cache(_STRINGS)
def _shape(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() in _SHAPING)


def _cleaned(body: bytes, headers: Headers, known: frozenset[str]) -> Body | None:
    clean = kept(body, headers, known)
    return None if clean == body else Body(clean, digest_of(clean) if clean else NOTHING)


def _in_body(body: bytes, headers: Headers) -> frozenset[str]:
    bare = Exchange("", "", 0)
    return secrets_of_answer(bare, as_text(body, headers)) if body else _NONE


@lru_cache(_STRINGS)
def _of_request(headers: Headers, path: str, query: str) -> frozenset[str]:
    return secrets_of_request(Exchange("", path, 0, query=query, request_headers=headers), "")


@lru_cache(_STRINGS)
def _of_answer(headers: Headers) -> frozenset[str]:
    return secrets_of_answer(Exchange("", "", 0, response_headers=headers), "")


@lru_cache(_STRINGS)
def _headers(headers: Headers, known: frozenset[str]) -> tuple[Headers, bool]:
    """The headers without secrets, and whether a check may have looked at what is gone."""
    clean = tuple(_header(*pair, known) for pair in headers)
    matters = any(
        before != after and (not is_secret_header(before[0]) or before[0].lower() in TOKEN_HEADERS)
        for before, after in zip(headers, clean, strict=True)
    )
    return clean, matters


@lru_cache(_STRINGS)
def _header(name: str, value: str, known: frozenset[str]) -> tuple[str, str]:
    if name.lower() in TOKEN_HEADERS and value in _NO_SECRETS:
        return name, value
    ((clean_name, clean_value),) = redact_headers(((name, value),), known)
    return _sound(clean_name), _sound(clean_value)


@lru_cache(_STRINGS)
def _text(text: str, known: frozenset[str]) -> str:
    return _sound(redact_text(text, known))


@lru_cache(_STRINGS)
def _path(path: str, known: frozenset[str]) -> str:
    return _sound(redact_url(path, known))


@lru_cache(_STRINGS)
def _query(query: str, known: frozenset[str]) -> str:
    return _sound(redact_form(query, known))


def _sound(text: str) -> str:
    """The text with each lone surrogate, which no encoding can write, spelled out by its number."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _remembered[K, V](known: OrderedDict[K, V], key: K, find: Callable[[], V]) -> V:
    """What is known of a key, or is found out now; of many keys the last are kept."""
    if key not in known:
        known[key] = find()
        if len(known) > _REMEMBERED:
            known.popitem(last=False)
    return known[key]
