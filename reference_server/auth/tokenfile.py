"""A file of tokens: read once, and known by their digests from then on.

What is wrong with the file is said with line and place, but never with a word of what stands there: it may be a token.
"""

import hmac
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from reference_server.auth.gate import HOME, Identity
from spec.documents import DocumentError, line_of, parse, read_text
from spec.schema import Schema

_MOST: Final = 10  # problems that are told at once
_WHOLE: Final = "a list `tokens:` with `token`, `user` and `roles` in each entry, and no token alone"
# What the schema's own patterns mean, in words.
_MEANINGS: Final = {
    "token": "8 to 4096 visible ASCII characters without a space, in quotes",
    "roles": "a list of different roles, each of letters, digits, '.', '_' and '-', such as [admin]",
    "user": "a name of 1 to 255 characters",
    "project": "a name of 1 to 64 characters",
    "oidc": "true or false",
    "expires": "a moment in UTC such as 2026-12-31T00:00:00Z",
}


@dataclass(frozen=True, slots=True)
class _Grant:
    digest: bytes
    identity: Identity
    is_oidc: bool
    expires: float  # seconds since 1970-01-01 UTC; infinity: never


class TokenFile:
    """The tokens of a file, as a `Source`. They expire by the real time of this machine, at whatever speed we run."""

    def __init__(self, grants: tuple[_Grant, ...], now: Callable[[], float] = time.time) -> None:
        self._grants = grants
        self._now = now

    @classmethod
    def read(cls, path: Path, now: Callable[[], float] = time.time) -> "TokenFile":
        """The tokens of a YAML or JSON file (tokens.schema.json). Raises DocumentError, which quotes nothing of it."""
        text = read_text(path)
        value = _parsed(text, str(path))
        problems = list(_problems(value)) or list(_doubles(value["tokens"]))
        if problems:
            raise DocumentError("\n".join(_located(str(path), text, problems)))
        return cls(tuple(_grant(entry) for entry in value["tokens"]), now)

    def __len__(self) -> int:
        """How many tokens there are."""
        return len(self._grants)

    def identify(self, token: str) -> Identity | None:
        """Whom the token belongs to. Takes as long for every token of a length, known or not: all are compared."""
        return self._find(token, is_oidc=False)

    def identify_oidc(self, token: str) -> Identity | None:
        """The same for a token of OpenID Connect: it is one of its own kind, and none of the others is one."""
        return self._find(token, is_oidc=True)

    def _find(self, token: str, *, is_oidc: bool) -> Identity | None:
        digest, found = _digest(token), None
        for grant in self._grants:
            if hmac.compare_digest(grant.digest, digest) and grant.is_oidc is is_oidc:
                found = grant
        return found.identity if found is not None and self._now() < found.expires else None


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _grant(entry: Mapping[str, Any]) -> _Grant:
    expires = _moment(entry["expires"]) if "expires" in entry else float("inf")
    is_oidc = entry.get("oidc", False)
    project = HOME if is_oidc else entry.get("project", HOME)
    return _Grant(
        _digest(entry["token"]), Identity(entry["user"], frozenset(entry["roles"]), project), is_oidc, expires
    )


def _moment(text: str) -> float:
    """Seconds since 1970-01-01 UTC. Raises ValueError for a date that is none."""
    return datetime.fromisoformat(text).timestamp()


@cache
def _schema() -> Schema:
    text = files("reference_server.auth").joinpath("tokens.schema.json").read_text(encoding="utf-8")
    return Schema(json.loads(text))


def _parsed(text: str, name: str) -> Any:
    """The value of the text; of what the parser has against it, only the line is told."""
    try:
        return parse(text, name)
    except DocumentError as error:
        line = re.match(r":\d+", str(error).removeprefix(name))
        raise DocumentError(
            f"{name}{line[0] if line else ''}: not YAML or JSON; write a list `tokens:` with `token`, `user` and "
            "`roles` in each entry, each member once, and put every token in quotes"
        ) from None


_Problem = tuple[tuple[str | int, ...], str]  # place in the file, what to write there


def _problems(value: Any) -> Iterator[_Problem]:
    """What the schema has against the value, and dates that no calendar has."""
    errors = _schema().errors(value)
    for error in errors:
        place = _known(error.pointer)
        member = place[2] if len(place) > 2 else ""  # noqa: PLR2004 - tokens, index, member
        whole = _WHOLE if not isinstance(value, dict) else error.expected
        yield place, f"expected {_MEANINGS.get(str(member), whole)}"
    if errors:
        return
    for index, entry in enumerate(value["tokens"]):
        try:
            _moment(entry.get("expires", "2000-01-01T00:00:00Z"))
        except (ValueError, OverflowError):
            yield ("tokens", index, "expires"), f"expected {_MEANINGS['expires']}"


def _doubles(tokens: list[Mapping[str, str]]) -> Iterator[_Problem]:
    first: dict[str, int] = {}
    for index, entry in enumerate(tokens):
        before = first.setdefault(entry["token"], index)
        if before != index:
            yield ("tokens", index, "token"), f"the same token as /tokens/{before}; give each entry a token of its own"


def _known(pointer: str) -> tuple[str | int, ...]:
    """The place of a pointer as far as the schema knows its words: the name of a strange member may be a token."""
    place: list[str | int] = []
    for depth, part in enumerate(pointer.split("/")[1:]):
        if depth in (1, 3) and part.isdecimal():
            place.append(int(part))
        elif (depth == 0 and part == "tokens") or (depth == 2 and part in _MEANINGS):  # noqa: PLR2004 - below an index
            place.append(part)
        else:
            break
    return tuple(place)


def _located(name: str, text: str, problems: list[_Problem]) -> Iterator[str]:
    """`file:line: /place: problem`, as everywhere."""
    told = sorted(set(problems))  # places of a depth are of a kind: numbers and words are never compared
    for place, problem in told[:_MOST]:
        line = line_of(text, place)
        where = "/" + "/".join(map(str, place)) if place else "the document"
        yield f"{name}{f':{line}' if line else ''}: {where}: {problem}"
    if len(told) > _MOST:
        yield f"{name}: and {len(told) - _MOST} more"
