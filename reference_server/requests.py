"""From a JSON body to a request that the driver understands, under the wire rules of a release. Pure: no Flask.

A body is a table of members; each is read by a function: word, number, stage id or boolean (ENGINE.md 8.1 to 8.3).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reference_server.bodies import ABSENT, excerpt, json_type, python_type
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import AlarmRestrictions, ApplyType, InstanceAction, Kind
from reference_server.refusals import Refusal
from reference_server.wirerules import WireRules


class Verb(StrEnum):
    """What an action does; the stage is said apart (ENGINE.md 2.7, rule 2)."""

    APPLY = "apply"
    ABORT = "abort"


class Action(StrEnum):
    """The words of the `action` member."""

    APPLY_ALL = "apply-all"
    APPLY_STAGE = "apply-stage"
    ABORT = "abort"
    ABORT_STAGE = "abort-stage"


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """A validated action body. `stage_id` is None when the whole strategy is meant."""

    action: Action
    verb: Verb
    stage_id: int | None = None


_VERBS: Final = {
    Action.APPLY_ALL: Verb.APPLY,
    Action.APPLY_STAGE: Verb.APPLY,
    Action.ABORT: Verb.ABORT,
    Action.ABORT_STAGE: Verb.ABORT,
}
_MAX_PARALLEL: Final = "max-parallel-worker-hosts"
_STAGE_ACTIONS: Final = frozenset({Action.APPLY_STAGE, Action.ABORT_STAGE})


@dataclass(frozen=True, slots=True)
class _Member:
    """One member of a body: its name, how it is read, and for words which there are and what silence means."""

    name: str
    read: Callable[[object, "_Member", WireRules], Any]
    mandatory: bool = True
    words: Sequence[StrEnum] = ()
    silent: StrEnum | None = None


def parse_create(kind: Kind, body: object, wire: WireRules) -> StrategyRequest:
    """The request of a create body with its defaults. Raises Refusal (400, or what the release says)."""
    given = _read(body, _create_members(kind, wire), wire)
    low, high = wire.max_parallel[kind]
    if _MAX_PARALLEL in given and (given[_MAX_PARALLEL] is None or not low <= given[_MAX_PARALLEL] <= high):
        raise Refusal(400, wire.text("number_range", member=_MAX_PARALLEL, low=low, high=high))
    return StrategyRequest(kind=kind, **{name.replace("-", "_"): value for name, value in given.items()})


def parse_action(body: object, wire: WireRules) -> ActionRequest:
    """The request of an action body. Raises Refusal (400, or what the release says)."""
    given = _read(body, _ACTION_MEMBERS, wire)
    action = given["action"]
    if action in _STAGE_ACTIONS and "stage-id" not in given:
        raise Refusal(400, wire.text("stage_missing", action=action))
    stage_id = given.get("stage-id")
    if action not in _STAGE_ACTIONS and wire.stage_id_of_whole_actions == "ignored":
        stage_id = None
    return ActionRequest(action, _VERBS[action], stage_id)


def parse_delete(body: object, wire: WireRules) -> bool:
    """Whether a delete is forced. The body may be `ABSENT` where the release allows it. Raises Refusal."""
    if body is ABSENT and wire.delete_body == "optional":
        return False
    return bool(_read(body, _DELETE_MEMBERS, wire).get("force", False))


def _read(body: object, members: Sequence[_Member], wire: WireRules) -> dict[str, Any]:
    """The members that were given, each read. Unknown ones are refused first; then comes the order of the table."""
    value = _object(body, wire)
    if unknown := [name for name in value if name not in {member.name for member in members}]:
        raise Refusal(400, wire.text("unknown_member", members=excerpt(", ".join(unknown))))
    read: dict[str, Any] = {}
    for member in members:
        if member.name in value:
            read[member.name] = member.read(value[member.name], member, wire)
        elif member.mandatory:
            raise Refusal(400, wire.text("missing_member", member=member.name, words=_listed(member.words)))
    return read


def _object(body: object, wire: WireRules) -> Mapping[str, object]:
    if body is ABSENT:
        raise Refusal(400, wire.text("body_missing"))
    if not isinstance(body, dict):
        text = wire.text("not_an_object", json_type=json_type(body), python_type=python_type(body))
        raise Refusal(wire.not_an_object, text)
    return body


def _listed(words: Sequence[StrEnum]) -> str:
    return ", ".join(words)


def _word(value: object, member: _Member, wire: WireRules) -> StrEnum:
    """A word of the member's list, or what silence means where the release takes null or containers for it."""
    for word in member.words:
        if value == word:
            return word
    passes = wire.null_word if value is None else wire.container_word if isinstance(value, list | dict) else "refused"
    if passes == "silent" and member.silent is not None:
        return member.silent
    raise Refusal(400, wire.text("wrong_word", member=member.name, value=excerpt(value), words=_listed(member.words)))


_DIGITS: Final = re.compile(r"\s*[+-]?[0-9]{1,19}\s*", re.ASCII)
_LONG: Final = 2**63  # beyond this the 3.0.0 stack calls an integer ill-typed


def _coerced(value: object, member: _Member, wire: WireRules) -> int:
    """An integer as the stack of 3.0.0 made one: numeric text, fractions cut off, true as 1 (RELEASES.md 3)."""
    if isinstance(value, list | dict):
        text = wire.text("container_number", member=member.name, python_type=python_type(value))
        raise Refusal(wire.container_number, text)
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or not -_LONG <= value < _LONG:
        raise _wrong_number(value, member, wire)
    return int(value)


def _number(value: object, member: _Member, wire: WireRules) -> int | None:
    """An integer; 2.0 is one too, as in JSON Schema. None only where null is refused later, with the range."""
    if wire.numbers == "coerced":
        if value is None and wire.null_number == 400:  # noqa: PLR2004 - the status that the range check gives
            return None
        if value is None:
            raise Refusal(wire.null_number, wire.text("container_number", member=member.name, python_type="NoneType"))
        return _coerced(value, member, wire)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_number(value, member, wire)
    return value


_STAGE_DIGITS: Final = re.compile(r"[0-9]{1,100}", re.ASCII)


def _stage_id(value: object, member: _Member, wire: WireRules) -> int | None:
    """A stage id; None means the whole strategy, where the release takes null for that (D3-13)."""
    if value is None and wire.null_stage_id == "whole":
        return None
    if wire.numbers == "coerced":
        return _coerced(value, member, wire)
    if isinstance(value, str) and _STAGE_DIGITS.fullmatch(value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong_number(value, member, wire)
    return value


def _wrong_number(value: object, member: _Member, wire: WireRules) -> Refusal:
    return Refusal(400, wire.text("wrong_number", member=member.name, value=excerpt(value)))


# The texts that the 3.0.0 stack takes for a boolean; any number is one too, and null is false (REAL-VIM.md 2).
_TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0"})


def _boolean(value: object, member: _Member, wire: WireRules) -> bool:
    """A boolean; words and numbers only where the release coerces them."""
    if isinstance(value, bool):
        return value
    if wire.booleans == "coerced":
        if value is None or isinstance(value, int | float):
            return bool(value)
        if isinstance(value, str) and value in _TRUE | _FALSE:
            return value in _TRUE
    raise Refusal(400, wire.text("wrong_boolean", member=member.name, value=excerpt(value)))


def _create_members(kind: Kind, wire: WireRules) -> tuple[_Member, ...]:
    """The members of a create body (ENGINE.md 8.1, 8.2)."""
    apply_types, ignore = tuple(ApplyType), ApplyType.IGNORE
    both = (
        _Member("storage-apply-type", _word, words=apply_types, silent=ignore),
        _Member("worker-apply-type", _word, words=apply_types, silent=ignore),
        _Member(_MAX_PARALLEL, _number, mandatory=False),
        _Member(
            "alarm-restrictions",
            _word,
            mandatory=False,
            words=tuple(AlarmRestrictions),
            silent=AlarmRestrictions.RELAXED,
        ),
    )
    if kind is Kind.SW_UPGRADE:
        return (*both, _Member("complete-upgrade", _boolean, mandatory=False)) if wire.complete_upgrade else both
    swift = wire.swift_apply_type == "mandatory"
    return (
        _Member("controller-apply-type", _word, words=wire.controller_apply_types, silent=ignore),
        *both,
        _Member("swift-apply-type", _word, mandatory=swift, words=apply_types, silent=ignore),
        _Member("default-instance-action", _word, words=tuple(InstanceAction), silent=InstanceAction.STOP_START),
    )


_ACTION_MEMBERS: Final = (
    _Member("action", _word, words=tuple(Action)),
    _Member("stage-id", _stage_id, mandatory=False),
)
_DELETE_MEMBERS: Final = (_Member("force", _boolean, mandatory=False),)
