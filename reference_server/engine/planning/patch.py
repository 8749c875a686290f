"""The stages of a sw-patch strategy (ENGINE.md 5)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from reference_server.engine.alarms import counted_alarms
from reference_server.engine.fleet import Fleet, Host, PatchHost, QueriedData
from reference_server.engine.model import Stage, StrategyRequest
from reference_server.engine.planning.inventory import (
    planned_storage,
    planned_workers,
    require_enough,
    require_personality,
    require_working,
)
from reference_server.engine.planning.outcome import RuleBrokenError
from reference_server.engine.planning.recipes import Site, apply_stages
from reference_server.engine.reasons import Reason, alarm_names
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import ApplyType, InstanceAction, StageName

ONLINE_OR_OFFLINE: Final = ("online", "offline")


def patch_stages(
    request: StrategyRequest, queried: QueriedData, fleet: Fleet, rules: Rulebook
) -> Iterator[Sequence[Stage]]:
    """The stages, batch by batch; a broken rule raises RuleBrokenError after those before it (ENGINE.md 5.2 rule 3)."""
    _check(request, queried, fleet, rules)
    sorted_hosts = _sort(queried.patch_hosts, fleet)
    for stage_name, hosts_of, sites_of in _ORDER:
        for variant, reboot in (("in-service", False), ("reboot", True)):
            hosts = hosts_of(sorted_hosts[reboot])
            if hosts:
                yield apply_stages(f"{stage_name}.{variant}", sites_of(hosts, request, fleet, rules, reboot), rules)


def _check(request: StrategyRequest, queried: QueriedData, fleet: Fleet, rules: Rulebook) -> None:
    """The preliminary checks 1 to 4 of ENGINE.md 5.2; 5 and 6 come with the sorting."""
    if not queried.patches:
        raise RuleBrokenError(Reason.NO_PATCHES)
    alarms = counted_alarms(queried.alarms, request, fleet, rules)
    if alarms:
        raise RuleBrokenError(Reason.PATCH_ALARMS, **alarm_names(alarm.alarm_id for alarm in alarms))
    for host in fleet.hosts:
        if host.has("worker") and not host.has("controller"):
            _require_patchable_worker(host)
        else:
            require_working(host)


def _require_patchable_worker(host: Host) -> None:
    is_away = host.locked and not host.enabled and host.availability in ONLINE_OR_OFFLINE
    if not (host.is_working or is_away):
        raise RuleBrokenError(Reason.WORKER_STATE)


@dataclass
class _ToPatch:
    """The hosts of one reboot flag that need the patch, by the list they are worked on in."""

    controllers: list[Host] = field(default_factory=list)
    storage: list[Host] = field(default_factory=list)
    swift: list[Host] = field(default_factory=list)
    workers: list[Host] = field(default_factory=list)

    def add(self, host: Host, personality: Sequence[str]) -> None:
        """Sort by what the patch controller says; an AIO controller is in two lists (ENGINE.md 5.2 rule 2)."""
        if _has(personality, "controller"):
            self.controllers.append(host)
        elif _has(personality, "storage"):
            self.storage.append(host)
        elif _has(personality, "swift"):
            self.swift.append(host)
        if _has(personality, "worker") and host.availability != "offline":
            self.workers.append(host)


def _has(personality: Sequence[str], word: str) -> bool:
    return any(word in part for part in personality)


def _sort(patch_hosts: Sequence[PatchHost], fleet: Fleet) -> dict[bool, _ToPatch]:
    """Hosts to patch by requires_reboot, after checks 5 and 6 of ENGINE.md 5.2."""
    found = {False: _ToPatch(), True: _ToPatch()}
    for patch_host in patch_hosts:
        host = fleet.host_by_name.get(patch_host.name)
        if host is None:
            raise RuleBrokenError(Reason.UNKNOWN_PATCH_HOST)
        if patch_host.interim_state:
            raise RuleBrokenError(Reason.INTERIM_STATE)
        if not patch_host.patch_current:
            found[patch_host.requires_reboot].add(host, patch_host.personality)
    return found


def _controller_sites(hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, *_: object) -> list[Site]:
    """Controllers that are not workers, the active one last (ENGINE.md 5.3)."""
    if request.controller_apply_type is ApplyType.IGNORE:
        return []
    require_personality(hosts, "controller")
    if not fleet.single_controller:
        require_enough(fleet, "controller", Reason.FEW_PATCH_CONTROLLERS)
    if request.controller_apply_type is ApplyType.PARALLEL:
        raise RuleBrokenError(Reason.PARALLEL_CONTROLLERS)
    pure = (host for host in hosts if not host.has("worker"))
    return [Site((host,), request, fleet) for host in sorted(pure, key=lambda host: host.name == fleet.local_host_name)]


def _storage_sites(hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, *_: object) -> list[Site]:
    return [Site(hosts_of_list, request, fleet) for hosts_of_list in planned_storage(hosts, request, fleet)]


def _swift_sites(hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, *_: object) -> list[Site]:
    """One swift host per stage, serial and parallel alike (ENGINE.md 5.5)."""
    if request.swift_apply_type is ApplyType.IGNORE:
        return []
    require_personality(hosts, "swift")
    require_enough(fleet, "swift", Reason.FEW_SWIFT_HOSTS)
    return [Site((host,), request, fleet) for host in hosts]


def _worker_sites(
    hosts: Sequence[Host],
    request: StrategyRequest,
    fleet: Fleet,
    rules: Rulebook,
    reboot: bool,  # noqa: FBT001 - a row of _ORDER
) -> list[Site]:
    """Worker hosts by list, after the simplex check (ENGINE.md 5.2, 5.6)."""
    if request.worker_apply_type is not ApplyType.IGNORE:
        _require_simplex_can_move_instances(hosts, request, fleet, rules)
    lists = planned_workers(hosts, request, fleet, rules, reboot=reboot)
    return [Site(hosts_of_list, request, fleet) for hosts_of_list in lists]


def _require_simplex_can_move_instances(
    hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, rules: Rulebook
) -> None:
    """A host without OpenStack has nothing to migrate, whatever the plugin says (ENGINE-8.0.md 5.2)."""
    if not fleet.single_controller or request.default_instance_action is InstanceAction.STOP_START:
        return
    any_host = rules.choices.simplex_migration == "refused"
    if any(host.has("controller") and (any_host or host.openstack_compute) for host in hosts):
        raise RuleBrokenError(Reason.SIMPLEX_MIGRATION)


type _HostsOf = Callable[[_ToPatch], list[Host]]
type _SitesOf = Callable[[Sequence[Host], StrategyRequest, Fleet, Rulebook, bool], list[Site]]

# Stage creation in this order, each list first without and then with reboot (ENGINE.md 5.2 rule 3).
_ORDER: Final[tuple[tuple[StageName, _HostsOf, _SitesOf], ...]] = (
    (StageName.PATCH_CONTROLLERS, lambda hosts: hosts.controllers, _controller_sites),
    (StageName.PATCH_STORAGE,     lambda hosts: hosts.storage,     _storage_sites),
    (StageName.PATCH_SWIFT,       lambda hosts: hosts.swift,       _swift_sites),
    (StageName.PATCH_WORKERS,     lambda hosts: hosts.workers,     _worker_sites),
)  # fmt: skip
