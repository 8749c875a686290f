"""Mutants whose documents have another shape: members that are missing, null, renamed or of another type."""

import json
from typing import Final

from reference_server.mutants.layers import answering, showing
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members, phases_of, stages_of, steps_of

_PERCENTAGE: Final = "current-phase-completion-percentage"
_WIDTH: Final = "max-parallel-worker-hosts"


def _percentage_as_text(strategy: Members) -> None:
    strategy[_PERCENTAGE] = str(strategy[_PERCENTAGE])


def _width_as_text(strategy: Members) -> None:
    strategy[_WIDTH] = str(strategy[_WIDTH])


def _without_name(strategy: Members) -> None:
    del strategy["name"]


def _without_current_phase(strategy: Members) -> None:
    del strategy["current-phase"]


def _empty_stages_as_null(strategy: Members) -> None:
    for phase in phases_of(strategy):
        phase["stages"] = phase["stages"] or None


def _empty_dates_as_null(strategy: Members) -> None:
    for step in steps_of(strategy):
        step["end-date-time"] = step["end-date-time"] or None


def _one_host_as_text(strategy: Members) -> None:
    for step in steps_of(strategy):
        if len(step["entity-names"]) == 1:
            step["entity-names"] = step["entity-names"][0]


def _stage_ids_as_text(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["stage-id"] = str(stage["stage-id"])


def _empty_reasons_left_out(strategy: Members) -> None:
    for step in steps_of(strategy):
        if not step["reason"]:
            del step["reason"]


def _abort_without_total(strategy: Members) -> None:
    del strategy["abort-phase"]["total-stages"]


def _inprogress_as_text(strategy: Members) -> None:
    phase = strategy["apply-phase"]
    if phase["inprogress"]:
        phase["inprogress"] = "True"


def _underscores(strategy: Members) -> Members:
    return {name.replace("-", "_") if name.endswith("-phase") else name: value for name, value in strategy.items()}


def _half_seconds(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["timeout"] += 0.5


def _unwrapped(asked: Asked, answer: Answer) -> Answer:
    return answer.with_json(answer.strategy) if asked.role == "create" and answer.strategy else answer


def _in_a_list(asked: Asked, answer: Answer) -> Answer:
    return answer.with_json({"strategy": [answer.strategy]}) if asked.role == "get" and answer.strategy else answer


def _twice_encoded(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.role == "act" and asked.kind == "sw-upgrade" and answer.succeeded
    return answer.with_json(json.dumps(answer.json)) if is_it else answer


SHAPE: Final = (
    Mutant(
        name="percentage-as-text",
        area="shape",
        defect="The percentage of the current phase is a string in every document.",
        breaks=("VIM-PGET-019", "VIM-PPOST-054", "VIM-UGET-019", "VIM-UPOST-039"),
        make=showing(_percentage_as_text),
    ),
    Mutant(
        name="width-as-text",
        area="shape",
        defect="GET shows max-parallel-worker-hosts as a string, POST as a number.",
        breaks=("VIM-PGET-019", "VIM-UGET-019"),
        make=showing(_width_as_text, roles=("get",)),
    ),
    Mutant(
        name="upgrade-without-name",
        area="shape",
        defect="Documents of upgrade strategies have no name, as those of patch strategies.",
        breaks=("VIM-UGET-019", "VIM-UPOST-039", "VIM-UACT-028"),
        make=showing(_without_name, kind="sw-upgrade"),
    ),
    Mutant(
        name="action-answer-without-current-phase",
        area="shape",
        defect="The answer to an action on an upgrade strategy has no current-phase.",
        breaks=("VIM-UACT-028",),
        make=showing(_without_current_phase, kind="sw-upgrade", roles=("act",)),
    ),
    Mutant(
        name="empty-stages-as-null",
        area="shape",
        defect="A phase without stages shows null for the list of its stages.",
        breaks=("VIM-PGET-020", "VIM-PPOST-055", "VIM-UGET-020", "VIM-UPOST-040"),
        make=showing(_empty_stages_as_null),
    ),
    Mutant(
        name="empty-dates-as-null",
        area="shape",
        defect="A step that has not ended shows null for its end-date-time in answers to GET.",
        breaks=("VIM-PGET-022", "VIM-UGET-022"),
        make=showing(_empty_dates_as_null, roles=("get",)),
    ),
    Mutant(
        name="one-host-as-text",
        area="shape",
        defect="The entity-names of a step with one entity are a string instead of a list.",
        breaks=("VIM-PGET-022", "VIM-UGET-022"),
        make=showing(_one_host_as_text),
    ),
    Mutant(
        name="stage-ids-as-text",
        area="shape",
        defect="The stage-id of each stage is a string in answers to actions.",
        breaks=("VIM-PACT-030", "VIM-UACT-030"),
        make=showing(_stage_ids_as_text, roles=("act",)),
    ),
    Mutant(
        name="empty-reasons-left-out",
        area="shape",
        defect="A step without a reason has no member reason.",
        breaks=("VIM-PGET-022", "VIM-PPOST-057", "VIM-UGET-022"),
        make=showing(_empty_reasons_left_out),
    ),
    Mutant(
        name="abort-phase-without-total",
        area="shape",
        defect="The abort phase of a patch strategy has no total-stages.",
        breaks=("VIM-PGET-020", "VIM-PPOST-055", "VIM-PACT-029"),
        make=showing(_abort_without_total, kind="sw-patch"),
    ),
    Mutant(
        name="inprogress-as-text",
        area="shape",
        defect="An apply phase that runs shows inprogress as the text True, one that rests as a boolean.",
        breaks=("VIM-PGET-020", "VIM-PACT-029", "VIM-UGET-020", "VIM-UACT-029"),
        make=showing(_inprogress_as_text),
    ),
    Mutant(
        name="phases-with-underscores",
        area="shape",
        defect="The answer to the create of an upgrade strategy spells build_phase, apply_phase and abort_phase.",
        breaks=("VIM-UPOST-039",),
        make=showing(_underscores, kind="sw-upgrade", roles=("create",)),
    ),
    Mutant(
        name="stage-timeout-as-fraction",
        area="shape",
        defect="Timeouts of stages are no whole seconds.",
        breaks=("VIM-PGET-021", "VIM-PPOST-056", "VIM-UGET-021"),
        make=showing(_half_seconds),
    ),
    Mutant(
        name="create-answer-unwrapped",
        area="shape",
        defect="The answer to a create is the strategy itself, without the member strategy around it.",
        breaks=("VIM-PPOST-053", "VIM-UPOST-038", "VIM-PPOST-054", "VIM-UPOST-039"),
        make=answering(_unwrapped),
    ),
    Mutant(
        name="strategy-in-a-list",
        area="shape",
        defect="GET shows a list with the one strategy in it.",
        breaks=("VIM-PGET-018", "VIM-UGET-018", "VIM-PGET-019", "VIM-UGET-019"),
        make=answering(_in_a_list),
    ),
    Mutant(
        name="action-answer-encoded-twice",
        area="shape",
        defect="The answer to an action on an upgrade strategy is a JSON text inside a JSON string.",
        breaks=("VIM-UACT-027",),
        make=answering(_twice_encoded),
    ),
)
