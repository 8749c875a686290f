"""What becomes of the ledger under a release: words that are others there, kinds that come and go, and deviations.

A kind that comes is made of one that is there already: each requirement on the operations of that kind, and on its
document, is written anew under an id of the new kind. What only holds of plans (levels orchestration and oracle) does
not come along, nor does what speaks of an example of the reference, or is judged by nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from spec.documents import DocumentError
from spec.kinds import LETTERS, MODEL, areas_of, operations_of, words_between
from spec.ledger import Ledger, Requirement
from spec.renaming import renamed

VERBS: Final = ("adds", "changes", "lifts", "keeps")

_PLANNED: Final = frozenset({"orchestration", "oracle"})

type Place = tuple[str | int, ...]
type Rows = dict[str, Requirement]


@dataclass(frozen=True, slots=True)
class Renaming:
    """Words that are other words under a release, everywhere in contract, law and ledger; `told` is the deviation."""

    words: Mapping[str, str]
    told: str


@dataclass(frozen=True, slots=True)
class Change:
    """A kind that comes with a release, made of the kind `like` under the letter `letter`; without those it goes.

    `told` is the deviation as the ledger names it, `deployment` what it says that deployments do.
    """

    place: Place
    kind: str
    like: str | None
    letter: str | None
    told: str
    deployment: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a deviation does to one requirement: its place in the file, the verb, and the id or what the file says."""

    place: Place
    told: str
    deployment: str
    verb: str
    row: Any = field(repr=False)

    @property
    def id(self) -> str:
        """The requirement that it is about."""
        return str(self.row if isinstance(self.row, str) else self.row["id"])


class _MisfitError(Exception):
    """What a file says does not fit the ledger."""


def ledger_after(
    before: Ledger,
    renaming: Renaming | None,
    changes: Iterable[Change],
    effects: Iterable[Effect],
    told_place: Callable[[Place], str],
) -> Ledger:
    """The ledger after everything that a release does to it, in this order.

    Raises DocumentError with the place that `told_place` tells of what does not fit.
    """
    rows: Rows = dict(before.by_id)
    if renaming is not None:
        rows = {id_: _renamed(each, renaming) for id_, each in rows.items()}
    touched: dict[str, str] = {}
    place: Place = ()
    try:
        for change in changes:
            place = change.place
            rows = _with_kind(rows, change) if change.like else _without_kind(rows, change)
        for effect in effects:
            place = effect.place
            _take(rows, effect, touched)
    except _MisfitError as error:
        raise DocumentError(f"{told_place(place)}: {error}") from error
    return Ledger(tuple(rows.values()))


def _renamed(requirement: Requirement, renaming: Renaming) -> Requirement:
    text, parameters = renamed([requirement.text, dict(requirement.parameters)], renaming.words)
    if (text, parameters) == (requirement.text, dict(requirement.parameters)):
        return requirement
    return replace(requirement, text=text, parameters=parameters, deviation=renaming.told)


# --- kinds


def _with_kind(rows: Rows, change: Change) -> Rows:
    """The rows with those of a new kind after all others."""
    present = _kinds(rows)
    if change.kind in present:
        raise _MisfitError(f"{change.kind} is there already; drop this entry, or let the kind go first")
    if LETTERS.get(str(change.letter)) != change.kind:
        known = ", ".join(f"{letter} {kind}" for letter, kind in LETTERS.items())
        raise _MisfitError(f"{change.letter} is not the letter of {change.kind}; they are {known}")
    if change.like != MODEL or MODEL not in present:
        raise _MisfitError(f"a kind cannot be made of {change.like}; write {MODEL}, while the ledger has it")
    made = [_clone(each, change) for each in _of_kind(rows, MODEL) if _comes_along(each)]
    shared = {id_: _with_operations(each, change, present) for id_, each in rows.items()}
    return {**shared, **{each.id: each for each in made}}


def _without_kind(rows: Rows, change: Change) -> Rows:
    """The rows without what is demanded of a kind."""
    own = {each.id for each in _of_kind(rows, change.kind)}
    if not any(rows[id_].check for id_ in own):
        raise _MisfitError(f"the ledger has nothing of the kind {change.kind}; there is nothing to take away")
    return {id_: _without_operations(each, change, own=id_ in own) for id_, each in rows.items()}


def _kinds(rows: Rows) -> list[str]:
    """The kinds of which something is demanded, by the order of their letters."""
    areas = {each.area for each in rows.values() if each.check}
    return [kind for kind in LETTERS.values() if areas & {*areas_of(kind)}]


def _of_kind(rows: Rows, kind: str) -> Iterator[Requirement]:
    areas = areas_of(kind)
    for each in rows.values():
        if each.area in areas or each.parameters.get("kind") == kind:
            yield each


def _comes_along(requirement: Requirement) -> bool:
    judged = requirement.check is not None and requirement.level not in _PLANNED
    return judged and "example" not in requirement.parameters and requirement.area in areas_of(MODEL)


def _clone(requirement: Requirement, change: Change) -> Requirement:
    """The same of the new kind."""
    area = dict(zip(areas_of(MODEL), areas_of(change.kind), strict=True))[requirement.area]
    return _like(requirement, f"VIM-{area}-{requirement.id[-3:]}", change.told)


def _like(requirement: Requirement, id_: str, told: str) -> Requirement:
    """The same under another id, in the words of the kind that the id is about."""
    words = words_between(requirement.id, id_)
    text, parameters = renamed([requirement.text, dict(requirement.parameters)], words)
    return Requirement(
        id=id_,
        strength=requirement.strength,
        level=requirement.level,
        text=text,
        check=requirement.check,
        parameters=parameters,
        deviation=told,
        like=requirement.like or requirement.id,
    )


def _with_operations(requirement: Requirement, change: Change, present: list[str]) -> Requirement:
    """A requirement on operations of every kind that is there is one on those of the new kind as well."""
    named = requirement.parameters.get("operations", ())
    if not all(set(operations_of(kind)) & set(named) for kind in present) or requirement.check is None:
        return requirement
    words = dict(zip(operations_of(MODEL), operations_of(change.kind), strict=True))
    operations = [*named, *(words[each] for each in named if each in words)]
    return replace(requirement, parameters={**requirement.parameters, "operations": operations}, deviation=change.told)


def _without_operations(requirement: Requirement, change: Change, *, own: bool) -> Requirement:
    named = requirement.parameters.get("operations", ())
    left = [each for each in named if each not in operations_of(change.kind)]
    if requirement.check is None or not (own or len(left) < len(named)):
        return requirement
    if own or not left:
        return _lifted(requirement, change.told, change.deployment)
    return replace(requirement, parameters={**requirement.parameters, "operations": left}, deviation=change.told)


def _lifted(requirement: Requirement, told: str, deployment: str) -> Requirement:
    return replace(requirement, check=None, excluded=f"{told}: {deployment}", deviation=told)


# --- deviations


def _take(rows: Rows, effect: Effect, touched: dict[str, str]) -> None:
    """Let a deviation have its effect. Raises _MisfitError."""
    problem = _problem(effect, rows, touched)
    if problem:
        raise _MisfitError(problem)
    if effect.verb != "keeps":
        like = rows.get(effect.row.get("like", "")) if effect.verb == "adds" else None
        rows[effect.id] = _changed(like or rows.get(effect.id), effect)
    touched[effect.id] = f"{effect.verb} by {effect.told.partition(' ')[0]}"


def _problem(effect: Effect, rows: Rows, touched: Mapping[str, str]) -> str | None:
    """Why the verb does not fit the requirement; None when it does."""
    id_, number = effect.id, effect.told.partition(" ")[0]
    if effect.verb == "adds":
        return _unlike(effect.row, rows) if id_ not in rows else _TAKEN.format(id_)
    if id_ not in rows:
        return f"the ledger has no requirement {id_}; `vimgate spec requirements` lists the ids"
    if rows[id_].check is None and id_ not in touched:
        by = rows[id_].deviation
        reason = f"is lifted by {by} already" if by else "is excluded for every release"
        return f"{id_} {reason}; there is nothing to do about it"
    earlier = touched.get(id_, "")
    if earlier and not (effect.verb == "keeps" and not earlier.startswith("lifts")):
        return f"{id_} is touched twice ({earlier}, {effect.verb} by {number}); keep one of them"
    return None


_TAKEN: Final = "{} is in the ledger already; give the new one the next free number"


def _unlike(row: Mapping[str, Any], rows: Mapping[str, Requirement]) -> str | None:
    """Why a requirement cannot be made of the one that it is to be like."""
    like = row.get("like")
    if like is None or (like in rows and rows[like].check):
        return None
    return f"the ledger demands no {like}, so that nothing can be like it; write the requirement out"


def _changed(requirement: Requirement | None, effect: Effect) -> Requirement:
    """What becomes of a requirement, or of the one that a new one is like."""
    row = effect.row
    match effect.verb, requirement:
        case "adds", Requirement():
            made = _like(requirement, effect.id, effect.told)
            parameters = {**made.parameters, **row.get("parameters", {})}
            return replace(made, text=row.get("text", made.text), parameters=parameters)
        case "lifts", Requirement():
            return _lifted(requirement, effect.told, effect.deployment)
        case "changes", Requirement():
            parameters = {**requirement.parameters, **row["parameters"]}
            return replace(requirement, text=row["text"], parameters=parameters, deviation=effect.told)
    named = {name: row[name] for name in ("id", "strength", "level", "text", "check")}
    return Requirement(**named, parameters=row.get("parameters", {}), deviation=effect.told)
