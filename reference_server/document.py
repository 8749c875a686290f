"""A strategy as the document of the wire (ENGINE.md 1.1 to 1.3); members in the order of the reference's examples."""

from collections.abc import Callable
from typing import Any

from reference_server.engine.model import Phase, Stage, Step, Strategy
from reference_server.engine.timing import completion_percentage
from reference_server.engine.words import PhaseName

Document = dict[str, Any]
Stamp = Callable[[float], str]
"""How a moment is written, for example `clock.VirtualClock().stamp`."""


def render(strategy: Strategy, *, named: bool, stamp: Stamp) -> Document:
    """The strategy object of an answer; `named` says whether this release writes the member `name` for this kind."""
    request = strategy.request
    name: Document = {"name": str(strategy.kind)} if named else {}
    return {
        "uuid": strategy.uuid,
        **name,
        "controller-apply-type": str(request.controller_apply_type),
        "storage-apply-type": str(request.storage_apply_type),
        "swift-apply-type": str(request.swift_apply_type),
        "worker-apply-type": str(request.worker_apply_type),
        "max-parallel-worker-hosts": request.max_parallel_worker_hosts,
        "default-instance-action": str(request.default_instance_action),
        "alarm-restrictions": str(request.alarm_restrictions),
        "state": str(strategy.state),
        "current-phase": str(strategy.current_phase),
        "current-phase-completion-percentage": _current_percentage(strategy),
        "build-phase": _phase(strategy.build, stamp),
        "apply-phase": _phase(strategy.apply, stamp),
        "abort-phase": _phase(strategy.abort, stamp),
    }


def _current_percentage(strategy: Strategy) -> int:
    if strategy.current_phase is PhaseName.INITIAL:
        return 0
    return completion_percentage(strategy.phase(strategy.current_phase))


def _phase(phase: Phase, stamp: Stamp) -> Document:
    return {
        "phase-name": str(phase.name),
        "timeout": phase.timeout,
        "total-stages": len(phase.stages),
        "current-stage": phase.current_stage,
        "stop-at-stage": phase.stop_at_stage,
        "stages": [_stage(index, stage, stamp) for index, stage in enumerate(phase.stages)],
        "inprogress": phase.inprogress,
        "completion-percentage": completion_percentage(phase),
        "result": str(phase.result),
        "reason": phase.reason,
        "start-date-time": _moment(phase.started, stamp),
        "end-date-time": _moment(phase.ended, stamp),
    }


def _stage(index: int, stage: Stage, stamp: Stamp) -> Document:
    return {
        "stage-id": index,
        "stage-name": str(stage.name),
        "timeout": stage.timeout,
        "total-steps": len(stage.steps),
        "current-step": stage.current_step,
        "steps": [_step(number, step, stamp) for number, step in enumerate(stage.steps)],
        "inprogress": stage.inprogress,
        "result": str(stage.result),
        "reason": stage.reason,
        "start-date-time": _moment(stage.started, stamp),
        "end-date-time": _moment(stage.ended, stamp),
    }


def _step(index: int, step: Step, stamp: Stamp) -> Document:
    return {
        "step-id": index,
        "step-name": str(step.name),
        "timeout": step.timeout,
        "entity-type": str(step.entity_type),
        "entity-uuids": list(step.entity_uuids),
        "entity-names": list(step.entity_names),
        "result": str(step.result),
        "reason": step.reason,
        "start-date-time": _moment(step.started, stamp),
        "end-date-time": _moment(step.ended, stamp),
    }


def _moment(moment: float | None, stamp: Stamp) -> str:
    return "" if moment is None else stamp(moment)
