"""Every reason for which a build fails (ENGINE.md 5.2, 6.2 to 6.6), and what is left of the plan."""

import pytest

C0 = {"name": "controller-0", "personality": "controller"}
C1 = {"name": "controller-1", "personality": "controller"}
W0 = {"name": "compute-0", "personality": "worker"}
W1 = {"name": "compute-1", "personality": "worker"}
S0 = {"name": "storage-0", "personality": "storage"}
S1 = {"name": "storage-1", "personality": "storage"}
X0 = {"name": "swift-0", "personality": "swift"}
AIO = {"name": "controller-0", "personality": "controller,worker"}
LOCKED = {"admin_state": "locked"}
OFFLINE = LOCKED | {"avail_status": "offline"}
PATCHED = {"patches": [{"name": "P"}]}
ALARM = {"alarms": [{"alarm_id": "400.001"}]}
LOCKED_VM = {"name": "VM0", "uuid": "VM0", "host": "compute-0", "admin_state": "locked"}
GROUP = {"name": "G", "policies": ["affinity"], "member_uuids": ["VM0"]}


def fleet(*hosts, **more):
    """A world with a patch and these hosts."""
    return {"hosts": list(hosts)} | PATCHED | more


def patch_host(name, *personality, **more):
    """What the patch controller says of a host."""
    return {"name": name, "personality": list(personality)} | more


PATCH = {
    "no patches": (fleet(C0, C1, patches=[]), {}, "no software patches found", 0),
    "a counted alarm": (fleet(C0, C1, **ALARM), {}, "active alarms present", 0),
    "a worker that is half way": (
        fleet(C0, C1, W0 | {"avail_status": "degraded"}),
        {},
        "all worker hosts must be unlocked-enabled-available, locked-disabled-online or locked-disabled-offline",
        0,
    ),
    "a worker that is locked and powered off": (
        fleet(C0, C1, W0 | LOCKED | {"avail_status": "power-off"}),
        {},
        "all worker hosts must be unlocked-enabled-available, locked-disabled-online or locked-disabled-offline",
        0,
    ),
    "a locked controller": (fleet(C0, C1 | LOCKED), {}, "all controller hosts must be unlocked-enabled-available", 0),
    "a locked AIO controller": (
        fleet(AIO | LOCKED),
        {},
        "all controller,worker hosts must be unlocked-enabled-available",
        0,
    ),
    "the first offending host decides": (
        fleet(S0 | LOCKED, W0 | {"avail_status": "degraded"}),
        {},
        "all storage hosts must be unlocked-enabled-available",
        0,
    ),
    "a patch host that the table does not know": (
        fleet(C0, C1, patch_hosts=[patch_host("controller-7", "controller")]),
        {},
        "host inventory mismatch detected",
        0,
    ),
    "a patch host in interim state, though current": (
        fleet(C0, C1, patch_hosts=[patch_host("controller-0", "controller", interim_state=True, patch_current=True)]),
        {},
        "at least one host is in pending patch current state",
        0,
    ),
    "the patch controller calls a worker controller": (
        fleet(C0, C1, W0, patch_hosts=[patch_host("compute-0", "controller")]),
        {},
        "host inventory personality controller mismatch detected",
        0,
    ),
    "one controller": (fleet(C0), {}, "not enough controllers to apply software patches", 0),
    "parallel controllers": (
        fleet(C0, C1),
        {"controller_apply_type": "parallel"},
        "parallel apply type not allowed for controllers",
        0,
    ),
    "the patch controller calls a worker storage": (
        fleet(C0, C1, W0, S0, S1, patch_hosts=[patch_host("compute-0", "storage")]),
        {},
        "host inventory personality storage mismatch detected",
        0,
    ),
    "one storage host": (fleet(C0, C1, S0), {}, "not enough storage hosts to apply software updates", 2),
    "the patch controller calls a worker swift": (
        fleet(C0, C1, W0, patch_hosts=[patch_host("compute-0", "swift")]),
        {"swift_apply_type": "serial"},
        "host inventory personality swift mismatch detected",
        0,
    ),
    "one swift host": (
        fleet(C0, C1, X0),
        {"swift_apply_type": "serial"},
        "not enough swift hosts to apply software patches",
        2,
    ),
    "migration on simplex, even in service": (
        fleet(AIO, single_controller=True, patch_hosts=[patch_host("controller-0", "worker", requires_reboot=False)]),
        {"default_instance_action": "migrate"},
        "cannot migrate instances in a single controller configuration",
        0,
    ),
    "the patch controller calls a controller worker": (
        fleet(C0, C1, patch_hosts=[patch_host("controller-0", "worker")]),
        {},
        "host inventory personality worker mismatch detected",
        0,
    ),
    "a locked instance in a group, on a host that needs nothing": (
        fleet(
            C0,
            C1,
            W0,
            W1,
            instances=[LOCKED_VM],
            instance_groups=[GROUP],
            patch_hosts=[patch_host("controller-0", "controller"), patch_host("compute-1", "worker")],
        ),
        {},
        "instance VM0 in group G must not be shut down",
        1,
    ),
    "all current": (
        fleet(C0, C1, patch_hosts=[patch_host("controller-0", "controller", patch_current=True)]),
        {},
        "no software patches need to be applied",
        0,
    ),
    "all ignored": (
        fleet(C0, C1, S0, W0),
        {"controller_apply_type": "ignore", "storage_apply_type": "ignore", "worker_apply_type": "ignore"},
        "no software patches need to be applied",
        0,
    ),
    "only offline workers": (
        fleet(C0, C1, W0 | OFFLINE, patch_hosts=[patch_host("compute-0", "worker")]),
        {},
        "no software patches need to be applied",
        0,
    ),
}


@pytest.mark.parametrize(("world", "request_", "reason", "stages"), PATCH.values(), ids=PATCH)
def test_a_patch_build_fails(plan_for, world, request_, reason, stages):
    """A sw-patch build that must fail does not, fails for another reason, or keeps other stages than before."""
    made = plan_for(world, **request_)
    assert (made.reason, len(made.stages)) == (reason, stages)


HOSTS = {"state": "upgrading-hosts", "from_release": "1", "to_release": "2"}
STATES = [
    "unknown",
    "starting",
    "started",
    "data-migration",
    "data-migration-complete",
    "data-migration-failed",
    "activation-requested",
    "activating",
    "activation-complete",
    "completing",
    "completed",
    "aborting",
    "abort-completing",
    "aborting-reinstall",
]
UPGRADE = {
    "no record": ({"hosts": [C0, C1]}, {}, "no upgrade in progress", 0),
    "controller-0 is active": (
        {"hosts": [C0, C1], "upgrade": HOSTS | {"state": "upgrading-controllers"}},
        {},
        "controller-1 must be active for orchestration to upgrade controller-0",
        0,
    ),
    "a counted alarm": ({"hosts": [C0, C1], "upgrade": HOSTS} | ALARM, {}, "active alarms present", 0),
    "a locked worker": (
        {"hosts": [C0, C1, W0 | LOCKED], "upgrade": HOSTS},
        {},
        "all worker hosts must be unlocked-enabled-available",
        0,
    ),
    "one controller": ({"hosts": [C0], "upgrade": HOSTS}, {}, "not enough controllers to apply software upgrades", 0),
    "AIO": (
        {"hosts": [AIO, AIO | {"name": "controller-1"}], "upgrade": HOSTS},
        {},
        "cannot apply software upgrades to CPE configuration",
        0,
    ),
    "one storage host": (
        {"hosts": [C0, C1, S1], "upgrade": HOSTS},
        {},
        "not enough storage hosts to apply software updates",
        2,
    ),
    "a locked instance in a group": (
        {"hosts": [C0, C1, W0, W1], "upgrade": HOSTS, "instances": [LOCKED_VM], "instance_groups": [GROUP]},
        {},
        "instance VM0 in group G must not be shut down",
        2,
    ),
    "a locked instance on the second list": (
        {"hosts": [C0, C1, W1, W0], "upgrade": HOSTS, "instances": [LOCKED_VM]},
        {},
        "instance VM0 must not be shut down",
        3,
    ),
    "all hosts run the release": (
        {"hosts": [C0 | {"software_load": "2"}, X0], "upgrade": HOSTS},
        {},
        "no software upgrades need to be applied",
        0,
    ),
    "all ignored": (
        {"hosts": [S0, W0], "upgrade": HOSTS},
        {"storage_apply_type": "ignore", "worker_apply_type": "ignore"},
        "no software upgrades need to be applied",
        0,
    ),
    "a complete stage without controller-1": (
        {"hosts": [W0], "upgrade": HOSTS},
        {"complete_upgrade": True},
        "host controller-1 not found",
        1,
    ),
} | {
    state: (
        {"hosts": [C0, C1], "upgrade": HOSTS | {"state": state}},
        {},
        f"invalid upgrade state for orchestration: {state}",
        0,
    )
    for state in STATES
}


@pytest.mark.parametrize(("world", "request_", "reason", "stages"), UPGRADE.values(), ids=UPGRADE)
def test_an_upgrade_build_fails(plan_for, world, request_, reason, stages):
    """A sw-upgrade build that must fail does not, fails for another reason, or keeps other stages than before."""
    made = plan_for(world, "sw-upgrade", **request_)
    assert (made.reason, len(made.stages)) == (reason, stages)


BUILDS = {
    "controllers parallel, none to patch": (
        fleet(C0, C1, W0, patch_hosts=[patch_host("compute-0", "worker")]),
        {"controller_apply_type": "parallel"},
        "compute-0:6",
    ),
    "one controller, simplex": (fleet(C0, single_controller=True), {}, "controller-0:7"),
    "AIO controllers have no controller stage": (
        fleet(AIO, AIO | {"name": "controller-1"}),
        {"default_instance_action": "stop-start"},
        "controller-0:7 controller-1:7",
    ),
    "swift, each alone even when parallel": (
        fleet(X0, X0 | {"name": "swift-1"}),
        {"swift_apply_type": "parallel"},
        "swift-0:6 swift-1:6",
    ),
    "an offline worker is left out silently": (fleet(W0 | OFFLINE, W1), {}, "compute-1:6"),
    "without reboot before with reboot": (
        fleet(
            W0,
            W1,
            patch_hosts=[patch_host("compute-0", "worker"), patch_host("compute-1", "worker", requires_reboot=False)],
        ),
        {},
        "compute-1:3 compute-0:6",
    ),
    "the order of the patch hosts counts": (
        fleet(W0, W1, patch_hosts=[patch_host("compute-1", "worker"), patch_host("compute-0", "worker")]),
        {},
        "compute-1:6 compute-0:6",
    ),
    "AIO controllers come last when parallel": (
        fleet(AIO, AIO | {"name": "controller-1"}, W0),
        {"worker_apply_type": "parallel"},
        "compute-0:6 controller-0:7 controller-1:7",
    ),
}


@pytest.mark.parametrize(("world", "request_", "expected"), BUILDS.values(), ids=BUILDS)
def test_a_patch_build_at_the_edge_succeeds(plan_for, outline_of, world, request_, expected):
    """A sw-patch build just inside the rules fails or has other stages."""
    assert outline_of(plan_for(world, **request_)) == expected


def test_an_upgrade_whose_only_stage_is_the_last_one_builds(plan_for):
    """complete-upgrade alone is not enough for an upgrade to build (ENGINE.md 6.2 check 7)."""
    done = [C0 | {"software_load": "2"}, C1 | {"software_load": "2"}]
    made = plan_for({"hosts": done, "upgrade": HOSTS}, "sw-upgrade", complete_upgrade=True)
    assert made.reason is None
    assert [(str(step.name), step.timeout, step.entity_names) for step in made.stages[0].steps] == [
        ("query-alarms", 60, ()),
        ("swact-hosts", 900, ("controller-1",)),
        ("activate-upgrade", 900, ()),
        ("complete-upgrade", 300, ()),
        ("system-stabilize", 60, ()),
    ]
