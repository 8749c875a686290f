"""A world file as text: one line for each entry, and behind it why it is there."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from reference_server.worlds.surmise.guess import Entry, Surmise

_PLAIN: Final = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)


def world_text(world: Surmise, source: str) -> str:
    """The YAML of a surmised world."""
    return "".join(f"{line}\n" for line in _lines(world, source))


def _lines(world: Surmise, source: str) -> Iterator[str]:
    yield from _comment(f"What can be known of a deployment from {source}.")
    yield "# Behind each entry that no stage says plainly stands why it is there. Not known at all:"
    for unknown in world.unknown:
        yield from _comment(f"- {unknown}")
    for name, entry in world.members.items():
        yield f"{name}: {_flow(entry.value)}{_behind(entry)}"
    for name, entries in world.lists.items():
        if entries:
            yield f"{name}:"
        for entry in entries:
            yield f"  - {_flow(entry.value)}{_behind(entry)}"


def _behind(entry: Entry) -> str:
    return f"  # {_one_line(entry.why)}" if entry.why else ""


def _comment(text: str) -> Iterator[str]:
    yield f"# {_one_line(text)}"


def _one_line(text: str) -> str:
    """The text without line ends and without characters that YAML does not allow."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value) if isinstance(value, str) else json.dumps(value)


def _scalar(text: str) -> str:
    """The text as it is where YAML reads it as text, else in quotes."""
    return text if _PLAIN.fullmatch(text) and yaml.safe_load(text) == text else json.dumps(text)
