"""Which hosts share a stage: storage peers; workers by instances, anti-affinity, aggregates (ENGINE.md 5.4, 5.6)."""

from collections.abc import Iterable, Sequence
from typing import Final

from reference_server.engine.fleet import Fleet, Host
from reference_server.engine.model import StrategyRequest
from reference_server.engine.planning.firstfit import FirstFit
from reference_server.engine.words import ApplyType

type HostList = tuple[Host, ...]

STORAGE_REPLICATION: Final = "storage-replication"
ANTI_AFFINITY: Final = frozenset({"anti-affinity", "anti-affinity-best-effort"})
LARGEST_SHARE: Final = 0.5  # of an aggregate that may be worked on at a time (ENGINE.md 5.6 rule 5)


def storage_lists(hosts: Sequence[Host], apply_type: ApplyType, fleet: Fleet) -> tuple[HostList, ...]:
    """Storage hosts by stage: one each, or together where no two share a replication group (ENGINE.md 5.4)."""
    match apply_type:
        case ApplyType.IGNORE:
            return ()
        case ApplyType.SERIAL:
            return tuple((host,) for host in hosts)
    peers = _marks_of_members(
        enumerate(group.member_names for group in fleet.host_groups if STORAGE_REPLICATION in group.policies)
    )
    packing = FirstFit()
    return _collect((packing.place(peers.get(host.name, ())), host) for host in hosts)


def worker_lists(
    hosts: Sequence[Host], request: StrategyRequest, fleet: Fleet, *, reboot: bool, aio_first: bool = False
) -> tuple[HostList, ...]:
    """Worker hosts by stage (ENGINE.md 5.6); `aio_first`: AIO controllers before all others (ENGINE-8.0.md 5.6)."""
    if request.worker_apply_type is ApplyType.IGNORE:
        return ()
    is_serial = request.worker_apply_type is ApplyType.SERIAL
    if is_serial and not aio_first:
        return _serial_workers(hosts, fleet)
    controllers = [host for host in hosts if host.has("controller")]
    workers = [host for host in hosts if not host.has("controller")]
    alone = tuple((host,) for host in controllers)
    if is_serial:
        return (*alone, *_serial_workers(workers, fleet))
    found = _parallel_workers(workers, request.max_parallel_worker_hosts, fleet, reboot=reboot)
    return (*alone, *found) if aio_first else (*found, *alone)


def _serial_workers(hosts: Sequence[Host], fleet: Fleet) -> tuple[HostList, ...]:
    """Hosts without instances first, each alone."""
    return tuple((host,) for host in sorted(hosts, key=lambda host: host.name in fleet.instances_by_host))


def _parallel_workers(hosts: Sequence[Host], size: int, fleet: Fleet, *, reboot: bool) -> tuple[HostList, ...]:
    """Free hosts in one list, hosts with instances by first fit; long lists are cut."""
    together = [host for host in hosts if not (reboot and host.name in fleet.instances_by_host)]
    apart = [host for host in hosts if reboot and host.name in fleet.instances_by_host]
    lists = (tuple(together), *_hosts_with_instances(apart, size, fleet))
    return tuple(piece for hosts_of_list in lists for piece in _pieces(hosts_of_list, size))


def _hosts_with_instances(hosts: Sequence[Host], size: int, fleet: Fleet) -> tuple[HostList, ...]:
    """First fit under the size limit, anti-affinity and the aggregate limits (ENGINE.md 5.6 rules 4 and 5).

    Marks are the aggregates by their number, then the anti-affinity groups.
    """
    aggregates = _marks_of_members(enumerate(aggregate.host_names for aggregate in fleet.host_aggregates))
    apart = (group.member_uuids for group in fleet.instance_groups if not ANTI_AFFINITY.isdisjoint(group.policies))
    groups = _marks_of_members(enumerate(apart, start=len(fleet.host_aggregates)))
    packing = FirstFit(_aggregate_limits(size, fleet), size)

    def marks(host: Host) -> Iterable[int]:
        yield from aggregates.get(host.name, ())
        for instance in fleet.instances_by_host[host.name]:
            yield from groups.get(instance.uuid, ())

    return _collect((packing.place(marks(host)), host) for host in hosts)


def _aggregate_limits(size: int, fleet: Fleet) -> dict[int, int]:
    """How many hosts of each aggregate one list takes (ENGINE.md 5.6 rule 5)."""
    workers = sum(host.has("worker") for host in fleet.hosts)
    share = min(LARGEST_SHARE, size / workers) if workers else LARGEST_SHARE
    return {
        number: max(1, int(len(aggregate.host_names) * share)) for number, aggregate in enumerate(fleet.host_aggregates)
    }


def _marks_of_members(groups: Iterable[tuple[int, Iterable[str]]]) -> dict[str, tuple[int, ...]]:
    """The marks of each member, from the members of each mark; tuples, which the garbage collector does not walk."""
    found: dict[str, tuple[int, ...]] = {}
    for mark, members in groups:
        for member in members:
            found[member] = (*found.get(member, ()), mark)
    return found


def _collect(placed: Iterable[tuple[int, Host]]) -> tuple[HostList, ...]:
    lists: dict[int, list[Host]] = {}
    for number, host in placed:
        lists.setdefault(number, []).append(host)
    return tuple(tuple(lists[number]) for number in sorted(lists))


def _pieces(hosts: HostList, size: int) -> Iterable[HostList]:
    return (hosts[start : start + size] for start in range(0, len(hosts), size))
