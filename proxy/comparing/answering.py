"""The answer of an exchange in a normal form: what a client can tell apart, without noise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from conformance.drivers.glance import strategy_of
from conformance.exchange import NO_JSON, Exchange
from proxy.comparing.noise import elements, plain, plain_href, plain_page
from proxy.comparing.plans import Settings, settings_of
from proxy.comparing.standing import is_create

NOTHING: Final = "no body"
STRATEGY: Final = "a strategy"
NO_STRATEGY: Final = "null for a strategy"
FAULT: Final = "a fault"
OTHER: Final = "JSON"
BROKEN: Final = "no JSON"
TEXT: Final = "text"
XML: Final = "XML"

_NOT_MODIFIED: Final = 304


def _words(value: str) -> str:
    return ", ".join(sorted({each.strip() for each in value.split(",") if each.strip()}))


def _given(_: str) -> str:
    return "given"


HEADERS: Final[dict[str, Callable[[str], str]]] = {
    "Allow":            lambda value: _words(value.upper()),
    "Location":         plain_href,
    "WWW-Authenticate": lambda value: value.partition(" ")[0],
    "Retry-After":      _given,
    "Deprecation":      _given,
    "Sunset":           _given,
}  # fmt: skip
"""The headers of answers that matter to clients, each with what of its value does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, without noise.

    `headers` are those of `HEADERS`, by name; `shape` is what the body is, `text` what a fault or a page says.
    `settings` are those of a strategy that was created.
    """

    status: int
    media: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    shape: str = NOTHING
    text: str = ""
    settings: Settings = ()

    @property
    def succeeded(self) -> bool:
        """The status is of class 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success

    def in_words(self) -> str:
        """The answer in a line, uncut: what is cut before secrets are taken out may end in half of one."""
        said = (str(self.status), self.media, *(f"{name}: {value}" for name, value in self.headers), self.shape)
        return ", ".join(filter(None, said)) + (f' "{self.text}"' if self.text else "")


def answer_of(exchange: Exchange) -> Answer:
    """The normal form of an answer; that nothing was modified (304) is as good as the document itself."""
    shape, text = _body(exchange)
    status = 200 if exchange.status == _NOT_MODIFIED else exchange.status
    strategy = strategy_of(exchange) if is_create(exchange.method, exchange.path) else None
    found = ((name, exchange.response_header(name)) for name in HEADERS)
    headers = tuple((name, HEADERS[name](value)) for name, value in found if value is not None)
    return Answer(status, exchange.media_type, headers, shape, text, settings_of(strategy) if strategy else ())


def _body(exchange: Exchange) -> tuple[str, str]:
    if not exchange.response_body.strip():
        return NOTHING, ""
    media = exchange.media_type
    value = exchange.response_json
    if value is not NO_JSON:
        return _json(value)
    text = exchange.response_body.decode("utf-8", "replace")
    if "json" in media:
        return BROKEN, ""
    if media == "text/html":
        return TEXT, plain_page(text)
    return (XML, elements(text)) if "xml" in media else (TEXT, plain(text))


def _json(value: Any) -> tuple[str, str]:
    if not isinstance(value, dict):
        return f"{OTHER} ({type_of(value)})", ""
    if "faultstring" in value:
        fault = value["faultstring"]
        return FAULT, plain(fault) if isinstance(fault, str) else type_of(fault)
    if "strategy" not in value:
        return OTHER, ""
    return (STRATEGY if isinstance(value["strategy"], dict) else NO_STRATEGY), ""


def type_of(value: Any) -> str:
    """The type of a JSON value, in the words of JSON Schema."""
    return _TYPES[type(value)]


_TYPES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
