"""What an action that has come to its end does to the fleet, and which events tell of it (ENGINE.md 4.2, 4.5).

Pure but for `Placement`, which is asked where an instance goes. An action on a host or an instance that is gone does
nothing and tells nothing: that it is gone was an event of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from reference_server.engine import messages as ask
from reference_server.engine.fleet import Fleet, Host, Instance
from reference_server.engine.messages import Address, Event, Failure
from reference_server.engine.words import StepName
from reference_server.simulation.faults import End, Ending
from reference_server.simulation.infrastructure import Pending
from reference_server.simulation.pace import ON_HOSTS, ON_INSTANCES, QUERIES
from reference_server.simulation.placement import Placement

CHANGES: Final[Mapping[StepName, Mapping[str, Any]]] = {
    StepName.DISABLE_HOST_SERVICES: {"services_disabled": True},
    StepName.ENABLE_HOST_SERVICES:  {"services_disabled": False},
    StepName.LOCK_HOSTS:            {"locked": True, "enabled": False, "availability": "online"},
    StepName.UNLOCK_HOSTS:          {"locked": False, "enabled": True, "availability": "available",
                                     "services_disabled": False},
}  # fmt: skip
"""What a host is after an action that ended well (ENGINE.md 4.5); a host that comes up has its services enabled."""

SERVICES: Final = frozenset({StepName.DISABLE_HOST_SERVICES, StepName.ENABLE_HOST_SERVICES})

FAILURES: Final[Mapping[End, Failure]] = {
    End.FAILS:     Failure.FAILED,
    End.TIMED_OUT: Failure.TIMED_OUT,
    End.CANCELLED: Failure.CANCELLED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fleet afterwards, the events, and the hosts that something changed on."""

    fleet: Fleet
    events: tuple[Event, ...] = ()
    touched: tuple[str, ...] = ()


def end(pending: Pending, ending: Ending | None, fleet: Fleet, placement: Placement) -> Outcome:
    """What an action comes to that ends as usual (None), or so."""
    action = pending.action
    if action is None or pending.asker is None or _is_gone(action, pending.subject, fleet):
        return Outcome(fleet)
    if pending.generic and (ending is None or ending.ends is End.LATE):
        return Outcome(fleet, (ask.Informed(pending.asker),) if is_query(pending) else ())
    if ending is None:
        return _succeed(action, pending, pending.asker, fleet, placement)
    if ending.ends is End.NEVER:
        return Outcome(fleet)
    if ending.ends is End.REFUSED:
        return Outcome(fleet, (_refusal(pending.asker, ending.reason),))
    return _fail(action, pending, pending.asker, ending.ends, fleet)


def is_query(pending: Pending) -> bool:
    """Whether the only outcome is an answer."""
    return pending.action in QUERIES or pending.generic == "question"


def _is_gone(action: StepName, subject: str, fleet: Fleet) -> bool:
    if action in ON_INSTANCES:
        return subject not in fleet.instance_by_uuid
    return action in ON_HOSTS and subject not in fleet.host_by_name


def _refusal(asker: Address, reason: str) -> Event:
    """A request that is not taken: with the reason that was given, or without one."""
    return ask.ActionRefused(asker, reason) if reason else ask.RequestFailed(asker)


def _fail(action: StepName, pending: Pending, asker: Address, ends: End, fleet: Fleet) -> Outcome:
    if is_query(pending):
        return Outcome(fleet, (ask.QueryFailed(asker),))
    if action is StepName.SW_PATCH_HOSTS:
        return _patched(pending.subject, fleet, current=False)
    if action in ON_HOSTS or (pending.generic and pending.subject):
        return Outcome(fleet, (ask.HostActionFailed(action, pending.subject),))
    if action is StepName.MIGRATE_INSTANCES:
        return _migration_failed(fleet.instance_by_uuid[pending.subject], fleet, FAILURES[ends])
    return Outcome(fleet, (ask.RequestFailed(asker),))


def _succeed(action: StepName, pending: Pending, asker: Address, fleet: Fleet, placement: Placement) -> Outcome:
    if action is StepName.SW_PATCH_HOSTS:
        return _patched(pending.subject, fleet, current=True)
    if action in ON_HOSTS:
        return _on_host(action, fleet.host_by_name[pending.subject], fleet)
    if action in ON_INSTANCES:
        return _on_instance(action, pending, fleet, placement)
    return _on_system(action, asker, fleet)


def _on_system(action: StepName, asker: Address, fleet: Fleet) -> Outcome:
    match action:
        case StepName.QUERY_ALARMS:
            return Outcome(fleet, (ask.AlarmsAnswered(asker, fleet.alarms),))
        case StepName.QUERY_SW_PATCHES:
            return Outcome(fleet, (ask.PatchesAnswered(asker, fleet.patches),))
        case StepName.QUERY_SW_PATCH_HOSTS:
            return Outcome(fleet, (ask.PatchHostsAnswered(asker, fleet.patch_hosts),))
        case StepName.QUERY_UPGRADE:
            return Outcome(fleet, (ask.UpgradeAnswered(asker, fleet.upgrade),))
        case StepName.ACTIVATE_UPGRADE:
            upgrade = fleet.upgrade and replace(fleet.upgrade, state="activation-complete")
            return Outcome(replace(fleet, upgrade=upgrade))
        case _:
            return Outcome(replace(fleet, upgrade=None))


# Hosts --------------------------------------------------------------------------------------------------------------


def _on_host(action: StepName, host: Host, fleet: Fleet) -> Outcome:
    match action:
        case StepName.SWACT_HOSTS:
            return _swacted(host, fleet)
        case StepName.UPGRADE_HOSTS:
            return _upgraded(host, fleet)
        case StepName.REBOOT_HOSTS:
            return Outcome(fleet)  # a locked host is the same after a reboot
    changed = fleet.with_host(replace(host, **CHANGES[action]))
    event = ask.ServicesChanged(host.name) if action in SERVICES else ask.HostChanged(host.name)
    return Outcome(changed, (event,), (host.name,))


def _swacted(host: Host, fleet: Fleet) -> Outcome:
    """The active role moves to the first other working controller; swact of a standby one changes nothing."""
    if host.name != fleet.local_host_name:
        return Outcome(fleet)
    others = (each for each in fleet.hosts if each.has("controller") and each.name != host.name)
    heir = next((each for each in others if each.is_working), None)
    if heir is None:
        return Outcome(fleet, (ask.HostActionFailed(StepName.SWACT_HOSTS, host.name),))
    return Outcome(replace(fleet, local_host_name=heir.name))


def _patched(name: str, fleet: Fleet, *, current: bool) -> Outcome:
    patch_host = fleet.patch_host_by_name.get(name)
    if patch_host is None:
        return Outcome(fleet)
    finished = replace(patch_host, patch_current=current, patch_failed=not current)
    return Outcome(fleet.with_patch_host(finished), touched=(name,))


def _upgraded(host: Host, fleet: Fleet) -> Outcome:
    """The host runs the new release; when all controllers do, the platform goes on to the other hosts."""
    upgrade = fleet.upgrade
    if upgrade is None:
        return Outcome(fleet, (ask.HostActionFailed(StepName.UPGRADE_HOSTS, host.name),))
    load = upgrade.to_release
    fleet = fleet.with_host(replace(host, software_load=load, target_load=load, availability="online"))
    controllers = (each for each in fleet.hosts if each.has("controller"))
    if upgrade.state == "upgrading-controllers" and all(each.software_load == load for each in controllers):
        fleet = replace(fleet, upgrade=replace(upgrade, state="upgrading-hosts"))
    return Outcome(fleet, (ask.HostChanged(host.name),), (host.name,))


# Instances ----------------------------------------------------------------------------------------------------------


def _on_instance(action: StepName, pending: Pending, fleet: Fleet, placement: Placement) -> Outcome:
    instance = fleet.instance_by_uuid[pending.subject]
    match action:
        case StepName.MIGRATE_INSTANCES:
            target = placement.best(fleet, pending.leaving)
            if target is None:
                return _migration_failed(instance, fleet, Failure.FAILED)
            return put(replace(instance, host_name=target), fleet)
        case StepName.STOP_INSTANCES:
            return put(replace(instance, locked=True, enabled=False), fleet)
        case _:
            return put(replace(instance, locked=False, enabled=True), fleet)


def put(instance: Instance, fleet: Fleet) -> Outcome:
    """The instance as it is now, in the place of what it was."""
    source = fleet.instance_by_uuid[instance.uuid].host_name
    touched = tuple(dict.fromkeys((source, instance.host_name)))
    return Outcome(fleet.with_instance(instance), (ask.InstanceChanged(instance.uuid, instance.name),), touched)


def _migration_failed(instance: Instance, fleet: Fleet, failure: Failure) -> Outcome:
    return Outcome(fleet, (ask.MigrateFailed(instance.uuid, instance.name, instance.host_name, failure),))
