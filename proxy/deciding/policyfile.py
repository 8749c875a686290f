"""The policy in a file that a person wrote, laid over the shipped one; every error names file, line and what to write.

What a file leaves out is as in `policy.yaml`. A requirement id that the ledger does not know, one that nobody can
break, and a pattern that fits none are errors, so that a slip of the pen never leaves a door open.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from conformance.objections import DEMAND_REFUSAL
from proxy.deciding.policy import Freeze, Grid, Policy
from proxy.traffic import Action, Direction
from reports.model import Level, Strength
from spec.documents import DocumentError, check, line_of, parse, read_text
from spec.ledger import Ledger
from spec.load import load_ledger

# What a file calls the directions.
NAMES: Final[Mapping[str, Direction]] = {"requests": Direction.REQUEST, "answers": Direction.RESPONSE}
# Nobody breaks a permission.
BINDING: Final = (Strength.MUST, Strength.SHOULD)

type Places = Mapping[str, tuple[Strength, Level]]


def default_policy(ledger: Ledger | None = None) -> Policy:
    """The shipped policy over a ledger; None: the published one. Raises DocumentError when its file is damaged."""
    return _policy(_shipped(), ledger or load_ledger())


def read_policy(path: Path, ledger: Ledger | None = None) -> Policy:
    """The policy of a file over a ledger; None: the published one. Raises DocumentError."""
    text = read_text(path)
    value = parse(text, str(path))
    check(value, policy_schema(), name=str(path), text=text)
    known = ledger or load_ledger()
    if problems := [
        f"{path}:{line_of(text, ('requirements', pattern)) or 1}: {problem}"
        for pattern, problem in _problems(value.get("requirements", {}), known)
    ]:
        raise DocumentError("\n".join(problems))
    return _policy(_laid_over(_shipped(), value), known)


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    schema: dict[str, Any] = json.loads(_own_file("policy.schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def _shipped() -> dict[str, Any]:
    path = _own_file("policy.yaml")
    text = read_text(path)
    value: dict[str, Any] = parse(text, str(path))
    check(value, policy_schema(), name=str(path), text=text)
    return value


def _laid_over(below: Any, above: Any) -> Any:
    """Objects are laid over each other member by member; of anything else the upper one counts."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{name: _laid_over(below.get(name), value) for name, value in above.items()}}


def _policy(value: Mapping[str, Any], ledger: Ledger) -> Policy:
    places = _places(ledger)
    return Policy(
        grid=_grid(value),
        places=places,
        exceptions={
            direction: dict(_exceptions(value["requirements"], name, places[direction]))
            for name, direction in NAMES.items()
        },
        as_last_seen=Action(value["as-last-seen"]),
        freezes=tuple(map(_freeze, value["freeze"])),
    )


def _grid(value: Mapping[str, Any]) -> Grid:
    return {
        direction: {strength: {level: Action(value[name][strength][level]) for level in Level} for strength in BINDING}
        for name, direction in NAMES.items()
    }


def _places(ledger: Ledger) -> dict[Direction, Places]:
    """What can be broken: by a request what demands a refusal, by an answer everything that is checked."""
    binding = [each for each in ledger.checked if each.strength in BINDING]
    return {
        direction: {
            each.id: (Strength(each.strength), Level(each.level))
            for each in binding
            if direction is Direction.RESPONSE or each.check in DEMAND_REFUSAL
        }
        for direction in Direction
    }


def _exceptions(given: Mapping[str, Any], name: str, places: Places) -> Iterator[tuple[str, Action]]:
    for pattern, action in given.items():
        word = action.get(name) if isinstance(action, dict) else action
        if word is not None:
            yield from ((each, Action(word)) for each in places if fnmatchcase(each, pattern))


def _freeze(entry: Mapping[str, Any]) -> Freeze:
    return Freeze(
        frozenset(entry["wishes"]),
        frozenset(entry["while"]),
        Action(entry.get("unknown", Action.PASS)),
        entry.get("reason", ""),
    )


def _problems(given: Mapping[str, Any], ledger: Ledger) -> Iterator[tuple[str, str]]:
    """The patterns that lead nowhere, and what to write instead."""
    places = _places(ledger)
    for pattern, action in given.items():
        if not any(fnmatchcase(each, pattern) for each in places[Direction.RESPONSE]):
            yield pattern, _nothing(pattern, ledger, list(places[Direction.RESPONSE]))
            continue
        wanted = [NAMES[name] for name in action] if isinstance(action, dict) else []
        if Direction.REQUEST in wanted and not any(fnmatchcase(each, pattern) for each in places[Direction.REQUEST]):
            yield pattern, f"{pattern}: no request can break it, only an answer; write `answers` alone"


def _nothing(pattern: str, ledger: Ledger, ids: list[str]) -> str:
    if pattern in ledger.by_id:
        idle = "a permission, which nobody breaks" if ledger.by_id[pattern].check is not None else "checked by nothing"
        return f"{pattern} is {idle}; leave it out"
    areas = dict.fromkeys(f"{each.rpartition('-')[0]}-*" for each in ids)
    near = difflib.get_close_matches(pattern, [*ids, *areas], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`vimgate spec requirements` lists the ids"
    return f"{pattern} names no requirement that anybody can break; {hint}"


def _own_file(name: str) -> Path:
    return Path(str(files("proxy.deciding").joinpath(name)))
