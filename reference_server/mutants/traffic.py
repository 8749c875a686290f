"""Requests and answers as frozen values, so that a mutant can be a function of them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

type Headers = tuple[tuple[str, str], ...]
type Members = dict[str, Any]

_BELOW: Final = "/api/orchestration/"
_ROLES: Final[Mapping[tuple[str, str], str]] = {
    ("GET", "strategy"): "get",
    ("POST", "strategy"): "create",
    ("DELETE", "strategy"): "delete",
    ("POST", "strategy/actions"): "act",
}
_NO_JSON: Final = object()


@dataclass(frozen=True)
class Asked:
    """One request; `path` is decoded, `query` and the values of `headers` (by their name in small letters) are not."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def kind(self) -> str:
        """`sw-patch` or `sw-upgrade` below such a path, else empty."""
        return self.path.removeprefix(_BELOW).partition("/")[0] if self.path.startswith(_BELOW) else ""

    @cached_property
    def role(self) -> str:
        """What it wants of a strategy: `get`, `create`, `delete` or `act`; empty for everything else."""
        rest = self.path.removeprefix(_BELOW).partition("/")[2].removesuffix("/")
        return _ROLES.get((self.method, rest), "") if self.kind in ("sw-patch", "sw-upgrade") else ""

    @cached_property
    def json(self) -> Any:
        """The JSON value of the body; None when it has none."""
        value = _parsed(self.body)
        return None if value is _NO_JSON else value

    @property
    def members(self) -> Members:
        """The members of the body; empty when it is no object."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def action(self) -> Any:
        """The member `action` of the body of an action, else None."""
        return self.members.get("action") if self.role == "act" else None

    def with_json(self, value: Any) -> "Asked":
        """The same with that JSON value as its body."""
        headers = {**self.headers, "content-type": "application/json"}
        return replace(self, body=json.dumps(value).encode(), headers=headers)

    def with_members(self, **members: Any) -> "Asked":
        """The same with those members in its body (`_` for `-`), added or replaced."""
        return self.with_json({**self.members, **{name.replace("_", "-"): value for name, value in members.items()}})


@dataclass(frozen=True)
class Answer:
    """One answer. Content-Length is made when it is sent; an ETag follows the body."""

    status: int
    headers: Headers
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The JSON value of the body; None when it has none."""
        value = _parsed(self.body)
        return None if value is _NO_JSON else value

    @property
    def succeeded(self) -> bool:
        """It is a 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - the class of successes

    @property
    def strategy(self) -> Members | None:
        """The strategy of a success, if it shows one."""
        value = self.json if self.succeeded and isinstance(self.json, dict) else {}
        return value["strategy"] if isinstance(value.get("strategy"), dict) else None

    def with_status(self, status: int) -> "Answer":
        """The same with another status."""
        return replace(self, status=status)

    def with_body(self, body: bytes, media_type: str | None = None) -> "Answer":
        """The same with another body, and another Content-Type if one is given."""
        answer = replace(self, body=body)
        return answer if media_type is None else answer.with_header("Content-Type", media_type)

    def with_json(self, value: Any) -> "Answer":
        """The same with that JSON value as its body."""
        return self.with_body(json.dumps(value).encode(), "application/json")

    def with_header(self, name: str, value: str | None) -> "Answer":
        """The same with that header, or without it."""
        others = tuple(header for header in self.headers if header[0].lower() != name.lower())
        return replace(self, headers=others if value is None else (*others, (name, value)))

    def with_document(self, edit: Callable[[Members], Members | None]) -> "Answer":
        """The same with an edited JSON object, if it has one; `edit` gets a fresh copy: what it returns, or that."""
        if not isinstance(self.json, dict):
            return self
        fresh: Members = json.loads(self.body)
        edited = edit(fresh)
        return self.with_json(fresh if edited is None else edited)

    def with_strategy(self, edit: Callable[[Members], Members | None]) -> "Answer":
        """The same with an edited strategy, if it shows one; `edit` gets a fresh copy: what it returns, or that."""
        if self.strategy is None:
            return self
        value = json.loads(self.body)
        edited = edit(value["strategy"])
        return self.with_json(value if edited is None else {**value, "strategy": edited})


def json_answer(value: Any, status: int = 200) -> Answer:
    """An answer with a JSON value."""
    return Answer(status, (), b"").with_json(value)


def refusal(status: int, text: str) -> Answer:
    """A fault as the clean server would write it."""
    code = "Client" if status < 500 else "Server"  # noqa: PLR2004 - the class of server errors
    return json_answer({"faultcode": code, "faultstring": text, "debuginfo": None}, status)


def phases_of(strategy: Members) -> list[Members]:
    """The three phases of a strategy document."""
    return [strategy[f"{name}-phase"] for name in ("build", "apply", "abort")]


def stages_of(strategy: Members) -> list[Members]:
    """All stages of a strategy document."""
    return [stage for phase in phases_of(strategy) for stage in phase["stages"]]


def steps_of(strategy: Members) -> list[Members]:
    """All steps of a strategy document."""
    return [step for stage in stages_of(strategy) for step in stage["steps"]]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NO_JSON
