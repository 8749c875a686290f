"""World files: a fleet, its pace and its faults, in YAML or JSON, by hand or from a recorded case -> `World`.

The fields are those of recorded cases; most have defaults, so that a small world is a short file
(worlds/world.schema.json, `worlds.fields`).
What the fields must be to one another is checked in `worlds.check`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from reference_server.engine.fleet import Fleet, Host
from reference_server.simulation.faultcheck import lead_nowhere, names_of, with_those_to_come
from reference_server.simulation.faults import Fault, fault_document, faults_of
from reference_server.worlds.check import problems
from reference_server.worlds.fields import (
    alarm_fields,
    alarm_of,
    host_aggregate_fields,
    host_aggregate_of,
    host_fields,
    host_group_fields,
    host_group_of,
    host_of,
    instance_fields,
    instance_group_fields,
    instance_group_of,
    instance_of,
    listed_alarm_uuid,
    patch_host_fields,
    patch_host_of,
    upgrade_fields,
    upgrade_of,
)
from reference_server.worlds.schema import world_schema
from spec.documents import check, parse, read_text, refuse

__all__ = ["World", "default_world", "load_world", "parse_world", "read_world", "world_document", "world_schema"]

DEFAULT_WORLD: Final = "default"


@dataclass(frozen=True)
class World:
    """A fleet, the seconds that steps take in it (by step name, where the world says so), a name, and faults."""

    fleet: Fleet
    durations: Mapping[str, float]
    name: str
    faults: tuple[Fault, ...] = ()


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


def parse_world(value: Any, name: str, *, text: str = "") -> World:
    """The world of a parsed document; `text`, where there is one, gives the lines in errors. Raises DocumentError."""
    check(value, world_schema(), name=name, text=text)
    refuse(problems(value), name=name, text=text)
    durations = MappingProxyType(dict(value.get("durations", {})))
    return World(_fleet(value), durations, name, faults_of(value.get("faults", [])))


def _fleet(value: Mapping[str, Any]) -> Fleet:
    upgrade = upgrade_of(value.get("upgrade"))
    openstack = value.get("openstack_installed", True)
    hosts = tuple(host_of(host, openstack=openstack, upgrade=upgrade) for host in value["hosts"])
    patches = tuple(patch["name"] for patch in value.get("patches", ()))
    patch_hosts = value.get("patch_hosts", [{"name": host.name} for host in hosts] if patches else [])
    personalities = {host.name: host.personality for host in hosts}
    return Fleet(
        local_host_name=value.get("local_host_name", _first_controller(hosts)),
        hosts=hosts,
        single_controller=value.get("single_controller", False),
        compute_plugin=openstack,
        ignore_alarms=tuple(value.get("ignore_alarms", ())),
        instances=tuple(map(instance_of, value.get("instances", ()))),
        instance_groups=tuple(map(instance_group_of, value.get("instance_groups", ()))),
        host_groups=tuple(map(host_group_of, value.get("host_groups", ()))),
        host_aggregates=tuple(map(host_aggregate_of, value.get("host_aggregates", ()))),
        patches=patches,
        patch_hosts=tuple(patch_host_of(host, personalities.get(host["name"], "")) for host in patch_hosts),
        upgrade=upgrade,
        alarms=tuple(
            alarm_of(alarm, listed_alarm_uuid(number)) for number, alarm in enumerate(value.get("alarms", ()))
        ),
    )


def _first_controller(hosts: tuple[Host, ...]) -> str:
    return next((host.name for host in hosts if host.has("controller")), hosts[0].name if hosts else "")


def world_document(
    fleet: Fleet, durations: Mapping[str, float] = MappingProxyType({}), faults: tuple[Fault, ...] = ()
) -> dict[str, Any]:
    """The world document of a fleet: `parse_world` reads it as the same fleet, durations and faults.

    Faults that name what is gone and will not come back are left out: they can do nothing any more.
    """
    document: dict[str, Any] = {
        "local_host_name": fleet.local_host_name,
        "single_controller": fleet.single_controller,
        "openstack_installed": fleet.compute_plugin,
        "ignore_alarms": list(fleet.ignore_alarms),
        "hosts": list(map(host_fields, fleet.hosts)),
        "vanished_hosts": _vanished(fleet),
        "instances": list(map(instance_fields, fleet.instances)),
        "instance_groups": list(map(instance_group_fields, fleet.instance_groups)),
        "host_groups": list(map(host_group_fields, fleet.host_groups)),
        "host_aggregates": list(map(host_aggregate_fields, fleet.host_aggregates)),
        "patches": [{"name": name} for name in fleet.patches],
        "patch_hosts": list(map(patch_host_fields, fleet.patch_hosts)),
        "upgrade": upgrade_fields(fleet.upgrade) or None,
        "alarms": list(map(alarm_fields, fleet.alarms)),
        "durations": dict(durations),
        "faults": _documents(faults, fleet),
    }
    return {name: value for name, value in document.items() if name not in _OPTIONAL or value}


_OPTIONAL: Final = frozenset({"vanished_hosts", "durations", "faults"})


def _vanished(fleet: Fleet) -> list[str]:
    """Hosts that instances are on although the host table does not know them."""
    return [name for name in fleet.instances_by_host if name not in fleet.host_by_name]


def _documents(faults: tuple[Fault, ...], fleet: Fleet) -> list[dict[str, Any]]:
    written: list[Mapping[str, Any]] = list(map(fault_document, faults))
    names = with_those_to_come(names_of(fleet), written)
    return [dict(each) for each in written if not lead_nowhere(each, names)]
