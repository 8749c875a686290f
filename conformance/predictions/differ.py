"""What two strategy documents differ in, place by place.

Compared is what a real deployment and its replica must agree on: `uuid` members are left out, and of a date only
whether it is set.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

UNCOMPARED: Final = frozenset({"uuid"})
DATE_SUFFIX: Final = "-date-time"


class _Absent:
    """Stands for a member or item that one side does not have."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT: Final = _Absent()


@dataclass(frozen=True)
class Difference:
    """One place, as a JSON pointer, and what stands there on either side (`ABSENT` where there is nothing)."""

    pointer: str
    expected: Any
    actual: Any


def differences(expected: Any, actual: Any) -> Iterator[Difference]:
    """Every difference between two documents, in the order of the expected one; none when they count as equal."""
    return _compare(reduced(expected), reduced(actual), "")


def reduced(value: Any) -> Any:
    """The part of a document that is compared: without uuid members, dates as `set` or empty."""
    if isinstance(value, dict):
        return {
            key: _date(item) if key.endswith(DATE_SUFFIX) else reduced(item)
            for key, item in value.items()
            if key not in UNCOMPARED
        }
    if isinstance(value, list):
        return [reduced(item) for item in value]
    return value


def _date(value: Any) -> Any:
    """Text of any content is the same date; what is no text stays what it is, and so differs."""
    return ("set" if value else "") if isinstance(value, str) else value


def _compare(expected: Any, actual: Any, pointer: str) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in (*expected, *(key for key in actual if key not in expected)):
            yield from _compare(expected.get(key, ABSENT), actual.get(key, ABSENT), f"{pointer}/{_escaped(key)}")
    elif isinstance(expected, list) and isinstance(actual, list):
        for number in range(max(len(expected), len(actual))):
            yield from _compare(_item(expected, number), _item(actual, number), f"{pointer}/{number}")
    elif not _same(expected, actual):
        yield Difference(pointer, expected, actual)


def _same(expected: Any, actual: Any) -> bool:
    """Equal and of one JSON type: True is not 1."""
    return isinstance(expected, bool) == isinstance(actual, bool) and bool(expected == actual)


def _item(items: list[Any], number: int) -> Any:
    return items[number] if number < len(items) else ABSENT


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
