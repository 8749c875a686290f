"""Worlds drawn at random: fleets small enough to be run through and varied enough to meet every rule of planning.

A world is a document for `POST /_control/world` (its schema is the control API's). The same seed draws the same world,
on every machine. Most worlds can be built from, one in four has a trouble that makes a build fail.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, Final

type World = dict[str, Any]

FROM_RELEASE: Final = "19.12"
TO_RELEASE: Final = "20.06"

# How often each form of a system is drawn; the numbers of hosts are drawn from what stands behind it.
_FORMS: Final[Mapping[str, int]] = {"simplex": 1, "duplex": 2, "standard": 4, "storage": 3, "swift": 1}
FORMS: Final = tuple(_FORMS)
_WORKERS: Final[Mapping[str, Sequence[int]]] = {
    "simplex":  (0,),
    "duplex":   (0, 0, 1, 2),
    "standard": (0, 1, 2, 3, 4, 5, 6),
    "storage":  (0, 1, 2, 3, 4),
    "swift":    (0, 1, 2),
}  # fmt: skip
_POLICIES: Final = ("anti-affinity", "anti-affinity", "anti-affinity-best-effort", "affinity", "affinity-best-effort")
# Left aside by both kinds of strategy, or by one of them.
_QUIET_ALARMS: Final = ("900.005", "900.005", "900.005", "900.005", "900.001", "280.002", "900.201")
_LOUD_ALARMS: Final = ("100.101", "300.004", "400.002")
_STILL_UPGRADING: Final = ("upgrading-controllers", "upgrading-hosts")
_NOT_UPGRADING: Final = ("started", "data-migration-complete", "activation-requested", "aborting")


def random_world(seed: int, form: str | None = None) -> World:
    """The world of that seed: a valid world document of at most two controllers, six storage hosts and six workers.

    `form` is one of `FORMS`; by default it is drawn too.
    """
    rng = Random(seed)  # noqa: S311 - a drawing that can be repeated, no secret
    drawn = rng.choices(list(_FORMS), list(_FORMS.values()))[0]
    form = form or drawn
    world: World = {"hosts": [{**host, "uuid": _uuid(rng)} for host in _hosts(rng, form)]}
    controllers = _named(world, "controller")
    world["local_host_name"] = rng.choice(controllers)
    if form == "simplex":
        world["single_controller"] = True
    if rng.random() < 1 / 8:
        world["openstack_installed"] = False
    else:
        _add_instances(rng, world)
    _add_groups(rng, world)
    _add_aggregates(rng, world)
    _add_patches(rng, world)
    _add_upgrade(rng, world)
    _add_alarms(rng, world)
    if rng.random() < 1 / 4:
        rng.choice(_TROUBLES)(rng, world)
    return world


# --- what there is


def _hosts(rng: Random, form: str) -> list[World]:
    aio = form in ("simplex", "duplex")
    controllers = ["controller-0"] if form == "simplex" else ["controller-0", "controller-1"]
    hosts = [_host(name, "controller,worker" if aio else "controller") for name in _shuffled(rng, controllers)]
    if form == "storage":
        hosts += [_host(f"storage-{number}", "storage") for number in range(rng.randint(2, 6))]
    if form == "swift":
        hosts += [_host(f"swift-{number}", "swift") for number in range(rng.randint(2, 3))]
    workers = [_host(f"compute-{number}", "worker") for number in range(rng.choice(_WORKERS[form]))]
    for worker in workers:
        if rng.random() < 1 / 8:
            worker["openstack_compute"] = False
    if workers and rng.random() < 1 / 4:
        rng.choice(workers)["admin_state"] = "locked"
    return hosts + (_shuffled(rng, workers) if rng.random() < 1 / 4 else workers)


def _host(name: str, personality: str) -> World:
    return {"name": name, "personality": personality}


def _add_instances(rng: Random, world: World) -> None:
    free = [host["name"] for host in world["hosts"] if "worker" in host["personality"] and "admin_state" not in host]
    homes = rng.sample(free, rng.randint(0, len(free)))
    drawn = [home for home in homes for _ in range(rng.randint(1, 2))]
    instances = [{"name": f"vm-{number}", "uuid": _uuid(rng), "host": home} for number, home in enumerate(drawn)]
    if instances:
        world["instances"] = _shuffled(rng, instances)


def _add_groups(rng: Random, world: World) -> None:
    members = [instance["uuid"] for instance in world.get("instances", ())]
    groups = [
        {"name": f"group-{number}", "uuid": _uuid(rng), "policies": [rng.choice(_POLICIES)], "member_uuids": uuids}
        for number, uuids in enumerate(_pieces(rng, members, (1, 3)))
        if rng.random() < 2 / 3
    ]
    if groups:
        world["instance_groups"] = groups
    storage = _named(world, "storage")
    if storage:
        pieces = enumerate(_pieces(rng, storage, (2, 3)))
        world["host_groups"] = [{"name": f"peers-{number}", "member_names": names} for number, names in pieces]


def _add_aggregates(rng: Random, world: World) -> None:
    workers = [host["name"] for host in world["hosts"] if host["personality"] == "worker"]
    if not workers or rng.random() < 1 / 2:
        return
    pieces = _pieces(rng, workers, (1, 4))
    if rng.random() < 1 / 4:
        pieces.append(workers)
    world["host_aggregates"] = [
        {"name": f"aggregate-{number}", "host_names": names} for number, names in enumerate(pieces)
    ]


def _add_patches(rng: Random, world: World) -> None:
    world["patches"] = [{"name": f"PATCH_{number:04d}"} for number in range(1, rng.randint(1, 2) + 1)]
    rebooting = rng.choice((0.0, 0.7, 1.0, 1.0))
    hosts = world["hosts"] if rng.random() < 2 / 3 else _shuffled(rng, world["hosts"])
    world["patch_hosts"] = [
        {
            "name": host["name"],
            "requires_reboot": rng.random() < rebooting,
            "patch_current": rng.random() < 1 / 6,
        }
        for host in hosts
    ]


def _add_upgrade(rng: Random, world: World) -> None:
    """An upgrade that is under way: what was upgraded before it was handed to the orchestration is at the new load."""
    if len(_named(world, "controller")) == 1 or rng.random() < 1 / 4:
        return
    world["upgrade"] = {"state": rng.choice(_STILL_UPGRADING), "from_release": FROM_RELEASE, "to_release": TO_RELEASE}
    if world["upgrade"]["state"] == "upgrading-controllers":
        world["local_host_name"] = "controller-1"
    for host in world["hosts"]:
        ahead = host["name"] == "controller-1" or rng.random() < 1 / 6
        host["software_load"], host["target_load"] = (TO_RELEASE if ahead else FROM_RELEASE), TO_RELEASE


def _add_alarms(rng: Random, world: World) -> None:
    """Alarms that are left aside: by their id, or, where restrictions are relaxed, because they affect nothing."""
    alarms = [_alarm(rng, rng.choice(_QUIET_ALARMS), "True") for _ in range(rng.choice((0, 0, 0, 1)))]
    if rng.random() < 1 / 12:
        alarms.append(_alarm(rng, rng.choice(_LOUD_ALARMS), "False"))
    if rng.random() < 1 / 12:
        alarm = _alarm(rng, rng.choice(_LOUD_ALARMS), "True")
        alarms.append(alarm)
        world["ignore_alarms"] = [alarm["alarm_id"]]
    if alarms:
        world["alarms"] = alarms


def _alarm(rng: Random, alarm_id: str, affecting: str) -> World:
    return {"alarm_uuid": _uuid(rng), "alarm_id": alarm_id, "mgmt_affecting": affecting}


# --- what makes a build fail


def _no_patches(_: Random, world: World) -> None:
    world["patches"], world["patch_hosts"] = [], []


def _nothing_to_patch(_: Random, world: World) -> None:
    for host in world["patch_hosts"]:
        host["patch_current"] = True


def _between_patches(rng: Random, world: World) -> None:
    rng.choice(world["patch_hosts"])["interim_state"] = True


def _unknown_patch_host(rng: Random, world: World) -> None:
    stranger = {"name": "compute-9", "personality": ["worker"], "requires_reboot": True}
    world["patch_hosts"].insert(rng.randint(0, len(world["patch_hosts"])), stranger)


def _degraded_host(rng: Random, world: World) -> None:
    rng.choice(world["hosts"])["avail_status"] = "degraded"


def _loud_alarm(rng: Random, world: World) -> None:
    world["alarms"] = [*world.get("alarms", ()), _alarm(rng, rng.choice(_LOUD_ALARMS), "True")]
    world.pop("ignore_alarms", None)


def _locked_instance(rng: Random, world: World) -> None:
    if world.get("instances"):
        rng.choice(world["instances"])["admin_state"] = "locked"


def _no_upgrade(_: Random, world: World) -> None:
    world.pop("upgrade", None)


def _other_upgrade_state(rng: Random, world: World) -> None:
    if "upgrade" in world:
        world["upgrade"]["state"] = rng.choice(_NOT_UPGRADING)


def _other_active_controller(_: Random, world: World) -> None:
    world["local_host_name"] = "controller-0"


_TROUBLES: Final[tuple[Callable[[Random, World], None], ...]] = (
    _no_patches,
    _nothing_to_patch,
    _between_patches,
    _unknown_patch_host,
    _degraded_host,
    _loud_alarm,
    _locked_instance,
    _locked_instance,
    _no_upgrade,
    _other_upgrade_state,
    _other_active_controller,
)


# --- drawing


def _named(world: World, personality: str) -> list[str]:
    return [host["name"] for host in world["hosts"] if personality in host["personality"]]


def _shuffled[T](rng: Random, items: Iterable[T]) -> list[T]:
    drawn = list(items)
    rng.shuffle(drawn)
    return drawn


def _pieces[T](rng: Random, items: Sequence[T], sizes: tuple[int, int]) -> list[list[T]]:
    """The items cut into pieces of so many at least (but for the last) and at most."""
    left, pieces = _shuffled(rng, items), []
    while left:
        size = rng.randint(*sizes)
        pieces.append(left[:size])
        left = left[size:]
    return pieces


def _uuid(rng: Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
