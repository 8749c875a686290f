"""What goes into the machine and what comes out of it, as frozen values.

Commands are wishes of a caller. Events say what the infrastructure did. Effects are what the engine asks of the
infrastructure. Answers and refusals carry the address of the step that asked, so that a late one reaches nobody else.
"""

from dataclasses import dataclass
from enum import StrEnum

from reference_server.engine.fleet import Alarm, PatchHost, UpgradeRecord
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import PhaseName, StepName


@dataclass(frozen=True, slots=True)
class Address:
    """Which step asked: strategy uuid, phase, stage index, step index."""

    uuid: str
    phase: PhaseName
    stage: int
    step: int


# Commands -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Create:
    """Create a strategy with this uuid and start its build phase."""

    uuid: str
    request: StrategyRequest


@dataclass(frozen=True, slots=True)
class Apply:
    """Apply all remaining stages, or only the stage of that id."""

    stage_id: int | None = None


@dataclass(frozen=True, slots=True)
class Abort:
    """Abort the apply; with a stage id only if that is the stage that runs (ENGINE.md 2.3)."""

    stage_id: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the strategy; `force` in any state."""

    force: bool = False


Command = Create | Apply | Abort | Delete


# Events: answers to one step -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AlarmsAnswered:
    """The active platform alarms."""

    asker: Address
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class PatchesAnswered:
    """The patches that the patch controller knows."""

    asker: Address
    patches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatchHostsAnswered:
    """What the patch controller says of each host, in its order."""

    asker: Address
    patch_hosts: tuple[PatchHost, ...]


@dataclass(frozen=True, slots=True)
class UpgradeAnswered:
    """The upgrade record, or that there is none."""

    asker: Address
    upgrade: UpgradeRecord | None


@dataclass(frozen=True, slots=True)
class Informed:
    """A question of a generic step was answered; what was said is not known."""

    asker: Address


@dataclass(frozen=True, slots=True)
class QueryFailed:
    """A query or poll was not completed."""

    asker: Address


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A request to install patches, activate or complete the upgrade was not completed."""

    asker: Address


@dataclass(frozen=True, slots=True)
class ActionRefused:
    """The infrastructure refused an action with a reason, such as another operation in progress on that host."""

    asker: Address
    reason: str


# Events: news of the fleet, addressed to nobody -----------------------------------------------------------------------


class Failure(StrEnum):
    """How an action on an instance ended when it did not succeed; the words are those of the reason."""

    FAILED = "failed"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class HostChanged:
    """The state of a host changed, or the host is gone; the fleet handed in with this event says how."""

    host_name: str


@dataclass(frozen=True, slots=True)
class ServicesChanged:
    """The services of a host were enabled or disabled."""

    host_name: str


@dataclass(frozen=True, slots=True)
class InstanceChanged:
    """The state or the host of an instance changed, or the instance is gone."""

    instance_uuid: str
    instance_name: str


@dataclass(frozen=True, slots=True)
class HostActionFailed:
    """An action asked for by a step of this kind failed on this host."""

    step_name: StepName
    host_name: str


@dataclass(frozen=True, slots=True)
class MigrateFailed:
    """The migration of an instance away from a host did not succeed."""

    instance_uuid: str
    instance_name: str
    host_name: str
    failure: Failure = Failure.FAILED


@dataclass(frozen=True, slots=True)
class Tick:
    """A host audit; steps do not care of which host (ENGINE.md 0)."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The moment given to `handle` may be past a deadline."""


Answer = (
    AlarmsAnswered
    | PatchesAnswered
    | PatchHostsAnswered
    | UpgradeAnswered
    | Informed
    | QueryFailed
    | RequestFailed
    | ActionRefused
)
News = HostChanged | ServicesChanged | InstanceChanged | HostActionFailed | MigrateFailed | Tick
Event = Answer | News
Message = Command | Event | Expired


# Effects ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """An effect that a step asks for."""

    asker: Address


@dataclass(frozen=True, slots=True)
class QueryAlarms(Asking):
    """Ask for the platform alarms: `AlarmsAnswered` or `QueryFailed`."""


@dataclass(frozen=True, slots=True)
class QueryPatches(Asking):
    """Ask for the patches: `PatchesAnswered` or `QueryFailed`."""


@dataclass(frozen=True, slots=True)
class QueryPatchHosts(Asking):
    """Ask for the patch hosts: `PatchHostsAnswered` or `QueryFailed`."""


@dataclass(frozen=True, slots=True)
class QueryUpgrade(Asking):
    """Ask for the upgrade record: `UpgradeAnswered` or `QueryFailed`."""


@dataclass(frozen=True, slots=True)
class Inquire(Asking):
    """Ask what a generic step of this name asks: `Informed` or `QueryFailed`."""

    step_name: StepName


@dataclass(frozen=True, slots=True)
class Work(Asking):
    """Do on the system what a generic step of this name does: nothing when accepted, else `RequestFailed`."""

    step_name: StepName


@dataclass(frozen=True, slots=True)
class ActivateUpgrade(Asking):
    """Activate the upgrade: nothing when accepted, else `RequestFailed`."""


@dataclass(frozen=True, slots=True)
class CompleteUpgrade(Asking):
    """Complete the upgrade: nothing when accepted, else `RequestFailed`."""


@dataclass(frozen=True, slots=True)
class OnHosts(Asking):
    """An action on hosts; what comes of it arrives as `HostChanged`, `ServicesChanged` or `HostActionFailed`."""

    host_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwactHosts(OnHosts):
    """Move the active role away from each of these hosts."""


@dataclass(frozen=True, slots=True)
class DisableHostServices(OnHosts):
    """Disable the compute service of these hosts."""


@dataclass(frozen=True, slots=True)
class EnableHostServices(OnHosts):
    """Enable the compute service of these hosts."""


@dataclass(frozen=True, slots=True)
class LockHosts(OnHosts):
    """Lock these hosts."""


@dataclass(frozen=True, slots=True)
class UnlockHosts(OnHosts):
    """Unlock these hosts."""


@dataclass(frozen=True, slots=True)
class RebootHosts(OnHosts):
    """Reboot these locked hosts."""


@dataclass(frozen=True, slots=True)
class InstallPatches(OnHosts):
    """Install the patches on these hosts; the patch host list tells what came of it."""


@dataclass(frozen=True, slots=True)
class UpgradeHosts(OnHosts):
    """Upgrade these locked hosts."""


@dataclass(frozen=True, slots=True)
class WorkOnHosts(OnHosts):
    """Do on these hosts what a generic step of this name does; `HostActionFailed` when it fails."""

    step_name: StepName


@dataclass(frozen=True, slots=True)
class OnInstances(Asking):
    """An action on instances; what comes of it arrives as `InstanceChanged`, `MigrateFailed` or `ActionRefused`."""

    instance_uuids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrateInstances(OnInstances):
    """Move these instances to other hosts."""


@dataclass(frozen=True, slots=True)
class MigrateFromHosts(Asking):
    """Migrate whatever instances are on these hosts to other ones."""

    host_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopInstances(OnInstances):
    """Stop these instances."""


@dataclass(frozen=True, slots=True)
class StartInstances(OnInstances):
    """Start these instances."""


@dataclass(frozen=True, slots=True)
class GrowIgnoreList:
    """Add these ids to the configured list of ignored alarms (quirk B12, ENGINE.md 7.2)."""

    alarm_ids: tuple[str, ...]


Effect = Asking | GrowIgnoreList


# Outcomes of a call -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """What is true after a message: the strategy (or that there is none) and what is to be done."""

    strategy: Strategy | None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that the state does not allow; nothing changed. The reason may be empty (ENGINE.md 2.3)."""

    reason: str
