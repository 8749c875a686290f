"""Worlds of any size: workers with instances, anti-affinity groups, aggregates; everything random comes from a seed."""

import random
from typing import Any, Final

from reference_server.worlds.file import World, parse_world

INSTANCES_PER_HOST: Final = 5
GROUP_SIZE: Final = 4
AGGREGATES: Final = 10


def world_document(workers: int, seed: int) -> dict[str, Any]:
    """A world with two controllers, a patch that every host needs, and that many workers.

    Each worker has five instances. The instances with the same number on their host are shuffled into anti-affinity
    groups of four, so that no host has two of a group; the workers are shuffled into ten aggregates.
    """
    shuffled = random.Random(seed)  # noqa: S311 - the same world for the same seed
    names = [f"compute-{number}" for number in range(workers)]
    instances = [_instance(host, number) for host in range(workers) for number in range(INSTANCES_PER_HOST)]
    groups: list[dict[str, Any]] = []
    for number in range(INSTANCES_PER_HOST):
        hosts = shuffled.sample(range(workers), workers)
        for start in range(0, workers - GROUP_SIZE + 1, GROUP_SIZE):
            groups.append(_group(len(groups), hosts[start : start + GROUP_SIZE], number))
    members = shuffled.sample(names, workers)
    aggregates = ({"name": f"aggregate-{each}", "host_names": members[each::AGGREGATES]} for each in range(AGGREGATES))
    controllers = [{"name": f"controller-{number}", "personality": "controller"} for number in (0, 1)]
    return {
        "hosts": controllers + [{"name": name, "personality": "worker"} for name in names],
        "instances": instances,
        "instance_groups": groups,
        "host_aggregates": [aggregate for aggregate in aggregates if aggregate["host_names"]],
        "patches": [{"name": "PATCH-1"}],
    }


def make_world(workers: int, seed: int) -> World:
    """That world, read."""
    return parse_world(world_document(workers, seed), f"{workers} workers")


def _instance(host: int, number: int) -> dict[str, Any]:
    return {"name": f"vm-{host}-{number}", "uuid": _uuid(host, number), "host": f"compute-{host}"}


def _group(number: int, hosts: list[int], instance: int) -> dict[str, Any]:
    return {
        "name": f"group-{number}",
        "policies": ["anti-affinity"],
        "member_uuids": [_uuid(host, instance) for host in hosts],
    }


def _uuid(host: int, number: int) -> str:
    return f"00000000-0000-4000-8000-{host:08x}{number:04x}"
