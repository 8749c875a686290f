"""One request and its answer as frozen data: the only thing that checks, monitor, gateway and audit ever look at."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NoReturn

import msgspec


class NoJson:
    """Stands for a body that is absent or is not JSON; never equal to a JSON value."""

    def __repr__(self) -> str:
        return "<no JSON>"


NO_JSON: Final = NoJson()

type Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    `path` is as sent, without the query; `at` is the time in seconds at which the answer was complete, on the clock
    of whoever made the exchange; `origin` says who made it (`fuzz`, `lifecycle/patch-apply-all`, …) and is evidence
    only, never a reason for a verdict.
    """

    method: str
    path: str
    status: int
    query: str = ""
    request_headers: Headers = ()
    request_body: bytes = b""
    response_headers: Headers = ()
    response_body: bytes = b""
    at: float = 0.0
    origin: str = ""

    def request_header(self, name: str) -> str | None:
        """The first request header of that name, in any case of letters."""
        return self._request_headers.get(name.lower())

    def response_header(self, name: str) -> str | None:
        """The first response header of that name, in any case of letters."""
        return self._response_headers.get(name.lower())

    @cached_property
    def _request_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self.request_headers)}

    @cached_property
    def _response_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self.response_headers)}

    @cached_property
    def request_json(self) -> Any:
        """The request body as a JSON value, or `NO_JSON`."""
        return parse_json(self.request_body)

    @cached_property
    def response_json(self) -> Any:
        """The response body as a JSON value, or `NO_JSON`."""
        return parse_json(self.response_body)

    @property
    def request_media_type(self) -> str:
        """The media type of the request body without parameters, in lower case; empty when there is none."""
        return _media_type(self.request_header("Content-Type"))

    @property
    def media_type(self) -> str:
        """The media type of the answer without parameters, in lower case; empty when there is none."""
        return _media_type(self.response_header("Content-Type"))

    @property
    def succeeded(self) -> bool:
        """The answer has a status of class 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success


def parse_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8 (RFC 8259), or `NO_JSON`; never raises.

    Stricter than the standard library (no UTF-16, no byte order mark, no NaN, no lone surrogates); a text that is
    nested too deeply to be read, or holds a number too long to be read, counts as no JSON too.
    """
    if not body:
        return NO_JSON
    try:
        return parse_plain_json(body)
    except ValueError:
        return _parse_json(body)


def parse_plain_json(body: bytes) -> Any:
    """What `parse_json` says of a body, several times faster. Raises ValueError where that takes more than a look.

    msgspec takes less than the standard library does (no number beyond the range of a float), and what it takes it
    reads alike, but for letters that are told by their numbers.
    """
    if has_escapes(body):
        raise ValueError
    if not body.isascii():
        body.decode("utf-8")
    try:
        return _READER.decode(body)
    except RecursionError as error:
        raise ValueError from error


def _parse_json(body: bytes) -> Any:
    try:
        value = _DECODER.decode(body.decode("utf-8"))
        if has_escapes(body):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return NO_JSON
    return value


def has_escapes(text: bytes) -> bool:
    """The text may name letters by their numbers, so that it holds what its bytes do not show."""
    return b"\\" in text and b"\\u" in text  # one letter is looked for much faster than two


def parse_json_at(text: str, position: int) -> tuple[Any, int]:
    """The JSON value that begins at this position of a text, and where it ends, read as `parse_json` reads it.

    The text has no escapes of surrogates. Raises ValueError where no value begins there, RecursionError.
    """
    return _DECODER.raw_decode(text, position)


def is_broken_json(body: bytes) -> bool:
    """No reader of JSON could accept this body: it is not blank, and no JSON in any reading (size and depth aside)."""
    if not body.strip():
        return False
    try:
        json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return True
    except (ValueError, RecursionError):
        return False
    return False


def _media_type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
_READER: Final = msgspec.json.Decoder()
