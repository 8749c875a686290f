"""What goes wrong in a simulated world, as frozen values: how actions end, and what changes by itself.

One grammar for the `faults` of a world file and for faults that are added at run time (worlds/world.schema.json).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reference_server.engine.fleet import Fleet
from reference_server.engine.words import PhaseName, StepName
from reference_server.simulation.faultcheck import names_of, problems
from reference_server.worlds.schema import faults_schema
from spec.documents import check, refuse

type Value = str | bool | None
type Fields = tuple[tuple[str, Value], ...]
"""Members of an object of a world file, in their order."""


class End(StrEnum):
    """How an action ends that does not simply succeed."""

    FAILS = "fails"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    NEVER = "never"
    LATE = "late"


class ChangeName(StrEnum):
    """What can change by itself."""

    HOST_VANISHES = "host-vanishes"
    HOST_APPEARS = "host-appears"
    HOST_CHANGES = "host-changes"
    INSTANCE_VANISHES = "instance-vanishes"
    INSTANCE_APPEARS = "instance-appears"
    INSTANCE_MOVES = "instance-moves"
    INSTANCE_CHANGES = "instance-changes"
    ALARM_RAISED = "alarm-raised"
    ALARM_CLEARED = "alarm-cleared"
    PATCH_HOST_CHANGES = "patch-host-changes"
    UPGRADE_CHANGES = "upgrade-changes"


@dataclass(frozen=True, slots=True)
class Ending:
    """How an action ends that a step asks for; None is "any". `instance` is a name or a uuid.

    `seconds`: of `late` how much later than otherwise, of other ends how long it takes until then (None: as long as the
    action itself, a refusal half a second). `times`: how many actions end so (None: all), each host or instance is one.
    """

    step: StepName
    ends: End
    phase: PhaseName | None = None
    host: str | None = None
    instance: str | None = None
    reason: str = ""
    seconds: float | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class When:
    """`seconds` after such a step began to wait; without a step after the world was loaded or the fault was added."""

    seconds: float = 0.0
    step: StepName | None = None
    phase: PhaseName | None = None
    stage: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the fleet that nobody asked for; which members it has depends on its name.

    An upgrade record that changes without `to` is gone.
    """

    change: ChangeName
    when: When
    host: str | None = None
    instance: str | None = None
    alarm: Fields = ()
    to: Fields = ()


type Fault = Ending | Change


def parse_faults(value: Any, name: str, fleet: Fleet | None = None) -> tuple[Fault, ...]:
    """The faults of a JSON array; with a fleet, what they name must be in it. Raises DocumentError saying where."""
    check(value, faults_schema(), name=name)
    refuse(problems(value, names_of(fleet) if fleet is not None else None), name=name)
    return faults_of(value)


def faults_of(value: list[Mapping[str, Any]]) -> tuple[Fault, ...]:
    """The faults of an array that was checked."""
    return tuple(_change(fields) if "change" in fields else _ending(fields) for fields in value)


def fault_document(fault: Fault) -> dict[str, Any]:
    """A fault as it is written; `parse_faults` reads it as the same fault."""
    if isinstance(fault, Ending):
        members = {name: getattr(fault, name) for name in _ENDING}
        return {name: _plain(value) for name, value in members.items() if value not in (None, "")}
    members = {name: getattr(fault, name) for name in ("change", "host", "instance")}
    written = {name: _plain(value) for name, value in members.items() if value is not None}
    written |= {name: dict(fields) for name, fields in (("alarm", fault.alarm), ("to", fault.to)) if fields}
    if fault.change is ChangeName.UPGRADE_CHANGES and not fault.to:
        written["to"] = None
    when = {name: getattr(fault.when, name) for name in ("seconds", "step", "phase", "stage")}
    return {**written, "when": {name: _plain(value) for name, value in when.items() if value is not None}}


_ENDING: Final = ("step", "ends", "phase", "host", "instance", "reason", "seconds", "times")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, StrEnum) else value


def _ending(fields: Mapping[str, Any]) -> Ending:
    return Ending(
        step=StepName(fields["step"]),
        ends=End(fields["ends"]),
        phase=_phase(fields),
        host=fields.get("host"),
        instance=fields.get("instance"),
        reason=fields.get("reason", ""),
        seconds=float(fields["seconds"]) if "seconds" in fields else None,
        times=int(fields["times"]) if "times" in fields else None,
    )


def _change(fields: Mapping[str, Any]) -> Change:
    return Change(
        change=ChangeName(fields["change"]),
        when=_when(fields.get("when", {})),
        host=fields.get("host"),
        instance=fields.get("instance"),
        alarm=tuple(fields.get("alarm", {}).items()),
        to=tuple((fields.get("to") or {}).items()),
    )


def _when(fields: Mapping[str, Any]) -> When:
    return When(
        seconds=float(fields.get("seconds", 0)),
        step=StepName(fields["step"]) if "step" in fields else None,
        phase=_phase(fields),
        stage=int(fields["stage"]) if "stage" in fields else None,
    )


def _phase(fields: Mapping[str, Any]) -> PhaseName | None:
    return PhaseName(fields["phase"]) if "phase" in fields else None
