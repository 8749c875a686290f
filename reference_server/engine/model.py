"""Strategy, phase, stage and step as frozen values (ENGINE.md 1). Times are seconds as numbers; `None` is "not set".

`due` is the moment after which a running timer fires; it is internal and never on the wire.
"""

from dataclasses import dataclass, field, replace

from reference_server.engine.fleet import QueriedData
from reference_server.engine.words import (
    AlarmRestrictions,
    ApplyType,
    EntityType,
    InstanceAction,
    Kind,
    PhaseName,
    Result,
    State,
    StepName,
)

type Option = bool | int | str | tuple[str, ...] | None
"""The value of a member that only some kinds have."""


@dataclass(frozen=True, slots=True)
class StrategyRequest:
    """A validated create body with its defaults filled in (ENGINE.md 8.1, 8.2).

    `options` are the members that only some kinds have, by their names on the wire (RELEASES.md 3).
    """

    kind: Kind
    controller_apply_type: ApplyType = ApplyType.SERIAL
    storage_apply_type: ApplyType = ApplyType.SERIAL
    swift_apply_type: ApplyType = ApplyType.IGNORE
    worker_apply_type: ApplyType = ApplyType.SERIAL
    max_parallel_worker_hosts: int = 2
    default_instance_action: InstanceAction = InstanceAction.MIGRATE
    alarm_restrictions: AlarmRestrictions = AlarmRestrictions.STRICT
    complete_upgrade: bool = False
    options: tuple[tuple[str, Option], ...] = ()

    def option(self, name: str) -> Option:
        """The value of a member that only some kinds have; None also when it was not given."""
        return dict(self.options).get(name)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a waiting step remembers of what it has asked for; a restart of the engine forgets it (ENGINE-8.0.md 8.6).

    `failures` are the hosts whose action failed, each as often as it did; `again` is when what failed is asked for
    once more; `asked` says that a poll has not been answered yet.
    """

    failures: tuple[str, ...] = ()
    again: float | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `host_names` are the hosts it acts on, or for instance steps the build-time host of each instance.

    A step that empties its hosts has them in `host_names`, and the build-time host of each instance in `sources`.
    `generic` says that it does not do what its name says elsewhere: it ends a while after it was asked for.
    """

    name: StepName
    timeout: int
    entity_type: EntityType = EntityType.NONE
    entity_uuids: tuple[str, ...] = ()
    entity_names: tuple[str, ...] = ()
    host_names: tuple[str, ...] = ()
    fail_on_alarms: bool = False
    wait_until_disabled: bool = True
    generic: bool = False
    result: Result = Result.INITIAL
    reason: str = ""
    started: float | None = None
    ended: float | None = None
    first_event: float | None = None
    due: float | None = None
    retries: int = 0
    sources: tuple[str, ...] = ()
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; its timeout is derived from its steps (ENGINE.md 1.5). Generic stages have names of their own."""

    name: str
    steps: tuple[Step, ...]
    current_step: int = 0
    inprogress: bool = False
    result: Result = Result.INITIAL
    reason: str = ""
    started: float | None = None
    ended: float | None = None
    due: float | None = None

    @property
    def timeout(self) -> int:
        """Sum of the step timeouts + 1 s; 0 if that sum is 0."""
        total = sum(step.timeout for step in self.steps)
        return total + 1 if total else 0


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase; `timeout` is the snapshot taken when a run starts (ENGINE.md 1.5 rule 2)."""

    name: PhaseName
    stages: tuple[Stage, ...] = ()
    timeout: int = 0
    current_stage: int = 0
    stop_at_stage: int = 0
    inprogress: bool = False
    result: Result = Result.INITIAL
    reason: str = ""
    started: float | None = None
    ended: float | None = None
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """The one strategy of an engine."""

    uuid: str
    request: StrategyRequest
    state: State = State.INITIAL
    current_phase: PhaseName = PhaseName.INITIAL
    build: Phase = field(default_factory=lambda: Phase(PhaseName.BUILD))
    apply: Phase = field(default_factory=lambda: Phase(PhaseName.APPLY))
    abort: Phase = field(default_factory=lambda: Phase(PhaseName.ABORT))
    queried: QueriedData = field(default_factory=QueriedData)

    @property
    def kind(self) -> Kind:
        """The kind that was requested."""
        return self.request.kind

    def phase(self, name: PhaseName) -> Phase:
        """The phase of that name."""
        match name:
            case PhaseName.BUILD:
                return self.build
            case PhaseName.APPLY:
                return self.apply
            case PhaseName.ABORT:
                return self.abort
            case PhaseName.INITIAL:
                raise LookupError("the phase `initial` has no stages: a strategy starts with `build`")

    def with_phase(self, phase: Phase) -> "Strategy":
        """A copy with that phase put in its place."""
        match phase.name:
            case PhaseName.BUILD:
                return replace(self, build=phase)
            case PhaseName.APPLY:
                return replace(self, apply=phase)
            case _:
                return replace(self, abort=phase)
