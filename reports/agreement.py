"""Where a report says something else than another of the same run, in sentences; pure.

What was not recomputed is left out.
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

from reports import gate
from reports.model import Report, Result, Verdict

# Members of a result, in the words that tell of them.
_WORDS: Final = {
    "checked": "how often it was looked at",
    "reason": "the reason",
    "findings": "the findings",
    "more": "how many more findings there are",
    "circumstances": "under which circumstances it was found",
    "waived": "what is waived",
    "text": "the text",
    "source": "the source",
    "strength": "the strength",
    "level": "the level",
}
_LISTS: Final = {"notes": "notes", "coverage": "edges of the state graph", "strategies": "strategies"}
_SHOWN: Final = 80


def disagreements(
    said: Report, found: Report, uncertain: frozenset[str] = frozenset(), blurred: frozenset[str] = frozenset()
) -> Iterator[str]:
    """What `said` says otherwise than `found`, the header aside.

    `uncertain` requirements are not compared, nor are `blurred` members of the report.
    """
    yield from _results(said, found, uncertain)
    for name in _LISTS:
        if name not in blurred and getattr(said, name) != getattr(found, name):
            yield f"the {_LISTS[name]} of the report are not those that the evidence comes to"
    if "reached" not in blurred:
        yield from _whole(said, found)


def _whole(said: Report, found: Report) -> Iterator[str]:
    if said.reached != found.reached:
        yield f"the report reached the level {_told(said.reached)}; the evidence comes to {_told(found.reached)}"
    if gate.outcome(said) != gate.outcome(found):
        yield f"the report comes to {gate.outcome(said)}; the evidence comes to {gate.outcome(found)}"


def _results(said: Report, found: Report, uncertain: frozenset[str]) -> Iterator[str]:
    ours = {result.requirement: result for result in found.results}
    theirs = {result.requirement: result for result in said.results}
    for requirement in [*ours, *(each for each in theirs if each not in ours)]:
        if requirement in uncertain:
            continue
        if requirement not in theirs:
            yield f"{requirement}: the report has no result; the evidence comes to {ours[requirement].verdict.word}"
        elif requirement not in ours:
            yield f"{requirement}: the report says {theirs[requirement].verdict.word}; the evidence has nothing of it"
        else:
            yield from _members(theirs[requirement], ours[requirement])
    if list(ours) != list(theirs) and set(ours) == set(theirs):
        yield "the results of the report stand in another order"


def _members(said: Result, found: Result) -> Iterator[str]:
    if said.verdict is not found.verdict:
        yield f"{said.requirement}: the report says {said.verdict.word}; the evidence comes to {found.verdict.word}"
    for each in fields(Result):
        theirs, ours = getattr(said, each.name), getattr(found, each.name)
        if each.name in _WORDS and theirs != ours:
            yield f"{said.requirement}: {_WORDS[each.name]}: {_told(theirs)} in the report; {_told(ours)} recomputed"


def _told(value: Any) -> str:
    """A value in a few letters."""
    if isinstance(value, tuple):
        return str(len(value))
    if isinstance(value, Verdict):
        return value.word
    text = str(value) if value not in (None, "") else "none"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
