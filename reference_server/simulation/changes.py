"""What a change by itself does to the fleet, and which events tell of it.

Hosts and instances tell of their changes; alarms, patch hosts and the upgrade record are seen by those who ask.
A change of what is not there (any more), or to what it is already, changes nothing and tells nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from reference_server.engine.fleet import Fleet, Instance
from reference_server.engine.messages import Event, HostChanged, InstanceChanged, ServicesChanged
from reference_server.simulation.actions import Outcome, put
from reference_server.simulation.faults import Change, ChangeName
from reference_server.worlds.fields import (
    alarm_of,
    host_fields,
    host_of,
    instance_fields,
    instance_of,
    patch_host_fields,
    patch_host_of,
    raised_alarm_uuid,
    upgrade_fields,
    upgrade_of,
)


def happen(change: Change, fleet: Fleet) -> Outcome:
    """The fleet after this change, and the events."""
    return _CHANGES[change.change](change, fleet)


# Hosts --------------------------------------------------------------------------------------------------------------


def _host_vanishes(change: Change, fleet: Fleet) -> Outcome:
    """Out of the host table, and no member of anything; its instances stay where nobody is, the patch host stays."""
    name = change.host or ""
    if name not in fleet.host_by_name:
        return Outcome(fleet)
    changed = replace(
        fleet,
        hosts=tuple(host for host in fleet.hosts if host.name != name),
        host_groups=tuple(
            replace(group, member_names=_without(group.member_names, name)) for group in fleet.host_groups
        ),
        host_aggregates=tuple(
            replace(aggregate, host_names=_without(aggregate.host_names, name)) for aggregate in fleet.host_aggregates
        ),
    )
    return Outcome(changed, (HostChanged(name),))


def _host_appears(change: Change, fleet: Fleet) -> Outcome:
    host = host_of(dict(change.to), openstack=fleet.compute_plugin, upgrade=fleet.upgrade)
    if host.name in fleet.host_by_name or any(each.uuid == host.uuid for each in fleet.hosts):
        return Outcome(fleet)
    return Outcome(replace(fleet, hosts=(*fleet.hosts, host)), (HostChanged(host.name),))


def _host_changes(change: Change, fleet: Fleet) -> Outcome:
    before = fleet.host_by_name.get(change.host or "")
    if before is None:
        return Outcome(fleet)
    after = host_of({**host_fields(before), **dict(change.to)}, openstack=fleet.compute_plugin, upgrade=fleet.upgrade)
    if after == before:
        return Outcome(fleet)
    events: list[Event] = []
    if after.services_disabled is not before.services_disabled:
        events.append(ServicesChanged(after.name))
    if replace(after, services_disabled=before.services_disabled) != before:
        events.append(HostChanged(after.name))
    return Outcome(fleet.with_host(after), tuple(events))


# Instances ----------------------------------------------------------------------------------------------------------


def _find(change: Change, fleet: Fleet) -> Instance | None:
    """By uuid, else by name."""
    found = fleet.instance_by_uuid.get(change.instance or "")
    return found or next((each for each in fleet.instances if each.name == change.instance), None)


def _instance_vanishes(change: Change, fleet: Fleet) -> Outcome:
    """Out of the instance table, and of its groups."""
    instance = _find(change, fleet)
    if instance is None:
        return Outcome(fleet)
    changed = replace(
        fleet,
        instances=tuple(each for each in fleet.instances if each.uuid != instance.uuid),
        instance_groups=tuple(
            replace(group, member_uuids=_without(group.member_uuids, instance.uuid)) for group in fleet.instance_groups
        ),
    )
    return Outcome(changed, (InstanceChanged(instance.uuid, instance.name),))


def _instance_appears(change: Change, fleet: Fleet) -> Outcome:
    instance = instance_of(dict(change.to))
    if instance.uuid in fleet.instance_by_uuid:
        return Outcome(fleet)
    changed = replace(fleet, instances=(*fleet.instances, instance))
    return Outcome(changed, (InstanceChanged(instance.uuid, instance.name),))


def _instance_moves(change: Change, fleet: Fleet) -> Outcome:
    return _instance_becomes(change, fleet, {"host": change.host})


def _instance_changes(change: Change, fleet: Fleet) -> Outcome:
    return _instance_becomes(change, fleet, dict(change.to))


def _instance_becomes(change: Change, fleet: Fleet, fields: Mapping[str, Any]) -> Outcome:
    before = _find(change, fleet)
    if before is None:
        return Outcome(fleet)
    after = instance_of({**instance_fields(before), **fields})
    return Outcome(fleet) if after == before else put(after, fleet)


# What is seen by asking ---------------------------------------------------------------------------------------------


def _alarm_raised(change: Change, fleet: Fleet) -> Outcome:
    taken = {alarm.uuid for alarm in fleet.alarms}
    fields = dict(change.alarm)
    alarm = alarm_of(fields, raised_alarm_uuid(str(fields["alarm_id"]), taken))
    return Outcome(fleet) if alarm.uuid in taken else Outcome(replace(fleet, alarms=(*fleet.alarms, alarm)))


def _alarm_cleared(change: Change, fleet: Fleet) -> Outcome:
    """All alarms with this id and, where one is given, this uuid."""
    asked = dict(change.alarm)
    left = tuple(
        alarm
        for alarm in fleet.alarms
        if asked.get("alarm_id") != alarm.alarm_id or asked.get("alarm_uuid", alarm.uuid) != alarm.uuid
    )
    return Outcome(fleet) if len(left) == len(fleet.alarms) else Outcome(replace(fleet, alarms=left))


def _patch_host_changes(change: Change, fleet: Fleet) -> Outcome:
    before = fleet.patch_host_by_name.get(change.host or "")
    if before is None:
        return Outcome(fleet)
    return Outcome(fleet.with_patch_host(patch_host_of({**patch_host_fields(before), **dict(change.to)}, "")))


def _upgrade_changes(change: Change, fleet: Fleet) -> Outcome:
    """Members that are not told stay as they are; without a record before, and too few members, there is none after."""
    if not change.to:
        return Outcome(replace(fleet, upgrade=None))
    fields = {**upgrade_fields(fleet.upgrade), **dict(change.to)}
    complete = {"state", "from_release", "to_release"} <= fields.keys()
    return Outcome(replace(fleet, upgrade=upgrade_of(fields))) if complete else Outcome(fleet)


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)


_CHANGES: Final[Mapping[ChangeName, Callable[[Change, Fleet], Outcome]]] = {
    ChangeName.HOST_VANISHES:      _host_vanishes,
    ChangeName.HOST_APPEARS:       _host_appears,
    ChangeName.HOST_CHANGES:       _host_changes,
    ChangeName.INSTANCE_VANISHES:  _instance_vanishes,
    ChangeName.INSTANCE_APPEARS:   _instance_appears,
    ChangeName.INSTANCE_MOVES:     _instance_moves,
    ChangeName.INSTANCE_CHANGES:   _instance_changes,
    ChangeName.ALARM_RAISED:       _alarm_raised,
    ChangeName.ALARM_CLEARED:      _alarm_cleared,
    ChangeName.PATCH_HOST_CHANGES: _patch_host_changes,
    ChangeName.UPGRADE_CHANGES:    _upgrade_changes,
}  # fmt: skip
