"""From a recipe of the rulebook and the hosts of a stage to the stage (ENGINE.md 4.1, 5.3 to 5.7, 6.3 to 6.6)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from reference_server.engine.fleet import Fleet, Host, Instance
from reference_server.engine.model import Stage, Step, StrategyRequest
from reference_server.engine.planning.grouping import HostList
from reference_server.engine.rulebook import Entities, RecipeStep, Rulebook
from reference_server.engine.words import ApplyType, EntityType, InstanceAction, StepName


@dataclass(frozen=True)
class Site:
    """What one stage is built for: its hosts, in order, in their fleet, under a request.

    `upgrades_controller_1` says whether the same strategy upgrades controller-1 as well (ENGINE.md 6.3).
    """

    hosts: HostList
    request: StrategyRequest
    fleet: Fleet
    upgrades_controller_1: bool = False

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """The instances that are not locked, host by host (ENGINE.md 5.7)."""
        return tuple(
            instance
            for host in self.hosts
            for instance in self.fleet.instances_by_host.get(host.name, ())
            if not instance.locked
        )

    @cached_property
    def computing(self) -> HostList:
        """The hosts whose compute service is configured: plugin and label (ENGINE-8.0.md 0)."""
        return tuple(host for host in self.hosts if host.openstack_compute) if self.fleet.compute_plugin else ()

    @cached_property
    def unlocked(self) -> HostList:
        """The hosts that are not locked as of now."""
        return tuple(host for host in self.hosts if not host.locked)

    @cached_property
    def locked(self) -> HostList:
        """The hosts that are locked already."""
        return tuple(host for host in self.hosts if host.locked)


# The conditions a recipe line may name under `when`.
CONDITIONS: Final[Mapping[str, Callable[[Site], bool]]] = {
    "has-instances":         lambda site: bool(site.instances),
    "has-unlocked-hosts":    lambda site: bool(site.unlocked),
    "has-locked-hosts":      lambda site: bool(site.locked),
    "has-computing-hosts":   lambda site: bool(site.computing),
    "has-openstack-hosts":   lambda site: any(host.runs_openstack for host in site.hosts),
    "no-openstack-hosts":    lambda site: not any(host.runs_openstack for host in site.hosts),
    "has-controllers":       lambda site: any(host.has("controller") for host in site.hosts),
    "no-controllers":        lambda site: not any(host.has("controller") for host in site.hosts),
    "one-aio-host":          lambda site: len(site.hosts) == 1 and site.hosts[0].has("controller"),
    "several-controllers":   lambda site: not site.fleet.single_controller,
    "migrate":               lambda site: site.request.default_instance_action is InstanceAction.MIGRATE,
    "stop-start":            lambda site: site.request.default_instance_action is InstanceAction.STOP_START,
    "parallel-workers":      lambda site: site.request.worker_apply_type is ApplyType.PARALLEL,
    "first-host-computes":   lambda site: site.fleet.compute_plugin and site.hosts[0].openstack_compute,
    "upgrades-controller-1": lambda site: site.upgrades_controller_1,
}  # fmt: skip

_HOSTS: Final[Mapping[Entities, Callable[[Site], HostList]]] = {
    Entities.HOSTS: lambda site: site.hosts,
    Entities.UNLOCKED_HOSTS: lambda site: site.unlocked,
    Entities.LOCKED_HOSTS: lambda site: site.locked,
    Entities.COMPUTING_HOSTS: lambda site: site.computing,
}


def apply_stage(key: str, site: Site, rules: Rulebook) -> Stage:
    """The stage that the recipe of that key (`stage-name` or `stage-name.variant`) makes for these hosts."""
    lines = (line for line in rules.recipes[key] if all(CONDITIONS[name](site) for name in line.when))
    return Stage(rules.stage_names[key], tuple(made_step(line, site) for line in lines))


def apply_stages(key: str, sites: Iterable[Site], rules: Rulebook) -> list[Stage]:
    """One stage of that recipe per site."""
    return [apply_stage(key, site, rules) for site in sites]


def made_step(line: RecipeStep, site: Site) -> Step:
    """The step of a recipe line for these hosts, whether or not its conditions hold."""
    match line.entities:
        case Entities.NONE:
            return Step(line.step, line.timeout, fail_on_alarms=line.step is StepName.QUERY_ALARMS)
        case Entities.INSTANCES:
            return _instance_step(line, site)
        case _:
            return _host_step(line, _HOSTS[line.entities](site), site)


def _host_step(line: RecipeStep, hosts: HostList, site: Site) -> Step:
    names = tuple(host.name for host in hosts)
    return Step(
        line.step,
        line.timeout,
        EntityType.HOSTS,
        entity_uuids=tuple(host.uuid for host in hosts),
        entity_names=names,
        host_names=names,
        wait_until_disabled=not (line.step is StepName.LOCK_HOSTS and _is_simplex(hosts, site.fleet)),
        retries=line.retries,
    )


def _instance_step(line: RecipeStep, site: Site) -> Step:
    """A migration from hosts empties those that compute; its instances are shown, and must not have moved before."""
    sources = tuple(instance.host_name for instance in site.instances)
    empties = line.step is StepName.MIGRATE_FROM_HOST
    return Step(
        line.step,
        line.timeout,
        EntityType.INSTANCES,
        entity_uuids=tuple(instance.uuid for instance in site.instances),
        entity_names=tuple(instance.name for instance in site.instances),
        host_names=tuple(host.name for host in site.computing) if empties else sources,
        sources=sources if empties else (),
    )


def _is_simplex(hosts: HostList, fleet: Fleet) -> bool:
    """Whether the only host is the only controller and a worker: nobody sees it disabled (ENGINE.md 5.7 row 5)."""
    return fleet.single_controller and len(hosts) == 1 and _is_aio(hosts[0])


def _is_aio(host: Host) -> bool:
    return host.has("controller") and host.has("worker")
