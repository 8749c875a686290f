"""A world in the order in which a plan works on its hosts and instances.

Hosts of one rank come in the order of tables that a deployment need not keep (ENGINE.md 0.2, C6). The rules of grouping
take hosts one by one, so that a plan that follows them is found again from its own order.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.predictions.explain import worked_on
from conformance.predictions.prediction import World
from conformance.strategy import Strategy


def in_the_order_of(seen: Strategy, world: World) -> World:
    """The world with hosts, patch hosts and instances in the order of a plan; what it does not name comes after."""
    stages = seen.apply.stages
    hosts = _ranks(name for stage in stages for name in worked_on(stage))
    instances = _ranks(
        name
        for stage in stages
        for step in stage.steps
        if step.entity_type == "instances"
        for name in step.entity_names
    )
    tables = {"hosts": hosts, "patch_hosts": hosts, "instances": instances}
    lists = {name: _sorted(world[name], ranks) for name, ranks in tables.items() if name in world}
    return {**world, **lists}


def _ranks(names: Iterable[str]) -> dict[str, int]:
    return {name: rank for rank, name in enumerate(dict.fromkeys(names))}


def _sorted(items: Iterable[Mapping[str, Any]], ranks: Mapping[str, int]) -> list[Mapping[str, Any]]:
    return sorted(items, key=lambda item: ranks.get(item["name"], len(ranks)))
