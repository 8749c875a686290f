"""Files that are one recording: those into which a gateway rotated a capture, in the order of time.

`capture.har` is the youngest, `capture.1.har` the one before it, and so on; each may have been gzipped since. Only what
a gateway wrote is put together, and only as far as no file is missing in between: exchanges that are not there may have
changed anything.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from proxy.recordings.reading import READERS
from proxy.recordings.recorded import Recorded
from proxy.recordings.source import Kind, Source

_NAME: Final = re.compile(r"(?P<stem>.+?)(?:\.(?P<number>[1-9][0-9]{0,3}))?(?P<suffix>\.[A-Za-z]+)(?:\.gz)?")

type Series = tuple[Path, ...]
"""One recording: its files, the oldest first."""


def series_of(files: Iterable[Path]) -> list[Series]:
    """The recordings that these files are, each where its first file stands; most are files of their own."""
    paths = list(dict.fromkeys(files))
    members = {path: each for each in _rotated(paths) for path in each}
    return list(dict.fromkeys(members.get(path, (path,)) for path in paths))


def _rotated(paths: list[Path]) -> Iterator[Series]:
    """Those of several files."""
    families: dict[tuple[Path, str, str], dict[int, Path]] = {}
    for path in paths:
        if named := _NAME.fullmatch(path.name):
            family = families.setdefault((path.parent, named["stem"], named["suffix"]), {})
            family.setdefault(int(named["number"] or 0), path)
    for family in families.values():
        for numbers in _unbroken(sorted(family, reverse=True)):
            if len(numbers) > 1 and _is_of_gateway(files := tuple(family[number] for number in numbers)):
                yield files


def _unbroken(numbers: list[int]) -> Iterator[list[int]]:
    """Falling numbers, parted where one is missing."""
    starts = [0, *(at for at, (one, other) in enumerate(pairwise(numbers), start=1) if one != other + 1), len(numbers)]
    return (numbers[start:end] for start, end in pairwise(starts))


def _is_of_gateway(files: Series) -> bool:
    """All of them are of one kind that a gateway captures, and begin with what a gateway says of an exchange."""
    found = [_beginning(path) for path in files]
    kinds = {kind for kind, _ in found if kind is not Kind.EMPTY}
    return kinds in ({Kind.HAR}, {Kind.FLOWS}) and all(ours for _, ours in found)


def _beginning(path: Path) -> tuple[Kind | None, bool]:
    """Its kind, and whether it holds nothing, or first what a gateway knows best: an exchange without a site."""
    try:
        with Source(path) as source:
            kind = source.kind()
            first = next(READERS[kind](source), None) if kind in READERS else None
            return kind, first is None or (isinstance(first, Recorded) and not first.site)
    except OSError:
        return None, False
