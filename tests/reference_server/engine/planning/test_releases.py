"""What releases plan otherwise than 3.0.0: the examples of ENGINE-8.0.md 9, and the release that brought each rule."""

import pytest

CONTROLLERS = [{"name": name, "personality": "controller"} for name in ("controller-0", "controller-1")]
AIO = [{"name": name, "personality": "controller,worker"} for name in ("controller-0", "controller-1")]
BARE = {"openstack_compute": False}
UPGRADE = {"state": "upgrading-hosts", "from_release": "1", "to_release": "2"}
UPGRADING = UPGRADE | {"state": "upgrading-controllers"}
DONE = {"software_load": "2"}


def computes(*numbers, **more):
    """Workers of these numbers."""
    return [{"name": f"compute-{number}", "personality": "worker"} | more for number in numbers]


def on(*hosts):
    """One instance on each of these hosts."""
    return [{"name": f"vm-{host}", "uuid": f"vm-{host}", "host": host} for host in hosts]


def world(*hosts, vms=(), **more):
    """Hosts that all need the patch and a reboot, and one instance on each of some."""
    return {"hosts": list(hosts), "instances": on(*vms), "patches": [{"name": "P"}]} | more


def patched_in(order, document):
    """The world, with the patch hosts in that order."""
    return document | {"patch_hosts": [{"name": name} for name in order]}


def each(hosts, **more):
    """These hosts with further members."""
    return [host | more for host in hosts]


SERIAL = {"default_instance_action": "migrate"}
STOP = {"default_instance_action": "stop-start"}
PARALLEL = {"worker_apply_type": "parallel", "max_parallel_worker_hosts": 2, "default_instance_action": "migrate"}
UPGRADED = {"kind": "sw-upgrade"}
APART = [{"name": "g", "policies": ["anti-affinity"], "member_uuids": ["vm-compute-0", "vm-compute-1"]}]
FOUR = world(*computes(0, 1, 2, 3), vms=("compute-0", "compute-1"), instance_groups=APART)
X1 = world(*CONTROLLERS, *computes(0, 1), vms=("compute-0",))
X5 = world(*AIO, vms=("controller-0", "controller-1"))
X6 = patched_in(("compute-0", "compute-1", "controller-0", "controller-1"), world(*AIO, *computes(0, 1)))
X7 = world(*each(AIO[:1], **BARE), single_controller=True)
X8 = world(AIO[0], AIO[1] | DONE, vms=("controller-0",), upgrade=UPGRADING, local_host_name="controller-1")
X9 = world(*AIO, upgrade=UPGRADING, local_host_name="controller-1")
X10 = world(AIO[0], single_controller=True, upgrade=UPGRADE)
X11 = world(*each(CONTROLLERS, **DONE), *computes(0, 1, 2, 3), vms=("compute-0", "compute-1"), upgrade=UPGRADE)
X12 = world(*computes(0), *computes(1, **BARE))
X13 = world(*computes(0, 1), *computes(2, admin_state="locked"), vms=("compute-0",))
X14 = world(*computes(0, openstack_compute=True), openstack_installed=False)

EXAMPLES = {
    "X1": (X1, SERIAL, "controller-1:7276 controller-0:7276 compute-1:6976 compute-0:6976"),
    "X2": (
        world(*CONTROLLERS, *computes(0, 1, **BARE)),
        SERIAL,
        "controller-1:7276 controller-0:7276 compute-0:4636 compute-1:4636",
    ),
    "X3": (FOUR, PARALLEL, "compute-2,compute-3:7156 compute-0:7156 compute-1:7156"),
    "X4": (
        FOUR,
        PARALLEL | STOP | {"max_parallel_worker_hosts": 10},
        "compute-2,compute-3:5176 compute-0:6976 compute-1:6976",
    ),
    "X5": (X5, SERIAL, "controller-0:9076 controller-1:9076"),
    "X6": (X6, PARALLEL, "controller-0:9256 controller-1:9256 compute-0,compute-1:7156"),
    "X7": (X7, SERIAL, "controller-0:6376"),
    "X8": (X8, UPGRADED, "controller-0:23461"),
    "X9": (X9, UPGRADED | {"complete_upgrade": True}, "controller-0:21661 controller-1:21661 :2221"),
    "X11": (X11, UPGRADED, "compute-2:6961 compute-3:6961 compute-0:8761 compute-1:8761"),
    "X12": (X12, PARALLEL, "compute-0,compute-1:7156"),
    "X13": (X13, SERIAL, "compute-1:6976 compute-2:5176 compute-0:6976"),
    "X14": (X14, SERIAL, "compute-0:5176"),
}


def outline(made):
    """A plan in one line: the hosts of each stage and its timeout."""
    assert made.reason is None, made.reason
    return " ".join(f"{','.join(hosts_of(stage))}:{stage.timeout}" for stage in made.stages)


def hosts_of(stage):
    """The hosts that a stage patches or upgrades."""
    work = (step.entity_names for step in stage.steps if step.name in {"sw-patch-hosts", "upgrade-hosts"})
    return next(work, ())


def steps_of(stage, *without):
    """The steps of a stage, each with its entities."""
    return [(str(step.name), step.entity_names) for step in stage.steps if step.name not in without]


@pytest.mark.parametrize(("document", "request_", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_stages_are_those_of_the_example(plan_for, document, request_, expected):
    """Some example of ENGINE-8.0.md 9 is planned otherwise under 8.0.0."""
    assert outline(plan_for(document, release="stx-8.0", **request_)) == expected


def test_x10_a_single_aio_controller_is_not_upgraded(plan_for):
    """The upgrade of an AIO simplex builds, or fails for another reason (X10)."""
    reason = "not enough controllers to apply software upgrades"
    assert plan_for(X10, kind="sw-upgrade", release="stx-8.0").reason == reason


def test_x7_with_the_label_nobody_migrates(plan_for):
    """A labelled AIO simplex is patched with action migrate, or an unlabelled one was under 3.0.0 (X7, D3)."""
    reason = "cannot migrate instances in a single controller configuration"
    labelled = X7 | {"hosts": each(AIO[:1], openstack_compute=True)}
    assert plan_for(labelled, release="stx-8.0", **SERIAL).reason == reason
    assert plan_for(labelled | {"openstack_installed": False}, release="stx-8.0", **SERIAL).reason == reason
    assert plan_for(X7, release="stx-3.0", **SERIAL).reason == reason


def test_x1_has_28_steps_and_its_timeout(plan_for):
    """The whole of X1 has another number of steps, or would run for another time."""
    stages = plan_for(X1, release="stx-8.0", **SERIAL).stages
    assert (sum(len(stage.steps) for stage in stages), sum(stage.timeout for stage in stages) + 1) == (28, 28505)


def test_x1_a_host_without_instances_is_emptied_too(plan_for):
    """The migration from a host names what it should not, or is not there without instances (X1, D14)."""
    stages = plan_for(X1, release="stx-8.0", **SERIAL).stages
    found = [step for stage in stages for step in stage.steps if step.name == "migrate-instances-from-host"]
    assert [(step.entity_names, step.host_names, step.sources) for step in found] == [
        ((), ("compute-1",), ()),
        (("vm-compute-0",), ("compute-0",), ("compute-0",)),
    ]
    assert {(step.entity_type, step.timeout) for step in found} == {("instances", 1800)}


def test_x5_the_swact_comes_before_the_migration(plan_for):
    """An AIO controller is patched in another order of steps (X5)."""
    stage = plan_for(X5, release="stx-8.0", **SERIAL).stages[0]
    assert [name for name, _ in steps_of(stage)] == [
        "query-alarms",
        "swact-hosts",
        "migrate-instances-from-host",
        "lock-hosts",
        "sw-patch-hosts",
        "system-stabilize",
        "unlock-hosts",
        "wait-alarms-clear",
    ]


def test_x8_the_migration_comes_before_the_swact(plan_for):
    """An AIO controller is upgraded in another order of steps, under another name, or with other retries (X8)."""
    (stage,) = plan_for(X8, kind="sw-upgrade", release="stx-8.0").stages
    assert (stage.name, [name for name, _ in steps_of(stage)]) == (
        "sw-upgrade-worker-hosts",
        [
            "query-alarms",
            "migrate-instances",
            "swact-hosts",
            "lock-hosts",
            "upgrade-hosts",
            "unlock-hosts",
            "wait-data-sync",
        ],
    )
    assert [(step.name, step.retries) for step in stage.steps if step.retries] == [("unlock-hosts", 5)]
    assert stage.steps[-1].timeout == 14400


def test_x8_in_parallel_the_services_are_disabled(plan_for):
    """The parallel upgrade of an AIO controller with an instance does not disable its services first."""
    (stage,) = plan_for(X8, kind="sw-upgrade", release="stx-8.0", worker_apply_type="parallel").stages
    assert (stage.timeout, stage.steps[1].name) == (23641, "disable-host-services")


def test_x12_only_hosts_that_compute_are_disabled_and_emptied(plan_for):
    """A list of which some hosts compute disables or empties the others too, or does not lock them (X12)."""
    (stage,) = plan_for(X12, release="stx-8.0", **PARALLEL).stages
    both = ("compute-0", "compute-1")
    assert steps_of(stage, "query-alarms", "system-stabilize", "wait-alarms-clear") == [
        ("disable-host-services", ("compute-0",)),
        ("migrate-instances-from-host", ()),
        ("lock-hosts", both),
        ("sw-patch-hosts", both),
        ("unlock-hosts", both),
    ]


def test_x13_a_locked_host_is_emptied_and_rebooted(plan_for):
    """A host that was locked before has other steps (X13)."""
    stage = plan_for(X13, release="stx-8.0", **SERIAL).stages[1]
    assert [name for name, _ in steps_of(stage)] == [
        "query-alarms",
        "migrate-instances-from-host",
        "sw-patch-hosts",
        "system-stabilize",
        "reboot-hosts",
        "wait-alarms-clear",
    ]


BARE_VM = world(*computes(0, **BARE), vms=("compute-0",))


def test_instances_on_a_host_that_does_not_compute_are_left_there(plan_for):
    """A host without compute service has a migration, so that its lock would not fail (B19)."""
    (stage,) = plan_for(BARE_VM, release="stx-8.0", **SERIAL).stages
    assert "migrate-instances-from-host" not in [step.name for step in stage.steps]
    assert stage.timeout == 4636


LABELS = {
    "no label": (BARE, "system-stabilize", 60),
    "compute": ({"openstack_compute": True}, "wait-alarms-clear", 600),
    "control": (BARE | {"openstack_control": True}, "wait-alarms-clear", 600),
    "AIO without label": (BARE | {"personality": "controller,worker"}, "wait-alarms-clear", 1800),
}


@pytest.mark.parametrize(("label", "step", "timeout"), LABELS.values(), ids=LABELS)
def test_the_last_step_goes_by_the_label(plan_for, label, step, timeout):
    """A reboot stage of a worker ends with another wait than its labels say (5.7 row 11)."""
    document = world(*computes(0, **label), *each(AIO, **BARE), openstack_installed=False)
    stage = next(
        stage for stage in plan_for(document, release="stx-8.0", **STOP).stages if "compute-0" in hosts_of(stage)
    )
    assert (stage.steps[-1].name, stage.steps[-1].timeout) == (step, timeout)


# --- the release that brought each rule (ENGINE-8.0.md R)

SINCE = ("stx-2018.10", "stx-2.0", "stx-3.0", "stx-4.0", "stx-5.0", "stx-6.0", "stx-7.0", "stx-8.0", "stx-9.0")
ALARMED = [{"alarm_id": each} for each in ("400.001", "200.005", "400.001")]


def by_release(**changes):
    """What holds in each release, from the release of each change on."""
    held, found = None, {}
    for release in SINCE:
        held = changes.get(release.replace("stx-", "v").replace(".", "_"), held)
        found[release] = held
    return found


REASONS = {
    "D3": (X7, SERIAL, by_release(v2018_10="cannot migrate instances in a single controller configuration", v4_0="")),
    "D4, duplex": (
        X9,
        UPGRADED,
        by_release(
            v2018_10="cannot apply software upgrades to CPE configuration",
            v4_0="cannot apply software upgrades to AIO configuration",
            v5_0="",
        ),
    ),
    "D4, simplex": (
        X9 | {"single_controller": True},
        UPGRADED,
        by_release(
            v2018_10="cannot apply software upgrades to CPE configuration",
            v4_0="cannot apply software upgrades to AIO configuration",
            v5_0="cannot apply software upgrades to AIO-SX deployment",
        ),
    ),
    "D7": (
        world(CONTROLLERS[0]),
        SERIAL,
        by_release(
            v2018_10="not enough controllers to apply software patches",
            v5_0="not enough controllers to apply software update",
        ),
    ),
    "D8": (
        world(*CONTROLLERS, alarms=ALARMED, upgrade=UPGRADE),
        UPGRADED,
        by_release(v2018_10="active alarms present", v5_0="active alarms present ; 400.001, 200.005, 400.001"),
    ),
    "not D8": (world(*CONTROLLERS, alarms=ALARMED), SERIAL, by_release(v2018_10="active alarms present")),
    "D10": (
        world(*CONTROLLERS, alarms=[{"alarm_id": "750.006"}], upgrade=UPGRADE),
        UPGRADED,
        by_release(v2018_10="active alarms present", v5_0=""),
    ),
    "not D10": (
        world(*CONTROLLERS, alarms=[{"alarm_id": "750.006"}]), SERIAL, by_release(v2018_10="active alarms present")
    ),
    "D16": (
        world(*CONTROLLERS, alarms=[{"alarm_id": "100.119"}, {"alarm_id": "900.701"}]),
        SERIAL,
        by_release(v2018_10="active alarms present", v9_0=""),
    ),
    "computes of 2018.10": (
        world(*CONTROLLERS, *computes(0, admin_state="locked"), upgrade=UPGRADE),
        UPGRADED,
        by_release(
            v2018_10="all compute hosts must be unlocked-enabled-available",
            v2_0="all worker hosts must be unlocked-enabled-available",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("document", "request_", "expected"), REASONS.values(), ids=REASONS)
def test_why_builds_fail_in_each_release(plan_for, document, request_, expected):
    """A release builds what it refuses, or refuses it in other words."""
    assert {release: plan_for(document, release=release, **request_).reason or "" for release in SINCE} == expected


VMS_ON_FIRST = world(*computes(0), *AIO, *computes(1), vms=("controller-0", "compute-0"))
ONE_VM = world(*computes(0), vms=("compute-0",))
SHAPES = {
    "D2, serial": (
        VMS_ON_FIRST,
        STOP,
        by_release(
            v2018_10="controller-1:5536 compute-1:4636 compute-0:6436 controller-0:7336",
            v4_0="controller-0:7336 controller-1:5536 compute-1:4636 compute-0:6436",
            v5_0="controller-0:9076 controller-1:7276 compute-1:5176 compute-0:6976",
        ),
    ),
    "D2, parallel": (
        VMS_ON_FIRST,
        PARALLEL | STOP,
        by_release(
            v2018_10="compute-1:4636 compute-0:6436 controller-0:7336 controller-1:5536",
            v4_0="controller-0:7336 controller-1:5536 compute-1:4636 compute-0:6436",
            v5_0="controller-0:9076 controller-1:7276 compute-1:5176 compute-0:6976",
        ),
    ),
    "D5": (
        world(*CONTROLLERS),
        SERIAL,
        by_release(v2018_10="controller-1:5536 controller-0:5536", v5_0="controller-1:7276 controller-0:7276"),
    ),
    "D6": (
        X11 | {"instances": []},
        UPGRADED,
        by_release(
            v2018_10="compute-0:6421 compute-1:6421 compute-2:6421 compute-3:6421",
            v5_0="compute-0:6961 compute-1:6961 compute-2:6961 compute-3:6961",
        ),
    ),
    "D14": (
        world(*computes(0)),
        PARALLEL,
        by_release(v2018_10="compute-0:4636", v5_0="compute-0:5176", v7_0="compute-0:7156"),
    ),
    "services of 2018.10": (
        world(*computes(0, **BARE), vms=("compute-0",)),
        PARALLEL,
        by_release(v2018_10="compute-0:6616", v2_0="compute-0:6436", v7_0="compute-0:4636"),
    ),
    "D14, the step": (ONE_VM, SERIAL, by_release(v2018_10="compute-0:6436", v5_0="compute-0:6976")),
}  # fmt: skip


@pytest.mark.parametrize(("document", "request_", "expected"), SHAPES.values(), ids=SHAPES)
def test_what_is_planned_in_each_release(plan_for, document, request_, expected):
    """A release plans other hosts, in another order or with other timeouts."""
    assert {release: outline(plan_for(document, release=release, **request_)) for release in SINCE} == expected


def test_the_step_that_migrates_changes_its_name(plan_for):
    """Instances are migrated by another step than that of the release (D14)."""
    found = {release: steps_of(plan_for(ONE_VM, release=release, **SERIAL).stages[0])[1][0] for release in SINCE}
    assert found == by_release(v2018_10="migrate-instances", v7_0="migrate-instances-from-host")


@pytest.mark.parametrize(("kind", "document"), [("sw-patch", ONE_VM), ("sw-upgrade", ONE_VM | {"upgrade": UPGRADE})])
def test_stages_of_workers_have_the_name_of_the_release(plan_for, kind, document):
    """A stage of workers has another name than that of its release."""
    found = {release: str(plan_for(document, kind=kind, release=release).stages[0].name) for release in SINCE}
    assert found == by_release(v2018_10=f"{kind}-compute-hosts", v2_0=f"{kind}-worker-hosts")


def test_ignored_workers_are_ignored_as_aio_controllers_too(plan_for):
    """AIO controllers are upgraded although workers are to be ignored (6.5)."""
    reason = "no software upgrades need to be applied"
    assert plan_for(X9, kind="sw-upgrade", release="stx-8.0", worker_apply_type="ignore").reason == reason
