"""From a JSON body to a request that the driver understands, under the wire rules of a release. Pure: no Flask.

A body is a table of members; how each is read stands in `readings`, which members there are in the rulebook.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reference_server.bodies import ABSENT, excerpt, json_type, python_type
from reference_server.engine.model import Option, StrategyRequest
from reference_server.engine.words import AlarmRestrictions, ApplyType, InstanceAction, Kind
from reference_server.memberrules import APPLY_TYPE, MemberRule
from reference_server.readings import READINGS, Member, Read, boolean, listed, stage_id, word
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
_STAGE_ACTIONS: Final = frozenset({Action.APPLY_STAGE, Action.ABORT_STAGE})

type _Members = Sequence[tuple[Member, Read]]

_ACTION_MEMBERS: Final[_Members] = (
    (Member("action", MemberRule(read="word", mandatory=True, words=tuple(Action))), word),
    (Member("stage-id", MemberRule(read="number")), stage_id),
)
_DELETE_MEMBERS: Final[_Members] = ((Member("force", MemberRule(read="boolean", default=False)), boolean),)


def parse_create(kind: Kind, body: object, wire: WireRules, *, now: float = 0.0) -> StrategyRequest:
    """The request of a create body with its defaults, at the moment `now` (seconds since 1970-01-01 UTC).

    The kind is one of the release. Raises Refusal (400, or what the release says).
    """
    rules = wire.creates[kind]
    members = tuple((Member(wire.spelled(name), rule, now), READINGS[rule.read]) for name, rule in rules.items())
    given = _read(body, members, wire)
    _check_together(given, members, wire)
    values = {name: given.get(wire.spelled(name), rule.default) for name, rule in rules.items()}
    options = {name: value for name, value in values.items() if name not in _FIELDS}
    fields: dict[str, Any] = {_field(name): _as_word(name, value) for name, value in values.items() if name in _FIELDS}
    return StrategyRequest(kind=kind, **fields, options=tuple(options.items()))


def parse_action(body: object, wire: WireRules) -> ActionRequest:
    """The request of an action body. Raises Refusal (400, or what the release says)."""
    given = _read(body, _ACTION_MEMBERS, wire)
    action = Action(given["action"])
    if action in _STAGE_ACTIONS and "stage-id" not in given:
        raise Refusal(400, wire.text("stage_missing", action=action))
    stage = given.get("stage-id")
    if action not in _STAGE_ACTIONS and wire.stage_id_of_whole_actions == "ignored":
        stage = None
    return ActionRequest(action, _VERBS[action], stage)


def parse_delete(body: object, wire: WireRules) -> bool:
    """Whether a delete is forced. The body may be `ABSENT` where the release allows it. Raises Refusal."""
    if body is ABSENT and wire.delete_body == "optional":
        return False
    return bool(_read(body, _DELETE_MEMBERS, wire).get("force", False))


def _read(body: object, members: _Members, wire: WireRules) -> dict[str, Any]:
    """The members that were given, each read. Unknown ones are refused first; then comes the order of the table."""
    value = _object(body, wire)
    if unknown := [name for name in value if name not in {member.name for member, _ in members}]:
        raise Refusal(400, wire.text("unknown_member", members=excerpt(", ".join(unknown))))
    read: dict[str, Any] = {}
    for member, reading in members:
        if member.name in value:
            read[member.name] = reading(value[member.name], member, wire)
        elif member.rule.mandatory:
            raise Refusal(400, wire.text("missing_member", member=member.name, words=listed(member.rule.words)))
    return read


def _object(body: object, wire: WireRules) -> Mapping[str, object]:
    if body is ABSENT:
        raise Refusal(400, wire.text("body_missing"))
    if not isinstance(body, dict):
        python = python_type(body, wire.text_type)
        text = wire.text("not_an_object", json_type=json_type(body), python_type=python)
        raise Refusal(wire.not_an_object, text)
    return body


def _check_together(given: Mapping[str, Any], members: _Members, wire: WireRules) -> None:
    """What is looked at when each member has been read: ranges, members that need others, members left unset."""
    for name, rule in ((member.name, member.rule) for member, _ in members):
        value = given.get(name)
        if name in given and rule.is_limited and (value is None or not rule.lowest <= value <= rule.highest):
            text = wire.text("number_range", member=name, low=rule.lowest, high=rule.highest)
            raise Refusal(400, text)
        if rule.needs and value is not None and given.get(rule.needs) is None:
            raise Refusal(400, wire.text("member_alone", member=name, needed=rule.needs))
    for name, rule in ((member.name, member.rule) for member, _ in members):
        if rule.absent and name not in given:
            raise Refusal(rule.absent, wire.text("member_unset", member=name))


# Members that every kind may have are members of the request; the others are its options.
_FIELDS: Final[frozenset[str]] = frozenset(
    {
        "controller-apply-type",
        "storage-apply-type",
        "swift-apply-type",
        "worker-apply-type",
        "max-parallel-worker-hosts",
        "default-instance-action",
        "alarm-restrictions",
        "complete-upgrade",
    }
)


def _field(name: str) -> str:
    return name.replace("-", "_")


def _as_word(name: str, value: Option) -> Option:
    """The word as the engine knows it; another value as it is."""
    if not isinstance(value, str):
        return value
    if name.endswith(APPLY_TYPE):
        return ApplyType(value)
    match name:
        case "default-instance-action":
            return InstanceAction(value)
        case "alarm-restrictions":
            return AlarmRestrictions(value)
        case _:
            return value
