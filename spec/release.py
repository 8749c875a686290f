"""A release: an overlay over the contract, one over the law, and the numbered deviations from the published document.

A deviation says what the document says, what deployments of the release do, and what becomes of the ledger: which
requirements are lifted, changed or added there, and which stay although every deployment breaks them (`keeps`: a
defect that an operator wants to hear of).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spec.documents import DocumentError, check, line_of, parse, read_text
from spec.ledger import Ledger, Requirement
from spec.overlay import Overlay


@dataclass(frozen=True)
class Deviation:
    """One numbered difference between the document and the deployments of a release.

    `group`: contradicts (a finding by the document), silent (the document does not say), recipe (times and steps),
    unseen (nobody can observe it), agrees. `level` is the depth at which it shows. `lifts`, `changes`, `adds` and
    `keeps` are ids of requirements.
    """

    id: str
    group: str
    level: str
    document: str
    deployment: str
    source: str
    lifts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """One release: its overlays, its deviations by id, and its file as it was read."""

    name: str
    title: str
    contract: Overlay
    law: Overlay
    deviations: Mapping[str, Deviation]
    _value: Mapping[str, Any]
    _path: Path
    _text: str

    @property
    def deviates(self) -> bool:
        """Something is otherwise than the document says."""
        return bool(self.deviations)

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self._text.encode()

    def ledger(self, published: Ledger) -> Ledger:
        """The ledger of the release. Raises DocumentError naming file and line of what does not fit."""
        rows = dict(published.by_id)
        touched: dict[str, str] = {}
        for place, deviation, verb, row in self._effects():
            id_ = row if isinstance(row, str) else row["id"]
            problem = _problem(verb, id_, deviation, rows, touched)
            if problem:
                raise self._error(place, problem)
            if verb != "keeps":
                rows[id_] = _effect(verb, rows.get(id_), row, f"{deviation} of {self.name}", self._reason(deviation))
            touched[id_] = f"{verb} by {deviation}"
        return Ledger(tuple(rows.values()))

    def _effects(self) -> Iterator[tuple[tuple[str | int, ...], str, str, Any]]:
        """Each effect on the ledger: its place in the file, its deviation, the verb, and the id or row."""
        for index, deviation in enumerate(self._value.get("x-deviations", ())):
            for verb in _VERBS:
                for number, row in enumerate(deviation.get(verb, ())):
                    yield ("x-deviations", index, verb, number), deviation["id"], verb, row

    def _reason(self, deviation: str) -> str:
        return f"{deviation} of {self.name}: {self.deviations[deviation].deployment}"

    def _error(self, place: tuple[str | int, ...], message: str) -> DocumentError:
        line = line_of(self._text, place) or 1
        return DocumentError(f"{self._path}:{line}: /{'/'.join(map(str, place))}: {message}")


_VERBS = ("adds", "changes", "lifts", "keeps")


def read_release(path: Path) -> Release:
    """The release of a file, under `release.schema.json` beside it. Raises DocumentError with file and line."""
    text = read_text(path)
    value = parse(text, str(path))
    check(value, json.loads(read_text(path.with_name("release.schema.json"))), name=str(path), text=text)
    actions, of_law = value["actions"], value.get("x-lifecycle", {}).get("actions", ())
    release = Release(
        name=path.stem,
        title=value["info"]["title"],
        contract=Overlay(actions, ("actions",), str(path), text),
        law=Overlay(of_law, ("x-lifecycle", "actions"), str(path), text),
        deviations=MappingProxyType({row["id"]: _deviation(row) for row in value.get("x-deviations", ())}),
        _value=value,
        _path=path,
        _text=text,
    )
    for place, problem in _faults(value, release):
        raise release._error(place, problem)  # noqa: SLF001 - of this file
    return release


def _faults(value: Mapping[str, Any], release: Release) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the schema cannot see: ids that stand twice, actions of a deviation that is not there."""
    rows = value.get("x-deviations", ())
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row["id"] in seen:
            yield ("x-deviations", index, "id"), f"{row['id']} stands twice; give the later one the next free number"
        seen.add(row["id"])
    for overlay in (release.contract, release.law):
        for index, action in enumerate(overlay.actions):
            named = action.get("x-deviation")
            if named is None and action.get("update") != {}:
                yield (*overlay.place, index), "names no deviation; say under `x-deviation` which one makes the change"
            if named is not None and named not in seen:
                yield (*overlay.place, index, "x-deviation"), f"there is no deviation {named}; number it below"


def _deviation(row: Mapping[str, Any]) -> Deviation:
    ids = {verb: tuple(each if isinstance(each, str) else each["id"] for each in row.get(verb, ())) for verb in _VERBS}
    return Deviation(**{**row, **ids})


# --- effects on the ledger


def _problem(
    verb: str, id_: str, deviation: str, rows: Mapping[str, Requirement], touched: Mapping[str, str]
) -> str | None:
    """Why the verb does not fit the requirement; None when it does."""
    if verb == "adds":
        return f"{id_} is in the ledger already; give the new one the next free number" if id_ in rows else None
    if id_ not in rows:
        return f"the ledger has no requirement {id_}; `vimgate spec requirements` lists the ids"
    if rows[id_].check is None and id_ not in touched:
        return f"{id_} is excluded for every release; there is nothing to do about it"
    earlier = touched.get(id_, "")
    if earlier and not (verb == "keeps" and not earlier.startswith("lifts")):
        return f"{id_} is touched twice ({earlier}, {verb} by {deviation}); keep one of them"
    return None


def _effect(verb: str, requirement: Requirement | None, row: Any, deviation: str, reason: str) -> Requirement:
    """The requirement as it is under the release; `row` is an id or what the file says of it."""
    match verb, requirement:
        case "lifts", Requirement():
            return replace(requirement, check=None, excluded=reason, deviation=deviation)
        case "changes", Requirement():
            parameters = {**requirement.parameters, **row["parameters"]}
            return replace(requirement, text=row["text"], parameters=parameters, deviation=deviation)
    named = {name: row[name] for name in ("id", "strength", "level", "text", "check")}
    return Requirement(**named, parameters=row.get("parameters", {}), deviation=deviation)
