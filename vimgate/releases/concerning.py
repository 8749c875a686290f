"""Which deviations of a release have to do with an operation."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from spec.comparison import Edition
from spec.contract import Operation
from spec.overlay import places_of
from spec.release import Deviation
from vimgate.releases.phrases import wish


def concerning(edition: Edition, operation: Operation) -> tuple[Deviation, ...]:
    """The deviations that change what the contract says of the operation, touch a requirement about it, or name it."""
    told = {*_by_requirements(edition, operation), *_by_actions(edition, operation), *_by_name(edition, operation)}
    return tuple(each for number, each in edition.release.deviations.items() if number in told)


def _by_requirements(edition: Edition, operation: Operation) -> Iterator[str]:
    """Those with an effect on a requirement about the operation, or, earlier, on the one that it was made of."""
    age = {number: place for place, each in enumerate(edition.release.chain) for number in each.own}
    names = [each.name for each in edition.release.chain]
    about: dict[str, int] = {}
    for each in edition.ledger.requirements:
        if each.parameters.get("operation") == operation.operation_id:
            about[each.id] = len(names)
            if each.like and each.deviation:
                about.setdefault(each.like, names.index(each.deviation.rpartition(" ")[2]))
    for number, deviation in edition.release.deviations.items():
        touched = {*deviation.lifts, *deviation.changes, *deviation.adds, *deviation.keeps}
        if any(age[number] < about[id_] for id_ in touched & about.keys()):
            yield number


def _by_name(edition: Edition, operation: Operation) -> Iterator[str]:
    names = {operation.operation_id, *([wish(operation)] if operation.kind else [])}
    for number, each in edition.release.deviations.items():
        if names & {*each.concerns}:
            yield number


def _by_actions(edition: Edition, operation: Operation) -> Iterator[str]:
    """Those with an action that selects a part of the contract, as it is in the end, which the operation is made of."""
    document = edition.contract.document
    own = set(_parts(document, ("paths", operation.path, operation.method.lower())))
    for release in edition.release.chain:
        for action in release.contract.actions:
            number = action.get("x-deviation")
            if number and own & set(_touched(action, document)):
                yield number


def _parts(document: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The operation and every component that it refers to, directly or not; words of open sets are no part of it."""
    seen, open_ = {place}, [place]
    while open_:
        for reference in _references(_at(document, open_.pop())):
            part = tuple(reference.removeprefix("#/").split("/"))
            if part not in seen and part[1] != "links" and _OPEN not in _at(document, part):
                seen.add(part)
                open_.append(part)
    yield from seen


def _touched(action: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The operations and components that an action changes."""
    for place in places_of(action["target"], document):
        if len(place) > _SECTION:
            yield tuple(map(str, place[:3]))
        elif isinstance(action.get("update"), Mapping):
            yield from _below(tuple(map(str, place)), action["update"])


_OPEN: Final = "x-known-values"
_SECTION: Final = 2
"""How long a place is that does not say yet which operation or component is meant."""


def _below(place: tuple[str, ...], update: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The operations or components that an update writes below a section."""
    for name, value in update.items():
        if len(place) == _SECTION:
            yield (*place, name)
        elif isinstance(value, Mapping):
            yield from _below((*place, name), value)


def _at(document: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        document = document.get(name, {})
    return document


def _references(value: Any) -> Iterator[str]:
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        if name == "$ref":
            yield str(member)
        yield from _references(member)
