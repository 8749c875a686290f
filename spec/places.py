"""Where a requirement is written down: its line in the ledger, and those of the operations that it is about.

Files are named as the project names them, lines count from 1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from spec.documents import read_text
from spec.ledger import Requirement
from spec.load import PUBLISHED, load_ledger, load_release, own_file

_ROOM: Final = "spec"
_CONTRACT: Final = "openapi.yaml"
_LEDGER: Final = "requirements.yaml"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file of this room, and what begins there."""

    file: str
    line: int
    what: str


@cache
def places(release: str = PUBLISHED) -> Mapping[str, tuple[Place, ...]]:
    """The places of each requirement of a release by its id: the ledger first, then the operations of the contract.

    A requirement on a kind that came with a release stands where the one is written that it was made of.
    Raises LookupError for an unknown release, DocumentError when a file is damaged.
    """
    ledger = load_ledger(release)
    files = [f"releases/{each.name}.yaml" for each in load_release(release).chain]
    rows = _merged(*(_lines(file, "id") for file in files), _lines(_LEDGER, "id"))
    operations = _merged(*(_lines(file, "operationId") for file in files), _lines(_CONTRACT, "operationId"))
    return {
        each.id: (*(_of(each.id, rows) or _of(each.like or "", rows)), *_about(each, operations))
        for each in ledger.requirements
    }


def _about(requirement: Requirement, operations: Mapping[str, Place]) -> Iterator[Place]:
    named = requirement.parameters
    for operation in [*named.get("operations", ()), *filter(None, [named.get("operation")])]:
        yield from _of(operation, operations)


def _of(name: str, known: Mapping[str, Place]) -> tuple[Place, ...]:
    return (known[name],) if name in known else ()


def _merged(*tables: Mapping[str, Place]) -> dict[str, Place]:
    """All of them; of what stands in several the last."""
    return {name: place for table in tables for name, place in table.items()}


@cache
def _lines(file: str, member: str) -> Mapping[str, Place]:
    """Where the objects of a file begin, by their member of that name: the first of each, as links come later."""
    text = read_text(own_file(file))
    found: dict[str, Place] = {}
    for name, line in _named(yaml.compose(text, Loader=yaml.CSafeLoader), member):
        found.setdefault(name, Place(f"{_ROOM}/{file}", line, name))
    return found


def _named(node: Any, member: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _named(each, member)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == member and isinstance(value, yaml.ScalarNode):
                yield value.value, node.start_mark.line + 1
            else:
                yield from _named(value, member)
