"""How a known secret may be spelled: as it is, escaped, percent-encoded, in base64 or hex; cuts it. Pure."""

import base64
import html
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

from ahocorasick_rs import BytesAhoCorasick

SHORTEST: Final = 4  # a shorter one would take letters out of every word; the rules by name still cover it
_HEAD: Final = 32  # letters of a long secret that give it away; what hangs on them goes with them
_LONG: Final = 128  # letters from which on a secret is known by its head when it is escaped
_BEGINNING: Final = 5  # letters of a secret at which a text was cut off that are taken for its beginning

_CODE_BEGINNING: Final = 8  # the same in base64 and hex
_WIDEST: Final = 6  # signs that one letter may take

_BASE64: Final = "A-Za-z0-9+/_-"
_REST: Final = r"""[^\s"'<>,;&\\]*"""
_REST_ESCAPED: Final = r"""(?:\\{1,15}u[0-9A-Fa-f]{4}|\\{1,15}[/bfnrt]|&\#?\w{1,8};|[^\s"'<>,;&\\])*"""
# Backslashes double with each text in a text; a run without a limit would be looked through from each of its places.
_ESCAPES: Final = {
    '"': r"\\{1,15}\"|&quot;", "'": r"\\{1,15}'|&apos;", "\\": r"\\{2,15}", "/": r"\\{1,15}/", "\b": r"\\{1,15}b",
    "\f": r"\\{1,15}f", "\n": r"\\{1,15}n", "\r": r"\\{1,15}r", "\t": r"\\{1,15}t", "&": "&amp;", "<": "&lt;",
    ">": "&gt;", " ": r"\+",
}  # fmt: skip
_UNICODE: Final = re.compile(r"\\{1,15}u([0-9a-fA-F]{4})")
_BACKSLASH: Final = re.compile(r"\\{1,15}([\"'/bfnrt])")
_CONTROLS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPED: Final = re.compile(r"[\\%&+]")


class _Spelling(NamedTuple):
    """A text that is looked for first, and the pattern that cuts what holds it; few patterns are ever needed."""

    core: str
    pattern: str


def without(text: str, secrets: Iterable[str], instead: str) -> str:
    """The text with `instead` in place of each secret, however it is spelled; the longest first."""
    for secret in _sorted(_hits(text, frozenset(secrets))):
        text = text.replace(secret, instead)
        if len(secret) > _HEAD and secret[:_HEAD] in text:
            text = re.sub(re.escape(secret[:_HEAD]) + _REST, instead, text)
        if _ESCAPED.search(text):
            text = _escaped(secret).sub(instead, text)
        for core, pattern in _encoded(secret):
            if core in text:
                text = re.sub(pattern, instead, text)
    return text


def without_beginnings(text: str, secrets: Iterable[str], instead: str) -> str:
    """The text with `instead` where it, or a part of it before an ellipsis, ends in the beginning of a secret."""
    for secret in _sorted(_hits(text, frozenset(secrets), beginnings=True)):
        text = _beginning(secret).sub(instead, text)
    return text


def _hits(text: str, secrets: frozenset[str], *, beginnings: bool = False) -> set[str]:
    """Those of the secrets that may be in the text; the others are not: one pass, however many secrets there are."""
    if not secrets or not text:
        return set()
    finder = _finder(secrets, beginnings)
    readings = [text]
    if _ESCAPED.search(text):
        once = _as_read(text)
        readings += [once, _as_read(once)]
        readings += [each.replace("+", " ") for each in readings if "+" in each]
    data = b"\n".join(each.encode("utf-8", "replace") for each in readings)
    found = {index for index, _, _ in finder.words.find_matches_as_indexes(data, overlapping=True)}
    return {finder.owners[index] for index in found} | (finder.odd if len(readings) > 1 else set())


class _Finder(NamedTuple):
    """All spellings of all secrets in one machine, whose each is, and the secrets that look like escapes themselves."""

    words: BytesAhoCorasick
    owners: list[str]
    odd: set[str]


@lru_cache(maxsize=8)
def _finder(secrets: frozenset[str], beginnings: bool) -> _Finder:  # noqa: FBT001 - a key of the cache
    word, code = (_BEGINNING, _CODE_BEGINNING) if beginnings else (_HEAD, None)
    spelled = [
        (spelling.encode("utf-8", "replace"), secret)
        for secret in _sorted(secrets)
        for spelling in (secret[:word], *(each.core[:code] for each in _encoded(secret)))
    ]
    owners = [secret for _, secret in spelled]
    return _Finder(BytesAhoCorasick([word for word, _ in spelled]), owners, set(filter(_ESCAPED.search, secrets)))


@lru_cache(maxsize=1024)
def _beginning(secret: str) -> re.Pattern[str]:
    """What begins as the secret does, and goes on to the end of the text or to an ellipsis."""
    words = (
        "".join(map(_letter, secret[:_BEGINNING])),
        *(re.escape(each.core[:_CODE_BEGINNING]) for each in _encoded(secret)),
    )
    return re.compile(f"(?:{'|'.join(words)})[^…]{{0,{_WIDEST * len(secret)}}}(?=…|\\Z)")


def _as_read(text: str) -> str:
    """The text as a reader understands it who takes JSON, URLs and HTML apart once."""
    text = _UNICODE.sub(lambda escape: chr(int(escape[1], 16)), text)
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # joins halves of a letter
    text = _BACKSLASH.sub(lambda escape: _CONTROLS.get(escape[1], escape[1]), text)
    return html.unescape(unquote(text))


def _sorted(secrets: Iterable[str]) -> list[str]:
    return sorted({each for each in secrets if len(each) >= SHORTEST}, key=lambda each: (-len(each), each))


@lru_cache(maxsize=1024)
def _escaped(secret: str) -> re.Pattern[str]:
    """The secret with any of its letters escaped; of a very long one the beginning, and what hangs on it."""
    whole = len(secret) <= _LONG
    return re.compile("".join(map(_letter, secret if whole else secret[:_HEAD])) + ("" if whole else _REST_ESCAPED))


def _letter(letter: str) -> str:
    """A pattern for one letter, plain or as JSON, URLs, HTML and XML may write it; the same in nested strings."""
    units = letter.encode("utf-16-be", "surrogatepass")
    escapes = "".join(rf"\\{{1,15}}u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2))
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in letter.encode("utf-8", "replace"))
    number = rf"&#0*{ord(letter)};|&#[xX]0*(?i:{ord(letter):x});"
    extra = f"|{_ESCAPES[letter]}" if letter in _ESCAPES else ""
    return f"(?:{re.escape(letter)}|{escapes}|{percent}|{number}{extra})"


@lru_cache(maxsize=1024)
def _encoded(secret: str) -> tuple[_Spelling, ...]:
    """The secret in base64 and hex, wherever it stands in the bytes that are encoded."""
    data = secret[:_HEAD].encode("utf-8", "replace")
    rest = "*" if len(secret) > _HEAD else "?"
    hexes = ((core, f"{core}[0-9A-Fa-f]{rest}" if rest == "*" else core) for core in (data.hex(), data.hex().upper()))
    codes = ((core, f"[{_BASE64}]?{re.escape(core)}[{_BASE64}]{rest}={{0,2}}") for core in _cores(data))
    return tuple(_Spelling(core, pattern) for core, pattern in (*hexes, *codes))


def _cores(data: bytes) -> tuple[str, ...]:
    """What base64 makes of the bytes wherever they stand in a longer text: the letters that hang on them alone."""
    cores: dict[str, None] = {}
    for before in range(3):
        code = base64.b64encode(bytes(before) + data).decode("ascii")
        core = code[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
        cores[core] = cores[core.replace("+", "-").replace("/", "_")] = None
    return tuple(core for core in cores if len(core) >= SHORTEST)
