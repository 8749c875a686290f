"""Takes the secrets out of exchanges and findings before anything of them is stored, and remembers which there were."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from conformance.evidence.bodies import Body, as_text, without_secrets
from conformance.evidence.carried import secrets_of_answer, secrets_of_request
from conformance.exchange import Exchange, Headers
from proxy.traffic import Noticed, Passage
from reports.model import Finding
from reports.redact import REDACTED, redact_form, redact_headers, redact_text, redact_url
from reports.spellings import without_beginnings

_REMEMBERED: Final = 512  # secrets of earlier exchanges
_SMALL: Final = 64 * 1024  # bytes; a larger answer is looked through for secrets only when it is stored
_BODIES: Final = 8
_BODY_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Clean:
    """A passage without secrets; `request` and `response` are its bodies, those of `passage.exchange` are empty."""

    passage: Passage
    request: Body
    response: Body


class Cleaning:
    """Redacts one exchange after the other; a secret that one has shown is gone from those that come after it too."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._always = frozenset(secrets)
        self._learned: OrderedDict[str, None] = OrderedDict()
        self._bodies: OrderedDict[tuple[bytes, Headers, frozenset[str]], Body] = OrderedDict()
        self._last_headers: Headers = ()
        self._last_answer = b""
        self._looked_through = b""

    def learn(self, exchange: Exchange) -> None:
        """Remember the secrets of an exchange that need not be stored. Costs little when it is like the last one."""
        if exchange.request_headers != self._last_headers or exchange.request_body or exchange.query:
            self._last_headers = exchange.request_headers
            self._remember(secrets_of_request(exchange, as_text(exchange.request_body, exchange.request_headers)))
        same = exchange.response_body == self._last_answer
        small = not same and len(exchange.response_body) <= _SMALL
        self._last_answer = exchange.response_body
        body = as_text(exchange.response_body, exchange.response_headers) if small else ""
        self._remember(secrets_of_answer(exchange, body))

    def clean(self, passage: Passage) -> Clean:
        """The passage as it may be stored; what it carries itself has been learned before."""
        exchange = passage.exchange
        if len(exchange.response_body) > _SMALL and exchange.response_body != self._looked_through:
            self._looked_through = exchange.response_body
            self._remember(secrets_of_answer(exchange, as_text(exchange.response_body, exchange.response_headers)))
        known = self.known
        request = self._body(exchange.request_body, exchange.request_headers, known)
        response = self._body(exchange.response_body, exchange.response_headers, known)
        bare = replace(
            exchange,
            method=redact_text(exchange.method, known),
            path=redact_url(exchange.path, known),
            query=redact_form(exchange.query, known),
            request_headers=redact_headers(exchange.request_headers, known),
            request_body=b"",
            response_headers=redact_headers(exchange.response_headers, known),
            response_body=b"",
            origin="",
        )
        return Clean(replace(passage, exchange=bare), request, response)

    def finding(self, noticed: Noticed) -> Noticed:
        """The finding without secrets; its script and its long texts are left out, the evidence holds them."""
        finding = noticed.finding
        texts = {name: self.text(getattr(finding, name)) for name in _TEXTS}
        return replace(noticed, finding=Finding(finding.requirement, finding.verdict, **texts))

    def text(self, text: str) -> str:
        """The text without secrets, also when it was cut off in the middle of one."""
        if not text:
            return text
        known = self.known
        return redact_text(without_beginnings(redact_text(text, known), known, REDACTED), known)

    @property
    def known(self) -> frozenset[str]:
        """All values that are taken out wherever they stand."""
        return self._always.union(self._learned)

    def _remember(self, secrets: frozenset[str]) -> None:
        for secret in secrets:
            self._learned[secret] = None
            self._learned.move_to_end(secret)
        while len(self._learned) > max(_REMEMBERED, len(secrets)):
            self._learned.popitem(last=False)

    def _body(self, body: bytes, headers: Headers, known: frozenset[str]) -> Body:
        """The body without secrets; the last ones are remembered, since a poll is like the one before."""
        if not body:
            return Body(b"", 0)
        shape = tuple((name, value) for name, value in headers if name.lower() in _SHAPING)
        key = (blake2b(body).digest(), shape, known)
        found = self._bodies.get(key)
        if found is None:
            found = self._bodies[key] = without_secrets(body, headers, known)
        self._bodies.move_to_end(key)
        while len(self._bodies) > 1 and (
            len(self._bodies) > _BODIES or sum(len(each.data) for each in self._bodies.values()) > _BODY_BYTES
        ):
            self._bodies.popitem(last=False)
        return found


_SHAPING: Final = frozenset({"content-encoding", "content-type"})
_TEXTS: Final = ("message", "expected", "actual", "where", "hint", "kind", "state")
