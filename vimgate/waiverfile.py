"""The file of waivers that a person writes: YAML, checked before anything is sent to a target."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from reference_server.rulebooks import RELEASES
from reports.model import Waiver
from spec.documents import DocumentError, check, parse, read_bytes, refuse, text_of
from vimgate.exits import WrongUse


@dataclass(frozen=True, slots=True)
class Given:
    """The waivers of a file, and the SHA-256 of its bytes in hex."""

    waivers: tuple[Waiver, ...]
    digest: str


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order. Raises DocumentError."""
    return _given(path).waivers


def _given(path: Path) -> Given:
    """What a file says, read once: it may be a pipe."""
    data = read_bytes(path)
    text = text_of(data, str(path))
    value = parse(text, str(path))
    check(value, _schema(), name=str(path), text=text)
    entries: list[dict[str, str]] = value["waivers"]
    refuse(_problems(entries), name=str(path), text=text)
    return Given(tuple(Waiver(**entry) for entry in entries), hashlib.sha256(data).hexdigest())


def waivers_of(path: Path | None) -> tuple[Waiver, ...] | None:
    """The waivers of a file that was named; None when none was. Raises WrongUse."""
    given = given_in(path)
    return None if given is None else given.waivers


def given_in(path: Path | None) -> Given | None:
    """The waivers of a file that was named, and its digest; None when none was. Raises WrongUse."""
    try:
        return None if path is None else _given(path)
    except DocumentError as error:
        raise WrongUse(str(error)) from error


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((files("reports") / "waivers.schema.json").read_text(encoding="utf-8"))
    return schema


def _problems(entries: list[dict[str, str]]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the schema cannot say: where it is, and what to write instead."""
    seen: dict[tuple[str, ...], int] = {}
    for number, entry in enumerate(entries):
        try:
            date.fromisoformat(entry["expires"])
        except ValueError:
            yield ("waivers", number, "expires"), f"{entry['expires']} is no day; write one such as 2027-03-31"
        if (release := entry.get("release", "published")) not in RELEASES:
            yield ("waivers", number, "release"), f"there is no release {release!r}; write one of {', '.join(RELEASES)}"
        covers = tuple(entry.get(name, "") for name in ("requirement", "kind", "state", "release"))
        first = seen.setdefault(covers, number)
        if first != number:
            yield ("waivers", number), f"covers the same as waiver {first + 1} of the file; keep one of them"
