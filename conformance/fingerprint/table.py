"""The table of signs as frozen values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from conformance.caller import Caller
from spec.documents import DocumentError, check, parse

FILE: Final = "signs.yaml"
PUBLISHED: Final = "published"


@dataclass(frozen=True, slots=True)
class Question:
    """A request that changes nothing. An empty `accept` means that of a client of the API."""

    method: str
    path: str
    query: str
    accept: str
    caller: Caller

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that can be seen of a deployment.

    `shows` has, for each release of which that is known, the values that it shows, each as likely; `values` are all of
    them. `error` is how likely a deployment shows another one all the same, `weight` how much of the evidence counts.
    `asked` and `text` are for people; `needs` says what has to be there, in a word of the table.
    """

    id: str
    text: str
    asked: str
    needs: str
    reading: str
    of: str
    error: float
    weight: float
    shows: Mapping[str, tuple[str, ...]]
    values: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Table:
    """All releases, from the oldest, and what tells them apart.

    `prior` is how likely none of the releases is before anything is seen, `strange` how often such a deployment shows
    what no release does. `needs` says, by words of the signs, what to do when a sign was not seen.
    """

    releases: tuple[str, ...]
    prior: float
    strange: float
    needs: Mapping[str, str]
    questions: tuple[Question, ...]
    signs: tuple[Sign, ...]


@cache
def load_table() -> Table:
    """The table that is shipped. Raises DocumentError."""
    folder = files("conformance.fingerprint")
    return read_table(
        folder.joinpath(FILE).read_text(encoding="utf-8"),
        json.loads(folder.joinpath("signs.schema.json").read_text(encoding="utf-8")),
    )


def read_table(text: str, schema: Mapping[str, Any]) -> Table:
    """The table of a text. Raises DocumentError, with the lines that are wrong."""
    value = parse(text, FILE)
    check(value, schema, name=FILE, text=text)
    releases = tuple(value["releases"])
    signs = tuple(_sign(each, releases) for each in value["signs"])
    for sign in signs:
        if sign.needs not in value["needs"]:
            raise DocumentError(f"{FILE}: {sign.id} needs {sign.needs!r}; write one of {', '.join(value['needs'])}")
    return Table(
        releases=releases,
        prior=value["strange"]["prior"],
        strange=value["strange"]["answers"],
        needs=MappingProxyType(value["needs"]),
        questions=tuple(_question(each) for each in value["questions"]),
        signs=signs,
    )


def _question(value: Mapping[str, str]) -> Question:
    return Question(
        method=value.get("method", "GET"),
        path=value["path"],
        query=value.get("query", ""),
        accept=value.get("accept", ""),
        caller=Caller(value.get("caller", Caller.OURS)),
    )


def _sign(value: Mapping[str, Any], releases: tuple[str, ...]) -> Sign:
    ((reading, of),) = value["reading"].items()
    shows = _shown(value, releases)
    return Sign(
        id=value["id"],
        text=value["sign"],
        asked=value["asked"],
        needs=value["needs"],
        reading=reading,
        of=of,
        error=value["error"],
        weight=value.get("weight", 1.0),
        shows=MappingProxyType(shows),
        values=frozenset(value for values in shows.values() for value in values),
        source=value["source"],
    )


def _shown(value: Mapping[str, Any], releases: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    since: Mapping[str, Any] = value["since"]
    if unknown := [release for release in since if release not in releases]:
        raise DocumentError(f"{FILE}: {value['id']} names {unknown[0]!r}; write one of {', '.join(releases)}")
    now: Any = None
    every: dict[str, Any] = {PUBLISHED: value.get(PUBLISHED)}
    for release in releases[1:]:
        now = since.get(release, now)
        every[release] = now
    return {
        release: tuple(shown) if isinstance(shown, list) else (shown,)
        for release, shown in every.items()
        if shown is not None
    }
