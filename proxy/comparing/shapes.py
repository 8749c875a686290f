"""How documents differ: members that came and went, types, words, links."""

from collections.abc import Iterator, Mapping
from typing import Final

from proxy.comparing.difference import Difference, Subject, What
from proxy.comparing.documents import Document, Member
from proxy.comparing.gathered import About, Words

_NONE: Final[frozenset[str]] = frozenset()
_STRATEGY: Final = "strategy"


def differences(old: Mapping[About, Document], new: Mapping[About, Document], known: Words) -> Iterator[Difference]:
    """What changed in the documents that both sides have shown; words that were `known` are no change."""
    for about in sorted(old.keys() & new.keys()):
        yield from _members(about, old[about], new[about], known)
        yield from _links(about, old[about], new[about])


def _members(about: About, old: Document, new: Document, known: Words) -> Iterator[Difference]:
    parts = old.objects.keys() & new.objects.keys()
    for part, name in sorted(old.members.keys() | new.members.keys()):
        if part not in parts:
            continue
        one, other = old.members.get((part, name), Member()), new.members.get((part, name), Member())
        told = f"{_place(part)}{name}"
        before, after = _often(one, old.objects[part]), _often(other, new.objects[part])
        if one.times and not other.times:
            yield _made(What.MEMBER_GONE, about, f"the member {told} is gone", before, after, part, name)
        elif other.times and not one.times:
            yield _made(What.MEMBER_NEW, about, f"the member {told} is new", before, after, part, name)
        else:
            if one.times == old.objects[part] and other.times < new.objects[part]:
                yield _made(
                    What.MEMBER_RARER, about, f"the member {told} is not always there", before, after, part, name
                )
            yield from _values(about, part, name, one, other)
            yield from _words(about, part, name, one.words, other.words - known.get(name, _NONE))


def _values(about: About, part: str, name: str, old: Member, new: Member) -> Iterator[Difference]:
    told = f"{_place(part)}{name}"
    types = new.types - old.types
    if types and old.types != {"null"}:
        text = f"{told} is of another type"
        one, other = " or ".join(sorted(old.types)), " or ".join(sorted(new.types))
        yield _made(What.TYPE, about, text, one, other, part, name, types=tuple(sorted(types)))


def _words(about: About, part: str, name: str, old: set[str], new: set[str]) -> Iterator[Difference]:
    """The words that are new, where others were seen before."""
    told = f"{_place(part)}{name}"
    for word in sorted(new - old) if old else ():
        text = f"{told} holds the word {word}, which it never did"
        yield _made(What.WORD, about, text, ", ".join(sorted(old)), word, part, name, word)


def _links(about: About, old: Document, new: Document) -> Iterator[Difference]:
    for part, rel in sorted(old.links.keys() | new.links.keys()):
        one, other = old.links.get((part, rel), set()), new.links.get((part, rel), set())
        before, after = _list(one), _list(other)
        if not other and _has_links(new, part):
            yield _made(What.LINK_GONE, about, f"the link {rel} is gone", before, after, part, rel)
        elif not one and _has_links(old, part):
            yield _made(What.LINK_NEW, about, f"the link {rel} is new", before, after, part, rel)
        elif one and other and not one & other:
            yield _made(What.LINK_MOVED, about, f"the link {rel} leads elsewhere", before, after, part, rel)


def _has_links(document: Document, part: str) -> bool:
    """Links stand at that part, or a list of them does that is always empty."""
    above, _, name = part.removesuffix("[]").rpartition("/")
    return (above, name) in document.members or any(each == part for each, _ in document.links)


def _made(  # noqa: PLR0913, PLR0917 - the parts of a difference
    what: What, about: About, text: str, old: str, new: str, part: str, *names: str, types: tuple[str, ...] = ()
) -> Difference:
    subject, detail = about
    if subject == _STRATEGY:
        path = f"/api/orchestration/{detail}/strategy"
        return Difference(
            what, f"strategy of {detail}", text, old, new, subject=Subject("GET", path, (200, 200), part, names, types)
        )
    method, _, path = subject.partition(" ")
    status = int(detail)
    return Difference(
        what,
        subject,
        text,
        old,
        new,
        f"answered {detail}",
        subject=Subject(method, path, (status, status), part, names, types),
    )


def _place(part: str) -> str:
    below = part.removeprefix(_STRATEGY).strip("/")
    return f"{below.replace('/', '.')}." if below else ""


def _often(member: Member, objects: int) -> str:
    return (
        "never" if not member.times else "always" if member.times >= objects else f"{member.times} times in {objects}"
    )


def _list(hrefs: set[str]) -> str:
    return ", ".join(sorted(hrefs)) or "none"
