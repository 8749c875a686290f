"""What an abort has to undo (ENGINE.md 4.3)."""

from dataclasses import replace

from reference_server.engine.model import Phase, Stage, Step
from reference_server.engine.rulebook import Rulebook


def undo_stages(apply_phase: Phase, rules: Rulebook) -> tuple[Stage, ...]:
    """The stages of the abort phase: those of the apply phase from the current one back to the first, steps backwards.

    A stage that is complete, or has nothing to undo, contributes none.
    """
    reached = apply_phase.stages[: apply_phase.current_stage + 1]
    undone = (_undo_stage(stage, rules) for stage in reversed(reached))
    return tuple(stage for stage in undone if stage.steps)


def _undo_stage(stage: Stage, rules: Rulebook) -> Stage:
    reached = () if stage.current_step == len(stage.steps) else stage.steps[: stage.current_step + 1]
    steps = (_undo_step(step, rules) for step in reversed(reached) if step.name in rules.undo)
    return Stage(stage.name, tuple(steps))


def _undo_step(step: Step, rules: Rulebook) -> Step:
    name = rules.undo[step.name]
    plain = Step(name, rules.step_timeouts[name], step.entity_type)
    return replace(plain, entity_uuids=step.entity_uuids, entity_names=step.entity_names, host_names=step.host_names)
