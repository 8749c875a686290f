"""RELEASES.md 7: build steps, stages and timeouts of the kinds whose stages are plausible rather than known."""

from dataclasses import replace

import msgspec
import pytest

from reference_server.engine.fleet import Alarm
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import AlarmRestrictions, ApplyType, InstanceAction, Kind, State
from reference_server.instant import build_at_once
from reference_server.rulebooks import load_release, read_release
from reference_server.worlds.file import load_world, parse_world
from spec.documents import DocumentError

FW, KUBE, CA, CONFIG, DEPLOY = (
    Kind.FW_UPDATE, Kind.KUBE_UPGRADE, Kind.KUBE_ROOTCA_UPDATE, Kind.SYSTEM_CONFIG_UPDATE, Kind.SW_UPGRADE,
)  # fmt: skip
NEW = (("release", "r"), ("rollback", None), ("delete", None))
BACK = (("release", None), ("rollback", True), ("delete", None))
WORLD = load_world("standard")


def built(release, kind, world=WORLD, **asked):
    """The strategy right after its build."""
    request = StrategyRequest(kind, **asked)
    return build_at_once(request, world.fleet, load_release(release).rulebook, uuid="", now=0.0)


def _of_hosts(stage):
    return [step for step in stage.steps if step.entity_type == "hosts"]


def stages(release, kind, world=WORLD, **asked):
    """Name, timeout and number of hosts of each stage of the apply phase."""
    strategy = built(release, kind, world, **asked)
    assert strategy.state is State.READY_TO_APPLY, strategy.build.reason
    return [
        (stage.name, stage.timeout, max((len(step.entity_names) for step in _of_hosts(stage)), default=0))
        for stage in strategy.apply.stages
    ]


VERSIONS = "query-kube-versions query-kube-upgrade query-kube-host-upgrade "
BUILDS = {
    ("stx-5.0", KUBE): ("kube-upgrade-query", 361, VERSIONS + "query-sw-patches query-sw-patch-hosts"),
    ("stx-9.0", KUBE): ("kube-upgrade-query", 301, VERSIONS + "kube-upgrade-cleanup-aborted"),
    ("stx-10.0", KUBE): ("kube-upgrade-query", 441, VERSIONS + "kube-upgrade-cleanup-aborted"),
    ("stx-6.0", CA): ("kube-rootca-update-query", 181, "query-kube-rootca-update query-kube-rootca-host-updates"),
    ("stx-9.0", CONFIG): ("system-config-update-query", 121, "query-system-config-update-hosts"),
}


@pytest.mark.parametrize(("place", "expected"), BUILDS.items(), ids=str)
def test_a_build_asks_what_the_release_asks(place, expected):
    """The build phase of a release has other steps, or other timeouts."""
    name, timeout, steps = expected
    stage = built(*place).build.stages[0]
    assert (stage.name, stage.timeout) == (name, timeout)
    assert [step.name for step in stage.steps] == ["query-alarms", *steps.split()]


def test_firmware_is_asked_of_every_worker_that_works():
    """RELEASES.md 7: one query for each unlocked worker, and a deployment is checked before it, a rollback is not."""
    steps = [(step.name, step.entity_names) for step in built("stx-4.0", FW).build.stages[0].steps]
    workers = [host.name for host in WORLD.fleet.hosts if host.has("worker") and host.is_working]
    assert steps[0] == ("query-alarms", ())
    assert sorted(steps[1:]) == sorted(("query-fw-update-host", (name,)) for name in workers)
    builds = [built("stx-10.0", DEPLOY, options=options).build.stages[0] for options in (NEW, BACK)]
    assert [(stage.steps[-1].name, stage.timeout) for stage in builds] == [
        ("sw-deploy-precheck", 181),
        ("query-upgrade", 121),
    ]


DEPLOYED = {
    "stx-10.0": (4681, 9676, 8176, 6976, 8776, 4861),
    "stx-12.0": (4561, 9676, 8176, 8776, 10576, 4921),
    "stx-master": (4561, 9676, 8176, 8776, 10576, 4921),
}


@pytest.mark.parametrize(("release", "expected"), DEPLOYED.items(), ids=DEPLOYED)
def test_stages_of_a_deployment_take_what_was_observed(release, expected):
    """RELEASES.md 7: start, controllers, storage, workers without and with instances, complete."""
    start, controller, storage, worker, moving, complete = expected
    prefix = "sw-upgrade"
    assert stages(release, DEPLOY, options=NEW) == [
        (f"{prefix}-start", start, 1),
        *[(f"{prefix}-controllers", controller, 1)] * 2,
        *[(f"{prefix}-storage-hosts", storage, 1)] * 2,
        (f"{prefix}-worker-hosts", worker, 1),
        *((f"{prefix}-worker-hosts", moving, 1), (f"{prefix}-worker-hosts", moving, 1)),
        (f"{prefix}-complete", complete, 1),
    ]


def test_firmware_takes_what_was_observed():
    """RELEASES.md 8: 6436 s for a worker without instances."""
    assert stages("stx-4.0", FW)[0] == ("fw-update-worker-hosts", 6436, 1)


def test_a_rollback_and_a_delete_have_stages_of_their_own():
    """RELEASES.md 7: the rollback starts and completes otherwise; deletion comes last."""
    back = [name for name, *_ in stages("stx-12.0", DEPLOY, options=BACK)]
    whole = [name for name, *_ in stages("stx-12.0", DEPLOY, options=(*NEW[:2], ("delete", True)))]
    assert (back[0], back[-1]) == ("sw-upgrade-rollback-start", "sw-upgrade-rollback-complete")
    assert (whole[0], whole[-2], whole[-1]) == ("sw-upgrade-start", "sw-upgrade-complete", "sw-deploy-delete")


def test_apply_types_and_widths_are_honoured():
    """Hosts that are ignored have no stage; workers in parallel share stages up to the width."""
    ignored = stages(
        "stx-9.0", CONFIG, controller_apply_type=ApplyType.IGNORE, worker_apply_type=ApplyType.IGNORE
    )  # fmt: skip
    assert {name for name, *_ in ignored} == {"system-config-update-storage-hosts"}
    hosts = [{"name": f"w-{number}", "personality": "worker"} for number in range(5)]
    controllers = [{"name": f"controller-{number}", "personality": "controller"} for number in (0, 1)]
    world = parse_world({"local_host_name": "controller-0", "hosts": [*controllers, *hosts]}, "world")
    wide = stages("stx-4.0", FW, world, worker_apply_type=ApplyType.PARALLEL, max_parallel_worker_hosts=3)
    assert [count for *_, count in wide] == [3, 2]
    order = [stage.steps[1].entity_names for stage in built("stx-9.0", CONFIG, world).apply.stages if stage.steps[1:]][
        :2
    ]
    assert order == [("controller-1",), ("controller-0",)]


def test_names_of_stages_may_carry_the_version():
    """RELEASES.md 7: from 9.0.0 on some names of kubernetes stages do; whatever the version says, it stays text."""
    names = [name for name, *_ in stages("stx-9.0", KUBE, options=(("to-version", "{uuid} v1"),))]
    assert "kube-upgrade-first-control-plane {uuid} v1" in names
    assert "kube-upgrade-first-control-plane" in [name for name, *_ in stages("stx-8.0", KUBE)]


def test_alarms_hold_a_build_up_and_are_named():
    """RELEASES.md 7: kubernetes kinds say in brackets which alarms there are; relaxed overlooks some of them."""
    alarms = (Alarm("uuid", "100.101", "False"),)
    world = replace(WORLD, fleet=replace(WORLD.fleet, alarms=alarms))
    assert built("stx-6.0", CA, world).build.reason == "active alarms present [ 100.101 ]"
    assert built("stx-4.0", FW, world).build.reason == "active alarms present"
    relaxed = built("stx-6.0", CA, world, alarm_restrictions=AlarmRestrictions.RELAXED)
    assert relaxed.state is State.READY_TO_APPLY


def test_a_generic_strategy_is_stored_and_read():
    """What a store writes of a generic strategy is the same strategy when it is read."""
    asked = {"default_instance_action": InstanceAction.STOP_START, "options": (("to-version", "v1"), ("x", ("a", "b")))}
    strategy = built("stx-master", KUBE, **asked)
    read = msgspec.json.decode(msgspec.json.encode(strategy), type=Strategy)
    assert read == strategy
    assert all(step.name is other.name for step, other in zip(_steps(read), _steps(strategy), strict=True))


def _steps(strategy):
    return [step for stage in strategy.apply.stages for step in stage.steps]


def test_what_was_stored_before_there_were_other_kinds_is_read():
    """A strategy without the members that came later is read as one that has nothing in them."""
    strategy = built("stx-3.0", Kind.SW_PATCH)
    value = msgspec.json.decode(msgspec.json.encode(strategy))
    del value["request"]["options"]
    for stage in value["apply"]["stages"]:
        for step in stage["steps"]:
            del step["generic"]
    assert msgspec.json.decode(msgspec.json.encode(value), type=Strategy) == strategy


BROKEN = {
    "unknown kind": (
        "generic: {firmware: {build: {stage: s, steps: []}, stages: [{stage: s, steps: []}]}}",
        "firmware",
    ),
    "no timeout": (
        "generic: {fw-update: {build: {stage: s, steps: [query-x]}, stages: [{stage: s, steps: []}]}}",
        "no timeout for query-x",
    ),
    "unknown condition": (
        "generic: {fw-update: {build: {stage: s, steps: []}, stages: [{stage: s, steps: [], when: [night]}]}}",
        "night",
    ),
    "unknown group": (
        "generic: {fw-update: {build: {stage: s, steps: []}, stages: [{stage: s, steps: [], hosts: [all]}]}}",
        "hosts",
    ),
    "no such name": (
        "generic: {fw-update: {build: {stage: s, steps: []}, stages: [{stage: s, steps: []}], alarms: '{x}'}}",
        "alarms",
    ),
    "a kind without a table": ("wire: {kinds: [fw-update]}", "no table for fw-update"),
    "words that nobody knows": (
        "wire: {creates: {sw-patch: {worker-apply-type: {read: word, words: [slowly]}}}}",
        "worker-apply-type",
    ),
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_a_rulebook_that_is_wrong_about_kinds_is_refused(tmp_path, text, words):
    """A rulebook of somebody's own whose kinds make no sense is an error that says where."""
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(DocumentError, match=words):
        read_release(path, "stx-3.0")


def test_a_rulebook_may_change_one_member(tmp_path):
    """A file of somebody's own says only what differs in a table of members."""
    path = tmp_path / "own.yaml"
    path.write_text("wire: {creates: {fw-update: {max-parallel-worker-hosts: {read: number, range: [2, 7]}}}}")
    members = read_release(path, "stx-4.0").wire.creates[FW]
    assert (members["max-parallel-worker-hosts"].highest, members["worker-apply-type"].mandatory) == (7, True)
