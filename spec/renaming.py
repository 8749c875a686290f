"""Replaces words throughout a JSON value: whole words in texts, and whole names of members."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


def renamed(value: Any, words: Mapping[str, str]) -> Any:
    """A copy with other words; a word ends where neither a letter, a digit nor a hyphen follows."""
    if not words:
        return value
    found = _pattern(tuple(words))

    def text(old: str) -> str:
        return found.sub(lambda match: words[match[0]], old)

    def each(part: Any) -> Any:
        match part:
            case str():
                return text(part)
            case list():
                return [each(item) for item in part]
            case dict():
                return {text(name): each(member) for name, member in part.items()}
        return part

    return each(value)


@lru_cache(maxsize=32)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])")
