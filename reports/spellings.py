"""How a known secret may be spelled: as it is, escaped, percent-encoded, in base64 or hex; cuts it. Pure."""

import base64
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

SHORTEST: Final = 4  # a shorter one would take letters out of every word; the rules by name still cover it
_HEAD: Final = 32  # letters of a long secret that give it away; what hangs on them goes with them
_BEGINNING: Final = 5  # letters of a secret at which a text was cut off that are taken for its beginning

_BASE64: Final = "A-Za-z0-9+/_-"
_REST: Final = r"""[^\s"'<>,;&\\]*"""
_ESCAPES: Final = {
    '"': r"\\+\"|&quot;", "'": r"\\+'|&apos;", "\\": r"\\{2,}", "/": r"\\+/", "\b": r"\\+b", "\f": r"\\+f",
    "\n": r"\\+n", "\r": r"\\+r", "\t": r"\\+t", "&": "&amp;", "<": "&lt;", ">": "&gt;", " ": r"\+",
}  # fmt: skip
_ESCAPED: Final = re.compile(r"[\\%&+]")


class _Spelling(NamedTuple):
    """A text that is looked for first, and the pattern that cuts what holds it."""

    core: str
    pattern: re.Pattern[str]


def without(text: str, secrets: Iterable[str], instead: str) -> str:
    """The text with `instead` in place of each secret, however it is spelled; the longest first."""
    for secret in _sorted(secrets):
        text = text.replace(secret, instead)
        if len(secret) > _HEAD and secret[:_HEAD] in text:
            text = re.sub(re.escape(secret[:_HEAD]) + _REST, instead, text)
        if _ESCAPED.search(text):
            text = _escaped(secret).sub(instead, text)
        for core, pattern in _encoded(secret):
            if core in text:
                text = pattern.sub(instead, text)
    return text


def without_beginnings(text: str, secrets: Iterable[str], instead: str) -> str:
    """The text with `instead` where it, or a part of it before an ellipsis, ends in the beginning of a secret."""
    for secret in _sorted(secrets):
        for end in (*(match.start() for match in reversed(list(re.finditer("…", text)))), len(text)):
            beginnings = (secret[:length] for length in range(len(secret) - 1, _BEGINNING - 1, -1))
            cut = next((each for each in beginnings if text.endswith(each, 0, end)), "")
            if cut:
                text = text[: end - len(cut)] + instead + text[end:]
                break
    return text


def _sorted(secrets: Iterable[str]) -> list[str]:
    return sorted({each for each in secrets if len(each) >= SHORTEST}, key=lambda each: (-len(each), each))


@lru_cache(maxsize=256)
def _escaped(secret: str) -> re.Pattern[str]:
    """The secret with any of its letters escaped."""
    return re.compile("".join(map(_letter, secret[:_HEAD])) + (_REST if len(secret) > _HEAD else ""))


def _letter(letter: str) -> str:
    """A pattern for one letter, plain or as JSON, URLs, HTML and XML may write it; the same in nested strings."""
    units = letter.encode("utf-16-be", "surrogatepass")
    escapes = "".join(rf"\\+u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2))
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in letter.encode("utf-8", "replace"))
    number = rf"&#0*{ord(letter)};|&#[xX]0*(?i:{ord(letter):x});"
    extra = f"|{_ESCAPES[letter]}" if letter in _ESCAPES else ""
    return f"(?:{re.escape(letter)}|{escapes}|{percent}|{number}{extra})"


@lru_cache(maxsize=256)
def _encoded(secret: str) -> tuple[_Spelling, ...]:
    """The secret in base64 and hex, wherever it stands in the bytes that are encoded."""
    data = secret[:_HEAD].encode("utf-8", "replace")
    rest = "*" if len(secret) > _HEAD else "?"
    hexes = ((core, f"{core}[0-9A-Fa-f]{rest}" if rest == "*" else core) for core in (data.hex(), data.hex().upper()))
    codes = ((core, f"[{_BASE64}]?{re.escape(core)}[{_BASE64}]{rest}={{0,2}}") for core in _cores(data))
    return tuple(_Spelling(core, re.compile(pattern)) for core, pattern in (*hexes, *codes))


def _cores(data: bytes) -> tuple[str, ...]:
    """What base64 makes of the bytes wherever they stand in a longer text: the letters that hang on them alone."""
    cores: dict[str, None] = {}
    for before in range(3):
        code = base64.b64encode(bytes(before) + data).decode("ascii")
        core = code[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
        cores[core] = cores[core.replace("+", "-").replace("/", "_")] = None
    return tuple(core for core in cores if len(core) >= SHORTEST)
