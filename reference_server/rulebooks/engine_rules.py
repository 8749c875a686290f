"""The engine's part of a merged rulebook as frozen values.

What the schema cannot say is checked here, each error with file and line.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from reference_server.engine.planning.recipes import CONDITIONS
from reference_server.engine.rulebook import Entities, Quirks, RecipeStep, Rulebook
from reference_server.engine.words import Kind, StageName, StepName
from reference_server.rulebooks.files import Merged
from spec.documents import DocumentError

PATCH_VARIANTS: Final = ("in-service", "reboot")
_PATCHED: Final = (StageName.PATCH_CONTROLLERS, StageName.PATCH_STORAGE, StageName.PATCH_SWIFT, StageName.PATCH_WORKERS)
_UPGRADED: Final = (
    StageName.UPGRADE_CONTROLLERS,
    StageName.UPGRADE_STORAGE,
    StageName.UPGRADE_WORKERS,
    StageName.UPGRADE_COMPLETE,
)

RECIPE_KEYS: Final = (
    *(f"{stage}.{variant}" for stage in _PATCHED for variant in PATCH_VARIANTS),
    *(str(stage) for stage in _UPGRADED),
)
"""The recipes that every rulebook has, of its own or by what it extends."""


def build_rulebook(merged: Merged) -> Rulebook:
    """The engine rules of a merged rulebook. Raises DocumentError with every problem found."""
    problems = list(_problems(merged))
    if problems:
        raise DocumentError("\n".join(problems))
    value = merged.value
    return Rulebook(
        release=value["release"],
        step_timeouts=_frozen(
            {StepName(name): seconds for name, seconds in value["timeouts"].items() if "/" not in name}
        ),
        recipes=_frozen(
            {
                key: tuple(_recipe_step(line, value["timeouts"]) for line in lines)
                for key, lines in value["recipes"].items()
            }
        ),
        ignored_alarms=_frozen({Kind(kind): tuple(ids) for kind, ids in value.get("ignored_alarms", {}).items()}),
        undo=_frozen({StepName(step): StepName(undo) for step, undo in value.get("undo", {}).items()}),
        quirks=Quirks(**value.get("quirks", {})),
    )


def _recipe_step(line: str | Mapping[str, Any], timeouts: Mapping[str, int]) -> RecipeStep:
    said = _said(line)
    step = said["step"]
    return RecipeStep(
        step=StepName(step.partition("/")[0]),
        timeout=said.get("timeout", timeouts.get(step, 0)),
        entities=Entities(said.get("entities", Entities.NONE)),
        when=tuple(said.get("when", ())),
    )


def _said(line: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """A recipe line in its long form."""
    return {"step": line} if isinstance(line, str) else line


def _frozen[Key, Value](mapping: dict[Key, Value]) -> Mapping[Key, Value]:
    return MappingProxyType(mapping)


def _problems(merged: Merged) -> Iterator[str]:
    """What the schema cannot say: unknown words, missing recipes and timeouts."""
    for section, (word, known, name_of) in _KEYS.items():
        for key in merged.value.get(section, {}):
            if name_of(key) not in known:
                yield f"{merged.at(section, key)}: {_unknown(word, name_of(key), known)}"
    recipes = merged.value.get("recipes", {})
    for key in RECIPE_KEYS:
        if key not in recipes:
            yield f"{merged.name}: /recipes: the recipe {key} is missing; write it, or extend a rulebook that has it"
    for key, lines in recipes.items():
        for number, line in enumerate(lines):
            yield from (
                f"{merged.at('recipes', key, number)}: {problem}" for problem in _line_problems(_said(line), merged)
            )
    for step, undo in merged.value.get("undo", {}).items():
        yield from (f"{merged.at('undo', step)}: {problem}" for problem in _step_problems(undo, merged))


def _line_problems(said: Mapping[str, Any], merged: Merged) -> Iterator[str]:
    yield from _step_problems(said["step"], merged, own_timeout="timeout" in said)
    for name in said.get("when", ()):
        if name not in CONDITIONS:
            yield _unknown("condition", name, CONDITIONS)


def _step_problems(step: str, merged: Merged, *, own_timeout: bool = False) -> Iterator[str]:
    name = _step_name(step)
    if name not in _STEPS:
        yield _unknown("step", name, _STEPS)
    elif not own_timeout and step not in merged.value.get("timeouts", {}):
        yield f"there is no timeout for {step}; write its seconds under timeouts"


def _step_name(step: str) -> str:
    return step.partition("/")[0]


def _unknown(word: str, name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"unknown {word} {name!r}; " + (f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}")


_STEPS: Final = tuple(map(str, StepName))

# What the keys of each section are: a word for it, those that are known, and the name within a key.
_KEYS: Final[Mapping[str, tuple[str, Collection[str], Callable[[str], str]]]] = {
    "timeouts":       ("step",   _STEPS,                                       _step_name),
    "recipes":        ("recipe", RECIPE_KEYS,                                  str),
    "undo":           ("step",   _STEPS,                                       str),
    "ignored_alarms": ("kind",   tuple(map(str, Kind)),                        str),
    "quirks":         ("quirk",  tuple(field.name for field in fields(Quirks)), str),
}  # fmt: skip
