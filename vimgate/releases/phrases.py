"""Names of operations, lists of words and ids as a sentence has them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from spec.contract import Operation

EVERY: Final = "every kind"


def wish(operation: Operation) -> str:
    """What an operation on a kind is for: document, read, create, action or delete."""
    if operation.path.endswith("/actions"):
        return "action"
    if not operation.path.endswith("/strategy"):
        return "document"
    return "create" if operation.creates else {"DELETE": "delete"}.get(operation.method, "read")


def places(subjects: Sequence[str], operations: Mapping[str, Operation], kinds: Sequence[str]) -> str:
    """Operations or kinds in words: `create of sw-patch and sw-upgrade`, `every kind`, `getRoot`.

    `kinds` are those that could be meant: where all of them are, they are not listed.
    """
    alone = [name for name in subjects if name not in operations]
    told = [_kinds(alone, kinds)] if alone and set(alone) <= set(kinds) else alone
    by_wish: dict[str, list[str]] = {}
    for operation in (operations[name] for name in subjects if name in operations):
        if operation.kind is None:
            told.append(operation.operation_id)
        else:
            by_wish.setdefault(wish(operation), []).append(operation.kind)
    by_kinds: dict[str, list[str]] = {}
    for each, named in by_wish.items():
        by_kinds.setdefault(_kinds(named, kinds), []).append(each)
    return "; ".join([*told, *(f"{listed(wishes)} of {named}" for named, wishes in by_kinds.items())])


def _kinds(named: Sequence[str], kinds: Sequence[str]) -> str:
    return EVERY if len(kinds) > 1 and set(named) == set(kinds) else listed(named)


def listed(names: Iterable[Any], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, final = [str(name) for name in names] or ["nothing"]
    return f"{', '.join(others)} {last} {final}" if others else final


def quoted(names: Iterable[str]) -> str:
    """Names of members as a sentence has them; `nothing` for none."""
    return listed([f"`{name}`" for name in names])


def ids(named: Iterable[str]) -> str:
    """Ids of requirements, shortened: `VIM-PPOST-059 and -060`, `VIM-FPOST-001 to -058 (58)`."""
    areas = groupby(named, key=lambda id_: id_.rpartition("-")[0])
    return ", ".join(_of_area(area, [id_.rpartition("-")[2] for id_ in group]) for area, group in areas)


_MOST: Final = 4


def _of_area(area: str, numbers: Sequence[str]) -> str:
    if len(numbers) > _MOST:
        return f"{area}-{numbers[0]} to -{numbers[-1]} ({len(numbers)})"
    return f"{area}-{listed([numbers[0], *(f'-{number}' for number in numbers[1:])])}"
