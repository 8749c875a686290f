"""The simulated infrastructure: what the engine asks for becomes changes of the fleet and events, each at its moment.

Deterministic: the same effects at the same moments give the same events. A change of several hosts or instances comes
as one event after the other, all at one moment, so that the step which waits for the last of them has not ended before
it, and the step after it sees none of them (ENGINE.md 4.5). Nothing here knows strategies, states or timers.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from reference_server.engine import messages as ask
from reference_server.engine.fleet import Fleet, Host, Instance
from reference_server.engine.messages import Effect, Event
from reference_server.engine.words import StepName
from reference_server.placement import Placement
from reference_server.worldfile import World

DURATIONS: Final[Mapping[StepName, float]] = {
    StepName.QUERY_ALARMS:            0.5,
    StepName.QUERY_SW_PATCHES:        0.5,
    StepName.QUERY_SW_PATCH_HOSTS:    0.5,
    StepName.QUERY_UPGRADE:           0.5,
    StepName.SWACT_HOSTS:            30.0,
    StepName.DISABLE_HOST_SERVICES:   5.0,
    StepName.ENABLE_HOST_SERVICES:    5.0,
    StepName.MIGRATE_INSTANCES:      30.0,
    StepName.STOP_INSTANCES:         10.0,
    StepName.START_INSTANCES:        10.0,
    StepName.LOCK_HOSTS:             20.0,
    StepName.UNLOCK_HOSTS:           60.0,
    StepName.REBOOT_HOSTS:           60.0,
    StepName.SW_PATCH_HOSTS:        300.0,
    StepName.UPGRADE_HOSTS:         600.0,
    StepName.ACTIVATE_UPGRADE:       60.0,
    StepName.COMPLETE_UPGRADE:       60.0,
}  # fmt: skip
"""Seconds that each action takes where the world file says nothing; what the engine itself waits for comes on top."""

KINDS: Final[Mapping[type[Effect], StepName]] = {
    ask.QueryAlarms:         StepName.QUERY_ALARMS,
    ask.QueryPatches:        StepName.QUERY_SW_PATCHES,
    ask.QueryPatchHosts:     StepName.QUERY_SW_PATCH_HOSTS,
    ask.QueryUpgrade:        StepName.QUERY_UPGRADE,
    ask.SwactHosts:          StepName.SWACT_HOSTS,
    ask.DisableHostServices: StepName.DISABLE_HOST_SERVICES,
    ask.EnableHostServices:  StepName.ENABLE_HOST_SERVICES,
    ask.MigrateInstances:    StepName.MIGRATE_INSTANCES,
    ask.StopInstances:       StepName.STOP_INSTANCES,
    ask.StartInstances:      StepName.START_INSTANCES,
    ask.LockHosts:           StepName.LOCK_HOSTS,
    ask.UnlockHosts:         StepName.UNLOCK_HOSTS,
    ask.RebootHosts:         StepName.REBOOT_HOSTS,
    ask.InstallPatches:      StepName.SW_PATCH_HOSTS,
    ask.UpgradeHosts:        StepName.UPGRADE_HOSTS,
    ask.ActivateUpgrade:     StepName.ACTIVATE_UPGRADE,
    ask.CompleteUpgrade:     StepName.COMPLETE_UPGRADE,
}  # fmt: skip
"""The kind of action that an effect is; also the key of its duration and of a scripted outcome."""

CHANGES: Final[Mapping[StepName, Mapping[str, Any]]] = {
    StepName.DISABLE_HOST_SERVICES: {"services_disabled": True},
    StepName.ENABLE_HOST_SERVICES:  {"services_disabled": False},
    StepName.LOCK_HOSTS:            {"locked": True, "enabled": False, "availability": "online"},
    StepName.UNLOCK_HOSTS:          {"locked": False, "enabled": True, "availability": "available"},
}  # fmt: skip
"""What a host is after an action that ended well (ENGINE.md 4.5)."""


class Outcome(StrEnum):
    """How a scripted action ends."""

    SUCCEEDS = "succeeds"
    FAILS = "fails"
    NEVER = "never ends"


Script = Mapping[tuple[StepName, str | None], Outcome]
"""Outcomes by kind of action and host; host None means every host, and is the key of actions that are on no host."""


@dataclass(frozen=True, slots=True, order=True)
class _Pending:
    """One thing that will happen: of this effect, to this host or instance (empty for the system as a whole)."""

    moment: float
    order: int
    effect: ask.Asking
    subject: str
    leaving: tuple[str, ...] = ()  # the hosts that a migration empties


class Simulator:
    """One fleet and what is still to happen in it."""

    def __init__(self, world: World, script: Script | None = None) -> None:
        self.fleet: Fleet = world.fleet
        self._durations = {**DURATIONS, **{StepName(name): seconds for name, seconds in world.durations.items()}}
        self._script = script if script is not None else {}
        self._pending: list[_Pending] = []
        self._accepted = 0
        self._placement = Placement(world.fleet)

    def accept(self, effect: Effect, now: float) -> None:
        """Take note of what the engine asks for; what comes of it happens later, never during this call."""
        if isinstance(effect, ask.GrowIgnoreList):
            self.fleet = replace(self.fleet, ignore_alarms=(*self.fleet.ignore_alarms, *effect.alarm_ids))
            return
        moment = now + self._durations[KINDS[type(effect)]]
        subjects, leaving = self._subjects(effect)
        for subject in subjects:
            self._accepted += 1
            heapq.heappush(self._pending, _Pending(moment, self._accepted, effect, subject, leaving))

    def _subjects(self, effect: Effect) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Whom an effect is on, one after the other, and the hosts that it empties; the system as a whole has no name.

        Instances that came to a source host after the strategy was built go along with those that were listed, as an
        operator would see to it: the engine waits until the host is empty. Locked ones stay (ENGINE.md 4.2).
        """
        match effect:
            case ask.MigrateInstances(instance_uuids=uuids):
                listed = (self.fleet.instance_by_uuid[uuid] for uuid in uuids)
                leaving = tuple(dict.fromkeys(instance.host_name for instance in listed))
                there = (instance for name in leaving for instance in self.fleet.instances_by_host[name])
                others = (instance.uuid for instance in there if not instance.locked)
                return tuple(dict.fromkeys((*uuids, *others))), leaving
            case ask.OnInstances(instance_uuids=uuids):
                return uuids, ()
            case ask.OnHosts(host_names=names):
                return names, ()
            case _:
                return ("",), ()

    def next_moment(self) -> float | None:
        """When something happens next."""
        return self._pending[0].moment if self._pending else None

    def occur(self) -> tuple[Event, ...]:
        """Let the next thing happen: the fleet is changed, the events say so."""
        pending = heapq.heappop(self._pending)
        kind = KINDS[type(pending.effect)]
        match self._outcome(kind, pending):
            case Outcome.NEVER:
                return ()
            case Outcome.FAILS:
                return self._fail(pending.effect, kind, pending.subject)
            case _:
                return self._succeed(pending)

    def _outcome(self, kind: StepName, pending: _Pending) -> Outcome:
        host_name = pending.subject
        if isinstance(pending.effect, ask.OnInstances) and host_name in self.fleet.instance_by_uuid:
            host_name = self.fleet.instance_by_uuid[host_name].host_name
        return self._script.get((kind, host_name)) or self._script.get((kind, None)) or Outcome.SUCCEEDS

    # What happens --------------------------------------------------------------------------------------------------

    def _succeed(self, pending: _Pending) -> tuple[Event, ...]:
        match pending.effect:
            case ask.OnHosts():
                return self._on_host(pending.effect, KINDS[type(pending.effect)], pending.subject)
            case ask.OnInstances():
                return self._on_instance(pending)
            case _:
                return self._on_system(pending.effect)

    def _fail(self, effect: ask.Asking, kind: StepName, subject: str) -> tuple[Event, ...]:
        match effect:
            case ask.QueryAlarms() | ask.QueryPatches() | ask.QueryPatchHosts() | ask.QueryUpgrade():
                return (ask.QueryFailed(effect.asker),)
            case ask.InstallPatches():
                return self._patched(subject, current=False)
            case ask.OnHosts():
                return (ask.HostActionFailed(kind, subject),)
            case ask.MigrateInstances():
                return self._migration_failed(self.fleet.instance_by_uuid[subject])
            case ask.OnInstances():
                return ()  # an instance that cannot be stopped or started is seen by its not changing
            case _:
                return (ask.RequestFailed(effect.asker),)

    def _on_system(self, effect: ask.Asking) -> tuple[Event, ...]:
        fleet, asker = self.fleet, effect.asker
        match effect:
            case ask.QueryAlarms():
                return (ask.AlarmsAnswered(asker, fleet.alarms),)
            case ask.QueryPatches():
                return (ask.PatchesAnswered(asker, fleet.patches),)
            case ask.QueryPatchHosts():
                return (ask.PatchHostsAnswered(asker, fleet.patch_hosts),)
            case ask.QueryUpgrade():
                return (ask.UpgradeAnswered(asker, fleet.upgrade),)
            case ask.ActivateUpgrade():
                upgrade = fleet.upgrade and replace(fleet.upgrade, state="activation-complete")
                self.fleet = replace(fleet, upgrade=upgrade)
            case ask.CompleteUpgrade():
                self.fleet = replace(fleet, upgrade=None)
        return ()

    def _on_host(self, effect: ask.OnHosts, kind: StepName, name: str) -> tuple[Event, ...]:
        if isinstance(effect, ask.InstallPatches):
            return self._patched(name, current=True)
        host = self.fleet.host_by_name[name]
        match effect:
            case ask.SwactHosts():
                return self._swacted(host)
            case ask.UpgradeHosts():
                return self._upgraded(host)
            case ask.RebootHosts():
                return ()  # a locked host is the same after a reboot
        self._put(replace(host, **CHANGES[kind]))
        return (ask.ServicesChanged(name) if "services_disabled" in CHANGES[kind] else ask.HostChanged(name),)

    def _put(self, host: Host) -> None:
        self.fleet = self.fleet.with_host(host)
        self._placement.touch(host.name, self.fleet)

    def _swacted(self, host: Host) -> tuple[Event, ...]:
        """The active role moves to the first other working controller; swact of a standby one changes nothing."""
        if host.name != self.fleet.local_host_name:
            return ()
        others = (each for each in self.fleet.hosts if each.has("controller") and each.name != host.name)
        heir = next((each for each in others if each.is_working), None)
        if heir is None:
            return (ask.HostActionFailed(StepName.SWACT_HOSTS, host.name),)
        self.fleet = replace(self.fleet, local_host_name=heir.name)
        return ()

    def _patched(self, name: str, *, current: bool) -> tuple[Event, ...]:
        patch_host = self.fleet.patch_host_by_name.get(name)
        if patch_host is not None:
            finished = replace(patch_host, patch_current=current, patch_failed=not current)
            self.fleet = self.fleet.with_patch_host(finished)
            self._placement.touch(name, self.fleet)
        return ()

    def _upgraded(self, host: Host) -> tuple[Event, ...]:
        """The host runs the new release; when all controllers do, the platform goes on to the other hosts."""
        upgrade = self.fleet.upgrade
        if upgrade is None:
            return (ask.HostActionFailed(StepName.UPGRADE_HOSTS, host.name),)
        load = upgrade.to_release
        self._put(replace(host, software_load=load, target_load=load, availability="online"))
        controllers = (each for each in self.fleet.hosts if each.has("controller"))
        if upgrade.state == "upgrading-controllers" and all(each.software_load == load for each in controllers):
            self.fleet = replace(self.fleet, upgrade=replace(upgrade, state="upgrading-hosts"))
        return (ask.HostChanged(host.name),)

    def _on_instance(self, pending: _Pending) -> tuple[Event, ...]:
        instance = self.fleet.instance_by_uuid[pending.subject]
        match pending.effect:
            case ask.MigrateInstances():
                target = self._placement.best(self.fleet, pending.leaving)
                if target is None:
                    return self._migration_failed(instance)
                return self._moved(replace(instance, host_name=target))
            case ask.StopInstances():
                return self._moved(replace(instance, locked=True, enabled=False))
            case _:
                return self._moved(replace(instance, locked=False, enabled=True))

    def _moved(self, instance: Instance) -> tuple[Event, ...]:
        source = self.fleet.instance_by_uuid[instance.uuid].host_name
        self.fleet = self.fleet.with_instance(instance)
        for name in {source, instance.host_name}:
            self._placement.touch(name, self.fleet)
        return (ask.InstanceChanged(instance.uuid, instance.name),)

    def _migration_failed(self, instance: Instance) -> tuple[Event, ...]:
        return (ask.MigrateFailed(instance.uuid, instance.name, instance.host_name),)
