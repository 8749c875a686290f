"""The table of setups: what deployment stood behind each recorded line (setups.schema.json).

A recorded line tells what was asked and answered, not which hosts there were, what failed, or whose token was masked.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from reference_server.auth import Auth, TokenFile
from reference_server.exchanges.comparison import Aspect
from reference_server.exchanges.lines import Exchange
from reference_server.worlds.file import World, parse_world
from spec.documents import DocumentError, check, line_of, parse, read_text

_COUNTED: Final = re.compile(r"<(\d+) bytes>")  # what a recording keeps of a long body
_NAMED: Final = {
    "world": "worlds",
    "prepared": "preparations",
    "and-then": "preparations",
    "excluded": "excluded",
}  # member of a rule -> its table


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that has a reason. `number` is that of the decision record."""

    number: int
    aspects: frozenset[Aspect]
    because: str


@dataclass(frozen=True, slots=True)
class Setup:
    """What is to be done for one line. `token` stands for masked ones; with one the server asks for tokens."""

    world: World
    steps: tuple[Mapping[str, Any], ...]
    token: str | None
    body: Mapping[str, Any] | None
    excluded: str | None
    known: Known | None


class Setups:
    """The table, read and checked."""

    def __init__(self, value: Mapping[str, Any], name: str, auth: Auth | None) -> None:
        """`value` is valid under the schema. Raises DocumentError for a world that is none."""
        self.name = name
        self.auth = auth
        self.reasons: Mapping[str, str] = value.get("excluded", {})
        self._value = value
        self._worlds = {
            world: parse_world(document, f"{name}: /worlds/{world}") for world, document in value["worlds"].items()
        }
        self._known = {known.number: known for known in map(_known, value.get("known", ()))}

    @classmethod
    def read(cls, path: Path) -> "Setups":
        """The table of a YAML or JSON file. Raises DocumentError naming file, line and what is wrong."""
        text = read_text(path)
        value = parse(text, str(path))
        check(value, setups_schema(), name=str(path), text=text)
        problems = [
            f"{path}:{line_of(text, pointer) or 1}: /{'/'.join(map(str, pointer))}: {problem}"
            for pointer, problem in _problems(value)
        ]
        if problems:
            raise DocumentError("\n".join(problems))
        tokens = value.get("tokens")
        auth = Auth(TokenFile.read(path.parent / tokens)) if tokens else None
        return cls(value, str(path), auth)

    def setup_of(self, exchange: Exchange) -> Setup:
        """The setup of a line: what all rules that match say, later ones last. DocumentError: no rule gives a world."""
        said: dict[str, Any] = {}
        for rule in self._value["rules"]:
            if _matches(rule["for"], exchange):
                said |= rule
        if "world" not in said and "excluded" not in said:
            raise DocumentError(f"{exchange.place}: no rule of {self.name} gives a world to this line; write one")
        return Setup(
            world=self._worlds[said.get("world", next(iter(self._worlds)))],
            steps=(*self._steps(said.get("prepared")), *self._steps(said.get("and-then"))),
            token=said.get("token"),
            body=said.get("body"),
            excluded=said.get("excluded"),
            known=self._known[said["known"]] if "known" in said else None,
        )

    def _steps(self, name: str | None) -> Iterator[Mapping[str, Any]]:
        for step in self._value["preparations"][name] if name is not None else ():
            if "prepared" in step:
                yield from self._steps(step["prepared"])
            else:
                yield step


@cache
def setups_schema() -> Mapping[str, Any]:
    """The JSON Schema of the table."""
    text = files("reference_server.exchanges").joinpath("setups.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def body_of(recorded: str | None, override: Mapping[str, Any] | None, place: str) -> bytes | None:
    """The bytes of a recorded body, None for none; `override` where the recording has lost them. DocumentError."""
    counted = _COUNTED.fullmatch(recorded or "")
    if override is None:
        if counted:
            raise DocumentError(f"{place}: only the length of this body was recorded; write a rule with `body` for it")
        return recorded.encode() if recorded is not None else None
    if "text" in override:
        return str(override["text"]).encode(override.get("encoding", "utf-8"))
    parts = {part: text.encode() for part, text in override.items()}
    filled = _filled(parts, int(counted[1])) if counted else None
    if filled is None:
        raise DocumentError(f"{place}: the `body` of its rule cannot become {recorded!r}; correct its texts")
    return filled


def _filled(parts: Mapping[str, bytes], length: int) -> bytes | None:
    """`begin`, `fill` again and again, `end`; or `open`, then `close`, as often; of that length. None: cannot be."""
    begin, end = parts.get("begin", b""), parts.get("end", b"")
    opening, closing = parts.get("open", b""), parts.get("close", b"")
    fill = parts.get("fill", opening + closing)
    times, rest = divmod(length - len(begin) - len(end), len(fill))
    if times < 0 or rest:
        return None
    return begin + fill * times + end if "fill" in parts else opening * times + closing * times


def _known(value: Mapping[str, Any]) -> Known:
    return Known(value["number"], frozenset(map(Aspect, value["differs"])), value["because"])


def _matches(patterns: Mapping[str, Any], exchange: Exchange) -> bool:
    found = {
        "session": exchange.session,
        "state-before": exchange.state_before,
        "note": exchange.note,
        "answered-with": exchange.answer.media_type,
    }
    return all(_one_matches(pattern, found[name]) for name, pattern in patterns.items())


def _one_matches(patterns: str | list[str], text: str) -> bool:
    return any(_pattern(each).fullmatch(text) for each in ([patterns] if isinstance(patterns, str) else patterns))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)


def _problems(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Names that stand for nothing: pointer and problem."""
    numbers = {known["number"] for known in value.get("known", ())}
    for index, rule in enumerate(value["rules"]):
        for member, table in _NAMED.items():
            name = rule.get(member)
            if name is not None and name not in value.get(table, {}):
                yield ("rules", index, member), f"{name!r} is no name of `{table}`"
        if "known" in rule and rule["known"] not in numbers:
            yield ("rules", index, "known"), f"{rule['known']} is no number of `known`"
        if "token" in rule and "tokens" not in value:
            yield ("rules", index, "token"), "without `tokens` no server asks for one"
    seen: set[str] = set()
    for name, steps in value.get("preparations", {}).items():
        for index, step in enumerate(steps):
            if "prepared" in step and step["prepared"] not in seen:
                yield ("preparations", name, index), f"{step['prepared']!r} has to stand further up in `preparations`"
        seen.add(name)
