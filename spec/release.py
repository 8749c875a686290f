"""A release: its overlays over contract and law, its numbered deviations, and the neighbour that it builds on.

A deviation says what the document says, what deployments of the release do, and what becomes of the ledger: which
requirements are lifted, changed or added there, and which stay although every deployment breaks them (`keeps`: a
defect that an operator wants to hear of). A release inherits the deviations of its neighbour, but for those that one
of its own replaces.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from spec.documents import DocumentError, check, line_of, parse, read_text
from spec.effects import VERBS, Change, Effect, Renaming, ledger_after
from spec.ledger import Ledger
from spec.overlay import Overlay

type Place = tuple[str | int, ...]

_DOCUMENT: Final = "../openapi.yaml"
_LAW: Final = "../lifecycle.yaml"


@dataclass(frozen=True)
class Sign:
    """How a finding about an answer looks that a deviation explains; what is empty or None may be anything.

    `findings` are patterns of ids (`VIM-?POST-011`) beside those that the deviation has an effect on. `status` and
    `media` are those of the answer and of the request's body, `says` a text that the answer holds. `body` is a JSON
    Schema of the request's body, `member` one of the member that the requirement is about.
    """

    findings: tuple[str, ...] = ()
    status: tuple[int, ...] = ()
    media: tuple[str, ...] = ()
    says: str = ""
    body: Mapping[str, Any] | None = None
    member: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Deviation:
    """One numbered difference between the document and the deployments of a release.

    `group`: contradicts (a finding by the document), silent (the document does not say), recipe (times and steps),
    unseen (nobody can observe it), agrees. `level` is the depth at which it shows. `lifts`, `changes`, `adds` and
    `keeps` are ids of requirements, `replaces` the numbers of deviations of earlier releases that end with it, and
    `concerns` names requests (document, read, create, delete, action) or operations of which it changes nothing else.
    `shows`: what a finding looks like that it explains; without any, every finding of a requirement that it has an
    effect on.
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
    replaces: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    shows: tuple[Sign, ...] = ()


@dataclass(frozen=True, eq=False)
class Release:
    """One release as its file says it: what differs from its neighbour `base`, None where that is the document itself.

    `contract` and `law` are its own overlays and `own` its own deviations, both without those of its neighbours.
    `kinds` says which kinds of strategy come and go with it, `renaming` which words are other words there.
    """

    name: str
    title: str
    base: "Release | None"
    contract: Overlay
    law: Overlay
    kinds: tuple[Change, ...]
    renaming: Renaming | None
    own: Mapping[str, Deviation]
    _value: Mapping[str, Any] = field(repr=False)
    _path: Path
    _text: str = field(repr=False)

    @cached_property
    def chain(self) -> tuple["Release", ...]:
        """The releases that it is made of, the oldest first and itself last."""
        return (*(self.base.chain if self.base else ()), self)

    @cached_property
    def deviations(self) -> Mapping[str, Deviation]:
        """The deviations that hold under it by their numbers: its own, and those inherited that none replaces."""
        inherited = self.base.deviations if self.base else {}
        ended = {number for each in self.own.values() for number in each.replaces}
        kept = {number: each for number, each in inherited.items() if number not in ended}
        return MappingProxyType({**kept, **self.own})

    @property
    def deviates(self) -> bool:
        """Something is otherwise than the document says."""
        return bool(self.deviations)

    @property
    def content(self) -> bytes:
        """The bytes of the files that it is made of."""
        return b"".join(each._text.encode() for each in self.chain)  # noqa: SLF001 - of this class

    def ledger(self, before: Ledger) -> Ledger:
        """The ledger of the release, made of that of its neighbour. Raises DocumentError with file and line."""
        return ledger_after(before, self.renaming, self.kinds, self._effects(), self._place_of)

    def _effects(self) -> Iterator[Effect]:
        """Each effect on the ledger with its place in the file."""
        for index, deviation in enumerate(self._value.get("x-deviations", ())):
            told = f"{deviation['id']} of {self.name}"
            for verb in VERBS:
                for number, row in enumerate(deviation.get(verb, ())):
                    yield Effect(("x-deviations", index, verb, number), told, deviation["deployment"], verb, row)

    def _place_of(self, place: Place) -> str:
        return f"{self._path}:{line_of(self._text, place) or 1}: /{'/'.join(map(str, place))}"


def applied(document: Any, release: Release | None) -> Any:
    """A document of the contract after the overlays of a release and of those that it builds on.

    Raises DocumentError with file and line.
    """
    for each in release.chain if release else ():
        document = each.contract.applied(document)
    return document


def read_release(path: Path, read: Callable[[Path], Release] | None = None) -> Release:
    """The release of a file, under `release.schema.json` beside it. Raises DocumentError with file and line.

    `read` reads the neighbour that it builds on, from the file beside it.
    """
    return _read(path, read, ())


def _read(path: Path, read: Callable[[Path], Release] | None, reading: tuple[Path, ...]) -> Release:
    text = read_text(path)
    value = parse(text, str(path))
    check(value, json.loads(read_text(path.with_name("release.schema.json"))), name=str(path), text=text)
    base = _neighbour(path, value["extends"], text, read, (*reading, path))
    of_law = value.get("x-lifecycle", {}).get("actions", ())
    own = {row["id"]: _deviation(row) for row in value.get("x-deviations", ())}
    renaming = _renaming(value, path.stem, own)
    words = renaming.words if renaming else {}
    release = Release(
        name=path.stem,
        title=value["info"]["title"],
        base=base,
        contract=Overlay(value["actions"], ("actions",), str(path), text, words),
        law=Overlay(of_law, ("x-lifecycle", "actions"), str(path), text, words),
        kinds=tuple(_change(index, row, path.stem, own) for index, row in enumerate(value.get("x-kinds", ()))),
        renaming=renaming,
        own=MappingProxyType(own),
        _value=value,
        _path=path,
        _text=text,
    )
    for place, problem in _faults(value, release):
        raise DocumentError(f"{release._place_of(place)}: {problem}")  # noqa: SLF001 - of this file
    return release


def _neighbour(
    path: Path, name: str, text: str, read: Callable[[Path], Release] | None, reading: tuple[Path, ...]
) -> Release | None:
    if name == _DOCUMENT:
        return None
    other = path.with_name(name)
    problem = None
    if other in reading:
        problem = "the release builds on itself; name an older one"
    elif not other.is_file():
        problem = f"there is no release {name} beside this one; name one that there is, or {_DOCUMENT}"
    if problem:
        raise DocumentError(f"{path}:{line_of(text, ('extends',)) or 1}: /extends: {problem}")
    return read(other) if read is not None else _read(other, None, reading)


def _deviation(row: Mapping[str, Any]) -> Deviation:
    ids = {verb: tuple(each if isinstance(each, str) else each["id"] for each in row.get(verb, ())) for verb in VERBS}
    shows = tuple(_sign(each) for each in row.get("shows", ()))
    listed = {name: tuple(row.get(name, ())) for name in ("replaces", "concerns")}
    return Deviation(**{**row, **ids, **listed, "shows": shows})


def _sign(row: Mapping[str, Any]) -> Sign:
    members: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Sign(**members)


def _told(number: str, name: str, own: Mapping[str, Deviation]) -> tuple[str, str]:
    """A deviation as the ledger names it, and what deployments do by it; empty for one that is not there."""
    return f"{number} of {name}", own[number].deployment if number in own else ""


def _change(index: int, row: Mapping[str, Any], name: str, own: Mapping[str, Deviation]) -> Change:
    told, does = _told(row["deviation"], name, own)
    return Change(("x-kinds", index), row["kind"], row.get("like"), row.get("letter"), told, does)


def _renaming(value: Mapping[str, Any], name: str, own: Mapping[str, Deviation]) -> Renaming | None:
    row = value.get("x-renames")
    return Renaming(row["words"], _told(row["deviation"], name, own)[0]) if row else None


# --- what the schema cannot see


def _faults(value: Mapping[str, Any], release: Release) -> Iterator[tuple[Place, str]]:
    yield from _misnumbered(value.get("x-deviations", ()), release)
    known = {*release.own, *(release.base.deviations if release.base else ())}
    for overlay in (release.contract, release.law):
        for index, action in enumerate(overlay.actions):
            named = action.get("x-deviation")
            if named is None and action.get("update") != {}:
                yield (*overlay.place, index), "names no deviation; say under `x-deviation` which one makes the change"
            if named is not None and named not in known:
                yield (*overlay.place, index, "x-deviation"), f"there is no deviation {named}; number it below"
    for place, row in _naming(value):
        if row["deviation"] not in release.own:
            yield (*place, "deviation"), f"there is no deviation {row['deviation']} in this file; number it below"
    stated, due = value.get("x-lifecycle", {}).get("extends"), _LAW if release.base is None else value["extends"]
    if stated not in (None, due):
        yield ("x-lifecycle", "extends"), f"is not what the contract builds on; write {due}, or nothing"


def _naming(value: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """What names a deviation of the file, beside the actions."""
    for index, row in enumerate(value.get("x-kinds", ())):
        yield ("x-kinds", index), row
    if "x-renames" in value:
        yield ("x-renames",), value["x-renames"]


def _misnumbered(rows: Any, release: Release) -> Iterator[tuple[Place, str]]:
    beginning, seen = _beginning(release.name), set[str]()
    inherited = release.base.deviations if release.base else {}
    for index, row in enumerate(rows):
        place: Place = ("x-deviations", index, "id")
        if row["id"] in seen:
            yield place, f"{row['id']} stands twice; give the later one the next free number"
        if beginning and not row["id"].startswith(beginning):
            yield place, f"{row['id']} is no number of {release.name}; begin it with {beginning}"
        for number, ended in enumerate(row.get("replaces", ())):
            if ended not in inherited:
                problem = f"no release that this one builds on has a deviation {ended}; name one that holds there"
                yield ("x-deviations", index, "replaces", number), problem
        seen.add(row["id"])


def _beginning(name: str) -> str:
    """How the numbers of the deviations of a release begin; empty for a release of somebody's own."""
    if name == "stx-master":
        return "DM-"
    found = re.fullmatch(r"stx-(\d+(?:\.[1-9]\d*)?)(?:\.0)?", name)
    return f"D{found[1]}-" if found else ""
