"""Host lists under random fleets: the rules of ENGINE.md 5.6 as properties, first fit against its definition."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.engine.fleet import Fleet, Host, HostAggregate, HostGroup, Instance, InstanceGroup
from reference_server.engine.model import StrategyRequest
from reference_server.engine.planning.firstfit import FirstFit
from reference_server.engine.planning.grouping import storage_lists, worker_lists
from reference_server.engine.words import ApplyType, Kind

MARKS = st.lists(st.frozensets(st.integers(0, 4), max_size=3), max_size=40)
LIMITS = st.dictionaries(st.integers(0, 4), st.integers(1, 3))


def plain_first_fit(items, limits, size):
    """Looks at every list for every item: the definition, and slow."""
    lists = []
    numbers = []
    for marks in items:
        fits = (
            number
            for number, members in enumerate(lists)
            if (size is None or len(members) < size)
            and all(sum(mark in member for member in members) < limits.get(mark, 1) for mark in marks)
        )
        number = next(fits, len(lists))
        lists += [[]] * (number == len(lists))
        lists[number] = [*lists[number], marks]
        numbers.append(number)
    return numbers


@given(items=MARKS, limits=LIMITS, size=st.none() | st.integers(1, 4))
def test_first_fit_is_first_fit(items, limits, size):
    """The fast packing puts some item elsewhere than a search of all lists would."""
    packing = FirstFit(limits, size)
    assert [packing.place(marks) for marks in items] == plain_first_fit(items, limits, size)


@st.composite
def fleets(draw):
    """Up to 12 workers and 2 AIO controllers with instances, server groups and aggregates."""
    workers = [Host(f"w{number}", f"uuid-w{number}", "worker") for number in range(draw(st.integers(1, 12)))]
    aio = [
        Host(f"controller-{number}", f"uuid-c{number}", "controller,worker")
        for number in range(draw(st.integers(0, 2)))
    ]
    hosts = draw(st.permutations([*workers, *aio]))
    names = [host.name for host in hosts]
    places = draw(st.lists(st.sampled_from(names), max_size=20))
    instances = [Instance(f"vm{number}", f"vm{number}", place) for number, place in enumerate(places)]
    members = st.lists(st.sampled_from([instance.uuid for instance in instances] or ["none"]), max_size=4, unique=True)
    policies = st.sampled_from([("anti-affinity",), ("anti-affinity-best-effort",), ("affinity",)])
    groups = draw(
        st.lists(
            st.builds(lambda uuids, policy: InstanceGroup("g", "g", policy, tuple(uuids)), members, policies),
            max_size=5,
        )
    )
    chosen = st.lists(st.sampled_from(names), min_size=1, unique=True)
    aggregates = draw(st.lists(chosen.map(lambda some: HostAggregate("a", tuple(some))), max_size=4))
    return Fleet(
        "controller-0",
        tuple(hosts),
        instances=tuple(instances),
        instance_groups=tuple(groups),
        host_aggregates=tuple(aggregates),
    )


REQUESTS = st.builds(
    StrategyRequest,
    kind=st.just(Kind.SW_PATCH),
    worker_apply_type=st.sampled_from([ApplyType.SERIAL, ApplyType.PARALLEL]),
    max_parallel_worker_hosts=st.integers(2, 5),
)


def names_of(lists):
    """The host names of each list."""
    return [[host.name for host in hosts] for hosts in lists]


@given(fleet=fleets(), request=REQUESTS, reboot=st.booleans())
def test_every_host_is_in_exactly_one_stage(fleet, request, reboot):
    """A host is forgotten, or worked on twice."""
    lists = worker_lists(fleet.hosts, request, fleet, reboot=reboot)
    assert sorted(name for names in names_of(lists) for name in names) == sorted(host.name for host in fleet.hosts)


@given(fleet=fleets(), request=REQUESTS, reboot=st.booleans())
def test_no_list_is_empty_or_longer_than_allowed(fleet, request, reboot):
    """A stage works on more hosts at a time than max-parallel-worker-hosts, than one when serial, or on none."""
    longest = request.max_parallel_worker_hosts if request.worker_apply_type is ApplyType.PARALLEL else 1
    assert all(1 <= len(hosts) <= longest for hosts in worker_lists(fleet.hosts, request, fleet, reboot=reboot))


@given(fleet=fleets(), request=REQUESTS)
def test_anti_affine_instances_never_go_down_together(fleet, request):
    """Two hosts of one list carry instances of one anti-affinity group."""
    lists = worker_lists(fleet.hosts, request, fleet, reboot=True)
    apart = [
        set(group.member_uuids) for group in fleet.instance_groups if group.policies[0].startswith("anti-affinity")
    ]
    hit = [
        sum(any(instance.uuid in group for instance in fleet.instances_by_host.get(host.name, ())) for host in hosts)
        for hosts in lists
        for group in apart
    ]
    assert max(hit, default=0) <= 1


@given(fleet=fleets(), size=st.integers(2, 5))
def test_no_aggregate_loses_more_than_its_share(fleet, size):
    """A list with instances takes more hosts of an aggregate than ENGINE.md 5.6 rule 5 allows."""
    request = StrategyRequest(Kind.SW_PATCH, worker_apply_type=ApplyType.PARALLEL, max_parallel_worker_hosts=size)
    lists = worker_lists(fleet.hosts, request, fleet, reboot=True)
    busy = [hosts for hosts in lists if hosts[0].name in fleet.instances_by_host and not hosts[0].has("controller")]
    share = min(0.5, size / len(fleet.hosts))
    taken = [
        sum(host.name in aggregate.host_names for host in hosts) - max(1, int(len(aggregate.host_names) * share))
        for hosts in busy
        for aggregate in fleet.host_aggregates
    ]
    assert max(taken, default=0) <= 0


@given(fleet=fleets())
def test_serial_hosts_without_instances_go_first(fleet):
    """A serial order begins with a busy host while a free one waits, or does not keep the input order within each."""
    lists = worker_lists(fleet.hosts, StrategyRequest(Kind.SW_PATCH), fleet, reboot=True)
    order = [(hosts[0].name in fleet.instances_by_host, fleet.hosts.index(hosts[0])) for hosts in lists]
    assert all(earlier < later for earlier, later in pairwise(order))


@given(groups=st.lists(st.lists(st.integers(0, 9), max_size=4, unique=True), max_size=5), count=st.integers(1, 10))
def test_storage_peers_are_never_away_together(groups, count):
    """Two hosts of one replication group share a stage, or a host is lost."""
    hosts = tuple(Host(f"s{number}", f"u{number}", "storage") for number in range(count))
    peers = [HostGroup("p", ("storage-replication",), tuple(f"s{number}" for number in group)) for group in groups]
    lists = storage_lists(hosts, ApplyType.PARALLEL, Fleet("s0", hosts, host_groups=tuple(peers)))
    assert sorted(name for names in names_of(lists) for name in names) == sorted(host.name for host in hosts)
    assert (
        max(
            (sum(name in peer.member_names for name in names) for names in names_of(lists) for peer in peers), default=0
        )
        <= 1
    )


def test_a_group_of_another_policy_keeps_nobody_apart():
    """Storage hosts are kept apart by a host group that is no replication group."""
    hosts = (Host("s0", "u0", "storage"), Host("s1", "u1", "storage"))
    fleet = Fleet("s0", hosts, host_groups=(HostGroup("p", ("other",), ("s0", "s1")),))
    assert names_of(storage_lists(hosts, ApplyType.PARALLEL, fleet)) == [["s0", "s1"]]


def busy(count, *, policy="anti-affinity", grouped=(), aggregate=()):
    """Workers w0, w1, ... with one instance each, some of them in one group, some hosts in one aggregate."""
    hosts = tuple(Host(f"w{number}", f"u{number}", "worker") for number in range(count))
    instances = tuple(Instance(f"vm{number}", f"vm{number}", f"w{number}") for number in range(count))
    group = InstanceGroup("g", "g", (policy,), tuple(f"vm{number}" for number in grouped))
    member_names = tuple(f"w{number}" for number in aggregate)
    aggregates = (HostAggregate("a", member_names),) if aggregate else ()
    return Fleet("w0", hosts, instances=instances, instance_groups=(group,), host_aggregates=aggregates)


def numbers(fleet, size=10):
    """The numbers of the workers of each list, as one word per list."""
    request = StrategyRequest(Kind.SW_PATCH, worker_apply_type=ApplyType.PARALLEL, max_parallel_worker_hosts=size)
    lists = worker_lists(fleet.hosts, request, fleet, reboot=True)
    return ["".join(host.name[1:] for host in hosts) for hosts in lists]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("anti-affinity", ["02", "1"]),
        ("anti-affinity-best-effort", ["02", "1"]),
        ("affinity", ["012"]),
        ("affinity-best-effort", ["012"]),
    ],
)
def test_only_anti_affinity_keeps_hosts_apart(policy, expected):
    """A group of one of the four policies keeps hosts apart, or together, against ENGINE.md 5.6 rule 4."""
    assert numbers(busy(3, policy=policy, grouped=(0, 1))) == expected


@pytest.mark.parametrize(
    ("count", "size", "aggregate", "expected"),
    [
        (5, 10, range(5), ["01", "23", "4"]),  # half of five, rounded down
        (6, 10, range(6), ["012", "345"]),  # half of six
        (9, 3, range(9), ["012", "345", "678"]),  # a third of nine
        (9, 3, range(6), ["016", "237", "458"]),  # a third of six
        (9, 3, range(2), ["023", "145", "678"]),  # less than one is one
        (3, 3, range(1), ["012"]),  # an aggregate of one host
    ],
)
def test_an_aggregate_gives_its_share_to_a_list(count, size, aggregate, expected):
    """A list takes more or fewer hosts of an aggregate than ENGINE.md 5.6 rule 5 says."""
    assert numbers(busy(count, aggregate=aggregate), size) == expected
