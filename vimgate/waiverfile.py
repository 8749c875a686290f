"""The file of waivers that a person writes: YAML, checked before anything is sent to a target."""

import json
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from reference_server.rulebooks import RELEASES
from reports.model import Waiver
from spec.documents import DocumentError, check, line_of, parse, read_text
from vimgate.exits import WrongUse


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order. Raises DocumentError."""
    text = read_text(path)
    value = parse(text, str(path))
    check(value, _schema(), name=str(path), text=text)
    entries: list[dict[str, str]] = value["waivers"]
    if problems := [
        f"{path}:{line_of(text, ('waivers', number, *where)) or 1}: {problem}"
        for number, where, problem in _problems(entries)
    ]:
        raise DocumentError("\n".join(problems))
    return tuple(Waiver(**entry) for entry in entries)


def waivers_of(path: Path | None) -> tuple[Waiver, ...] | None:
    """The waivers of a file that was named; None when none was. Raises WrongUse."""
    try:
        return None if path is None else read_waivers(path)
    except DocumentError as error:
        raise WrongUse(str(error)) from error


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((files("reports") / "waivers.schema.json").read_text(encoding="utf-8"))
    return schema


def _problems(entries: list[dict[str, str]]) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """What the schema cannot say: the number of the waiver, the member, and what to write instead."""
    seen: dict[tuple[str, ...], int] = {}
    for number, entry in enumerate(entries):
        try:
            date.fromisoformat(entry["expires"])
        except ValueError:
            yield number, ("expires",), f"{entry['expires']} is no day; write one such as 2027-03-31"
        if (release := entry.get("release", "published")) not in RELEASES:
            yield number, ("release",), f"there is no release {release!r}; write one of {', '.join(RELEASES)}"
        covers = tuple(entry.get(name, "") for name in ("requirement", "kind", "state", "release"))
        first = seen.setdefault(covers, number)
        if first != number:
            yield number, (), f"covers the same as waiver {first + 1} of the file; keep one of them"
