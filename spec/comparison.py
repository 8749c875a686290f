"""What a client sees change from one release to another, as frozen values. Pure: the words for it live elsewhere.

Both releases are taken apart into facts, and the facts are held against each other. What belongs to a kind or an
operation that only one of them has is told with it alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from spec.contract import Contract, Operation
from spec.law import Law
from spec.ledger import Ledger
from spec.members import DOCUMENT, Member, answer_members, request_members
from spec.openapi import Document, answer_media, resolved
from spec.release import Deviation, Release


class Area(StrEnum):
    """What a change is about, in the order in which people want to know."""

    KINDS = "kinds"
    OPERATIONS = "operations"
    CALLERS = "callers"
    REQUESTS = "requests"
    STATUSES = "statuses"
    ANSWERS = "answers"
    LINKS = "links"
    LIFECYCLE = "lifecycle"
    PLANS = "plans"
    DEVIATIONS = "deviations"
    REQUIREMENTS = "requirements"


class What(StrEnum):
    """What became of something."""

    BEGINS = "begins"
    ENDS = "ends"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes, for all `subjects` and `names` alike.

    `subjects`: operations, kinds, or deviations; empty where it concerns the whole service. `part` and `names`: what of
    it. `aspect`: which side of it, empty for the whole. `old` and `new` are JSON values; None on the side without it.
    """

    area: Area
    what: What
    subjects: tuple[str, ...]
    part: str
    names: tuple[str, ...]
    aspect: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything that is known of one release."""

    release: Release
    contract: Contract
    law: Law
    ledger: Ledger


class _Key(NamedTuple):
    """Where a fact stands; two editions that both know the key are compared by what stands there."""

    area: Area
    subject: str
    part: str
    name: str
    aspect: str = ""


type _Facts = Mapping[_Key, Any]
type _Row = tuple[_Key, What, Any, Any]


def compare(old: Edition, new: Edition) -> tuple[Change, ...]:
    """Every change from the older edition to the newer one, by area; empty when a client sees none."""
    shared = _Shared.of(old.contract, new.contract)
    before, after = (dict(_facts(each, shared)) for each in (old, new))
    return tuple(_joined(sorted(_rows(before, after), key=lambda row: list(Area).index(row[0].area))))


class _Shared(NamedTuple):
    """The kinds and operations that both editions have; what only one has is not looked into."""

    kinds: frozenset[str]
    operations: frozenset[str]

    @classmethod
    def of(cls, old: Contract, new: Contract) -> "_Shared":
        ids = [{each.operation_id for each in contract.operations} for contract in (old, new)]
        return cls(frozenset(old.kinds) & frozenset(new.kinds), frozenset(ids[0] & ids[1]))


# ---- facts ----


def _facts(edition: Edition, shared: _Shared) -> Iterator[tuple[_Key, Any]]:
    document = edition.contract.document
    for kind in edition.contract.kinds:
        if kind not in shared.kinds:
            yield _Key(Area.KINDS, "", "", kind), _of_kind(document, edition.contract, kind)
    for one in edition.contract.operations:
        if one.operation_id in shared.operations:
            yield from _of_operation(document, one)
        elif one.kind is None or one.kind in shared.kinds:
            yield _Key(Area.OPERATIONS, "", "", one.operation_id), f"{one.method} {one.path}"
    yield from _of_callers(document)
    yield from _of_law(edition.law)
    for kind in sorted(shared.kinds & edition.law.kinds.keys()):
        yield from _of_plans(edition.law, kind)
    for deviation in edition.release.deviations.values():
        yield _Key(Area.DEVIATIONS, "", "", deviation.id), _sides(deviation)
    for each in edition.ledger.requirements:
        asked = {"text": each.text, "parameters": dict(each.parameters)}
        yield _Key(Area.REQUIREMENTS, each.deviation or "", "", each.id), asked | {"checked": each.check is not None}


def _of_kind(document: Document, contract: Contract, kind: str) -> dict[str, list[str]]:
    """The operations of a kind, and what its create takes."""
    own = [one for one in contract.operations if one.kind == kind]
    members = [each for one in own if one.creates for each in request_members(document, one)]
    return {
        "operations": [one.operation_id for one in own],
        "mandatory": [each.name for each in members if each.needed == "yes"],
        "optional": [each.name for each in members if each.needed != "yes"],
    }


def _of_operation(document: Document, one: Operation) -> Iterator[tuple[_Key, Any]]:
    subject = one.operation_id
    for aspect, value in (("address", f"{one.method} {one.path}"), ("body", one.body), ("success", one.success)):
        yield _Key(Area.OPERATIONS, subject, "", "", aspect), value
    for status in sorted(one.statuses):
        yield _Key(Area.STATUSES, subject, "", str(status)), "silent" if status in one.silent else "listed"
    for member in request_members(document, one):
        yield _Key(Area.REQUESTS, subject, "", member.name), _side(member)
    for (part, _), member in answer_members(document, one).items():
        owner = subject if part == DOCUMENT or one.kind is None else one.kind
        yield _Key(Area.ANSWERS, owner, part, member.name), _side(member)
    for rel in _rels(document, one):
        yield _Key(Area.LINKS, subject, "", rel), True


def _side(member: Member) -> dict[str, Any]:
    """A member as a JSON value, one entry for each side that can change; what is known of open sets is in plans."""
    held = member.held
    return {
        "needed": member.needed,
        "null": held.null,
        "words": list(held.words),
        "types": list(held.types),
        "range": None if held.low is None and held.high is None else [held.low, held.high],
        "default": held.default,
    }


def _rels(document: Document, one: Operation) -> Iterator[str]:
    """The relations of the links that a document must have."""
    media = answer_media(document, one, one.success)
    links = resolved(document, media["schema"])[0].get("properties", {}).get("links", {}) if media is not None else {}
    for rule in (links, *links.get("allOf", ())):
        rel = rule.get("contains", {}).get("properties", {}).get("rel", {}).get("const")
        if rel:
            yield rel


def _of_callers(document: Document) -> Iterator[tuple[_Key, Any]]:
    """The headers that carry a token, and the roles that the file of a release names under `x-callers`."""
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        yield _Key(Area.CALLERS, "", "header", scheme.get("name", name)), True
    for wish, roles in document.get("x-callers", {}).items():
        yield _Key(Area.CALLERS, "", "roles", wish), list(roles)


def _of_law(law: Law) -> Iterator[tuple[_Key, Any]]:
    for situation, row in law.requests.items():
        for request, word in row.items():
            yield _Key(Area.LIFECYCLE, "", "requests", f"{request} while {situation}"), word
    for name, statuses in (("refused", law.refused), ("missing", law.missing), ("aside", law.aside)):
        yield _Key(Area.LIFECYCLE, "", "answers", name), sorted(statuses)
    for action, meaning in law.null_stage.items():
        yield _Key(Area.LIFECYCLE, "", "null-stage", action), meaning
    for state, each in law.states.items():
        yield (
            _Key(Area.LIFECYCLE, "", "states", state),
            sorted({after for row in each.following.values() for after in row}),
        )


def _of_plans(law: Law, kind: str) -> Iterator[tuple[_Key, Any]]:
    generic = law.kinds[kind].generic
    yield _Key(Area.PLANS, kind, "", "", "generic"), generic
    for phase in law.phases:
        for stage in sorted(law.stages_of(kind, phase)):
            yield _Key(Area.PLANS, kind, "stages", stage), True
        for step in sorted(law.steps_of(kind, phase)):
            yield _Key(Area.PLANS, kind, "steps", step), True


def _sides(deviation: Deviation) -> dict[str, str]:
    names = ("group", "level", "document", "deployment")
    return {name: getattr(deviation, name) for name in names}


# ---- changes ----


def _rows(old: _Facts, new: _Facts) -> Iterator[_Row]:
    own = {Area.REQUIREMENTS: _of_requirements}
    for area in Area:
        before, after = ({key: value for key, value in facts.items() if key.area is area} for facts in (old, new))
        yield from own.get(area, _plainly)(before, after)


def _plainly(old: _Facts, new: _Facts) -> Iterator[_Row]:
    for key in dict.fromkeys((*old, *new)):
        if key not in old:
            yield key, What.BEGINS, None, new[key]
        elif key not in new:
            yield key, What.ENDS, old[key], None
        elif old[key] != new[key]:
            yield from _sides_that_differ(key, old[key], new[key])


def _sides_that_differ(key: _Key, old: Any, new: Any) -> Iterator[_Row]:
    """One row for each side of a member; one for anything else."""
    if key.area in {Area.REQUESTS, Area.ANSWERS}:
        for side in old:
            if old[side] != new[side]:
                yield key._replace(aspect=side), What.CHANGES, old[side], new[side]
    else:
        yield key, What.CHANGES, old, new


def _of_requirements(old: _Facts, new: _Facts) -> Iterator[_Row]:
    """By the deviation that does it: what is asked for the first time, no more, again, or otherwise."""
    before, after = _by_id(old), _by_id(new)
    for id_ in dict.fromkeys((*before, *after)):
        was, now = before.get(id_, _NOT_ASKED), after.get(id_, _NOT_ASKED)
        subject = now.deviation or was.deviation
        key = _Key(Area.REQUIREMENTS, subject, "", id_)
        if was.asks is None and now.asks is not None:
            yield key, What.BEGINS, None, now.text
        elif was.asks is not None and now.asks is None:
            yield key, What.ENDS, was.text, None
        elif was.asks != now.asks:
            yield key._replace(aspect="demand"), What.CHANGES, was.text, now.text


class _Asked(NamedTuple):
    """What an edition asks by one requirement; `asks` is None where it asks nothing."""

    deviation: str
    text: str
    asks: Any


_NOT_ASKED: Final = _Asked("", "", None)


def _by_id(facts: _Facts) -> Mapping[str, _Asked]:
    return {
        key.name: _Asked(key.subject, value["text"], (value["text"], value["parameters"]) if value["checked"] else None)
        for key, value in facts.items()
    }


# ---- rows that say the same are one ----


def _joined(rows: Iterable[_Row]) -> Iterator[Change]:
    """The rows that differ only in their subject as one, then those that differ only in their name."""
    by_subject: dict[str, tuple[_Row, list[str]]] = {}
    for row in rows:
        key, what, old, new = row
        same = repr((_common(key), key.name, what, old, new))
        by_subject.setdefault(same, (row, []))[1].append(key.subject)
    by_name: dict[str, list[tuple[_Row, list[str]]]] = {}
    for row, subjects in by_subject.values():
        key, what, old, new = row
        said = () if key.area is Area.REQUIREMENTS else (old, new)
        by_name.setdefault(repr((_common(key), what, said, subjects)), []).append((row, subjects))
    for alike in by_name.values():
        yield _change([row for row, _ in alike], tuple(filter(None, alike[0][1])))


def _common(key: _Key) -> _Key:
    """What the keys of rows have in common that are told as one; a requirement stays with its deviation."""
    return key._replace(name="", subject=key.subject if key.area is Area.REQUIREMENTS else "")


def _change(rows: list[_Row], subjects: tuple[str, ...]) -> Change:
    key, what, old, new = rows[0]
    if key.area is Area.REQUIREMENTS:
        old, new = ({row[0].name: row[side] for row in rows if row[side]} or None for side in (2, 3))
    return Change(key.area, what, subjects, key.part, tuple(row[0].name for row in rows), key.aspect, old, new)
