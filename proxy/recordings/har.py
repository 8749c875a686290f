"""HAR 1.1 and 1.2, entry by entry (ijson): memory is bounded by the largest entry.

Whatever stands before the place where a document breaks off is read.
"""

from collections.abc import Iterator
from typing import Any, Final

import ijson

from proxy.recordings.entry import entry_of
from proxy.recordings.recorded import Damage, Item
from proxy.recordings.source import MARK, Source

_CHUNK: Final = 64 * 1024
_ENTRIES: Final = "log.entries.item"


def read_har(source: Source) -> Iterator[Item]:
    """What the entries say, in their order in the file."""
    number = 0
    for value in _values(source):
        if isinstance(value, Damage):
            yield value
            continue
        number += 1
        yield entry_of(value, number)


def _values(source: Source) -> Iterator[Any]:
    """The JSON values of the entries; at last the damage, if there is any."""
    found = ijson.sendable_list()
    reading = ijson.items_coro(found, _ENTRIES, use_float=True)
    at = 0
    while chunk := source.file.read(_CHUNK):
        data = chunk.removeprefix(MARK) if at == 0 else chunk
        try:
            reading.send(data)
        except (ijson.JSONError, ValueError, RecursionError):
            yield from found
            where = at + len(chunk) - len(data) + _offset(source, at, data)
            yield Damage(f"byte {where}", "no JSON goes on like that", ends=True)
            return
        at += len(chunk)
        yield from found
        found.clear()
    try:
        reading.close()
    except (ijson.JSONError, ValueError):
        yield Damage(f"byte {at}", "the document is cut off", ends=True)


def _offset(source: Source, at: int, data: bytes) -> int:
    """Which byte of the data, which stand at that place of the file, is the first that cannot be read.

    The reader does not tell, so the file is read again up to there, and then byte by byte.
    """
    with source.again() as again:
        passing_by = ijson.sendable_list()
        reading = ijson.basic_parse_coro(passing_by)
        passed = 0
        while passed < at and (chunk := again.file.read(min(_CHUNK, at - passed))):
            reading.send(chunk.removeprefix(MARK) if passed == 0 else chunk)
            passing_by.clear()
            passed += len(chunk)
    for offset in range(len(data)):
        try:
            reading.send(data[offset : offset + 1])
        except (ijson.JSONError, ValueError, RecursionError):
            return offset
    return len(data)
