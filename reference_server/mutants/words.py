"""Mutants with other words in their documents: names, results, states, entities, parameters."""

from typing import Final

from reference_server.mutants.layers import showing
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Members, phases_of, stages_of, steps_of


def _name_with_underscore(strategy: Members) -> None:
    strategy["name"] = "sw_patch"


def _upgrade_named_patch(strategy: Members) -> None:
    strategy["name"] = "sw-patch"


def _initial_state(strategy: Members) -> None:
    strategy["state"] = "initial"


def _no_phase_yet(strategy: Members) -> None:
    strategy["current-phase"] = "initial"


def _abort_named_apply(strategy: Members) -> None:
    strategy["abort-phase"]["phase-name"] = "apply"


def _compute_stages(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["stage-name"] = stage["stage-name"].replace("worker", "compute")


def _singular_steps(strategy: Members) -> None:
    for step in steps_of(strategy):
        if step["step-name"] == "lock-hosts" and len(step["entity-names"]) == 1:
            step["step-name"] = "lock-host"


def _completed_phases(strategy: Members) -> None:
    for phase in phases_of(strategy):
        if phase["result"] == "success" and not phase["inprogress"]:
            phase["result"] = "completed"


def _running_stages(strategy: Members) -> None:
    for stage in stages_of(strategy):
        if stage["result"] == "inprogress":
            stage["result"] = "in-progress"


def _skipped_steps(strategy: Members) -> None:
    if strategy["state"] in ("aborting", "aborted"):
        for step in steps_of(strategy):
            if step["result"] == "initial":
                step["result"] = "skipped"


def _singular_entity_type(strategy: Members) -> None:
    for step in steps_of(strategy):
        if step["entity-type"] == "instances":
            step["entity-type"] = "servers"


def _uuids_lost(strategy: Members) -> None:
    for step in steps_of(strategy):
        step["entity-uuids"] = step["entity-uuids"][:1]


def _controllers_as_asked(strategy: Members) -> None:
    strategy["controller-apply-type"] = "ignore"


WORDS: Final = (
    Mutant(
        name="name-with-underscore",
        area="shape",
        defect="Documents of patch strategies carry the name sw_patch.",
        breaks=("VIM-GEN-015",),
        make=showing(_name_with_underscore, kind="sw-patch"),
    ),
    Mutant(
        name="upgrade-named-patch",
        area="shape",
        defect="The answer to an action on an upgrade strategy carries the name sw-patch.",
        breaks=("VIM-UACT-032",),
        make=showing(_upgrade_named_patch, kind="sw-upgrade", roles=("act",)),
    ),
    Mutant(
        name="initial-state-shown",
        area="shape",
        defect="The answer to a create shows the state initial.",
        breaks=("VIM-LIFE-046", "VIM-PPOST-058", "VIM-UPOST-044"),
        make=showing(_initial_state, roles=("create",)),
    ),
    Mutant(
        name="initial-phase-shown",
        area="shape",
        defect="The answer to the create of an upgrade strategy shows the current-phase initial.",
        breaks=("VIM-LIFE-005",),
        make=showing(_no_phase_yet, kind="sw-upgrade", roles=("create",)),
    ),
    Mutant(
        name="abort-phase-named-apply",
        area="shape",
        defect="The abort phase carries the phase-name apply.",
        breaks=("VIM-LIFE-007",),
        make=showing(_abort_named_apply),
    ),
    Mutant(
        name="compute-stages",
        area="shape",
        defect="Stages of worker hosts carry the names of a former release, in which these hosts were called compute.",
        breaks=("VIM-LIFE-018",),
        make=showing(_compute_stages),
        source="RELEASES.md 8: the releases before 2.0.0 say compute where later ones say worker",
    ),
    Mutant(
        name="lock-host-of-one",
        area="shape",
        defect="The step that locks a single host is called lock-host.",
        breaks=("VIM-LIFE-019",),
        make=showing(_singular_steps),
    ),
    Mutant(
        name="phase-completed",
        area="shape",
        defect="A phase that has succeeded shows the result completed.",
        breaks=("VIM-LIFE-034",),
        make=showing(_completed_phases),
    ),
    Mutant(
        name="stage-in-progress",
        area="shape",
        defect="A stage that runs shows the result in-progress, with a hyphen.",
        breaks=("VIM-LIFE-033",),
        make=showing(_running_stages),
    ),
    Mutant(
        name="steps-skipped-by-abort",
        area="shape",
        defect="From an abort on, steps that were not run show the result skipped.",
        breaks=("VIM-LIFE-032",),
        make=showing(_skipped_steps),
    ),
    Mutant(
        name="instances-as-servers",
        area="shape",
        defect="Steps that work on instances show the entity-type servers.",
        breaks=("VIM-LIFE-020",),
        make=showing(_singular_entity_type),
    ),
    Mutant(
        name="uuids-lost",
        area="shape",
        defect="Of several entities of a step only the first one has a uuid.",
        breaks=("VIM-LIFE-021",),
        make=showing(_uuids_lost),
    ),
    Mutant(
        name="upgrade-ignores-controllers",
        area="shape",
        defect="Upgrade strategies show the controller-apply-type ignore.",
        breaks=("VIM-LIFE-004",),
        make=showing(_controllers_as_asked, kind="sw-upgrade"),
    ),
)
