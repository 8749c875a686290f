"""Worlds in which a defect of planning can show: the default one has no such hosts."""

from typing import Any, Final

type World = dict[str, Any]

_PATCHES: Final = [{"name": "PATCH_0001"}]
_CONTROLLERS: Final = [
    {"name": "controller-0", "personality": "controller"},
    {"name": "controller-1", "personality": "controller"},
]


def _named(personality: str, word: str, count: int, **members: Any) -> list[World]:
    return [{"name": f"{word}-{number}", "personality": personality, **members} for number in range(count)]


def _world(hosts: list[World], **members: Any) -> World:
    return {"hosts": [*_CONTROLLERS, *hosts], "patches": _PATCHES, **members}


SWIFT: Final = _world([*_named("swift", "swift", 4), *_named("worker", "compute", 2)])
"""Swift hosts."""

PAIRS_IN_AGGREGATES: Final = _world(
    _named("worker", "compute", 6),
    instances=[{"name": f"vm-{number}", "host": f"compute-{number}"} for number in range(6)],
    host_aggregates=[
        {"name": f"rack-{number}", "host_names": [f"compute-{2 * number}", f"compute-{2 * number + 1}"]}
        for number in range(3)
    ],
)
"""Six workers with instances in aggregates of two, of which one at most may be away."""

FIVE_IN_AN_AGGREGATE: Final = _world(
    _named("worker", "compute", 5),
    instances=[{"name": f"vm-{number}", "host": f"compute-{number}"} for number in range(5)],
    host_aggregates=[{"name": "rack", "host_names": [f"compute-{number}" for number in range(5)]}],
)
"""An aggregate with an odd number of hosts, half of which is no whole number."""

BEST_EFFORT: Final = _world(
    _named("worker", "compute", 4),
    instances=[
        {"name": f"vm-{number}", "uuid": f"5e0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e1{number}", "host": f"compute-{number}"}
        for number in range(4)
    ],
    instance_groups=[
        {
            "name": "spread",
            "policies": ["anti-affinity-best-effort"],
            "member_uuids": [f"5e0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e1{number}" for number in range(4)],
        }
    ],
)
"""Instances that are kept apart at best effort."""

LOCKED_INSTANCE: Final = _world(
    _named("worker", "compute", 2),
    instances=[
        {"name": "vm-0", "uuid": "6e0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e10", "host": "compute-0", "admin_state": "locked"},
        {"name": "vm-1", "uuid": "6e0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e11", "host": "compute-1"},
    ],
    instance_groups=[
        {
            "name": "pair",
            "policies": ["affinity"],
            "member_uuids": ["6e0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e10", "6e0c9f0e-6a3e-4d0b-9d57-1b8f5a7c2e11"],
        }
    ],
)
"""A locked instance in a group: it must not be shut down."""

BOTH_CONTROLLERS: Final = {
    "local_host_name": "controller-0",
    "hosts": [*_CONTROLLERS, *_named("storage", "storage", 4), *_named("worker", "compute", 2)],
    "host_groups": [
        {"name": f"group-{n}", "member_names": [f"storage-{2 * n}", f"storage-{2 * n + 1}"]} for n in (0, 1)
    ],
    "patches": _PATCHES,
    "upgrade": {"state": "upgrading-hosts", "from_release": "19.12", "to_release": "20.06"},
}
"""An upgrade that has every host before it, both controllers and four storage hosts among them."""

ONE_STORAGE: Final = _world([*_named("storage", "storage", 1), *_named("worker", "compute", 2)])
"""A single storage host: it must not be taken away."""

AWAY: Final = _world(
    [
        *_named("worker", "compute", 2),
        {"name": "compute-2", "personality": "worker", "admin_state": "locked", "oper_state": "disabled"}
        | {"avail_status": "offline"},
    ]
)
"""A worker that is locked and offline: nobody can patch it."""

_FOUR: Final = ("controller-0", "controller-1", "compute-0", "compute-1")

INTERIM: Final = _world(
    _named("worker", "compute", 2),
    patch_hosts=[{"name": host, "interim_state": host == "compute-1"} for host in _FOUR],
)
"""A host in the middle of another patch."""

IN_SERVICE: Final = _world(
    _named("worker", "compute", 2),
    patch_hosts=[{"name": host, "requires_reboot": host == "compute-1"} for host in _FOUR],
)
"""Patches that most hosts take in service, without a reboot."""

HARMLESS_ALARM: Final = _world(
    _named("worker", "compute", 2), alarms=[{"alarm_id": "100.101", "mgmt_affecting": "False"}]
)
"""An alarm that does not affect management."""

IGNORED_ALARM: Final = _world(_named("worker", "compute", 2), alarms=[{"alarm_id": "900.001"}])
"""An alarm that patching itself brings, and that is never counted."""

NOTHING_BUT_AN_ALARM: Final = {
    "hosts": [*_CONTROLLERS, *_named("worker", "compute", 2)],
    "alarms": [{"alarm_id": "100.101"}],
}
"""No patches, and an alarm: two rules are broken, and the first is told."""

BACKUP_ALARM: Final = {
    **BOTH_CONTROLLERS,
    "alarms": [{"alarm_id": "700.004"}],
}
"""An alarm that counts for upgrades and not for patches."""

FREE_WORKERS: Final = {
    **_world(_named("worker", "compute", 12)),
    "local_host_name": "controller-1",
    "upgrade": {"state": "upgrading-hosts", "from_release": "19.12", "to_release": "20.06"},
}
"""More workers without instances than any limit takes at a time, to be patched or upgraded."""

HARMFUL_ALARM: Final = {**FREE_WORKERS, "alarms": [{"alarm_id": "100.101"}]}
"""An alarm that affects management."""
