"""The engine's part of a merged rulebook as frozen values.

What the schema cannot say is checked here, each error with file and line.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from string import Formatter
from types import MappingProxyType
from typing import Any, Final

from reference_server.engine.planning.recipes import CONDITIONS
from reference_server.engine.reasons import NAMES, Reason
from reference_server.engine.rulebook import WORKER, Choices, Entities, Quirks, RecipeStep, Rulebook
from reference_server.engine.words import Kind, StageName, StepName
from reference_server.rulebooks.files import Merged
from reference_server.rulebooks.generic_rules import generic_kinds, generic_problems, generic_timeouts, generic_undo
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
    worker_word = value.get("words", {}).get(WORKER, WORKER)
    return Rulebook(
        release=value["release"],
        step_timeouts=_frozen(
            {StepName(name): seconds for name, seconds in generic_timeouts(merged).items() if "/" not in name}
        ),
        recipes=_frozen(
            {
                key: tuple(_recipe_step(line, value["timeouts"]) for line in lines)
                for key, lines in value["recipes"].items()
            }
        ),
        stage_names=_frozen({key: _stage_name(key, worker_word) for key in value["recipes"]}),
        ignored_alarms=_frozen({Kind(kind): tuple(ids) for kind, ids in value.get("ignored_alarms", {}).items()}),
        undo=_frozen(
            {
                StepName(step): StepName(undo)
                for step, undo in (*value.get("undo", {}).items(), *generic_undo(merged).items())
            }
        ),
        reasons=_frozen({Reason(reason): text for reason, text in value["reasons"].items()}),
        quirks=Quirks(**value.get("quirks", {})),
        choices=Choices(**value.get("choices", {})),
        worker_word=worker_word,
        generic=generic_kinds(merged),
    )


def _stage_name(key: str, worker_word: str) -> StageName:
    """The name of the stage of that recipe, in the word of the release for workers."""
    return StageName(key.partition(".")[0].replace(WORKER, worker_word))


def _recipe_step(line: str | Mapping[str, Any], timeouts: Mapping[str, int]) -> RecipeStep:
    said = _said(line)
    step = said["step"]
    return RecipeStep(
        step=StepName(step.partition("/")[0]),
        timeout=said.get("timeout", timeouts.get(step, 0)),
        entities=Entities(said.get("entities", Entities.NONE)),
        when=tuple(said.get("when", ())),
        retries=said.get("retries", 0),
    )


def _said(line: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """A recipe line in its long form."""
    return {"step": line} if isinstance(line, str) else line


def _frozen[Key, Value](mapping: dict[Key, Value]) -> Mapping[Key, Value]:
    return MappingProxyType(mapping)


def _problems(merged: Merged) -> Iterator[str]:
    """What the schema cannot say: unknown words, missing recipes, timeouts and reasons, texts that name strangers."""
    for section, (word, known, name_of) in _KEYS.items():
        for key in merged.value.get(section, {}):
            if name_of(key) not in known:
                yield f"{merged.at(section, key)}: {_unknown(word, name_of(key), known)}"
    yield from _recipe_problems(merged)
    yield from _reason_problems(merged)
    yield from generic_problems(merged)
    for step, undo in merged.value.get("undo", {}).items():
        yield from (f"{merged.at('undo', step)}: {problem}" for problem in _step_problems(undo, merged))


def _recipe_problems(merged: Merged) -> Iterator[str]:
    recipes = merged.value.get("recipes", {})
    for key in RECIPE_KEYS:
        if key not in recipes:
            yield f"{merged.name}: /recipes: the recipe {key} is missing; write it, or extend a rulebook that has it"
    for key, lines in recipes.items():
        for number, line in enumerate(lines):
            yield from (
                f"{merged.at('recipes', key, number)}: {problem}" for problem in _line_problems(_said(line), merged)
            )


def _reason_problems(merged: Merged) -> Iterator[str]:
    for reason in Reason:
        if reason not in merged.value.get("reasons", {}):
            yield f"{merged.name}: /reasons: the reason {reason} is missing; write its text, or extend a rulebook"
    for reason, text in merged.value.get("reasons", {}).items():
        yield from (f"{merged.at('reasons', reason)}: {problem}" for problem in _text_problems(reason, text))


def _line_problems(said: Mapping[str, Any], merged: Merged) -> Iterator[str]:
    yield from _step_problems(said["step"], merged, own_timeout="timeout" in said)
    for name in said.get("when", ()):
        if name not in CONDITIONS:
            yield _unknown("condition", name, CONDITIONS)
    if "retries" in said and said["step"] != StepName.UNLOCK_HOSTS:
        yield f"{said['step']} is not tried again, only {StepName.UNLOCK_HOSTS} is; remove retries"


def _text_problems(reason: str, text: str) -> Iterator[str]:
    """Braces that name what the engine does not know of the case."""
    if reason not in _REASONS:
        return
    names = NAMES[Reason(reason)]
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        yield f"{error}; write a brace that is meant as text twice"
        return
    for _, used, form, conversion in parts:
        if used is not None and (used not in names or form or conversion):
            known = ", ".join(f"{{{name}}}" for name in names) or "nothing"
            yield f"{{{used}}} cannot stand there; in braces it may name {known}"


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
_REASONS: Final = tuple(map(str, Reason))

# What the keys of each section are: a word for it, those that are known, and the name within a key.
_KEYS: Final[Mapping[str, tuple[str, Collection[str], Callable[[str], str]]]] = {
    "timeouts":       ("step",   _STEPS,                                       _step_name),
    "recipes":        ("recipe", RECIPE_KEYS,                                  str),
    "undo":           ("step",   _STEPS,                                       str),
    "ignored_alarms": ("kind",   tuple(map(str, Kind)),                        str),
    "reasons":        ("reason", _REASONS,                                     str),
    "quirks":         ("quirk",  tuple(field.name for field in fields(Quirks)), str),
}  # fmt: skip
