"""Counts of words that others make up, up to a number of them: which ones are told depends on no order. Pure."""

from collections.abc import Container, MutableMapping
from typing import Final

REST: Final = "(others)"
"""Stands for the words beyond those that are told."""


def count(counted: MutableMapping[str, int], word: str, times: int, most: int, known: Container[str] = ()) -> None:
    """Count the word; of those that are not `known` the first in the alphabet are told, at most `most`."""
    if word not in counted and word not in known and word != REST:
        told = [each for each in counted if each not in known and each != REST]
        if len(told) >= most:
            last = max(told)
            if word > last:
                word = REST
            else:
                counted[REST] = counted.get(REST, 0) + counted.pop(last)
    counted[word] = counted.get(word, 0) + times
