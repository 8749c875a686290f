"""The members of documents with their types and words, and their links, pooled over all that one side has shown."""

from dataclasses import dataclass, field
from typing import Any, Final

from proxy.comparing.answering import type_of
from proxy.comparing.noise import plain_href

_PHASE: Final = "-phase"
_DEEPEST: Final = 30
_MOST_MEMBERS: Final = 2000
_MOST_WORDS: Final = 200
_LONGEST: Final = 100


@dataclass(slots=True)
class Member:
    """One member: in how many objects it was, of which types, and the words that it held."""

    times: int = 0
    types: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Document:
    """Documents of one kind; a part is a place in them, such as `strategy/*-phase/stages[]`.

    `objects` counts the objects of each part, `members` are by part and name, `links` by part and rel with where they
    lead.
    """

    objects: dict[str, int] = field(default_factory=dict)
    members: dict[tuple[str, str], Member] = field(default_factory=dict)
    links: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def take(self, value: Any, worded: frozenset[str], part: str = "", deep: int = 0) -> None:
        """Take in a JSON value; `worded` are names of members whose texts are words of the API."""
        if deep > _DEEPEST:
            return
        if isinstance(value, list):
            for item in value:
                self.take(item, worded, f"{part}[]", deep + 1)
        if not isinstance(value, dict):
            return
        if isinstance(value.get("rel"), str) and isinstance(value.get("href"), str):
            self._link(part, value["rel"], value["href"])
        self.objects[part] = self.objects.get(part, 0) + 1
        for name, member in value.items():
            if (part, name) not in self.members and len(self.members) >= _MOST_MEMBERS:
                continue
            self._member(self.members.setdefault((part, name), Member()), name, member, worded)
            below = f"*{_PHASE}" if name.endswith(_PHASE) else name
            self.take(member, worded, f"{part}/{below}" if part else below, deep + 1)

    @staticmethod
    def _member(known: Member, name: str, value: Any, worded: frozenset[str]) -> None:
        known.times += 1
        known.types.add(type_of(value))
        if isinstance(value, str) and name in worded and len(known.words) < _MOST_WORDS and len(value) < _LONGEST:
            known.words.add(value)

    def _link(self, part: str, rel: str, href: str) -> None:
        if len(self.links) < _MOST_MEMBERS:
            self.links.setdefault((part, rel), set()).add(plain_href(href))

    def merge(self, other: "Document") -> None:
        """Add what others have shown."""
        for part, times in other.objects.items():
            self.objects[part] = self.objects.get(part, 0) + times
        for key, member in other.members.items():
            known = self.members.setdefault(key, Member())
            known.times += member.times
            known.types |= member.types
            known.words |= member.words
        for key, hrefs in other.links.items():
            self.links.setdefault(key, set()).update(hrefs)
