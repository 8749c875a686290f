"""What is known of a requirement as text for people, and as a JSON value."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from vimgate.explaining.facts import Facts, Otherwise

_WIDTH: Final = 110
_LABEL: Final = 13  # columns of a label
_MOST: Final = 6
_CHANGED: Final = {"lifts": "lifts it", "changes": "changes it", "adds": "adds it", "keeps": "breaks it, and it stays"}


def as_text(facts: Facts) -> str:
    """The text, without a newline at its end."""
    requirement = facts.requirement
    lines = [f"{requirement.id}  {requirement.strength}, level {requirement.level}"]
    lines += _wrapped(requirement.text, "  ")
    lines += [""]
    for label, text in _rows(facts):
        lines += _wrapped(text, "  " + " " * _LABEL, f"  {label:<{_LABEL}}")
    if facts.violation is not None:
        lines += ["", "  Broken, for example, by", *_violation(facts)]
    lines += ["", "  What to do", *(line for each in facts.todo for line in _todo(each))]
    return "\n".join(lines)


def _rows(facts: Facts) -> Iterator[tuple[str, str]]:
    requirement = facts.requirement
    yield "source", facts.source
    if requirement.excluded is not None:
        yield "not judged", requirement.excluded
    if requirement.check is not None:
        yield "check", f"{requirement.check}: {facts.says}"
    if facts.parameters:
        yield "parameters", "; ".join(facts.parameters)
    for index, mutant in enumerate(facts.breaking[:_MOST]):
        yield "" if index else "mutants", f"{mutant.name}: {mutant.defect}"
    rest = [each.name for each in facts.breaking[_MOST:]]
    if rest:
        yield "", f"and {_some(rest)}"
    if facts.others:
        yield "" if facts.breaking else "mutants", f"the check also catches {_some(facts.others)}"
    for each in facts.otherwise:
        yield "release", _of_release(each)


def _of_release(otherwise: Otherwise) -> str:
    deviation = otherwise.deviation
    said = f"The document: {deviation.document} Deployments: {deviation.deployment}"
    return f"{otherwise.release} {_CHANGED[otherwise.verb]} ({deviation.id}). {said}"


def _violation(facts: Facts) -> Iterator[str]:
    violation = facts.violation
    if violation is None:
        return
    for line in violation.seen:
        yield from _wrapped(line, "        ", "    ")
    yield ""
    yield from _wrapped(violation.message, "    ")
    for name in ("where", "expected", "actual"):
        if value := getattr(violation, name):
            yield from _wrapped(value, " " * 16, f"      {name:<10}")


def _todo(text: str) -> Iterable[str]:
    sentence, colon, command = text.partition(": ")
    if colon and "vimgate " in command:
        return (f"    {sentence}:", f"      {command}")
    return _wrapped(text, "    ")


def _wrapped(text: str, indent: str, first: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _some(names: Iterable[str]) -> str:
    every = list(names)
    rest = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(every[:_MOST]) + rest


def as_json(facts: Facts) -> Mapping[str, Any]:
    """The JSON value: members of the ledger, and what is known beside it."""
    requirement = facts.requirement
    members = ("id", "strength", "level", "text", "source", "check", "excluded", "deviation")
    return {
        **{name: getattr(requirement, name) for name in members},
        "release": facts.release,
        "lines": list(requirement.lines),
        "says": facts.says,
        "parameters": dict(requirement.parameters),
        "parameters_in_words": list(facts.parameters),
        "mutants": [each.name for each in facts.breaking],
        "also_caught": list(facts.others),
        "releases": [
            {"release": each.release, "effect": each.verb, **_told(asdict(each.deviation))} for each in facts.otherwise
        ],
        "violation": _told(asdict(facts.violation)) if facts.violation is not None else None,
        "todo": list(facts.todo),
    }


def _told(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in members.items()}
