"""A comparison as lines for people and as a JSON value (comparison.schema.json), without secrets."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from proxy.comparing.difference import Comparison, Difference, What
from reports.redact import redact_text
from reports.render.columns import labelled, titled
from reports.render.words import printable

FORMAT: Final = "vimgate-comparison"
VERSION: Final = 1
_MOST_LISTED: Final = 10
_LONGEST: Final = 240

TITLES: Final = {
    What.STATUS: "Answered otherwise",
    What.CREATE_REFUSED: "Creates that were accepted before and are refused now",
    What.CREATE_ACCEPTED: "Creates that were refused before and are accepted now",
    What.REQUEST_MEMBER_REFUSED: "Members of create requests that are refused now",
    What.REQUEST_MEMBER_DEMANDED: "Members of create requests that are demanded now",
    What.MEDIA_TYPE: "Media types",
    What.HEADER: "Headers",
    What.BODY: "Kinds of bodies",
    What.MEMBER_GONE: "Members that are gone",
    What.MEMBER_RARER: "Members that are not always there any more",
    What.MEMBER_NEW: "New members",
    What.TYPE: "Types",
    What.WORD: "Words that were not seen before",
    What.LINK_GONE: "Links that are gone",
    What.LINK_NEW: "New links",
    What.LINK_MOVED: "Links that lead elsewhere",
    What.FAULT_TEXT: "Texts of faults",
    What.SETTINGS: "Settings of strategies",
    What.STAGES: "Stages",
    What.STEPS: "Steps",
    What.TIMEOUT: "Timeouts",
    What.GROUPS: "Groups of hosts",
}


def headline(comparison: Comparison) -> str:
    """What it came to, in a sentence."""
    count, unexpected = len(comparison.differences), len(comparison.unexpected)
    asked = f"{comparison.compared} {'question' if comparison.compared == 1 else 'questions'} compared"
    if not count:
        return f"NOTHING CHANGED: {asked}."
    expected = count - unexpected
    told = f"{count} {'difference' if count == 1 else 'differences'}"
    if not unexpected:
        return f"NOTHING UNEXPECTED: {told}, all of them expected; {asked}."
    return f"CHANGED: {told}, {expected} of them expected; {asked}."


def lines(comparison: Comparison, secrets: Iterable[str] = ()) -> Iterator[str]:
    """Everything, as lines without line ends: what counts first."""
    known = frozenset(secrets)
    yield headline(comparison)
    for what, title in TITLES.items():
        found = [each for each in comparison.differences if each.what is what]
        if found:
            yield from titled(title)
            for alike in _alike(sorted(found, key=lambda one: one.expected)):
                yield from _told(alike, known)
    if comparison.doubtful:
        yield from titled("Perhaps: answers to requests at moments that nobody could know better")
        for alike in _alike(comparison.doubtful):
            yield from _told(alike, known)
    for side, only in (("before", comparison.old_only), ("after", comparison.new_only)):
        if only:
            yield from titled(f"Only seen {side}, so not compared: {len(only)}")
            yield from (_safe(each, known) for each in only[:_MOST_LISTED])
            if len(only) > _MOST_LISTED:
                yield f"and {len(only) - _MOST_LISTED} more"
    yield from (f"note: {_safe(each, known)}" for each in comparison.notes)


def line(each: Difference, secrets: Iterable[str] = ()) -> str:
    """A difference in a sentence."""
    return _safe(f"{each.where}: {each.text}", frozenset(secrets))


def _alike(differences: Iterable[Difference]) -> Iterable[list[Difference]]:
    """The differences, those together that say the same of several operations."""
    found: dict[tuple[object, ...], list[Difference]] = {}
    for each in differences:
        found.setdefault((each.text, each.old, each.new, each.asked, each.expected, each.numbers), []).append(each)
    return found.values()


def _told(alike: list[Difference], known: frozenset[str]) -> Iterator[str]:
    each, times = alike[0], sum(one.times for one in alike)
    others = [one.where for one in alike[1:]]
    yield ""
    yield from labelled("", line(each, known), indent=0)
    more = f"(and {each.times - 1} more like it)" if len(alike) == 1 and times > 1 else ""
    if len(others) > _MOST_LISTED:
        others[_MOST_LISTED:] = [f"and {len(others) - _MOST_LISTED} more"]
    for label, text in (
        ("asked    ", f"{each.asked} {more}".strip()),
        ("before   ", _side(each.old, known)),
        ("after    ", _side(each.new, known)),
        ("also     ", ", ".join(others)),
        ("expected ", ", ".join(each.numbers) or "by the two contracts") if each.expected else ("", ""),
    ):
        if text:
            yield from labelled(label, _safe(text, known))


def value(comparison: Comparison, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """The comparison as a JSON value."""
    known = frozenset(secrets)
    return {
        "format": FORMAT,
        "version": VERSION,
        "compared": comparison.compared,
        "unexpected": len(comparison.unexpected),
        "differences": [member(each, known) for each in comparison.differences],
        "doubtful": [member(each, known) for each in comparison.doubtful],
        "old_only": [_safe(each, known) for each in comparison.old_only],
        "new_only": [_safe(each, known) for each in comparison.new_only],
        "notes": [_safe(each, known) for each in comparison.notes],
    }


def member(each: Difference, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """A difference as a JSON value."""
    known = frozenset(secrets)
    return {
        "what": each.what.value,
        "where": _safe(each.where, known),
        "text": _safe(each.text, known),
        "old": _side(each.old, known),
        "new": _side(each.new, known),
        "asked": _safe(each.asked, known),
        "times": each.times,
        "expected": each.expected,
        "numbers": list(each.numbers),
    }


def _side(text: str, known: frozenset[str]) -> str:
    """What one side shows, as far as it is told; cut when nothing secret is left in it."""
    safe = _safe(text, known)
    return f"{safe[:_LONGEST]}…" if len(safe) > _LONGEST else safe


def _safe(text: str, known: frozenset[str]) -> str:
    return printable(redact_text(text, known))
