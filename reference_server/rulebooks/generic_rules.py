"""The section `generic:` of a merged rulebook as frozen values; what the schema cannot say is an error of its own."""

from collections.abc import Iterator, Mapping
from string import Formatter
from types import MappingProxyType
from typing import Any, Final

from reference_server.engine.generic import ASKED
from reference_server.engine.planning.recipes import CONDITIONS
from reference_server.engine.rulebook import Contradiction, Entities, GenericKind, GenericStage, Group, RecipeStep
from reference_server.engine.words import Kind, StepName
from reference_server.rulebooks.files import Merged

TIMEOUTS: Final = "timeouts"
UNDO: Final = "undo"
SHARED: Final = (TIMEOUTS, UNDO)
"""What of the section is not about one kind."""


def generic_kinds(merged: Merged) -> Mapping[Kind, GenericKind]:
    """The kinds of the section. A kind that is null is none of them any more."""
    section = merged.value.get("generic", {})
    seconds = generic_timeouts(merged)
    return MappingProxyType(
        {Kind(kind): _kind(said, seconds) for kind, said in section.items() if kind not in SHARED and said is not None}
    )


def generic_timeouts(merged: Merged) -> Mapping[str, int]:
    """Seconds by step, or step/variant, for generic stages: those of the section before those of the rulebook."""
    return {**merged.value.get("timeouts", {}), **merged.value.get("generic", {}).get(TIMEOUTS, {})}


def generic_undo(merged: Merged) -> Mapping[str, str]:
    """Undo step by step of the section."""
    undo: Mapping[str, str] = merged.value.get("generic", {}).get(UNDO, {})
    return undo


def _kind(said: Mapping[str, Any], seconds: Mapping[str, int]) -> GenericKind:
    texts = {key: said[key] for key in ("alarms", "nothing") if key in said}
    return GenericKind(
        _stage(said["build"], seconds),
        tuple(_stage(stage, seconds) for stage in said["stages"]),
        tuple(Contradiction(tuple(each["when"]), each["reason"]) for each in said.get("contradictions", ())),
        **texts,
    )


def _stage(said: Mapping[str, Any], seconds: Mapping[str, int]) -> GenericStage:
    return GenericStage(
        name=said["stage"],
        steps=tuple(_line(line, seconds) for line in said["steps"]),
        each=tuple(_line(line, seconds) for line in said.get("each", ())),
        groups=tuple(map(Group, said.get("hosts", ()))),
        when=tuple(said.get("when", ())),
    )


def _line(line: str | Mapping[str, Any], seconds: Mapping[str, int]) -> RecipeStep:
    said = _said(line)
    step = said["step"]
    return RecipeStep(
        step=StepName(step.partition("/")[0]),
        timeout=said.get("timeout", seconds.get(step, 0)),
        entities=Entities(said.get("entities", Entities.NONE)),
        when=tuple(said.get("when", ())),
    )


def _said(line: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"step": line} if isinstance(line, str) else line


# What the schema cannot say -------------------------------------------------------------------------------------------


def generic_problems(merged: Merged) -> Iterator[str]:
    """Unknown kinds and conditions, steps without a timeout, reasons that name strangers."""
    seconds = generic_timeouts(merged)
    for key, said in merged.value.get("generic", {}).items():
        if key in SHARED or said is None:
            continue
        if key not in tuple(Kind):
            yield f"{merged.at('generic', key)}: unknown kind {key!r}; write one of {', '.join(Kind)}"
            continue
        for stage in (said["build"], *said["stages"]):
            lines = [_said(line) for line in (*stage["steps"], *stage.get("each", ()))]
            yield from (f"{merged.at('generic', key)}: {each}" for each in _line_problems(lines, seconds))
        asked = [*said["stages"], *said.get("contradictions", ())]
        names = [name for each in asked for name in each.get("when", ())]
        yield from (
            f"{merged.at('generic', key)}: unknown condition {name!r}; write one of {', '.join(ASKED)}"
            for name in names
            if name not in ASKED
        )
        yield from (f"{merged.at('generic', key)}: {each}" for each in _text_problems(said.get("alarms", "")))
    for step, undo in generic_undo(merged).items():
        if undo not in seconds:
            yield f"{merged.at('generic', UNDO)}: there is no timeout for {undo}, which undoes {step}"


def _line_problems(lines: list[Mapping[str, Any]], seconds: Mapping[str, int]) -> Iterator[str]:
    for said in lines:
        if "timeout" not in said and said["step"] not in seconds:
            yield f"there is no timeout for {said['step']}; write its seconds under timeouts"
        for name in said.get("when", ()):
            if name not in ASKED and name not in CONDITIONS:
                yield f"unknown condition {name!r}; write one of {', '.join((*ASKED, *CONDITIONS))}"


def _text_problems(text: str) -> Iterator[str]:
    try:
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        yield f"alarms: {error}; write a brace that is meant as text twice"
        return
    if not names <= {"alarms", "quoted_alarms"}:
        yield "alarms: in braces the text may name {alarms} and {quoted_alarms}"
