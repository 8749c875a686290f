"""The cases of a recorded corpus, and what this engine builds for each. Comparing the two is not done here.

A line of a corpus is one case: a world, a create body, and the strategy document that a real deployment built.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reference_server.document import Document
from reference_server.engine.words import Kind
from reference_server.instant import planned_document
from reference_server.recordings import read_values
from reference_server.refusals import Refusal
from reference_server.requests import parse_create
from reference_server.rulebooks import Release
from reference_server.worlds.file import World, parse_world
from spec.documents import DocumentError, check

UUID: Final = "00000000-0000-4000-8000-000000000000"  # of every strategy that is built here; a comparison drops it
MOMENT: Final = 0.0  # seconds; a comparison looks only at whether a date is set

CASE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id", "kind", "request", "world", "expect"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "kind": {"enum": [str(kind) for kind in Kind]},
        "request": {"type": "object"},
        "world": {"type": "object"},
        "expect": {"type": "object", "required": ["strategy"], "properties": {"strategy": {"type": "object"}}},
    },
}


@dataclass(frozen=True)
class Case:
    """One recorded case; `place` is `file:line`."""

    id: str
    kind: Kind
    request: dict[str, Any]
    world: World
    expect: Document
    place: str


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a `.jsonl` or `.jsonl.gz` file, one by one. Raises DocumentError naming file and line."""
    for place, value in read_values(path):
        yield _case(value, place)


def build_case(case: Case, release: Release) -> Document:
    """The document `{"strategy": {...}}` that this engine builds. DocumentError: the release refuses the request."""
    if case.kind not in release.wire.kinds:
        raise DocumentError(f"{case.place}: /kind: release {release.name} has no {case.kind} strategies")
    try:
        request = parse_create(case.kind, case.request, release.wire)
    except Refusal as refusal:
        raise DocumentError(f"{case.place}: /request: refused by release {release.name}: {refusal.text}") from refusal
    return planned_document(request, case.world.fleet, release, uuid=UUID, now=MOMENT)


def _case(value: Any, place: str) -> Case:
    check(value, CASE_SCHEMA, name=place)
    world = parse_world(value["world"], f"{place}: /world")
    return Case(value["id"], Kind(value["kind"]), value["request"], world, value["expect"], place)
