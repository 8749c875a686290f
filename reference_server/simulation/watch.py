"""Which step of a strategy waits for the infrastructure: what `Simulator.begin` is told."""

from reference_server.engine.messages import Address
from reference_server.engine.model import Strategy
from reference_server.engine.timing import waiting_step
from reference_server.engine.words import PhaseName, StepName


def waiting(strategy: Strategy | None) -> tuple[StepName, Address] | None:
    """Name and address of the step that waits; None when there is none."""
    if strategy is None or strategy.current_phase is PhaseName.INITIAL:
        return None
    phase = strategy.phase(strategy.current_phase)
    step = waiting_step(phase)
    if step is None:
        return None
    stage = phase.stages[phase.current_stage]
    return step.name, Address(strategy.uuid, phase.name, phase.current_stage, stage.current_step)
