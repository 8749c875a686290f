"""A body without secrets, whatever coding and character set it came in; pure.

A body that cannot be read is not kept: nobody could say what is in it.
"""

import codecs
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from mitmproxy.net import encoding

from conformance.exchange import NO_JSON, Headers, parse_json
from reports.redact import redact_form, redact_text, redact_value

_MOST_DECODED: Final = 64 * 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_PLAIN: Final = frozenset({"", "identity"})
_INFLATE: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits: a limit is kept while it decodes
_OTHER: Final = frozenset({"br", "zstd"})


@dataclass(frozen=True)
class Body:
    """A body as it may be stored: `data` without secrets and without its content coding, if it had one.

    `size` is how many bytes came; `coding` is the coding that was taken off; `omitted` says why nothing is kept.
    """

    data: bytes
    size: int
    coding: str = ""
    omitted: str = ""

    @cached_property
    def digest(self) -> bytes:
        """The SHA-256 of `data`."""
        return sha256(self.data).digest()


def without_secrets(body: bytes, headers: Headers, known: Iterable[str]) -> Body:
    """The body as it may be stored. Never raises."""
    try:
        data, coding = _plain(body, headers)
    except ValueError as error:
        return Body(b"", len(body), omitted=str(error))
    return Body(_redacted(data, headers, frozenset(known)), len(body), coding)


def kept(body: bytes, headers: Headers, known: frozenset[str]) -> bytes:
    """The body itself where nothing in it is secret, else as it may be stored; nothing when it cannot be read."""
    try:
        data, _ = _plain(body, headers)
    except ValueError:
        return b""
    clean = _redacted(data, headers, known)
    return body if clean == data else clean


def as_text(body: bytes, headers: Headers) -> str:
    """The body as it reads; empty when it cannot be read."""
    try:
        return _text(_plain(body, headers)[0], headers)[0] if body else ""
    except ValueError:
        return ""


def _plain(body: bytes, headers: Headers) -> tuple[bytes, str]:
    """The body without its content coding, and that coding. Raises ValueError when it cannot be taken off."""
    coding = _header(headers, "content-encoding").strip().lower()
    if coding in _PLAIN:
        coding = "gzip" if body.startswith(_GZIP) else ""
    try:
        return (_decoded(body, coding), coding) if coding else (body, "")
    except ValueError:
        if _text(body, headers)[1] == _FALLBACK:
            raise
        return body, ""  # it was decoded before it came here


def _decoded(body: bytes, coding: str) -> bytes:
    """Raises ValueError when the body is not in that coding, or grows beyond all measure."""
    for each in reversed([name.strip() for name in coding.split(",")]):
        if each in _INFLATE:
            body = _inflated(body, _INFLATE[each])
        elif each in _OTHER:
            decoded = encoding.decode(body, each)
            body = decoded if isinstance(decoded, bytes) else decoded.encode()
        elif each not in _PLAIN:
            raise ValueError(f"it is in the coding {each[:40]!a}, which is not known here")
    return body


def _inflated(body: bytes, bits: int) -> bytes:
    for window in (bits, -15):  # some send deflate without its header
        stream = zlib.decompressobj(window)
        try:
            data = stream.decompress(body, _MOST_DECODED)
        except zlib.error:
            continue
        if stream.unconsumed_tail:
            raise ValueError(f"it unfolds to more than {_MOST_DECODED} bytes")
        return data
    raise ValueError("it is not in the coding that its header names")


_FALLBACK: Final = "latin-1"
_PLAIN_CHARSETS: Final = frozenset({"", "utf-8"})


def _text(data: bytes, headers: Headers) -> tuple[str, str]:
    """The body as text, and the character set that gives the same bytes again."""
    named = _header(headers, "content-type").lower().partition("charset=")[2].split(";")[0].strip(" \"'")
    if named in _PLAIN_CHARSETS and data.isascii() and b"\0" not in data:
        return data.decode("ascii"), "utf-8"
    for charset in (named, json.detect_encoding(data), "utf-8"):
        try:
            text = data.decode(charset)
            if charset and codecs.lookup(charset).name not in _STATEFUL and text.encode(charset) == data:
                return text, charset
        except (LookupError, ValueError):
            continue
    return data.decode(_FALLBACK), _FALLBACK


_STATEFUL: Final = frozenset({"utf-8-sig", "utf-16", "utf-32"})


def _redacted(data: bytes, headers: Headers, known: frozenset[str]) -> bytes:
    text, charset = _text(data, headers)
    if charset == _FALLBACK:
        known |= {each.encode("utf-8", "replace").decode(_FALLBACK) for each in known if not each.isascii()}
    clean = text
    if "urlencoded" in _header(headers, "content-type").lower():
        clean = redact_form(clean, known)
    clean = redact_text(clean, known)
    if "\\" in clean:
        clean = _redacted_json(clean, known)
    return data if clean == text else clean.encode(charset, "replace")


def _redacted_json(text: str, known: frozenset[str]) -> str:
    """The text, or a new one when its strings hold secrets that its spelling hides."""
    value: Any = parse_json(text.encode("utf-8", "surrogatepass"))
    if value is NO_JSON:
        return text
    try:
        clean = redact_value(value, known)
        return text if clean == value else json.dumps(clean, ensure_ascii=False)
    except RecursionError:
        return text


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
