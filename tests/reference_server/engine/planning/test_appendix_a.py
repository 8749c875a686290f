"""Appendix A of ENGINE.md, row by row, under stx-3.0."""

import pytest


def world(*hosts, vms=(), locked=(), groups=(), aggregates=(), peers=(), **more):
    """Hosts by name (c = worker, s = storage), instances as `VM on host`, all of them to be patched with a reboot."""
    return {
        "hosts": [{"name": name, "personality": PERSONALITY[name[:1]]} | LOCKED * (name in locked) for name in hosts],
        "instances": [{"name": name, "uuid": name, "host": host} for name, host in vms],
        "instance_groups": [
            {"name": f"group-{number}", "policies": ["anti-affinity"], "member_uuids": list(members)}
            for number, members in enumerate(groups)
        ],
        "host_aggregates": [
            {"name": f"a{number}", "host_names": list(names)} for number, names in enumerate(aggregates)
        ],
        "host_groups": [{"name": f"p{number}", "member_names": list(names)} for number, names in enumerate(peers)],
        "patches": [{"name": "P"}],
    } | more


class _Locked(dict):
    def __mul__(self, wanted):
        return self if wanted else {}


LOCKED = _Locked(admin_state="locked")
PERSONALITY = {"c": "worker", "s": "storage"}
UPGRADE = {"state": "upgrading-hosts", "from_release": "1", "to_release": "2"}
C4 = tuple(f"c{number}" for number in range(4))
C10 = tuple(f"c{number}" for number in range(10))
S4 = tuple(f"storage-{number}" for number in range(4))
PEERS = (S4[:2], S4[2:])
TWO_VMS = (("VM0", "c0"), ("VM1", "c1"))
BOTH = ("VM0", "VM1")


def on(*hosts):
    """One instance on each of these hosts."""
    return tuple((f"VM-{host}", host) for host in hosts)


def in_service(document):
    """The world, with patches that need no reboot."""
    return document | {"patch_hosts": [{"name": host["name"], "requires_reboot": False} for host in document["hosts"]]}


def parallel(size, action="migrate"):
    """Workers in parallel."""
    return {"worker_apply_type": "parallel", "max_parallel_worker_hosts": size, "default_instance_action": action}


def serial(action):
    """Workers one by one."""
    return {"worker_apply_type": "serial", "default_instance_action": action}


A3 = on(*(host for host in C10 if host not in ("c1", "c5")))
HALVES = (C10[:5], C10[5:])
CONTROLLERS = [{"name": name, "personality": "controller"} for name in ("controller-0", "controller-1")]
AIO = [{"name": name, "personality": "controller,worker"} for name in ("controller-0", "controller-1")]
DX = world(vms=(("VM0", "controller-0"), ("VM1", "controller-1")), hosts=AIO)
SX = world(vms=(("VM0", "controller-0"),), hosts=AIO[:1], single_controller=True)
A22 = {"hosts": CONTROLLERS, "local_host_name": "controller-1", "upgrade": UPGRADE | {"state": "upgrading-controllers"}}

ROWS = {
    "A1": (world(*C4, vms=TWO_VMS, groups=[BOTH]), parallel(2), "c2,c3:6 c0:8 c1:8"),
    "A2": (world(*C4, vms=TWO_VMS, groups=[BOTH]), parallel(10, "stop-start"), "c2,c3:6 c0:8 c1:8"),
    "A3": (world(*C10, vms=A3), parallel(2), "c1,c5:6 c0,c2:8 c3,c4:8 c6,c7:8 c8,c9:8"),
    "A4": (world(*C10, vms=A3, aggregates=HALVES), parallel(2), "c1,c5:6 c0,c6:8 c2,c7:8 c3,c8:8 c4,c9:8"),
    "A5": (world(*C10, vms=A3, aggregates=(*HALVES, C10)), parallel(2), "c1,c5:6 c0,c6:8 c2,c7:8 c3,c8:8 c4,c9:8"),
    "A6": (
        world(*C10, vms=on(*C10), aggregates=(C10[:2], C10[2:7], C10[7:])),
        parallel(2),
        "c0,c2:8 c1,c3:8 c4,c7:8 c5,c8:8 c6,c9:8",
    ),
    "A7": (world(*C4, vms=TWO_VMS, aggregates=[C4[:2]]), parallel(10, "stop-start"), "c2,c3:6 c0:8 c1:8"),
    "A7 in service": (
        in_service(world(*C4, vms=TWO_VMS, aggregates=[C4[:2]])),
        parallel(3, "stop-start"),
        "c0,c1,c2:3 c3:3",
    ),
    "A8": (world("c0", "c1", vms=TWO_VMS, aggregates=(["c0"], ["c1"])), parallel(10), "c0,c1:8"),
    "A9": (
        world(*C4, vms=(*TWO_VMS, *on("c2", "c3")), aggregates=[C4[1:3]], groups=[BOTH]),
        parallel(10),
        "c0,c2,c3:8 c1:8",
    ),
    "A10": (world(*C4, vms=TWO_VMS, locked=["c3"]), parallel(2, "stop-start"), "c2,c3:7 c0,c1:8"),
    "A11": (world(*C4, vms=on("c0", "c1", "c3"), locked=["c2"]), serial("stop-start"), "c2:5 c0:8 c1:8 c3:8"),
    "A12": (
        world(*(f"c{number}" for number in range(13))),
        parallel(5),
        "c0,c1,c2,c3,c4:6 c5,c6,c7,c8,c9:6 c10,c11,c12:6",
    ),
    "A13": (world(*C4, vms=TWO_VMS), serial("migrate"), "c2:6 c3:6 c0:7 c1:7"),
    "A13 in service": (in_service(world(*C4, vms=TWO_VMS)), serial("migrate"), "c2:3 c3:3 c0:3 c1:3"),
    "A14 in service": (
        in_service(
            world(*C4, groups=[["VM0"]]) | {"instances": [{"name": "VM0", "uuid": "VM0", "host": "c0"} | LOCKED]}
        ),
        serial("stop-start"),
        "c1:3 c2:3 c3:3 c0:3",
    ),
    "A16 parallel": (
        world(*S4, peers=PEERS),
        {"storage_apply_type": "parallel"},
        "storage-0,storage-2:6 storage-1,storage-3:6",
    ),
    "A16 serial": (
        world(*S4, peers=PEERS),
        {"storage_apply_type": "serial"},
        "storage-0:6 storage-1:6 storage-2:6 storage-3:6",
    ),
    "A17": (
        world(*S4, peers=PEERS, upgrade=UPGRADE),
        {"kind": "sw-upgrade", "storage_apply_type": "parallel"},
        "storage-0:5 storage-1,storage-2:5 storage-3:5",
    ),
    "A18": (world(*C4, vms=TWO_VMS, upgrade=UPGRADE), {"kind": "sw-upgrade"}, "c2:5 c3:5 c0:6 c1:6"),
    "A19": (world(hosts=CONTROLLERS, local_host_name="controller-0"), {}, "controller-1:7 controller-0:7"),
    "A19 in service": (
        in_service(world(hosts=CONTROLLERS, local_host_name="controller-0")),
        {},
        "controller-1:3 controller-0:3",
    ),
    "A20 serial": (DX, serial("stop-start"), "controller-0:9 controller-1:9"),
    "A20 parallel": (DX, parallel(2, "stop-start"), "controller-0:9 controller-1:9"),
    "A21 with VM": (SX, serial("stop-start"), "controller-0:8"),
    "A21 without": (SX | {"instances": []}, serial("stop-start"), "controller-0:6"),
    "A22": (A22, {"kind": "sw-upgrade"}, "controller-1:5 controller-0:6"),
}


@pytest.mark.parametrize(("document", "request_", "expected"), ROWS.values(), ids=ROWS)
def test_the_stages_are_those_of_the_row(plan_for, outline_of, document, request_, expected):
    """Some row of the acceptance table of stages is not reproduced."""
    assert outline_of(plan_for(document, **request_)) == expected


REASONS = {
    "A14": (
        world(*C4, groups=[["VM0"]]) | {"instances": [{"name": "VM0", "uuid": "VM0", "host": "c0"} | LOCKED]},
        serial("stop-start"),
        "instance VM0 in group group-0 must not be shut down",
    ),
    "A23": (
        world(*C4, locked=["c3"], upgrade=UPGRADE),
        {"kind": "sw-upgrade"},
        "all worker hosts must be unlocked-enabled-available",
    ),
}


@pytest.mark.parametrize(("document", "request_", "reason"), REASONS.values(), ids=REASONS)
def test_the_build_fails_as_in_the_row(plan_for, document, request_, reason):
    """Some failing row of the acceptance table builds, or fails for another reason."""
    assert plan_for(document, **request_).reason == reason


def steps_of(stage):
    """The names of the steps of a stage."""
    return [str(step.name) for step in stage.steps]


def test_a10_locks_and_reboots_each_host_as_it_was_found(plan_for):
    """A mixed list locks or reboots hosts that it should not (A10)."""
    stage = plan_for(*ROWS["A10"][:1], **ROWS["A10"][1]).stages[0]
    assert [(str(step.name), step.entity_names) for step in stage.steps if step.entity_names] == [
        ("lock-hosts", ("c2",)),
        ("sw-patch-hosts", ("c2", "c3")),
        ("unlock-hosts", ("c2",)),
        ("reboot-hosts", ("c3",)),
    ]


def test_a15_a_locked_instance_outside_groups_is_not_touched(plan_for, outline_of):
    """A locked instance that is in no group is stopped, or hides its host's stage (A15)."""
    vms = [{"name": "VM0", "uuid": "VM0", "host": "c0"}, {"name": "VM1", "uuid": "VM1", "host": "c1"} | LOCKED]
    made = plan_for(world(*C4, aggregates=[C4[:2]]) | {"instances": vms}, **parallel(2, "stop-start"))
    assert outline_of(made) == "c2,c3:6 c0:8 c1:6"
    assert [step.entity_names for step in made.stages[1].steps if step.entity_type == "instances"] == [
        ("VM0",),
        ("VM0",),
    ]


def test_a20_an_aio_controller_runs_nine_steps_in_this_order(plan_for):
    """The stage of an AIO duplex controller has other steps or another order (A20)."""
    assert steps_of(plan_for(DX, **serial("stop-start")).stages[0]) == [
        "query-alarms",
        "swact-hosts",
        "stop-instances",
        "lock-hosts",
        "sw-patch-hosts",
        "system-stabilize",
        "unlock-hosts",
        "start-instances",
        "system-stabilize",
    ]


def test_a22_only_controller_0_is_swacted_away_from(plan_for):
    """The swact of an upgrade of both controllers stands in the wrong stage or names the wrong host (A22)."""
    made = plan_for(A22, kind="sw-upgrade")
    assert [
        (step.name, step.entity_names) for stage in made.stages for step in stage.steps if step.name == "swact-hosts"
    ] == [("swact-hosts", ("controller-0",))]


def test_the_full_example_has_its_timeouts(plan_for):
    """The full example of appendix A has other stage timeouts."""
    hosts = [*CONTROLLERS, {"name": "c0", "personality": "worker"}, {"name": "c1", "personality": "worker"}]
    made = plan_for(world(vms=(("VM0", "c0"),), hosts=hosts, local_host_name="controller-0"), **serial("migrate"))
    assert [stage.timeout for stage in made.stages] == [5536, 5536, 4636, 6436]
