"""World files: a fleet and its pace, in YAML or JSON, written by hand or taken from a recorded case -> `World`.

The fields are those of recorded cases; most have defaults, so that a small world is a short file
(worlds/world.schema.json).
What the fields must be to one another is checked in `worldcheck`.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from reference_server.engine.fleet import (
    Alarm,
    Fleet,
    Host,
    HostAggregate,
    HostGroup,
    Instance,
    InstanceGroup,
    PatchHost,
    UpgradeRecord,
)
from reference_server.worldcheck import problems
from spec.documents import DocumentError, check, line_of, parse, read_text

DEFAULT_WORLD: Final = "default"
MOST_PROBLEMS: Final = 10  # are enough to act on

_UUIDS: Final = uuid.UUID("6f6c1d0e-5b0a-5d1c-9c57-0f4a6b8f2a11")  # namespace of the uuids that a world does not give

type _Fields = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """A fleet, the seconds that steps take in it (by step name, where the world says so), and a name for messages."""

    fleet: Fleet
    durations: Mapping[str, float]
    name: str


def read_world(path: Path) -> World:
    """The world of a YAML or JSON file. Raises DocumentError naming file, line and what is wrong."""
    text = read_text(path)
    return parse_world(parse(text, str(path)), str(path), text=text)


def load_world(name: str) -> World:
    """A world that is shipped, by file stem such as `aio-dx`. Raises LookupError when there is none."""
    file = files("reference_server.worlds").joinpath(f"{name}.yaml")
    if not file.is_file():
        raise LookupError(f"there is no world {name!r} in the package")
    text = file.read_text(encoding="utf-8")
    return parse_world(parse(text, f"worlds/{name}.yaml"), name, text=text)


@cache
def default_world() -> World:
    """The world of a server that was given none: standard, in the middle of an upgrade and with patches to apply."""
    return load_world(DEFAULT_WORLD)


@cache
def world_schema() -> Mapping[str, Any]:
    """The JSON Schema of world files."""
    text = files("reference_server.worlds").joinpath("world.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def parse_world(value: Any, name: str, *, text: str = "") -> World:
    """The world of a parsed document; `text`, where there is one, gives the lines in errors. Raises DocumentError."""
    check(value, world_schema(), name=name, text=text)
    found = [_located(problem, pointer, name, text) for pointer, problem in problems(value)]
    if found:
        rest = [f"{name}: and {len(found) - MOST_PROBLEMS} more"] if len(found) > MOST_PROBLEMS else []
        raise DocumentError("\n".join(found[:MOST_PROBLEMS] + rest))
    return World(_fleet(value), MappingProxyType(dict(value.get("durations", {}))), name)


def _located(problem: str, pointer: tuple[str | int, ...], name: str, text: str) -> str:
    line = line_of(text, pointer) if text else None
    return f"{name}{f':{line}' if line else ''}: /{'/'.join(map(str, pointer))}: {problem}"


def _fleet(value: _Fields) -> Fleet:
    upgrade = value.get("upgrade")
    openstack = value.get("openstack_installed", True)
    hosts = tuple(_host(host, openstack=openstack, upgrade=upgrade or {}) for host in value["hosts"])
    patches = tuple(patch["name"] for patch in value.get("patches", ()))
    patch_hosts = value.get("patch_hosts", [{"name": host.name} for host in hosts] if patches else [])
    personalities = {host.name: host.personality for host in hosts}
    return Fleet(
        local_host_name=value.get("local_host_name", _first_controller(hosts)),
        hosts=hosts,
        single_controller=value.get("single_controller", False),
        compute_plugin=openstack,
        ignore_alarms=tuple(value.get("ignore_alarms", ())),
        instances=tuple(map(_instance, value.get("instances", ()))),
        instance_groups=tuple(map(_instance_group, value.get("instance_groups", ()))),
        host_groups=tuple(map(_host_group, value.get("host_groups", ()))),
        host_aggregates=tuple(map(_host_aggregate, value.get("host_aggregates", ()))),
        patches=patches,
        patch_hosts=tuple(_patch_host(host, personalities.get(host["name"], "")) for host in patch_hosts),
        upgrade=UpgradeRecord(upgrade["state"], upgrade["from_release"], upgrade["to_release"]) if upgrade else None,
        alarms=tuple(_alarm(number, alarm) for number, alarm in enumerate(value.get("alarms", ()))),
    )


def _first_controller(hosts: tuple[Host, ...]) -> str:
    return next((host.name for host in hosts if host.has("controller")), hosts[0].name)


def _uuid(fields: _Fields, kind: str, name: str) -> str:
    """The uuid that is given, else one that depends on the name alone."""
    given: str = fields.get("uuid") or str(uuid.uuid5(_UUIDS, f"{kind}/{name}"))
    return given


def _host(fields: _Fields, *, openstack: bool, upgrade: _Fields) -> Host:
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
        software_load=fields.get("software_load", upgrade.get("from_release", "")),
        target_load=fields.get("target_load", upgrade.get("to_release", "")),
        openstack_compute=fields.get("openstack_compute", openstack and "worker" in personality),
    )


def _instance(fields: _Fields) -> Instance:
    locked = fields.get("admin_state") == "locked"
    enabled = fields.get("oper_state", "disabled" if locked else "enabled") == "enabled"
    return Instance(
        fields["name"], _uuid(fields, "instance", fields["name"]), fields["host"], locked=locked, enabled=enabled
    )


def _instance_group(fields: _Fields) -> InstanceGroup:
    uuid_ = _uuid(fields, "instance group", fields["name"])
    return InstanceGroup(fields["name"], uuid_, tuple(fields["policies"]), tuple(fields["member_uuids"]))


def _host_group(fields: _Fields) -> HostGroup:
    return HostGroup(
        fields["name"], tuple(fields.get("policies", ("storage-replication",))), tuple(fields["member_names"])
    )


def _host_aggregate(fields: _Fields) -> HostAggregate:
    return HostAggregate(fields["name"], tuple(fields["host_names"]))


def _patch_host(fields: _Fields, personality: str) -> PatchHost:
    """What the patch controller says; without further words the host needs the patch and a reboot."""
    return PatchHost(
        name=fields["name"],
        personality=tuple(fields.get("personality", personality.split(","))),
        requires_reboot=fields.get("requires_reboot", True),
        patch_current=fields.get("patch_current", False),
        patch_failed=fields.get("patch_failed", False),
        interim_state=fields.get("interim_state", False),
    )


def _alarm(number: int, fields: _Fields) -> Alarm:
    uuid_ = fields.get("alarm_uuid") or _uuid({}, "alarm", str(number))
    return Alarm(uuid_, fields["alarm_id"], fields.get("mgmt_affecting", "True"))
