"""A strategy that was stored, when the engine starts again (ENGINE.md 8.6).

State, results, dates and indices are as they were. Timers start anew with their full length, waiting counted from the
first tick starts anew, and nothing that was asked for is asked again: a query that was not answered can only time out,
and an unlock that was to be tried again is not (ENGINE-8.0.md 8.6, quirk B17).
"""

from dataclasses import replace

from reference_server.engine.behaviours.progress import Scene
from reference_server.engine.fleet import Fleet
from reference_server.engine.messages import Address, Effect, Turn
from reference_server.engine.model import Phase, Stage, Step, Strategy
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.steps import behaviour_of
from reference_server.engine.timing import due, run_timeout, running_stage, waiting_step
from reference_server.engine.words import EntityType, PhaseName, Result, StepName

QUERIES = frozenset(
    {StepName.QUERY_ALARMS, StepName.QUERY_SW_PATCHES, StepName.QUERY_SW_PATCH_HOSTS, StepName.QUERY_UPGRADE}
)
"""Steps that wait for an answer which a restart loses."""


def restart(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> Turn:
    """The strategy as the new engine has it at the moment `now`; what is asked for again (quirk B10: nothing)."""
    for name in (PhaseName.BUILD, PhaseName.APPLY, PhaseName.ABORT):
        strategy = strategy.with_phase(_restarted_phase(strategy.phase(name), now, fleet, rules))
    asks_nothing = rules.quirks.restart_forgets_phase_timeout
    return Turn(strategy, () if asks_nothing else _asked_again(strategy, now, fleet, rules))


def _restarted_phase(phase: Phase, now: float, fleet: Fleet, rules: Rulebook) -> Phase:
    """A phase that does not run, or is paused, forgets its timeout; a running one has that of what remains."""
    forgets = rules.quirks.restart_forgets_phase_timeout
    stages = tuple(_restarted_stage(stage, now, fleet, rules) for stage in phase.stages)
    phase = replace(phase, stages=stages, due=None)
    if _was_never_begun(phase):
        return _initial(phase)
    if running_stage(phase) is None:
        return replace(phase, timeout=0) if forgets else phase
    timeout = run_timeout(phase, phase.stop_at_stage) if forgets else phase.timeout
    return replace(phase, timeout=timeout, due=_due(now, timeout, rules))


def _was_never_begun(phase: Phase) -> bool:
    """Whether the phase is in progress although not even its first step was started (ENGINE.md 8.6 rule 6)."""
    if not phase.inprogress or phase.current_stage or not phase.stages:
        return False
    return any(step.result is Result.INITIAL for step in phase.stages[0].steps[:1])


def _initial(phase: Phase) -> Phase:
    """The phase with its stages, as before its start."""
    first = replace(phase.stages[0], inprogress=False, result=Result.INITIAL, reason="", started=None, due=None)
    return Phase(phase.name, (first, *phase.stages[1:]))


def _restarted_stage(stage: Stage, now: float, fleet: Fleet, rules: Rulebook) -> Stage:
    steps = tuple(_restarted_step(step, now, fleet, rules) for step in stage.steps)
    return replace(stage, steps=steps, due=_due(now, stage.timeout, rules) if stage.inprogress else None)


def _restarted_step(step: Step, now: float, fleet: Fleet, rules: Rulebook) -> Step:
    """Hosts are looked up by name, those that are gone vanish from the uuids; instances are looked up by uuid."""
    running = step.due is not None
    timer = _due(now, step.timeout, rules) if running else None
    step = replace(step, first_event=None, memory=None, due=timer)
    match step.entity_type:
        case EntityType.HOSTS:
            found = (fleet.host_by_name.get(name) for name in step.entity_names)
            return replace(step, entity_uuids=tuple(host.uuid for host in found if host is not None))
        case EntityType.INSTANCES:
            known = (fleet.instance_by_uuid.get(uuid) for uuid in step.entity_uuids)
            return replace(step, entity_names=tuple(instance.name for instance in known if instance is not None))
        case _:
            return step


def _due(now: float, timeout: int, rules: Rulebook) -> float | None:
    return due(now, timeout, whole_seconds=rules.choices.whole_second_timers)


def _asked_again(strategy: Strategy, now: float, fleet: Fleet, rules: Rulebook) -> tuple[Effect, ...]:
    if strategy.current_phase is PhaseName.INITIAL:
        return ()
    phase = strategy.phase(strategy.current_phase)
    step = waiting_step(phase)
    if step is None or step.name not in QUERIES:
        return ()
    asker = Address(strategy.uuid, phase.name, phase.current_stage, phase.stages[phase.current_stage].current_step)
    return behaviour_of(step).start(step, Scene(now, fleet, rules, strategy, asker)).effects
