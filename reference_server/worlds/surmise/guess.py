"""From sightings to the lists of a world, each entry with why it is there where that is not plain from a stage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from reference_server.worlds.surmise.apart import groups_apart
from reference_server.worlds.surmise.plans import Plan
from reference_server.worlds.surmise.sightings import SeenHost, SeenInstance, Sightings, sightings

FROM_RELEASE: Final = "1"
TO_RELEASE: Final = "2"
_ROLES: Final = ("controller", "storage", "swift", "worker")
_FEWEST: Final = 2  # controllers, storage hosts, swift hosts (ENGINE.md 5.2)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list, or the value of a member; `why` is empty when a stage says so plainly."""

    value: Any
    why: str = ""


@dataclass(slots=True)
class Surmise:
    """The members of a world file: single ones, and lists of entries; and what is not known at all."""

    members: dict[str, Entry] = field(default_factory=dict)
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def surmised(plans: Sequence[Plan]) -> Surmise:
    """What these plans (at least one, those that tell most first) say of their deployment."""
    seen = sightings(plans)
    patch = next((plan for plan in plans if plan.kind == "sw-patch"), None)
    upgrade = next((plan for plan in plans if plan.kind == "sw-upgrade"), None)
    order = _order(plans)
    simplex = _is_simplex(seen, plans)
    hosts = [seen.hosts[name] for name in order]
    added = _missing(hosts, patch, upgrade, simplex=simplex)
    world = Surmise()
    if simplex:
        world.members["single_controller"] = Entry(True, "its one controller is patched without a swact")  # noqa: FBT003
    world.members["local_host_name"] = _active(hosts + added, patch, upgrade)
    world.lists["hosts"] = [_host(host, upgrade, added) for host in hosts + added]
    placed = _placed(seen, order)
    world.lists["instances"] = [entry for _, entry in placed]
    world.lists["instance_groups"] = _instance_groups(plans, placed, order)
    world.lists["host_groups"] = _host_groups(plans, order)
    if patch is not None:
        world.lists["patches"] = [Entry({"name": "PATCH_0001"}, "its name is a guess; only that there is one matters")]
        world.lists["patch_hosts"] = _patch_hosts(patch, hosts + added)
    if upgrade is not None:
        world.members["upgrade"] = _upgrade_record(upgrade, world.members["local_host_name"].value)
    world.unknown = list(_unknown(patch, upgrade))
    return world


# Hosts --------------------------------------------------------------------------------------------------------------


def _order(plans: Sequence[Plan]) -> list[str]:
    """The order of the host table: upgrades follow it (ENGINE.md 0.2); then the hosts that only others have."""
    ordered = sorted(plans, key=lambda plan: plan.kind != "sw-upgrade")
    return list(dict.fromkeys(name for plan in ordered for name in plan.host_names))


def _is_simplex(seen: Sightings, plans: Sequence[Plan]) -> bool:
    """One host, controller and worker, whose worker stages have no swact."""
    swacts = any(stage.has("swact-hosts") for plan in plans for stage in plan.stages)
    return not swacts and len(seen.hosts) == 1 and all(host.why_controller for host in seen.hosts.values())


def _personality(host: SeenHost) -> str:
    roles = {*host.roles, *(["controller"] if host.why_controller else [])}
    return ",".join(role for role in _ROLES if role in roles)


def _missing(hosts: list[SeenHost], patch: Plan | None, upgrade: Plan | None, *, simplex: bool) -> list[SeenHost]:
    """Hosts that must be there too: no plan is made with fewer than two of some kinds."""
    wanted = {"controller": 0 if simplex else _FEWEST}
    for plan in filter(None, (patch, upgrade)):
        wanted |= {role: _FEWEST for role in ("storage", "swift") if plan.of(role)}
    taken = {host.name for host in hosts}
    added: list[SeenHost] = []
    for role, number in wanted.items():
        there = sum(role in _personality(host) for host in hosts)
        free = (name for name in (f"{role}-{index}" for index in count()) if name not in taken)
        added += [SeenHost(next(free), "", [role]) for _ in range(number - there)]
    return added


def _active(hosts: list[SeenHost], patch: Plan | None, upgrade: Plan | None) -> Entry:
    """The active controller: the last one of a patch plan (ENGINE.md 5.3), or what the upgrade allows (6.2)."""
    pure = [name for stage in (patch.of("controller") if patch else ()) for name, _ in stage.hosts]
    if len(pure) > 1:
        return Entry(pure[-1], "patched last of the controllers")
    controllers = [host.name for host in hosts if "controller" in _personality(host)]
    if upgrade is not None and "controller-1" in controllers and "controller-1" not in upgrade.host_names:
        return Entry("controller-1", "an upgrade of controller-0 begins with controller-1 active")
    return Entry(controllers[0] if controllers else hosts[0].name, "guess: no plan tells")


def _host(host: SeenHost, upgrade: Plan | None, added: list[SeenHost]) -> Entry:
    fields: dict[str, Any] = {"name": host.name}
    if host.uuid:
        fields["uuid"] = host.uuid
    fields["personality"] = _personality(host)
    why = [host.why_controller] if host.why_controller else []
    if host in added:
        why.append("guess: no plan names it, but without it there would be too few")
    if host.locked:
        fields["admin_state"] = "locked"
        why.append("locked: its stage reboots it")
    if host.computes is False and any("worker" in role for role in host.roles):
        fields["openstack_compute"] = False
        why.append("no compute service: its stage migrates without disabling it")
    if upgrade is not None and host.name not in upgrade.host_names and _would_be_upgraded(host, upgrade):
        fields["software_load"] = TO_RELEASE
        why.append("upgraded already: the upgrade leaves it out")
    return Entry(fields, "; ".join(why))


def _would_be_upgraded(host: SeenHost, upgrade: Plan) -> bool:
    role = next((role for role in ("controller", "storage", "worker") if role in _personality(host)), "")
    return role == "controller" or (role != "" and upgrade.asked(role) != "ignore")


# Instances and groups -----------------------------------------------------------------------------------------------


def _placed(seen: Sightings, order: list[str]) -> list[tuple[str, Entry]]:
    """Each instance with its host; where a stage of several hosts is all that tells, they are dealt out in order."""
    shares: dict[tuple[str, ...], list[SeenInstance]] = {}
    for instance in seen.instances.values():
        if not instance.certain:
            shares.setdefault(instance.hosts, []).append(instance)
    guesses = {
        instance.uuid or instance.name: hosts[number * len(hosts) // len(instances)]
        for hosts, instances in shares.items()
        for number, instance in enumerate(instances)
    }
    placed = [_instance(key, instance, guesses) for key, instance in seen.instances.items()]
    return sorted(placed, key=lambda pair: order.index(pair[0]))


def _instance(key: str, instance: SeenInstance, guesses: dict[str, str]) -> tuple[str, Entry]:
    host = instance.hosts[0] if instance.certain else guesses[key]
    fields = {"name": instance.name, **({"uuid": instance.uuid} if instance.uuid else {}), "host": host}
    why = "" if instance.certain else f"guess: it is on one of {', '.join(instance.hosts)}"
    return host, Entry(fields, why)


def _instance_groups(plans: Sequence[Plan], placed: list[tuple[str, Entry]], order: list[str]) -> list[Entry]:
    """Anti-affinity groups of one instance per host that is kept apart from others."""
    first = {host: entry.value["uuid"] for host, entry in reversed(placed) if "uuid" in entry.value}
    packings = [(_lists_with_instances(plan, first), plan.max_parallel_worker_hosts) for plan in plans]
    parallel = [packing for packing, plan in zip(packings, plans, strict=True) if plan.worker_apply_type == "parallel"]
    worker_order = _worker_order(plans, order)
    return [
        Entry(
            {"name": f"apart-{number}", "policies": ["anti-affinity"], "member_uuids": [first[host] for host in hosts]},
            f"guess: a parallel plan keeps {', '.join(hosts)} apart; it may as well be an aggregate",
        )
        for number, hosts in enumerate(groups_apart(parallel, worker_order))
    ]


def _lists_with_instances(plan: Plan, first: dict[str, str]) -> list[list[str]]:
    """The worker stages whose hosts were packed one by one: with instances, AIO controllers aside (ENGINE.md 5.6)."""
    stages = [stage for stage in plan.of("worker") if stage.has("lock-hosts") and not stage.has("swact-hosts")]
    lists = [[name for name, _ in stage.hosts] for stage in stages]
    return [names for names in lists if all(name in first for name in names)]


def _worker_order(plans: Sequence[Plan], order: list[str]) -> list[str]:
    patch = next((plan for plan in plans if plan.kind == "sw-patch"), None)
    return list(dict.fromkeys((*(patch.host_names if patch else ()), *order)))


def _host_groups(plans: Sequence[Plan], order: list[str]) -> list[Entry]:
    """Storage peer groups: hosts that a parallel plan keeps apart (ENGINE.md 5.4; storage-0 is alone in upgrades)."""
    packings: list[tuple[list[list[str]], int | None]] = []
    for plan in plans:
        lists = [[name for name, _ in stage.hosts] for stage in plan.of("storage")]
        if plan.storage_apply_type == "parallel":
            packings.append(([names for names in lists if plan.kind == "sw-patch" or names != ["storage-0"]], None))
    return [
        Entry(
            {"name": f"apart-{number}", "member_names": hosts},
            f"guess: a parallel plan keeps {', '.join(hosts)} apart",
        )
        for number, hosts in enumerate(groups_apart(packings, _worker_order(plans, order)))
    ]


# Patch state and upgrade --------------------------------------------------------------------------------------------


def _patch_hosts(patch: Plan, hosts: list[SeenHost]) -> list[Entry]:
    """Hosts of the plan in its order, then those that it leaves out: they have the patch, or nobody asked for them."""
    in_service = {
        name
        for stage in patch.stages
        if not (stage.has("lock-hosts") or stage.has("reboot-hosts"))
        for name, _ in stage.hosts
    }
    planned = [
        Entry({"name": name, **({"requires_reboot": False} if name in in_service else {})}) for name in patch.host_names
    ]
    return planned + [_unplanned(host, patch) for host in hosts if host.name not in patch.host_names]


def _unplanned(host: SeenHost, patch: Plan) -> Entry:
    roles = ["worker"] if host.why_controller else host.roles
    if any(patch.asked(role) != "ignore" for role in roles):
        return Entry({"name": host.name, "patch_current": True}, "patched already: the plan leaves it out")
    return Entry({"name": host.name}, "guess: the request left hosts like this one out")


def _upgrade_record(upgrade: Plan, active: str) -> Entry:
    begins = (
        "controller-0" in upgrade.host_names and "controller-1" not in upgrade.host_names and active == "controller-1"
    )
    state = "upgrading-controllers" if begins else "upgrading-hosts"
    record = {"state": state, "from_release": FROM_RELEASE, "to_release": TO_RELEASE}
    return Entry(record, "the releases are guesses, the state is one in which such a plan is made")


def _unknown(patch: Plan | None, upgrade: Plan | None) -> Iterable[str]:
    yield "alarms, and alarms that the operator lets be"
    yield "locked instances, instances on hosts that were patched without a reboot, and groups that kept nothing apart"
    yield "host aggregates: where hosts were kept apart, an instance group stands for them"
    if patch is None:
        yield "patches and the patch state of each host: there is no sw-patch strategy with a stage"
    if upgrade is None:
        yield "an upgrade, and the load of each host: there is no sw-upgrade strategy with a stage"
