"""A world as tables for people."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rich.table import Table

from reference_server.engine.model import Stage, Strategy
from reference_server.engine.words import EntityType
from reference_server.rulebooks import Release
from reference_server.simulation.faults import fault_document
from reference_server.worlds.file import World
from reference_server.worlds.review import plan
from vimgate.tables import empty_table

_MOST_NAMES: Final = 6  # in a cell; the rest is counted


def sections(world: World, release: Release) -> Iterator[tuple[str, Table | None]]:
    """Everything that a world has, and what plain create requests would plan: headlines, and tables below them."""
    yield f"Hosts of {world.name}", _hosts(world)
    fleet = world.fleet
    if fleet.instances:
        yield "Instances", _instances(world)
    if groups := list(_groups(world)):
        yield "Groups and aggregates", _rows(("name", "kind", "members"), groups)
    if fleet.alarms:
        rows = ((alarm.alarm_id, alarm.mgmt_affecting, alarm.uuid) for alarm in fleet.alarms)
        yield "Alarms", _rows(("alarm", "management affecting", "uuid"), rows)
    if faults := _faults(world):
        yield "Faults", _rows(("number", "what"), ((str(number), text) for number, text in enumerate(faults)))
    for kind in release.wire.kinds:
        strategy = plan(kind, world, release)
        yield _headline(strategy), _stages(strategy) if strategy.apply.stages else None


def _faults(world: World) -> list[str]:
    """One line for each fault of the world."""
    return [
        ", ".join(f"{name}: {_plain(value)}" for name, value in fault_document(fault).items()) for fault in world.faults
    ]


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_plain(member)}" for name, member in value.items()) + "}"
    return str(value)


def _hosts(world: World) -> Table:
    fleet = world.fleet
    made = empty_table("host", "personality", "state", "load", "patch state", "instances", "uuid")
    for host in fleet.hosts:
        words = "locked" if host.locked else "unlocked", "enabled" if host.enabled else "disabled", host.availability
        active = ", active" if host.name == fleet.local_host_name else ""
        instances = str(len(fleet.instances_by_host.get(host.name, ())))
        patch_state = _patch_state(world, host.name)
        state = ", ".join(words)
        made.add_row(host.name, host.personality + active, state, host.software_load, patch_state, instances, host.uuid)
    for name in (one.name for one in fleet.patch_hosts if one.name not in fleet.host_by_name):
        made.add_row(name, "unknown to the host table", "", "", _patch_state(world, name), "", "")
    return made


def _patch_state(world: World, name: str) -> str:
    found = world.fleet.patch_host_by_name.get(name)
    if found is None:
        return "no patches" if not world.fleet.patches else "unknown"
    words = ["current" if found.patch_current else "needs patches" + (", reboot" if found.requires_reboot else "")]
    words += ["failed"] * found.patch_failed + ["interim"] * found.interim_state
    return ", ".join(words)


def _instances(world: World) -> Table:
    groups: dict[str, list[str]] = {}
    for group in world.fleet.instance_groups:
        for uuid in group.member_uuids:
            groups.setdefault(uuid, []).append(f"{group.name} ({', '.join(group.policies)})")
    rows = (
        (one.name, one.host_name, "locked" if one.locked else "running", ", ".join(groups.get(one.uuid, ())), one.uuid)
        for one in world.fleet.instances
    )
    return _rows(("instance", "host", "state", "groups", "uuid"), rows)


def _groups(world: World) -> Iterator[tuple[str, str, str]]:
    fleet = world.fleet
    for group in fleet.instance_groups:
        names = [fleet.instance_by_uuid[uuid].name for uuid in group.member_uuids]
        yield group.name, f"instance group, {', '.join(group.policies)}", ", ".join(names)
    for peers in fleet.host_groups:
        yield peers.name, f"storage peer group, {', '.join(peers.policies)}", ", ".join(peers.member_names)
    for aggregate in fleet.host_aggregates:
        yield aggregate.name, "host aggregate", ", ".join(aggregate.host_names)


def _rows(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    made = empty_table(*columns)
    for row in rows:
        made.add_row(*row)
    return made


def _stages(strategy: Strategy) -> Table:
    made = empty_table("stage", "name", "hosts", "instances", "steps", "timeout")
    for number, stage in enumerate(strategy.apply.stages):
        steps = Counter(step.name for step in stage.steps)
        hosts, instances = _entities(stage, EntityType.HOSTS), _entities(stage, EntityType.INSTANCES)
        words = (f"{name} x{times}" if times > 1 else str(name) for name, times in steps.items())
        made.add_row(str(number), stage.name, hosts, instances, ", ".join(words), f"{stage.timeout} s")
    return made


def _headline(strategy: Strategy) -> str:
    stages = strategy.apply.stages
    seconds = sum(stage.timeout for stage in stages)
    number = f"{len(stages)} stage{'s' if len(stages) > 1 else ''}"
    ends = f"fails to build: {strategy.build.reason}" if strategy.build.reason else f"{number}, at most {seconds} s"
    return f"A plain {strategy.kind} strategy: {ends}"


def _entities(stage: Stage, kind: EntityType) -> str:
    names = list(dict.fromkeys(name for step in stage.steps if step.entity_type is kind for name in step.entity_names))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
