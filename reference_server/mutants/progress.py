"""Mutants that count wrongly: percentages, indices, ids, and where a run stops."""

from typing import Final

from reference_server.engine.course import Course
from reference_server.engine.words import PhaseName
from reference_server.mutants.layers import Clean
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members, phases_of, stages_of
from reference_server.mutants.variant import Variant

_DONE: Final = frozenset({"success", "failed", "timed-out", "aborted"})


def _share(stages: list[Members]) -> float:
    """The finished share of the steps of these stages, in percent."""
    results = [step["result"] for stage in stages for step in stage["steps"]]
    return 100 * sum(result in _DONE for result in results) / len(results) if results else 100.0


def _show_percentages(strategy: Members) -> None:
    """The percentage of the strategy is that of its current phase, as ever."""
    strategy["current-phase-completion-percentage"] = strategy[f"{strategy['current-phase']}-phase"][
        "completion-percentage"
    ]


def _running(strategy: Members) -> list[Members]:
    return [phase for phase in phases_of(strategy) if phase["inprogress"]]


def _percentage_of_stage(strategy: Members) -> None:
    for phase in _running(strategy):
        current = phase["stages"][phase["current-stage"] : phase["current-stage"] + 1]
        phase["completion-percentage"] = int(_share(current))
    _show_percentages(strategy)


def _percentage_of_run(strategy: Members) -> None:
    for phase in _running(strategy):
        phase["completion-percentage"] = int(_share(phase["stages"][: phase["stop-at-stage"]]))
    _show_percentages(strategy)


def _percentage_rounded(strategy: Members) -> None:
    for phase in _running(strategy):
        phase["completion-percentage"] = round(_share(phase["stages"]))
    _show_percentages(strategy)


def _running_step_counted(strategy: Members) -> None:
    for phase in _running(strategy):
        steps = [step["result"] for stage in phase["stages"] for step in stage["steps"]]
        waiting = sum(result != "initial" for result in steps)
        phase["completion-percentage"] = 100 * waiting // len(steps) if steps else 100
    _show_percentages(strategy)


def _idle_phase_at_zero(strategy: Members) -> None:
    for phase in phases_of(strategy):
        if phase["result"] == "initial" and not phase["inprogress"]:
            phase["completion-percentage"] = 0


def _percentage_of_apply(strategy: Members) -> None:
    strategy["current-phase-completion-percentage"] = strategy["apply-phase"]["completion-percentage"]


def _index_of_run(asked: Asked, clean: Clean) -> Answer:
    """Counts the stages of a run from 0, whichever the run began with."""
    answer = clean.send(asked)
    strategy = answer.strategy
    if strategy is None:
        return answer
    apply = strategy["apply-phase"]
    run = clean.memory.get("run")
    if run is None or run[0] != (strategy["uuid"], apply["stop-at-stage"]):
        run = clean.memory["run"] = (strategy["uuid"], apply["stop-at-stage"]), apply["current-stage"]
    began = run[1] if apply["inprogress"] else 0
    return answer.with_strategy(
        lambda shown: shown["apply-phase"].update({"current-stage": apply["current-stage"] - began})
    )


def _step_never_raised(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["current-step"] = 0


def _always_to_the_end(strategy: Members) -> None:
    apply = strategy["apply-phase"]
    if apply["stop-at-stage"]:
        apply["stop-at-stage"] = apply["total-stages"]


def _stop_forgotten(strategy: Members) -> None:
    apply = strategy["apply-phase"]
    if apply["current-stage"] == apply["stop-at-stage"] < apply["total-stages"]:
        apply["stop-at-stage"] = 0


class _OneStageTooMany(Course):
    """Takes the stage to stop at for the last one to run."""

    def start_phase(self, name: PhaseName, stop_at_stage: int) -> None:
        most = len(self.strategy.apply.stages)
        super().start_phase(name, min(stop_at_stage + 1, most) if name is PhaseName.APPLY else stop_at_stage)


def _told_to_stop_before(asked: Asked, clean: Clean) -> Answer:
    """Shows the stage to stop at that was asked for, and runs one more."""
    answer = clean.send(asked)
    if answer.strategy is None:
        return answer
    uuid = answer.strategy["uuid"]
    if asked.action == "apply-stage":
        clean.memory[uuid] = int(asked.members["stage-id"]) + 1
    elif asked.action == "apply-all":
        clean.memory.pop(uuid, None)
    stop = clean.memory.get(uuid)
    return answer if stop is None else answer.with_strategy(lambda shown: _stop_at(shown, stop))


def _stop_at(strategy: Members, stop: int) -> None:
    strategy["apply-phase"]["stop-at-stage"] = stop


def _indices_on_the_last(strategy: Members) -> None:
    apply = strategy["apply-phase"]
    if strategy["state"] == "applied":
        apply["current-stage"] = apply["total-stages"] - 1


def _ids_from_one(strategy: Members) -> None:
    for phase in phases_of(strategy):
        for number, stage in enumerate(phase["stages"], 1):
            stage["stage-id"] = number


def _steps_left(strategy: Members) -> None:
    for stage in stages_of(strategy):
        stage["total-steps"] = len(stage["steps"]) - stage["current-step"]


def _stages_of_run(strategy: Members) -> None:
    apply = strategy["apply-phase"]
    if apply["inprogress"]:
        apply["total-stages"] = apply["stop-at-stage"]


def _index_before_the_first(strategy: Members) -> None:
    for phase in phases_of(strategy):
        if not phase["stages"]:
            phase["current-stage"] = -1


PROGRESS: Final = (
    Mutant(
        name="percentage-of-stage",
        area="progress",
        defect="The percentage of a phase counts the steps of its current stage alone.",
        breaks=("VIM-LIFE-024", "VIM-LIFE-025"),
        make=Variant(edit=_percentage_of_stage),
    ),
    Mutant(
        name="percentage-of-run",
        area="progress",
        defect="The percentage of a phase counts only the stages up to the one to stop at.",
        breaks=("VIM-LIFE-024", "VIM-LIFE-025"),
        make=Variant(edit=_percentage_of_run),
    ),
    Mutant(
        name="percentage-rounded",
        area="progress",
        defect="The percentage of a phase is rounded to the nearest instead of down.",
        breaks=("VIM-LIFE-024",),
        make=Variant(edit=_percentage_rounded),
    ),
    Mutant(
        name="running-step-counted-as-done",
        area="progress",
        defect="The percentage of a phase counts the running step as finished.",
        breaks=("VIM-LIFE-024",),
        make=Variant(edit=_running_step_counted),
    ),
    Mutant(
        name="idle-phase-at-zero",
        area="progress",
        defect="A phase that has not begun shows 0 percent.",
        breaks=("VIM-LIFE-023",),
        make=Variant(edit=_idle_phase_at_zero),
    ),
    Mutant(
        name="percentage-of-apply-phase",
        area="progress",
        defect="The percentage of the current phase is always that of the apply phase.",
        breaks=("VIM-LIFE-006",),
        make=Variant(edit=_percentage_of_apply),
    ),
    Mutant(
        name="stage-index-of-run",
        area="progress",
        defect="The current stage is counted from the first stage of the run, so that it goes back after a pause.",
        breaks=("VIM-LIFE-011", "VIM-LIFE-025", "VIM-LIFE-045"),
        make=Variant(behaviour=_index_of_run),
    ),
    Mutant(
        name="current-step-never-raised",
        area="progress",
        defect="The current step of every stage is always 0.",
        breaks=("VIM-LIFE-011", "VIM-LIFE-012"),
        make=Variant(edit=_step_never_raised),
    ),
    Mutant(
        name="stop-always-at-the-end",
        area="progress",
        defect="The stage to stop at is always shown as the number of stages.",
        breaks=("VIM-LIFE-016", "VIM-LIFE-045"),
        make=Variant(edit=_always_to_the_end),
    ),
    Mutant(
        name="stop-forgotten-in-a-pause",
        area="progress",
        defect="While an apply is paused the stage to stop at is 0.",
        breaks=("VIM-LIFE-010",),
        make=Variant(edit=_stop_forgotten),
    ),
    Mutant(
        name="one-stage-too-many",
        area="progress",
        defect="An apply of a single stage runs the next one too, and says so.",
        breaks=("VIM-LIFE-016",),
        make=Variant(course=_OneStageTooMany),
    ),
    Mutant(
        name="runs-past-its-stop",
        area="progress",
        defect="An apply of a single stage runs the next one too, and does not say so.",
        breaks=("VIM-LIFE-010", "VIM-LIFE-015", "VIM-LIFE-028"),
        make=Variant(course=_OneStageTooMany, behaviour=_told_to_stop_before),
    ),
    Mutant(
        name="index-on-the-last-stage",
        area="progress",
        defect="When a strategy is applied its current stage is the last one, not one past it.",
        breaks=("VIM-LIFE-012", "VIM-LIFE-045"),
        make=Variant(edit=_indices_on_the_last),
    ),
    Mutant(
        name="stage-ids-from-one",
        area="progress",
        defect="The ids of stages are counted from 1.",
        breaks=("VIM-LIFE-017",),
        make=Variant(edit=_ids_from_one),
    ),
    Mutant(
        name="steps-left",
        area="progress",
        defect="The number of steps of a stage is that of the steps that are left.",
        breaks=("VIM-LIFE-008", "VIM-LIFE-050"),
        make=Variant(edit=_steps_left),
    ),
    Mutant(
        name="stages-of-run",
        area="progress",
        defect="While the apply phase runs its number of stages is that of the run.",
        breaks=("VIM-LIFE-008",),
        make=Variant(edit=_stages_of_run),
    ),
    Mutant(
        name="index-before-the-first",
        area="progress",
        defect="The current stage of a phase without stages is -1.",
        breaks=("VIM-LIFE-009",),
        make=Variant(edit=_index_before_the_first),
    ),
)
