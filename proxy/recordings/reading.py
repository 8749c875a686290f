"""The items of one recording, whichever kind it is, and of several files that are one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from proxy.recordings.flowfile import read_flows
from proxy.recordings.har import read_har
from proxy.recordings.lines import read_lines
from proxy.recordings.recorded import Damage, Item
from proxy.recordings.source import Kind, Source

READERS: Final = {Kind.HAR: read_har, Kind.FLOWS: read_flows, Kind.LINES: read_lines}


def items_of(files: Path | Sequence[Path]) -> Iterator[tuple[Kind | None, Item | None, int]]:
    """What the files say one after the other, each with its kind and the bytes that were read; at first None of each.

    Where there are several, damage tells in which one it is.
    """
    paths = (files,) if isinstance(files, Path) else tuple(files)
    before = 0
    for path in paths:
        try:
            source = Source(path)
        except OSError as error:
            yield (
                None,
                _in(path, paths, Damage("byte 0", f"cannot be read: {error.strerror or error}", ends=True)),
                before,
            )
            continue
        with source:
            kind = source.kind()
            yield kind, None, before
            for item in items(source, kind):
                yield kind, _in(path, paths, item) if isinstance(item, Damage) else item, before + source.done
            before += source.size


def _in(path: Path, paths: Sequence[Path], damage: Damage) -> Damage:
    return damage if len(paths) == 1 else replace(damage, where=f"{path.name}, {damage.where}")


def items(source: Source, kind: Kind | None) -> Iterator[Item]:
    """What the recording says, and at last what is wrong with its bytes."""
    stopped = False
    if kind in READERS:
        for item in READERS[kind](source):
            if isinstance(item, Damage) and item.ends:
                stopped = True
                yield Damage(item.where, source.problem or item.problem, ends=True)
            else:
                yield item
    elif kind is None and not source.problem:
        yield Damage("byte 0", "is no HAR, no flow file and no JSON lines of exchanges", ends=True)
    if source.problem and not stopped:
        yield Damage("after the last exchange", source.problem, ends=True)
