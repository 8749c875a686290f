"""Timeouts and flags of single stages (ENGINE.md 5.3 to 5.8, 6.3 to 6.6, 9)."""

import pytest

AIO = "controller,worker"
VM = [{"name": "VM0", "host": "h0"}]
UPGRADE = {"upgrade": {"state": "upgrading-hosts", "from_release": "1", "to_release": "2"}}


def fleet(personality, *, instances=(), count=1, **more):
    """`count` hosts h0, h1, ... to be patched, beside two current ones of the personality, which get no stage."""
    spare = [{"name": f"spare-{number}", "personality": personality, "software_load": "2"} for number in range(2)]
    hosts = [{"name": f"h{number}", "personality": personality} for number in range(count)]
    patch_hosts = [{"name": host["name"]} for host in hosts]
    return {
        "hosts": hosts + spare,
        "instances": list(instances),
        "patches": [{"name": "P"}],
        "patch_hosts": patch_hosts,
    } | more


def in_service(world):
    """The world, with patches that need no reboot."""
    return world | {"patch_hosts": [host | {"requires_reboot": False} for host in world["patch_hosts"]]}


def locked(world, *numbers):
    """The world, with these hosts locked."""
    hosts = [
        host | ({"admin_state": "locked"} if host["name"] in {f"h{number}" for number in numbers} else {})
        for host in world["hosts"]
    ]
    return world | {"hosts": hosts}


STOP = {"default_instance_action": "stop-start"}
PARALLEL = {"worker_apply_type": "parallel", "max_parallel_worker_hosts": 2}
SWIFT = {"swift_apply_type": "serial"}
TIMEOUTS = {
    "controller": (fleet("controller"), {}, 5536),
    "controller in service": (in_service(fleet("controller")), {}, 1891),
    "storage": (fleet("storage"), {}, 6376),
    "storage in service": (in_service(fleet("storage")), {}, 1891),
    "swift": (fleet("swift"), SWIFT, 4636),
    "swift in service": (in_service(fleet("swift")), SWIFT, 1891),
    "worker without VM": (fleet("worker"), {}, 4636),
    "worker, migrate, serial": (fleet("worker", instances=VM), {}, 6436),
    "worker, migrate, parallel, computes": (fleet("worker", instances=VM), PARALLEL, 6616),
    "worker, migrate, parallel, no OpenStack": (
        fleet("worker", instances=VM, openstack_installed=False),
        PARALLEL,
        6436,
    ),
    "worker, stop-start": (fleet("worker", instances=VM), STOP, 6436),
    "worker, stop-start, parallel": (fleet("worker", instances=VM), STOP | PARALLEL, 6436),
    "worker, locked": (locked(fleet("worker"), 0), {}, 2836),
    "workers, one of them locked": (locked(fleet("worker", count=2), 1), PARALLEL, 5536),
    "worker in service": (in_service(fleet("worker", instances=VM)), {}, 1891),
    "AIO without VM": (fleet(AIO), {}, 5536),
    "AIO, migrate, serial": (fleet(AIO, instances=VM), {}, 7336),
    "AIO, migrate, parallel": (fleet(AIO, instances=VM), PARALLEL, 7516),
    "AIO simplex without VM": (fleet(AIO, single_controller=True), STOP, 4636),
    "AIO simplex, stop-start": (fleet(AIO, single_controller=True, instances=VM), STOP, 6436),
    "upgrade of storage": (fleet("storage", **UPGRADE), {"kind": "sw-upgrade"}, 13561),
    "upgrade of a worker without VM": (fleet("worker", **UPGRADE), {"kind": "sw-upgrade"}, 6421),
    "upgrade of a worker, serial": (fleet("worker", instances=VM, **UPGRADE), {"kind": "sw-upgrade"}, 8221),
    "upgrade of a worker, parallel": (
        fleet("worker", instances=VM, **UPGRADE),
        PARALLEL | {"kind": "sw-upgrade"},
        8401,
    ),
}


@pytest.mark.parametrize(("world", "request_", "timeout"), TIMEOUTS.values(), ids=TIMEOUTS)
def test_a_stage_has_its_timeout(plan_for, world, request_, timeout):
    """A stage of 3.0.0 has another timeout than the tables of ENGINE.md 5 and 6 say."""
    assert [stage.timeout for stage in plan_for(world, **request_).stages] == [timeout]


LEGACY = {
    "controller": (fleet("controller"), {}, 4621),
    "worker, migrate": (fleet("worker", instances=VM), {}, 4621),
    "worker in service": (in_service(fleet("worker")), {}, 1921),
    "upgrade of a worker": (fleet("worker", **UPGRADE), {"kind": "sw-upgrade"}, 3721),
}


@pytest.mark.parametrize(("world", "request_", "timeout"), LEGACY.values(), ids=LEGACY)
def test_a_published_stage_has_the_timeout_of_the_reference(plan_for, world, request_, timeout):
    """A stage under `published` has another timeout than the reference's documents (ENGINE.md 9.5)."""
    assert [stage.timeout for stage in plan_for(world, release="published", **request_).stages] == [timeout]


def test_only_a_simplex_lock_does_not_wait_for_disabled(plan_for):
    """A lock-hosts step waits, or does not wait, for its host to be disabled against ENGINE.md 5.7."""
    simplex = plan_for(fleet(AIO, single_controller=True), **STOP)
    duplex = plan_for(fleet(AIO), **STOP)
    assert [
        step.wait_until_disabled
        for made in (simplex, duplex)
        for step in made.stages[0].steps
        if step.name == "lock-hosts"
    ] == [
        False,
        True,
    ]


def test_the_alarm_query_of_an_apply_stage_fails_on_alarms(plan_for):
    """An apply stage starts in spite of alarms (ENGINE.md 7.3)."""
    made = plan_for(fleet("worker", count=2))
    assert [(stage.steps[0].name, stage.steps[0].fail_on_alarms) for stage in made.stages] == [
        ("query-alarms", True)
    ] * 2


def test_instance_steps_know_the_build_time_host_of_each_instance(plan_for):
    """A migrate step forgets where its instances were (ENGINE.md 4.2), or lists them in another order (0.2)."""
    vms = [{"name": name, "host": host} for name, host in (("a", "h1"), ("b", "h0"), ("c", "h1"))]
    made = plan_for(fleet("worker", instances=vms, count=2), **PARALLEL)
    step = next(step for step in made.stages[0].steps if step.name == "migrate-instances")
    assert (step.entity_names, step.host_names) == (("b", "a", "c"), ("h0", "h1", "h1"))
