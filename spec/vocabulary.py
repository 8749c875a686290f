"""Which words the members of bodies may hold, and where in a body they stand: made of the contract and the law.

A word list is an `enum`, the known values of an open set, or true and false. The law leaves out words of the contract
that nobody may ever see (`lifecycle.yaml`, `hidden`) and stages and steps of the other kind.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from spec.contract import Contract, Operation
from spec.law import Law
from spec.openapi import Document, answer_media, request_media, resolved

REQUEST: Final = "request"
ANSWER: Final = "answer"

_BOOLEANS: Final = ("false", "true")
_JOINED: Final = ("allOf", "anyOf", "oneOf")
_MOST_KNOWN: Final = 1000

# Schema of the contract -> the words of it that may be seen on a strategy of a kind.
_SEEN: Final[Mapping[str, Callable[[Law, str], frozenset[str]]]] = {
    "State":      lambda law, _: frozenset(law.states),
    "PhaseWord":  lambda law, _: frozenset(law.phases),
    "StepResult": lambda law, _: frozenset(law.results["step"]),
    "RunResult":  lambda law, _: frozenset(law.results["stage"]) | frozenset(law.results["phase"]),
    "StageName":  lambda law, kind: _union(law.stages_of(kind, phase) for phase in law.phases),
    "StepName":   lambda law, kind: _union(law.steps_of(kind, phase) for phase in law.phases),
}  # fmt: skip


class Home(NamedTuple):
    """Where words stand: in requests or answers, of a kind (empty above the kinds), in a schema, under a member."""

    side: str
    kind: str
    part: str
    member: str


type Word = tuple[Home, str]
"""A word and where it stands."""


@dataclass(slots=True)
class Place:
    """A place in a body: the homes of the words that stand here, and the places below it.

    `take` gives the words of an object whose members hold nothing else; None where there are not several, or more.
    """

    homes: set[Home] = field(default_factory=set)
    members: dict[str, "Place"] = field(default_factory=dict)
    items: "Place | None" = None
    take: Callable[[Any], tuple[Any, ...]] | None = None

    @property
    def empty(self) -> bool:
        """No words stand here or below."""
        return not self.homes and not self.members and self.items is None

    def words(self, value: Any) -> frozenset[Word]:
        """Each home with each word that a body holds there; what is no text, true or false is nothing."""
        return _words(self, _gist(self, value, None))


class Reader:
    """Reads the words of bodies at one place, of which each may share parts with the one before.

    An item of a list that is the same object as in the body before is not read again; no body is ever changed. What
    says the same is the same set.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._items: dict[int, _Item] = {}
        self._known: dict[Any, frozenset[Word]] = {}

    def words(self, value: Any) -> frozenset[Word]:
        """What `Place.words` says of a body."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        items = _Items(self._items, {}, self._known)
        gist = _gist(self._place, value, items)
        self._items = items.now
        return _known_words(self._place, gist, self._known)


class _Item(NamedTuple):
    """An item of a list, which is kept so that no other can have its identity, and the words in it."""

    value: Any
    words: frozenset[Word]


class _Read(frozenset[frozenset[Word]]):
    """The words of each item of a list."""


class _Items(NamedTuple):
    """The items of the body before and of this one, by their identity, and the words of each gist that is known."""

    before: dict[int, _Item]
    now: dict[int, _Item]
    known: dict[Any, frozenset[Word]]


@dataclass(frozen=True)
class Vocabulary:
    """Every home with its words, in the order of the contract, and the places of the bodies that hold them."""

    words: Mapping[Home, tuple[str, ...]]
    requests: Mapping[str, Place]
    answers: Mapping[tuple[str, int], Place]


@cache
def vocabulary_of(contract: Contract, law: Law) -> Vocabulary:
    """The word lists of all bodies that the contract describes; gathered once for each contract."""
    maker = _Maker(contract.document, law)
    requests, answers = {}, {}
    for operation in contract.operations:
        if (media := request_media(maker.document, operation)) is not None:
            requests[operation.operation_id] = maker.place(media["schema"], REQUEST, operation)
    for operation in contract.operations:
        for status in sorted(operation.statuses):
            if (media := answer_media(maker.document, operation, status)) is not None:
                answers[operation.operation_id, status] = maker.place(media["schema"], ANSWER, operation)
    return Vocabulary(
        {home: tuple(words) for home, words in maker.words.items()},
        {name: place for name, place in requests.items() if not place.empty},
        {key: place for key, place in answers.items() if not place.empty},
    )


class _Maker:
    """Walks schemas; knows the words that it has met so far."""

    def __init__(self, document: Document, law: Law) -> None:
        self.document = document
        self.words: dict[Home, dict[str, None]] = {}
        self._law = law

    def place(self, schema: Document, side: str, operation: Operation) -> Place:
        place = Place()
        self._fill(place, schema, Home(side, operation.kind or "", "", ""))
        return _pruned(place)

    def _fill(self, place: Place, schema: Document, home: Home, name: str = "", *, one_of: bool = False) -> None:
        """Add what a schema says to a place; `home` is where the words of this very place stand.

        `one_of`: it is one of several forms of the same thing, which keeps its name.
        """
        rule, component = resolved(self.document, schema)
        name = component or name
        part = home.part if one_of else component or home.part
        words = self._words(rule, name, home.kind)
        if words and home.member:
            place.homes.add(home)
            self.words.setdefault(home, {}).update(dict.fromkeys(words))
        for joined in _JOINED:
            for branch in rule.get(joined, ()):
                below = Home(home.side, home.kind, part, home.member)
                self._fill(place, branch, below, name, one_of=joined != "allOf")
        for member, held in rule.get("properties", {}).items():
            there = place.members.setdefault(member, Place())
            self._fill(there, held, Home(home.side, home.kind, part, member))
        if isinstance(rule.get("items"), Mapping):
            place.items = place.items or Place()
            self._fill(place.items, rule["items"], Home(home.side, home.kind, part, ""))

    def _words(self, rule: Document, name: str, kind: str) -> tuple[str, ...]:
        if rule.get("type") == "boolean":
            return _BOOLEANS
        words = tuple(rule.get("enum", rule.get("x-known-values", ())))
        seen = _SEEN[name](self._law, kind) if name in _SEEN and kind else None
        return tuple(word for word in words if isinstance(word, str) and (seen is None or word in seen))


def _pruned(place: Place) -> Place:
    """The place without anything below it that holds no words."""
    below = {name: _pruned(member) for name, member in place.members.items()}
    items = _pruned(place.items) if place.items is not None else None
    kept = {name: member for name, member in below.items() if not member.empty}
    flat = len(kept) > 1 and not any(member.members or member.items is not None for member in kept.values())
    return Place(
        place.homes, kept, items if items is not None and not items.empty else None, itemgetter(*kept) if flat else None
    )


def _gist(place: Place, value: Any, items: _Items | None) -> Any:
    """What decides about the words of a value: of an object its members at places of words, of a list its items.

    With `items` each item of a list is read alone, and not again, and its words stand for it.
    """
    kind = type(value)
    if kind is str or kind is bool:
        return value if place.homes else None
    if kind is dict:
        return tuple(
            [
                (member if below.homes else None) if type(member) is str else _gist(below, member, items)  # most are
                for below, member in zip(place.members.values(), map(value.get, place.members), strict=True)
            ]
        )
    if kind is list and place.items is not None:
        below = place.items
        if items is not None:
            return _Read([_words_of_item(below, item, items) for item in value])
        return _gist_of_texts(below, value) or frozenset([_gist(below, item, None) for item in value])
    return None


def _gist_of_texts(place: Place, values: Iterable[Any]) -> frozenset[Any] | None:
    """The same of items that are objects with texts at all the places of words; None where they are not."""
    if place.take is None:
        return None
    try:
        found = frozenset(map(place.take, values))
    except (KeyError, TypeError):
        return None
    return found if all(type(text) is str for item in found for text in item) else None


def _words_of_item(place: Place, value: Any, items: _Items) -> frozenset[Word]:
    item = items.before.get(id(value))
    if item is None or item.value is not value:
        item = _Item(value, _known_words(place, _gist(place, value, None), items.known))
    items.now[id(value)] = item
    return item.words


def _known_words(place: Place, gist: Any, known: dict[Any, frozenset[Word]]) -> frozenset[Word]:
    words = known.get((id(place), gist))
    if words is None:
        words = known[id(place), gist] = _words(place, gist)
    return words


def _words(place: Place, gist: Any) -> frozenset[Word]:
    found: set[Word] = set()
    _collect(place, gist, found)
    return frozenset(found)


def _collect(place: Place, gist: Any, found: set[Word]) -> None:
    """Add the words of a value of that gist."""
    kind = type(gist)
    if kind is str or kind is bool:
        found.update((home, gist if kind is str else _BOOLEANS[gist]) for home in place.homes)
    elif kind is tuple:
        for below, member in zip(place.members.values(), gist, strict=True):
            if member is not None:
                _collect(below, member, found)
    elif kind is _Read:
        found.update(*gist)
    elif kind is frozenset and place.items is not None:
        for item in gist:
            _collect(place.items, item, found)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
