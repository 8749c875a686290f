"""Which secrets an exchange carries: they are learned where they stand, and taken out everywhere else. Pure.

Words of the API are no secrets, whoever uses them as one: without them no evidence could be read.
"""

import base64
import re
from binascii import Error
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from conformance.exchange import Exchange, Headers, parse_json
from reports.places import ARGUMENT, ELEMENT, FORM_PART, MEMBER, NAMED, SEGMENT, values
from reports.redact import (
    REDACTED,
    TOKEN_VARIABLE,
    is_secret_argument,
    is_secret_header,
    is_secret_name,
    may_name_a_secret,
    opaque_tokens,
)
from reports.spellings import SHORTEST

_COOKIES: Final = ("cookie", "setcookie")
_LONGEST: Final = 16 * 1024  # bytes; no header of a server takes more
_SHORTEST_WORD: Final = 12  # a plain word in an answer is learned from this length on
_WORD: Final = re.compile(r"[A-Za-z]+(?:[ .,'-]+[A-Za-z]+)*[.!]?")
_FEW_DIGITS: Final = re.compile(r"\d{1,5}")
_INSIDE: Final = ("id", "value")  # members of an object that is secret as a whole: {"token": {"id": ...}}
_PLACES: Final = (MEMBER, NAMED, ARGUMENT, ELEMENT, FORM_PART)  # not a header in a text: its line tells more than it
_USERINFO: Final = re.compile(r"//([^/?#\s\"'<>]*)@")
_DIGEST: Final = re.compile(r"""\bresponse="?([^",\s]+)""")


def secrets_of_request(exchange: Exchange, body: str) -> frozenset[str]:
    """What the request carries; `body` is its body as text."""
    values = [*_in_headers(exchange.request_headers), *_in_url("?" + exchange.query)]
    values += [*_in_url(exchange.path), *_in_text(body)]
    return frozenset(spelled for value in values for spelled in _spelled(value) if _is_worth_it(spelled))


def secrets_of_answer(exchange: Exchange, body: str) -> frozenset[str]:
    """What the answer carries; `body` is its body as text."""
    headers = frozenset(_in_headers(exchange.response_headers))
    texts = {value for value in _in_text(body) if not _is_plain(value)}
    return frozenset(spelled for value in headers | texts for spelled in _spelled(value) if _is_worth_it(spelled))


def _in_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if not is_secret_header(name):
            yield from _in_url(value) if "//" in value or "=" in value or value.startswith("/") else ()
            continue
        folded = re.sub(r"[^a-z]", "", name.lower())
        if folded in _COOKIES:
            yield from _in_cookies(value, only_first=folded == "setcookie")
        elif "authorization" in folded:
            yield from _in_credentials(value.strip())
        else:
            yield value.strip()


def _in_cookies(value: str, *, only_first: bool) -> Iterator[str]:
    pairs = value.split(";")
    for pair in pairs[:1] if only_first else pairs:
        name, sign, content = pair.partition("=")
        yield (content if sign else name).strip().strip('"')


def _in_credentials(value: str) -> Iterator[str]:
    scheme, _, rest = value.partition(" ")
    rest = rest.strip()
    if not rest:
        yield scheme
    elif scheme.lower() == "basic":
        yield rest
        try:
            user, colon, password = base64.b64decode(rest + "==").decode("utf-8", "replace").partition(":")
        except Error:
            return
        yield password if colon else user
    elif scheme.lower() == "digest":
        yield from _DIGEST.findall(rest)
    else:
        yield rest


def _in_url(text: str) -> Iterator[str]:
    yield from values(text, ARGUMENT, is_secret_argument)
    yield from values(text, SEGMENT, is_secret_name)
    yield from (match[1].partition(":")[2] for match in _USERINFO.finditer(text))


def _in_text(body: str) -> Iterator[str]:
    """Of JSON the strings of secret members; of other texts what stands at the places of secrets."""
    yield from opaque_tokens(body)
    if not body or not may_name_a_secret(body):
        return
    value = parse_json(body.encode("utf-8", "surrogatepass"))
    if isinstance(value, dict | list):
        with suppress(RecursionError):
            yield from _in_value(value, secret=False)
        return
    for place in _PLACES:
        yield from (each for each in values(body, place, is_secret_argument) if not each.startswith(("{", "[")))


def _in_value(value: Any, *, secret: bool) -> Iterator[str]:
    """`secret`: the value is a secret as a whole, but the names of an object in it are none."""
    if isinstance(value, str):
        if secret:
            yield value
        elif may_name_a_secret(value):
            yield from _in_text(value)
    elif isinstance(value, list):
        for each in value:
            yield from _in_value(each, secret=secret)
    elif isinstance(value, dict):
        named = is_secret_name(str(value.get("name", value.get("key", ""))))
        for name, member in value.items():
            inside = (secret and name in _INSIDE) or (named and name == "value") or is_secret_name(name)
            yield from _in_value(member, secret=inside)


def _spelled(value: str) -> Iterator[str]:
    """The value as it stands, and as its reader understands it."""
    yield value
    if "%" in value:
        yield unquote(value)
    if "+" in value and "%" in value:
        yield unquote_plus(value)
    if not value.isascii():  # a header has a letter for each byte, a body has letters
        with suppress(UnicodeError):
            yield value.encode("latin-1").decode()
        yield value.encode("utf-8", "replace").decode("latin-1")


def _is_worth_it(value: str) -> bool:
    if not SHORTEST <= len(value) <= _LONGEST or value in (REDACTED, TOKEN_VARIABLE):
        return False
    return not _FEW_DIGITS.fullmatch(value) and value.lower() not in _words_of_the_api()


def _is_plain(value: str) -> bool:
    """The value is plain words: `token: expired` tells no secret."""
    return len(value) < _SHORTEST_WORD and _WORD.fullmatch(value) is not None


@cache
def _words_of_the_api() -> frozenset[str]:
    text = files("spec").joinpath("openapi.yaml").read_text(encoding="utf-8")
    return frozenset(word.lower() for word in re.findall(r"[A-Za-z][A-Za-z-]*", text))
