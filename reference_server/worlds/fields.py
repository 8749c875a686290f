"""Fields of a world document <-> the values of a fleet, one kind of thing after the other.

Reading fills in the defaults (worlds/world.schema.json); writing says everything, so that it reads as the same value.
"""

import uuid
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any, Final

from reference_server.engine.fleet import (
    Alarm,
    Host,
    HostAggregate,
    HostGroup,
    Instance,
    InstanceGroup,
    PatchHost,
    UpgradeRecord,
)

_UUIDS: Final = uuid.UUID("6f6c1d0e-5b0a-5d1c-9c57-0f4a6b8f2a11")  # namespace of the uuids that a world does not give

type Fields = Mapping[str, Any]


def _uuid(fields: Fields, kind: str, name: str) -> str:
    """The uuid that is given, else one that depends on the name alone."""
    whole = f"{kind}/{name}".encode("utf-8", "surrogatepass")  # JSON can carry half of a character
    given: str = fields.get("uuid") or str(uuid.uuid5(_UUIDS, whole))
    return given


# Hosts --------------------------------------------------------------------------------------------------------------


def host_of(fields: Fields, *, openstack: bool, upgrade: UpgradeRecord | None) -> Host:
    """A host; without further words it is unlocked and working, has the old load, and computes when it is a worker."""
    locked = fields.get("admin_state") == "locked"
    personality = fields["personality"]
    return Host(
        name=fields["name"],
        uuid=_uuid(fields, "host", fields["name"]),
        personality=personality,
        locked=locked,
        enabled=fields.get("oper_state", "disabled" if locked else "enabled") == "enabled",
        availability=fields.get("avail_status", "online" if locked else "available"),
        software_load=fields.get("software_load", upgrade.from_release if upgrade else ""),
        target_load=fields.get("target_load", upgrade.to_release if upgrade else ""),
        openstack_compute=fields.get("openstack_compute", openstack and "worker" in personality),
        services_disabled=fields.get("services_disabled", False),
        openstack_control=fields.get("openstack_control", False),
    )


def host_fields(host: Host) -> dict[str, Any]:
    """All fields of a host."""
    return {
        "name": host.name,
        "uuid": host.uuid,
        "personality": host.personality,
        "admin_state": _admin(locked=host.locked),
        "oper_state": _oper(enabled=host.enabled),
        "avail_status": host.availability,
        "software_load": host.software_load,
        "target_load": host.target_load,
        "openstack_compute": host.openstack_compute,
        "services_disabled": host.services_disabled,
        "openstack_control": host.openstack_control,
    }


def _admin(*, locked: bool) -> str:
    return "locked" if locked else "unlocked"


def _oper(*, enabled: bool) -> str:
    return "enabled" if enabled else "disabled"


def host_group_of(fields: Fields) -> HostGroup:
    """A storage peer group."""
    policies = tuple(fields.get("policies", ("storage-replication",)))
    return HostGroup(fields["name"], policies, tuple(fields["member_names"]))


def host_group_fields(group: HostGroup) -> dict[str, Any]:
    """All fields of a storage peer group."""
    return {"name": group.name, "policies": list(group.policies), "member_names": list(group.member_names)}


def host_aggregate_of(fields: Fields) -> HostAggregate:
    """A host aggregate."""
    return HostAggregate(fields["name"], tuple(fields["host_names"]))


def host_aggregate_fields(aggregate: HostAggregate) -> dict[str, Any]:
    """All fields of a host aggregate."""
    return {"name": aggregate.name, "host_names": list(aggregate.host_names)}


# Instances ----------------------------------------------------------------------------------------------------------


def instance_of(fields: Fields) -> Instance:
    """An instance; without further words it is unlocked and runs, a locked one does not."""
    locked = fields.get("admin_state") == "locked"
    enabled = fields.get("oper_state", "disabled" if locked else "enabled") == "enabled"
    return Instance(
        fields["name"], _uuid(fields, "instance", fields["name"]), fields["host"], locked=locked, enabled=enabled
    )


def instance_fields(instance: Instance) -> dict[str, Any]:
    """All fields of an instance."""
    return {
        "name": instance.name,
        "uuid": instance.uuid,
        "host": instance.host_name,
        "admin_state": _admin(locked=instance.locked),
        "oper_state": _oper(enabled=instance.enabled),
    }


def instance_group_of(fields: Fields) -> InstanceGroup:
    """A server group."""
    uuid_ = _uuid(fields, "instance group", fields["name"])
    return InstanceGroup(fields["name"], uuid_, tuple(fields["policies"]), tuple(fields["member_uuids"]))


def instance_group_fields(group: InstanceGroup) -> dict[str, Any]:
    """All fields of a server group."""
    return {
        "name": group.name,
        "uuid": group.uuid,
        "policies": list(group.policies),
        "member_uuids": list(group.member_uuids),
    }


# Software -----------------------------------------------------------------------------------------------------------


def patch_host_of(fields: Fields, personality: str) -> PatchHost:
    """What the patch controller says; without further words the host needs the patch and a reboot."""
    return PatchHost(
        name=fields["name"],
        personality=tuple(fields.get("personality", personality.split(","))),
        requires_reboot=fields.get("requires_reboot", True),
        patch_current=fields.get("patch_current", False),
        patch_failed=fields.get("patch_failed", False),
        interim_state=fields.get("interim_state", False),
    )


def patch_host_fields(host: PatchHost) -> dict[str, Any]:
    """All fields of a patch host."""
    return {
        "name": host.name,
        "personality": list(host.personality),
        "requires_reboot": host.requires_reboot,
        "patch_current": host.patch_current,
        "patch_failed": host.patch_failed,
        "interim_state": host.interim_state,
    }


def upgrade_of(fields: Fields | None) -> UpgradeRecord | None:
    """The upgrade record, or that there is none."""
    return UpgradeRecord(fields["state"], fields["from_release"], fields["to_release"]) if fields else None


def upgrade_fields(upgrade: UpgradeRecord | None) -> dict[str, Any]:
    """All fields of the upgrade record; none of no record."""
    if upgrade is None:
        return {}
    return {"state": upgrade.state, "from_release": upgrade.from_release, "to_release": upgrade.to_release}


# Alarms -------------------------------------------------------------------------------------------------------------


def alarm_of(fields: Fields, default_uuid: str) -> Alarm:
    """An alarm; without further words it affects management."""
    return Alarm(fields.get("alarm_uuid") or default_uuid, fields["alarm_id"], fields.get("mgmt_affecting", "True"))


def alarm_fields(alarm: Alarm) -> dict[str, Any]:
    """All fields of an alarm."""
    return {"alarm_uuid": alarm.uuid, "alarm_id": alarm.alarm_id, "mgmt_affecting": alarm.mgmt_affecting}


def listed_alarm_uuid(number: int) -> str:
    """The uuid of the alarm at that place of a world's list, where it gives none."""
    return _uuid({}, "alarm", str(number))


def raised_alarm_uuid(alarm_id: str, taken: Collection[str]) -> str:
    """The uuid of an alarm that is raised by itself and gives none: the first one that is free."""
    free = (_uuid({}, "raised alarm", f"{alarm_id}/{number}") for number in count())
    return next(each for each in free if each not in taken)
