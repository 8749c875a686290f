"""Steps that move, stop and start instances (ENGINE.md 4.2).

`step.host_names` are the hosts the instances were on when the strategy was built.
"""

from dataclasses import dataclass

from reference_server.engine.behaviours.progress import Progress, Scene, failed, succeeded, waiting
from reference_server.engine.fleet import Fleet, Instance
from reference_server.engine.messages import (
    ActionRefused,
    Event,
    InstanceChanged,
    MigrateFailed,
    MigrateFromHosts,
    MigrateInstances,
    StartInstances,
    StopInstances,
    Tick,
)
from reference_server.engine.model import Step

INSTANCE_GONE = "instance no longer exists"
INSTANCE_MOVED = "instance {instance} has moved from {source} to {target} after strategy created"
INSTANCE_UNKNOWN = "Instance {instance} does not exist."
HOST_UNKNOWN = "Host {host} does not exist."
MIGRATE_REASONS = {
    "failed": "Migrate of instance {instance} from host {host} failed.",
    "timed out": "Migrate of instance {instance} from host {host} timed out.",
    "cancelled": "Migrate of instance {instance} on host {host} cancelled.",
}


@dataclass(frozen=True, slots=True)
class Migrate:
    """Empty the source hosts: a locked instance that stays there keeps the step waiting, although nobody moves it."""

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask for all listed instances, unless their hosts are empty or one has moved."""
        if _sources_are_empty(step, scene.fleet):
            return succeeded(step)
        reason = _moved_or_unknown(step, scene.fleet)
        return failed(step, reason) if reason else waiting(step, MigrateInstances(scene.asker, step.entity_uuids))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Look at the source hosts when an instance changed; audits are no such change."""
        match event:
            case MigrateFailed(instance_uuid=uuid) if uuid in step.entity_uuids:
                reason = MIGRATE_REASONS[event.failure]
                return failed(step, reason.format(instance=event.instance_name, host=event.host_name))
            case ActionRefused(reason=reason):
                return failed(step, reason)
            case InstanceChanged() if _sources_are_empty(step, scene.fleet):
                return succeeded(step)
            case _:
                return waiting(step)


@dataclass(frozen=True, slots=True)
class Evacuate:
    """Empty hosts of whatever instances are on them then; those that were there at the build are shown (4.2 of 8.0).

    A locked instance beside others keeps the step waiting; where there are only locked ones nobody has to move.
    """

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask for the hosts, unless nobody is on them, nobody has to move, or one of those listed has moved."""
        fleet = scene.fleet
        present = [instance for name in step.host_names for instance in fleet.instances_by_host.get(name, ())]
        if not present:
            return succeeded(step)
        reason = _moved(step, fleet) or _unknown_source(step, fleet)
        if reason is not None:
            return failed(step, reason)
        if all(instance.locked for instance in present):
            return succeeded(step)
        return waiting(step, MigrateFromHosts(scene.asker, step.host_names))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Look at the hosts when an instance changed, and at audits."""
        match event:
            case MigrateFailed(host_name=name) if name in step.host_names:
                reason = MIGRATE_REASONS[event.failure]
                return failed(step, reason.format(instance=event.instance_name, host=name))
            case ActionRefused(reason=reason):
                return failed(step, reason)
            case InstanceChanged() | Tick() if _sources_are_empty(step, scene.fleet):
                return succeeded(step)
            case _:
                return waiting(step)


@dataclass(frozen=True, slots=True)
class Stop:
    """Wait until all listed instances are locked and disabled."""

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask for all listed instances, unless all are stopped or one has moved."""
        instances = _listed(step, scene.fleet)
        if None not in instances and all(map(_is_stopped, instances)):
            return succeeded(step)
        reason = _moved_or_unknown(step, scene.fleet)
        return failed(step, reason) if reason else waiting(step, StopInstances(scene.asker, step.entity_uuids))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Look at the instances when one changed, and at audits."""
        return _look(step, event, scene.fleet, stopped=True)


@dataclass(frozen=True, slots=True)
class Start:
    """Wait until all listed instances are enabled."""

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask for all listed instances, unless all are enabled."""
        instances = _listed(step, scene.fleet)
        if None in instances:
            return failed(step, INSTANCE_GONE)
        if all(map(_is_started, instances)):
            return succeeded(step)
        return waiting(step, StartInstances(scene.asker, step.entity_uuids))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Look at the instances when one changed, and at audits."""
        return _look(step, event, scene.fleet, stopped=False)


def _look(step: Step, event: Event, fleet: Fleet, *, stopped: bool) -> Progress:
    if isinstance(event, ActionRefused):
        return failed(step, event.reason)
    if not isinstance(event, InstanceChanged | Tick):
        return waiting(step)
    instances = _listed(step, fleet)
    if None in instances:
        return failed(step, INSTANCE_GONE)
    return succeeded(step) if all(map(_is_stopped if stopped else _is_started, instances)) else waiting(step)


def _listed(step: Step, fleet: Fleet) -> list[Instance | None]:
    return [fleet.instance_by_uuid.get(uuid) for uuid in step.entity_uuids]


def _is_stopped(instance: Instance | None) -> bool:
    return instance is not None and instance.locked and not instance.enabled


def _is_started(instance: Instance | None) -> bool:
    return instance is not None and instance.enabled


def _sources_are_empty(step: Step, fleet: Fleet) -> bool:
    return not any(fleet.instances_by_host.get(name) for name in step.host_names)


def _moved(step: Step, fleet: Fleet) -> str | None:
    """The first listed instance that is on another host than at the build; one that is gone has not moved."""
    for uuid, source in zip(step.entity_uuids, step.sources, strict=True):
        instance = fleet.instance_by_uuid.get(uuid)
        if instance is not None and instance.host_name != source:
            return INSTANCE_MOVED.format(instance=instance.name, source=source, target=instance.host_name)
    return None


def _unknown_source(step: Step, fleet: Fleet) -> str | None:
    unknown = next((name for name in step.host_names if name not in fleet.host_by_name), None)
    return None if unknown is None else HOST_UNKNOWN.format(host=unknown)


def _moved_or_unknown(step: Step, fleet: Fleet) -> str | None:
    """Why the listed instances cannot be worked on: the first that is gone, has moved, or is on no known host."""
    for uuid, source in zip(step.entity_uuids, step.host_names, strict=True):
        instance = fleet.instance_by_uuid.get(uuid)
        if instance is None:
            return INSTANCE_UNKNOWN.format(instance=uuid)
        if instance.host_name != source:
            return INSTANCE_MOVED.format(instance=instance.name, source=source, target=instance.host_name)
        if source not in fleet.host_by_name:
            return HOST_UNKNOWN.format(host=source)
    return None
