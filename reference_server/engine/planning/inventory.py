"""Checks of the host table that both kinds share; each raises RuleBrokenError with the reason of the wire."""

from collections.abc import Iterable, Sequence

from reference_server.engine.fleet import Fleet, Host
from reference_server.engine.model import StrategyRequest
from reference_server.engine.planning.grouping import HostList, storage_lists, worker_lists
from reference_server.engine.planning.outcome import RuleBrokenError
from reference_server.engine.reasons import Reason
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import ApplyType

FEWEST: int = 2  # controllers, storage or swift hosts, so that one can be away


def require_working(host: Host) -> None:
    """Unlocked, enabled and available (ENGINE.md 5.2 check 4, 6.2 check 5)."""
    if not host.is_working:
        raise RuleBrokenError(Reason.HOST_NOT_WORKING, personality=host.personality)


def require_personality(hosts: Iterable[Host], personality: str) -> None:
    """The host table agrees that these hosts have the personality (ENGINE.md 5.2)."""
    if not all(host.has(personality) for host in hosts):
        raise RuleBrokenError(Reason.PERSONALITY_MISMATCH, personality=personality)


def require_enough(fleet: Fleet, personality: str, reason: Reason) -> None:
    """At least two hosts of the personality are in the host table."""
    if sum(host.has(personality) for host in fleet.hosts) < FEWEST:
        raise RuleBrokenError(reason)


def planned_storage(hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet) -> tuple[HostList, ...]:
    """Storage hosts by stage after the checks of ENGINE.md 5.2; nothing is checked when storage is ignored."""
    if request.storage_apply_type is ApplyType.IGNORE:
        return ()
    require_personality(hosts, "storage")
    require_enough(fleet, "storage", Reason.FEW_STORAGE_HOSTS)
    return storage_lists(hosts, request.storage_apply_type, fleet)


def planned_workers(
    hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, rules: Rulebook, *, reboot: bool
) -> tuple[HostList, ...]:
    """Worker hosts by stage after the checks that both kinds share; nothing is checked when workers are ignored."""
    if request.worker_apply_type is ApplyType.IGNORE:
        return ()
    require_personality(hosts, "worker")
    if reboot:
        _require_no_locked_instance_in_a_group(fleet)
    aio_first = rules.choices.aio_workers == "first"
    return worker_lists(hosts, request, fleet, reboot=reboot, aio_first=aio_first)


def _require_no_locked_instance_in_a_group(fleet: Fleet) -> None:
    """No instance anywhere in the system is locked and member of an instance group of any policy (ENGINE.md 5.2)."""
    locked = [instance for instance in fleet.instances if instance.locked]
    if not locked:
        return
    group_of: dict[str, str] = {}
    for group in fleet.instance_groups:
        for uuid in group.member_uuids:
            group_of.setdefault(uuid, group.name)
    for instance in locked:
        if instance.uuid in group_of:
            names = {"instance": instance.name, "group": group_of[instance.uuid]}
            raise RuleBrokenError(Reason.LOCKED_INSTANCE_IN_GROUP, **names)
