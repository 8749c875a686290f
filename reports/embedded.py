"""Texts inside a text: what stands there percent-encoded or in base64 is read too, and cut when it is secret. Pure.

Nobody tells that a run of letters is base64, so every run that could be is tried; what decodes to no text stays.
"""

import base64
import re
from binascii import Error
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

_PERCENT: Final = re.compile(r"[\w.~+*-]*%[0-9A-Fa-f]{2}[\w.~+*%-]*")
_BREAK: Final = r"(?:\\[rn]|[\r\n])"
_BASE64: Final = re.compile(rf"[A-Za-z0-9+/_-]{{16,}}(?:{_BREAK}{{1,2}}[A-Za-z0-9+/_-]{{4,}})*={{0,2}}")
_PIECES: Final = re.compile(r"[A-Za-z0-9+=]{16,}|[A-Za-z0-9_=-]{16,}")
_RUNS: Final = 512
_SPACES: Final = str.maketrans("\r\n\t", "   ")
_BREAKS: Final = re.compile(_BREAK)


def without_embedded(text: str, redact: Callable[[str], str], instead: str) -> str:
    """The text with `instead` in place of each encoded text that `redact` would change."""
    if "%" in text:
        text = _PERCENT.sub(lambda run: _kept(run[0], unquote(run[0]), redact, instead), text)
    parts = text.split(instead)  # what was cut before is no part of any run
    if not any(_is_secret(run, redact) for run in {run for part in parts for run in _BASE64.findall(part)}):
        return text
    return instead.join(
        _BASE64.sub(lambda run: instead if _is_secret(run[0], redact) else run[0], part) for part in parts
    )


def _is_secret(run: str, redact: Callable[[str], str]) -> bool:
    return any(redact(text) != text for text in _texts(run))


@lru_cache(_RUNS)
def _texts(run: str) -> tuple[str, ...]:
    """What the run and its pieces say; in most documents the same few uuids and names stand again and again."""
    code = _BREAKS.sub("", run)
    return tuple(filter(None, map(_read, (code, *_PIECES.findall(code)))))


def _read(code: str) -> str:
    """What the letters say in base64; empty when that is no text."""
    bare = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(bare[: len(bare) // 4 * 4 + (len(bare) % 4 > 1) * (len(bare) % 4)] + "==").decode()
    except (Error, ValueError):
        return ""
    return text if text.translate(_SPACES).isprintable() else ""


def _kept(run: str, text: str, redact: Callable[[str], str], instead: str) -> str:
    return run if redact(text) == text else instead
