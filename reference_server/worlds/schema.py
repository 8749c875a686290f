"""The JSON Schema of world files and of faults, and how problems beyond it are told."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from spec.documents import DocumentError, line_of

MOST_PROBLEMS: Final = 10  # are enough to act on


@cache
def world_schema() -> Mapping[str, Any]:
    """The JSON Schema of world files."""
    text = files("reference_server.worlds").joinpath("world.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


@cache
def faults_schema() -> Mapping[str, Any]:
    """The JSON Schema of a list of faults: a part of that of world files."""
    schema = world_schema()
    return {"$schema": schema["$schema"], **schema["properties"]["faults"], "$defs": schema["$defs"]}


def report(found: Iterable[tuple[tuple[str | int, ...], str]], name: str, text: str = "") -> None:
    """Raise DocumentError with the first problems, each with its pointer, and its line where there is a text."""
    told = [_located(problem, pointer, name, text) for pointer, problem in found]
    if told:
        rest = [f"{name}: and {len(told) - MOST_PROBLEMS} more"] if len(told) > MOST_PROBLEMS else []
        raise DocumentError("\n".join(told[:MOST_PROBLEMS] + rest))


def _located(problem: str, pointer: tuple[str | int, ...], name: str, text: str) -> str:
    line = line_of(text, pointer) if text else None
    return f"{name}{f':{line}' if line else ''}: /{'/'.join(map(str, pointer))}: {problem}"
