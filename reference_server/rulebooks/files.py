"""A rulebook file and those that it extends, merged into one value that knows where each thing was written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from spec.documents import DocumentError, check, line_of, parse, read_text

SHIPPED: Final = (
    "published",
    "stx-2018.10",
    "stx-2.0",
    "stx-3.0",
    "stx-4.0",
    "stx-5.0",
    "stx-6.0",
    "stx-7.0",
    "stx-8.0",
    "stx-9.0",
    "stx-10.0",
    "stx-11.0",
    "stx-12.0",
    "stx-master",
)
DEEPEST: Final = 20  # files that may extend one another
ANY: Final = "*"
# Merged by key, although they stand inside a section.
MERGED_DEEPER: Final = (
    ("wire", "texts"),
    ("wire", "creates"),
    ("wire", "creates", ANY),
    ("generic", "timeouts"),
    ("generic", "undo"),
)


@dataclass(frozen=True)
class Source:
    """The text of one rulebook file, for the lines in error messages."""

    name: str
    text: str

    def at(self, pointer: tuple[str | int, ...]) -> str:
        """`file:line: /pointer` of a place in the file."""
        line = line_of(self.text, pointer)
        return f"{self.name}{f':{line}' if line else ''}: /{'/'.join(map(str, pointer))}"


@dataclass(frozen=True)
class Merged:
    """A merged rulebook: its value and, by section and key, the file that said it."""

    name: str
    value: Mapping[str, Any]
    sources: Mapping[tuple[str, str], Source]

    def at(self, section: str, key: str, *further: str | int) -> str:
        """Where a value was written; the rulebook's own name for what nobody wrote."""
        source = self.sources.get((section, key))
        return source.at((section, key, *further)) if source else f"{self.name}: /{section}"


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of rulebook files."""
    loaded: Mapping[str, Any] = json.loads(_shipped("rulebook.schema.json").read_text(encoding="utf-8"))
    return loaded


def merge_file(path: Path, base: str | None = None) -> Merged:
    """The file with what it extends, or extends `base` when it does not say. Raises DocumentError.

    A bare name of a shipped file (`published.yaml`) without a `base` is read from the package.
    """
    chain = _chain(path, base)
    value: dict[str, Any] = {}
    sources: dict[tuple[str, str], Source] = {}
    for source, document in reversed(chain):
        for section, content in document.items():
            value[section] = _merge(value.get(section), content, (section,))
            if isinstance(content, dict):
                sources.update({(section, key): source for key in content})
    first, document = chain[0]
    return Merged(first.name, {**value, "release": document.get("release", path.stem)}, sources)


def _merge(older: Any, newer: Any, place: tuple[str, ...]) -> Any:
    if not (isinstance(older, dict) and isinstance(newer, dict)):
        return newer
    merged = dict(older)
    for key, content in newer.items():
        inside = (*place, key)
        merged[key] = _merge(older.get(key), content, inside) if _is_merged_deeper(inside) else content
    return merged


def _is_merged_deeper(place: tuple[str, ...]) -> bool:
    return any(
        len(known) == len(place) and all(word in (ANY, part) for word, part in zip(known, place, strict=True))
        for known in MERGED_DEEPER
    )


def _chain(path: Path, base: str | None) -> list[tuple[Source, dict[str, Any]]]:
    """The file and those that it extends, itself first."""
    chain: list[tuple[Source, dict[str, Any]]] = []
    source, folder = (_read_shipped(path.stem), Path()) if base is None else (_read(path), path.parent)
    while True:
        document = _document(source)
        chain.append((source, document))
        extended = document.get("extends", base)
        if extended is None:
            return chain
        if len(chain) == DEEPEST:
            raise DocumentError(
                f"{source.at(('extends',))}: more than {DEEPEST} rulebooks extend one another; does one extend itself?"
            )
        base = None
        source, folder = _extended(extended, folder, source)


def _extended(extended: str, folder: Path, source: Source) -> tuple[Source, Path]:
    if extended in SHIPPED:
        return _read_shipped(extended), Path()
    path = folder / extended
    if not path.is_file():
        shipped = ", ".join(SHIPPED)
        raise DocumentError(
            f"{source.at(('extends',))}: {extended!r} is neither a shipped release ({shipped}) "
            f"nor a file beside this one"
        )
    return _read(path), path.parent


def _document(source: Source) -> dict[str, Any]:
    value = parse(source.text, source.name)
    check(value, schema(), name=source.name, text=source.text)
    document: dict[str, Any] = value
    return document


def _read(path: Path) -> Source:
    return Source(str(path), read_text(path))


def _read_shipped(name: str) -> Source:
    return Source(f"rulebooks/{name}.yaml", _shipped(f"{name}.yaml").read_text(encoding="utf-8"))


def _shipped(name: str) -> Traversable:
    return files("reference_server.rulebooks").joinpath(name)
