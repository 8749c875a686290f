"""Mutants that take what must be refused, refuse what must be taken, or take it for something else."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from reference_server.driver import Driver
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import AlarmRestrictions, Kind
from reference_server.mutants.layers import Clean, asking, behaving, driving, showing, taking
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members, refusal

_WIDTH: Final = "max-parallel-worker-hosts"
_STAGE_ACTIONS: Final = ("apply-stage", "abort-stage")

type _Says = Callable[[Asked], bool]


def _with_instance_action(asked: Asked) -> Asked:
    is_it = asked.role == "create" and asked.kind == "sw-patch" and asked.members
    return asked.with_members(**{"default_instance_action": "stop-start", **_named(asked)}) if is_it else asked


def _named(asked: Asked) -> Members:
    return {name.replace("-", "_"): value for name, value in asked.members.items()}


def _width_of_ten(asked: Asked) -> Asked:
    is_it = asked.role == "create" and asked.members and _WIDTH not in asked.members
    return asked.with_members(max_parallel_worker_hosts=10) if is_it else asked


def _any_case(asked: Asked) -> Asked:
    word = asked.members.get("worker-apply-type")
    return asked.with_members(worker_apply_type=word.lower()) if _creates(asked) and isinstance(word, str) else asked


def _empty_as_ignore(asked: Asked) -> Asked:
    is_it = _creates(asked) and asked.members.get("storage-apply-type") == ""
    return asked.with_members(storage_apply_type="ignore") if is_it else asked


def _creates(asked: Asked) -> bool:
    return asked.role == "create"


def _first_stage_if_missing(asked: Asked) -> Asked:
    is_it = asked.action in _STAGE_ACTIONS and "stage-id" not in asked.members
    return asked.with_members(stage_id="0") if is_it else asked


def _apply_if_missing(asked: Asked) -> Asked:
    is_it = asked.role == "act" and asked.members == {}
    return asked.with_json({"action": "apply-all"}) if is_it and asked.json == {} else asked


def _short_action(asked: Asked) -> Asked:
    return asked.with_members(action="apply-all") if asked.action == "apply" else asked


def _underscored_action(asked: Asked) -> Asked:
    action = asked.action
    return asked.with_members(action=action.replace("_", "-")) if isinstance(action, str) else asked


def _trimmed_stage(asked: Asked) -> Asked:
    stage = asked.members.get("stage-id") if asked.role == "act" else None
    return asked.with_members(stage_id=stage.strip()) if isinstance(stage, str) else asked


def _stage_of_boolean(asked: Asked) -> Asked:
    stage = asked.members.get("stage-id") if asked.role == "act" else None
    return asked.with_members(stage_id=int(stage)) if isinstance(stage, bool) else asked


def _unwrapped(asked: Asked) -> Asked:
    value = asked.json
    is_it = _creates(asked) and isinstance(value, list) and len(value) == 1
    return asked.with_json(value[0]) if is_it else asked


def _unquoted(asked: Asked) -> Asked:
    try:
        return (
            replace(asked, body=asked.json.encode()) if asked.role == "act" and isinstance(asked.json, str) else asked
        )
    except UnicodeEncodeError:
        return asked


def _numbers_as_words(asked: Asked) -> Asked:
    word = asked.members.get("alarm-restrictions")
    is_it = _creates(asked) and isinstance(word, bool)
    return asked.with_members(alarm_restrictions="strict" if word else "relaxed") if is_it else asked


def _refusing(says: _Says, text: str, status: int = 400) -> Callable[[Asked, Clean], Answer]:
    """What the clean server answers, but for requests of which `says` is true: they are refused."""
    return lambda asked, clean: refusal(status, text) if says(asked) else clean.send(asked)


def _has_charset(asked: Asked) -> bool:
    return asked.role == "create" and "charset" in asked.headers.get("content-type", "")


def _begins_with_space(asked: Asked) -> bool:
    return asked.role in ("create", "act") and asked.body[:1].isspace()


def _is_out_of_order(asked: Asked) -> bool:
    names = [name for name in asked.members if name.endswith("-apply-type")]
    return (
        asked.role == "create" and names.index("worker-apply-type") < names.index("storage-apply-type")
        if ({"worker-apply-type", "storage-apply-type"} <= set(names))
        else False
    )


def _broken(asked: Asked) -> bool:
    try:
        json.loads(asked.body)
    except (ValueError, RecursionError):
        return asked.role in ("create", "act") and asked.body.strip() != b""
    return False


class _StrictForAll(Driver):
    """Every upgrade strategy is strict about alarms, whatever was asked for."""

    def create(self, request: StrategyRequest) -> Strategy:
        if request.kind is Kind.SW_UPGRADE:
            request = replace(request, alarm_restrictions=AlarmRestrictions.STRICT)
        return super().create(request)


def _width_capped(strategy: Members) -> None:
    strategy[_WIDTH] = min(strategy[_WIDTH], 5)


def _swift_as_storage(strategy: Members) -> None:
    strategy["swift-apply-type"] = strategy["storage-apply-type"]


INPUTS: Final = (
    Mutant(
        name="instance-action-optional",
        area="input",
        defect="A patch strategy without default-instance-action is created, as if it said stop-start.",
        breaks=("VIM-PPOST-039",),
        make=asking(_with_instance_action),
    ),
    Mutant(
        name="ten-parallel-hosts-refused",
        area="input",
        defect="A max-parallel-worker-hosts of 10 is refused for patch strategies.",
        breaks=("VIM-PPOST-029",),
        make=taking(Kind.SW_PATCH, _WIDTH, highest=9),
    ),
    Mutant(
        name="two-parallel-hosts-refused",
        area="input",
        defect="A max-parallel-worker-hosts of 2 is refused for upgrade strategies.",
        breaks=("VIM-UPOST-024",),
        make=taking(Kind.SW_UPGRADE, _WIDTH, lowest=3),
    ),
    Mutant(
        name="default-width-of-ten",
        area="input",
        defect="The default of max-parallel-worker-hosts is 10.",
        breaks=("VIM-PPOST-032", "VIM-UPOST-027"),
        make=asking(_width_of_ten),
    ),
    Mutant(
        name="alarm-restrictions-not-echoed",
        area="input",
        defect="An upgrade strategy is strict about alarms, and says so, when it was asked to be relaxed.",
        breaks=("VIM-UPOST-033", "VIM-UGET-014"),
        make=driving(_StrictForAll),
    ),
    Mutant(
        name="width-echo-capped",
        area="input",
        defect="A strategy shows no max-parallel-worker-hosts above 5, whatever was asked for.",
        breaks=("VIM-PPOST-031", "VIM-UPOST-026", "VIM-PGET-014", "VIM-UGET-014"),
        make=showing(_width_capped),
    ),
    Mutant(
        name="swift-echoes-storage",
        area="input",
        defect="A patch strategy shows its storage-apply-type as its swift-apply-type.",
        breaks=("VIM-PPOST-038", "VIM-PGET-014"),
        make=showing(_swift_as_storage, kind="sw-patch"),
    ),
    Mutant(
        name="worker-words-in-any-case",
        area="input",
        defect="A worker-apply-type in capitals is taken.",
        breaks=("VIM-PPOST-025", "VIM-UPOST-020"),
        make=asking(_any_case),
    ),
    Mutant(
        name="empty-word-ignores-storage",
        area="input",
        defect="An empty storage-apply-type is taken for ignore.",
        breaks=("VIM-PPOST-020", "VIM-UPOST-015"),
        make=asking(_empty_as_ignore),
    ),
    Mutant(
        name="alarm-restrictions-as-boolean",
        area="input",
        defect="An alarm-restrictions of true is taken for strict, and one of false for relaxed.",
        breaks=("VIM-PPOST-045", "VIM-UPOST-030"),
        make=asking(_numbers_as_words),
    ),
    Mutant(
        name="stage-id-optional",
        area="input",
        defect="An action on a stage without stage-id is taken for one on the first stage.",
        breaks=("VIM-PACT-020", "VIM-UACT-020"),
        make=asking(_first_stage_if_missing),
    ),
    Mutant(
        name="empty-action-applies",
        area="input",
        defect="An action without any member is taken for apply-all.",
        breaks=("VIM-PACT-013", "VIM-UACT-013"),
        make=asking(_apply_if_missing),
    ),
    Mutant(
        name="short-action-taken",
        area="input",
        defect="The action apply is taken for apply-all.",
        breaks=("VIM-PACT-016", "VIM-UACT-016"),
        make=asking(_short_action),
    ),
    Mutant(
        name="underscored-action-taken",
        area="input",
        defect="Actions may be spelled with underscores.",
        breaks=("VIM-PACT-016", "VIM-UACT-016"),
        make=asking(_underscored_action),
    ),
    Mutant(
        name="stage-id-trimmed",
        area="input",
        defect="White space around the digits of a stage-id is ignored.",
        breaks=("VIM-PACT-019", "VIM-UACT-019"),
        make=asking(_trimmed_stage),
    ),
    Mutant(
        name="stage-id-of-boolean",
        area="input",
        defect="A stage-id of false is taken for 0, and one of true for 1.",
        breaks=("VIM-PACT-018", "VIM-UACT-018"),
        make=asking(_stage_of_boolean),
    ),
    Mutant(
        name="stage-id-text-refused",
        area="input",
        defect="A stage-id that is a text of digits is refused.",
        breaks=("VIM-LIFE-056", "VIM-LIFE-057", "VIM-PACT-015", "VIM-UACT-015"),
        make=behaving(
            _refusing(
                lambda asked: asked.role == "act" and isinstance(asked.members.get("stage-id"), str), "no integer"
            )
        ),
    ),
    Mutant(
        name="stage-id-always-demanded",
        area="input",
        defect="An action without stage-id is refused, also one that is about the whole strategy.",
        breaks=("VIM-PACT-017", "VIM-PACT-024", "VIM-UACT-017", "VIM-UACT-024"),
        make=behaving(
            _refusing(
                lambda asked: asked.role == "act" and "stage-id" not in asked.members, "The member stage-id is missing."
            )
        ),
    ),
    Mutant(
        name="alarm-restrictions-demanded",
        area="input",
        defect="A patch strategy without alarm-restrictions is refused.",
        breaks=("VIM-PPOST-044",),
        make=behaving(
            _refusing(
                lambda asked: (
                    _creates(asked) and asked.kind == "sw-patch" and "alarm-restrictions" not in asked.members
                ),
                "The member alarm-restrictions is missing.",
            )
        ),
    ),
    Mutant(
        name="migrate-refused",
        area="input",
        defect="A default-instance-action of migrate is refused.",
        breaks=("VIM-PPOST-041",),
        make=behaving(
            _refusing(lambda asked: asked.members.get("default-instance-action") == "migrate", "migrate is not offered")
        ),
    ),
    Mutant(
        name="charset-refused",
        area="input",
        defect="A create whose Content-Type says charset=utf-8 is refused.",
        breaks=("VIM-LIFE-084", "VIM-GEN-002", "VIM-GEN-004"),
        make=behaving(_refusing(_has_charset, "unsupported media type", 415)),
    ),
    Mutant(
        name="leading-space-refused",
        area="input",
        defect="A body that begins with white space is refused.",
        breaks=("VIM-LIFE-084", "VIM-GEN-002", "VIM-GEN-004"),
        make=behaving(_refusing(_begins_with_space, "The body is not JSON.")),
    ),
    Mutant(
        name="members-in-order",
        area="input",
        defect="A create whose members come in another order than in the example is refused.",
        breaks=("VIM-LIFE-084", "VIM-GEN-002", "VIM-GEN-004"),
        make=behaving(_refusing(_is_out_of_order, "The body is not what was expected.")),
    ),
    Mutant(
        name="broken-json-fails",
        area="input",
        defect="A body that is no JSON is answered 500.",
        breaks=("VIM-PPOST-010", "VIM-PACT-010", "VIM-UPOST-010", "VIM-UACT-010"),
        make=behaving(_refusing(_broken, "No JSON object could be decoded", 500)),
    ),
    Mutant(
        name="list-around-create",
        area="input",
        defect="A create body inside a list is taken.",
        breaks=("VIM-PPOST-011", "VIM-UPOST-011"),
        make=asking(_unwrapped),
    ),
    Mutant(
        name="text-around-action",
        area="input",
        defect="An action body that is a JSON text inside a JSON string is taken.",
        breaks=("VIM-PACT-012", "VIM-UACT-012"),
        make=asking(_unquoted),
    ),
)
