"""The stages of a sw-upgrade strategy (ENGINE.md 6)."""

from collections.abc import Iterator, Sequence
from typing import Final

from reference_server.engine.alarms import counted_alarms
from reference_server.engine.fleet import Fleet, Host, QueriedData
from reference_server.engine.model import Stage, StrategyRequest
from reference_server.engine.planning.inventory import planned_storage, planned_workers, require_enough, require_working
from reference_server.engine.planning.outcome import RuleBrokenError
from reference_server.engine.planning.recipes import Site, apply_stage, apply_stages
from reference_server.engine.reasons import Reason, alarm_names
from reference_server.engine.rulebook import WORKER, Rulebook
from reference_server.engine.words import ApplyType, StageName

UPGRADABLE_STATES: Final = ("upgrading-controllers", "upgrading-hosts")
CONTROLLER_0: Final = "controller-0"
CONTROLLER_1: Final = "controller-1"
STORAGE_0: Final = "storage-0"
PERSONALITIES: Final = ("controller", "storage", WORKER)  # the first that a host has decides (ENGINE.md 6.2)


def upgrade_stages(
    request: StrategyRequest, queried: QueriedData, fleet: Fleet, rules: Rulebook
) -> Iterator[Sequence[Stage]]:
    """The stages, batch by batch; a broken rule raises RuleBrokenError after the batches before it (ENGINE.md 6.2)."""
    release = _check(request, queried, fleet, rules)
    hosts = _select(fleet, release, rules)
    if hosts["controller"]:
        sites = _controller_sites(hosts["controller"], request, fleet, rules)
        yield apply_stages(StageName.UPGRADE_CONTROLLERS, sites, rules)
    if hosts["storage"]:
        yield apply_stages(StageName.UPGRADE_STORAGE, _storage_sites(hosts["storage"], request, fleet), rules)
    if hosts["worker"]:
        yield from _worker_stages(hosts["worker"], request, fleet, rules)
    if request.complete_upgrade:
        yield [apply_stage(StageName.UPGRADE_COMPLETE, _complete_site(request, fleet), rules)]


def _check(request: StrategyRequest, queried: QueriedData, fleet: Fleet, rules: Rulebook) -> str:
    """Checks 1 to 5 of ENGINE.md 6.2; the release to upgrade to."""
    upgrade = queried.upgrade
    if upgrade is None:
        raise RuleBrokenError(Reason.NO_UPGRADE)
    if upgrade.state not in UPGRADABLE_STATES:
        raise RuleBrokenError(Reason.UPGRADE_STATE, state=upgrade.state)
    if upgrade.state == "upgrading-controllers" and fleet.local_host_name != CONTROLLER_1:
        raise RuleBrokenError(Reason.CONTROLLER_1_NOT_ACTIVE)
    alarms = counted_alarms(queried.alarms, request, fleet, rules)
    if alarms:
        raise RuleBrokenError(Reason.UPGRADE_ALARMS, **alarm_names(alarm.alarm_id for alarm in alarms))
    for host in fleet.hosts:
        require_working(host)
    return upgrade.to_release


def _select(fleet: Fleet, release: str, rules: Rulebook) -> dict[str, list[Host]]:
    """Hosts that do not run the release yet, by personality; a host with none of the three is never upgraded.

    Where AIO controllers are upgraded a host that is a worker too is among the workers as well (ENGINE-8.0.md 6.2).
    """
    found: dict[str, list[Host]] = {personality: [] for personality in PERSONALITIES}
    workers_too = rules.choices.aio_upgrade == "duplex"
    for host in fleet.hosts:
        personality = next((word for word in PERSONALITIES if host.has(word)), None)
        if personality and host.software_load != release:
            found[personality].append(host)
            if workers_too and personality != WORKER and host.has(WORKER):
                found[WORKER].append(host)
    return found


def _controller_sites(hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, rules: Rulebook) -> list[Site]:
    """controller-1 first, then controller-0, by name; none where workers are among them (ENGINE.md 6.3)."""
    require_enough(fleet, "controller", Reason.FEW_UPGRADE_CONTROLLERS)
    if any(host.has(WORKER) for host in hosts):
        if fleet.single_controller or rules.choices.aio_upgrade == "refused":
            raise RuleBrokenError(Reason.UPGRADE_OF_AIO)
        return []
    by_name = {host.name: host for host in hosts}
    both = CONTROLLER_1 in by_name
    first = [Site((by_name[CONTROLLER_1],), request, fleet)] if both else []
    second = (
        [Site((by_name[CONTROLLER_0],), request, fleet, upgrades_controller_1=both)] if CONTROLLER_0 in by_name else []
    )
    return first + second


def _storage_sites(hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet) -> list[Site]:
    """storage-0 alone and first, the others as for patches (ENGINE.md 6.4)."""
    if request.storage_apply_type is ApplyType.IGNORE:
        return []
    first = [(host,) for host in hosts if host.name == STORAGE_0]
    others = planned_storage([host for host in hosts if host.name != STORAGE_0], request, fleet)
    return [Site(hosts_of_list, request, fleet) for hosts_of_list in (*first, *others)]


def _worker_stages(
    hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, rules: Rulebook
) -> Iterator[Sequence[Stage]]:
    """List by list, so that the lists before a locked instance keep their stages (ENGINE.md 6.5)."""
    for hosts_of_list in planned_workers(hosts, request, fleet, rules, reboot=True):
        _require_no_locked_instance(hosts_of_list, fleet)
        yield [apply_stage(StageName.UPGRADE_WORKERS, Site(hosts_of_list, request, fleet), rules)]


def _require_no_locked_instance(hosts: Sequence[Host], fleet: Fleet) -> None:
    for host in hosts:
        for instance in fleet.instances_by_host.get(host.name, ()):
            if instance.locked:
                raise RuleBrokenError(Reason.LOCKED_INSTANCE, instance=instance.name)


def _complete_site(request: StrategyRequest, fleet: Fleet) -> Site:
    """The last stage swacts away from controller-1 (ENGINE.md 6.6)."""
    host = fleet.host_by_name.get(CONTROLLER_1)
    if host is None:
        raise RuleBrokenError(Reason.NO_CONTROLLER_1)
    return Site((host,), request, fleet)
