"""How a known secret may be spelled: as it is, escaped, percent-encoded, in base64 or hex; cuts it. Pure."""

import base64
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

SHORTEST: Final = 4  # a shorter one would take letters out of every word; the rules by name still cover it

_BASE64: Final = "A-Za-z0-9+/_-"
_ESCAPES: Final = {
    '"': r"\\+\"|&quot;", "'": r"\\+'|&apos;", "\\": r"\\{2,}", "/": r"\\+/", "\b": r"\\+b", "\f": r"\\+f",
    "\n": r"\\+n", "\r": r"\\+r", "\t": r"\\+t", "&": "&amp;", "<": "&lt;", ">": "&gt;", " ": r"\+",
}  # fmt: skip
_ESCAPED: Final = re.compile(r"[\\%&+]")


class _Spellings(NamedTuple):
    """All spellings of one secret: texts to look for first, and the pattern that cuts what begins with them."""

    plain: str
    escaped: re.Pattern[str]
    encoded: tuple[tuple[str, re.Pattern[str]], ...]


def without(text: str, secrets: Iterable[str], instead: str) -> str:
    """The text with `instead` in place of each secret, however it is spelled; the longest first."""
    for secret in sorted({each for each in secrets if len(each) >= SHORTEST}, key=lambda each: (-len(each), each)):
        spellings = _spellings(secret)
        text = text.replace(spellings.plain, instead)
        if _ESCAPED.search(text):
            text = spellings.escaped.sub(instead, text)
        for core, pattern in spellings.encoded:
            if core in text:
                text = pattern.sub(instead, text)
    return text


@lru_cache(maxsize=512)
def _spellings(secret: str) -> _Spellings:
    data = secret.encode("utf-8", "replace")
    hexes = (data.hex(), data.hex().upper())
    codes = ((core, re.compile(f"[{_BASE64}]?{re.escape(core)}[{_BASE64}]?={{0,2}}")) for core in _cores(data))
    return _Spellings(
        secret,
        re.compile("".join(map(_escaped, secret))),
        (*((each, re.compile(re.escape(each))) for each in hexes), *codes),
    )


def _escaped(letter: str) -> str:
    """A pattern for one letter, plain or as JSON, URLs, HTML and XML may write it; the same in nested strings."""
    units = letter.encode("utf-16-be", "surrogatepass")
    escapes = "".join(rf"\\+u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2))
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in letter.encode("utf-8", "replace"))
    number = rf"&#0*{ord(letter)};|&#[xX]0*(?i:{ord(letter):x});"
    extra = f"|{_ESCAPES[letter]}" if letter in _ESCAPES else ""
    return f"(?:{re.escape(letter)}|{escapes}|{percent}|{number}{extra})"


def _cores(data: bytes) -> tuple[str, ...]:
    """What base64 makes of the bytes wherever they stand in a longer text: the letters that hang on them alone."""
    cores: dict[str, None] = {}
    for before in range(3):
        code = base64.b64encode(bytes(before) + data).decode("ascii")
        core = code[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
        cores[core] = cores[core.replace("+", "-").replace("/", "_")] = None
    return tuple(core for core in cores if len(core) >= SHORTEST)
