"""World files: what a short one means, what is shipped, and what is wrong with a broken one."""

import gzip
import json
import os
from pathlib import Path

import pytest

from reference_server.engine.fleet import Alarm, PatchHost, UpgradeRecord
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import InstanceAction, Kind
from reference_server.instant import build_at_once
from reference_server.rulebooks import load_release
from reference_server.simulation.pace import DURATIONS
from reference_server.worlds.file import default_world, load_world, parse_world, read_world, world_schema
from spec.documents import DocumentError

SHORT = {
    "hosts": [
        {"name": "compute-0", "personality": "worker"},
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller", "admin_state": "locked"},
    ]
}


def fleet(**more):
    """The fleet of the short world with further fields."""
    return parse_world(SHORT | more, "short").fleet


def test_a_short_host_is_unlocked_and_works():
    """A host without further words is not working, or a locked one is not disabled and online."""
    assert [(host.locked, host.enabled, host.availability) for host in fleet().hosts] == [
        (False, True, "available"),
        (False, True, "available"),
        (True, False, "online"),
    ]


def test_the_first_controller_is_the_local_host():
    """A world that names no local host has another one than its first controller."""
    assert fleet().local_host_name == "controller-0"


def test_hosts_run_the_old_release_in_an_upgrade():
    """A host without loads has others than those of the upgrade record."""
    upgrade = {"state": "starting", "from_release": "1", "to_release": "2"}
    assert [(host.software_load, host.target_load) for host in fleet(upgrade=upgrade).hosts] == [("1", "2")] * 3
    assert fleet(upgrade=upgrade).upgrade == UpgradeRecord("starting", "1", "2")


def test_every_host_needs_the_patches_there_are():
    """A world with patches and no patch hosts leaves a host out, or has patch hosts without patches."""
    assert fleet(patches=[{"name": "P"}]).patch_hosts == (
        PatchHost("compute-0", ("worker",), requires_reboot=True, patch_current=False),
        PatchHost("controller-0", ("controller",), requires_reboot=True, patch_current=False),
        PatchHost("controller-1", ("controller",), requires_reboot=True, patch_current=False),
    )
    assert fleet().patch_hosts == ()


def test_workers_compute_where_openstack_is():
    """A worker has no OpenStack label where OpenStack is installed, or has one where it is not."""
    assert [[host.openstack_compute for host in fleet(openstack_installed=there).hosts] for there in (True, False)] == [
        [True, False, False],
        [False, False, False],
    ]


def test_default_uuids_depend_on_the_name_alone():
    """The uuid of a host changes from reading to reading, or two hosts share one."""
    first, second = fleet(), fleet(alarms=[{"alarm_id": "1"}])
    assert [host.uuid for host in first.hosts] == [host.uuid for host in second.hosts]
    assert len({host.uuid for host in first.hosts}) == 3


def test_what_is_given_is_kept():
    """A field that a world gives is replaced by its default."""
    alarm = {"alarm_uuid": "u", "alarm_id": "1", "mgmt_affecting": "False"}
    given = fleet(
        alarms=[alarm],
        local_host_name="controller-1",
        single_controller=True,
        ignore_alarms=["7"],
        patch_hosts=[{"name": "ghost"}],
    )
    assert (given.alarms, given.local_host_name, given.single_controller, given.ignore_alarms) == (
        (Alarm("u", "1", "False"),),
        "controller-1",
        True,
        ("7",),
    )
    assert [host.name for host in given.patch_hosts] == ["ghost"]


def test_a_world_says_how_long_its_steps_take():
    """The durations of a world file are lost."""
    assert parse_world(SHORT | {"durations": {"lock-hosts": 1.5}}, "short").durations == {"lock-hosts": 1.5}


def test_durations_are_those_that_are_simulated():
    """The schema of worlds offers a duration that nothing reads, or lacks one."""
    assert set(world_schema()["properties"]["durations"]["propertyNames"]["enum"]) == {str(step) for step in DURATIONS}


YAML = """\
hosts:
  - {name: c0, uuid: u0, personality: controller}
  - {name: w0, uuid: u1, personality: worker}
instances:
  - {name: vm, uuid: v0, host: w0}
"""
BROKEN = {
    "unknown field": (YAML + "colour: red\n", r"world\.yaml:\d: .*colour"),
    "unknown field of a host": (YAML.replace("uuid: u0", "uid: u0"), r"world\.yaml:2: /hosts/0.*uid"),
    "wrong type": (YAML + "single_controller: 1\n", r"world\.yaml:6: /single_controller"),
    "number as load": (YAML.replace("uuid: u0", "software_load: 20.06"), r"world\.yaml:2: /hosts/0/software_load"),
    "boolean as alarm flag": (
        YAML + "alarms:\n  - {alarm_id: '1', mgmt_affecting: true}\n",
        r"world\.yaml:7: /alarms/0/mgmt_affecting",
    ),
    "no hosts": ("hosts: []\n", r"world\.yaml:1: /hosts"),
    "a list": ("- hosts\n", r"world\.yaml:1: the document"),
    "empty file": ("", r"world\.yaml"),
    "misspelt personality": (YAML.replace("worker", '"worker,contoller"'), r"world\.yaml:3: /hosts/1/personality"),
    "misspelt state": (
        YAML + "upgrade: {state: upgraded, from_release: a, to_release: b}\n",
        r"world\.yaml:6: /upgrade/state",
    ),
    "instance on an unknown host": (
        YAML.replace("host: w0", "host: w7"),
        r"world\.yaml:5: /instances/0/host: there is no 'w7' among the hosts",
    ),
    "unknown instance in a group": (
        YAML + "instance_groups:\n  - {name: g, policies: [anti-affinity], member_uuids: [v0, v7]}\n",
        r"world\.yaml:7: /instance_groups/0/member_uuids/1: there is no 'v7' among the instances",
    ),
    "unknown host in a host group": (
        YAML + "host_groups:\n  - {name: g, member_names: [s0]}\n",
        r"world\.yaml:7: /host_groups/0/member_names/0: there is no 's0' among the hosts",
    ),
    "unknown host in an aggregate": (
        YAML + "host_aggregates:\n  - {name: g, host_names: [w0, s0]}\n",
        r"world\.yaml:7: /host_aggregates/0/host_names/1: there is no 's0' among the hosts",
    ),
    "host twice by name": (
        YAML.replace("name: w0", "name: c0"),
        r"world\.yaml:3: /hosts/1/name: 'c0' is the name of /hosts/0 already",
    ),
    "host twice by uuid": (
        YAML.replace("u1", "u0"),
        r"world\.yaml:3: /hosts/1/uuid: 'u0' is the uuid of /hosts/0 already",
    ),
    "instance twice": (
        YAML + "  - {name: other, uuid: v0, host: w0}\n",
        r"world\.yaml:6: /instances/1/uuid: 'v0' is the uuid",
    ),
    "instance twice by name, without uuids": (
        YAML.replace("uuid: v0, ", "") + "  - {name: vm, host: c0}\n",
        r"world\.yaml:6: /instances/1/name: 'vm' is the name of /instances/0 already",
    ),
    "patch host twice": (YAML + "patch_hosts: [{name: a}, {name: a}]\n", r"world\.yaml:6: /patch_hosts/1/name"),
    "member twice": (
        YAML + "host_aggregates: [{name: a, host_names: [w0, w0]}]\n",
        r"world\.yaml:6: /host_aggregates/0/host_names",
    ),
    "OpenStack alarms": (YAML + "fault_mgmt_plugin: true\n", r"world\.yaml:6: /fault_mgmt_plugin"),
    "unknown duration": (YAML + "durations: {dance: 1}\n", r"world\.yaml:6: /durations"),
    "negative duration": (YAML + "durations: {lock-hosts: -1}\n", r"world\.yaml:6: /durations/lock-hosts"),
    "key twice": (YAML + "hosts: []\n", r"world\.yaml:6: .*stands twice"),
    "not YAML": ("hosts: [", r"world\.yaml:\d+: not YAML"),
    "JSON with a hole": ('{"hosts": }', r"world\.yaml:1: not JSON"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_world_is_refused_with_its_place(tmp_path, text, message):
    """A broken world loads, or its error does not name file, line and what is wrong."""
    path = tmp_path / "world.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=message):
        read_world(path)


def test_a_world_without_text_is_refused_with_its_pointer():
    """A world that came over the wire is refused without saying where."""
    with pytest.raises(DocumentError, match=r"^body: /instances/0/host: there is no 'w7'"):
        parse_world(SHORT | {"instances": [{"name": "vm", "host": "w7"}]}, "body")


def test_an_instance_name_may_stand_twice_when_the_uuids_differ():
    """Two instances of one name, as OpenStack allows them, are refused."""
    twins = [{"name": "vm", "uuid": uuid, "host": "compute-0"} for uuid in ("1", "2")]
    assert len(fleet(instances=twins).instances) == 2


@pytest.mark.parametrize(
    "name", ["aio-dx", "aio-sx", "default", "published-sw-patch-applying", "published-sw-patch-ready"]
)
def test_shipped_worlds_can_be_patched(name):
    """A shipped world gives no sw-patch strategy that is ready to apply."""
    rules = load_release("published").rulebook
    request = StrategyRequest(Kind.SW_PATCH, default_instance_action=InstanceAction.STOP_START)
    assert build_at_once(request, load_world(name).fleet, rules, uuid="u", now=0).state == "ready-to-apply"


@pytest.mark.parametrize(("kind", "stages"), [(Kind.SW_PATCH, 8), (Kind.SW_UPGRADE, 7)])
def test_the_default_world_has_work_for_both_kinds(kind, stages):
    """The default world builds too little of a kind to be interesting."""
    strategy = build_at_once(
        StrategyRequest(kind), default_world().fleet, load_release("published").rulebook, uuid="u", now=0
    )
    assert (strategy.state, len(strategy.apply.stages)) == ("ready-to-apply", stages)


def test_a_world_that_is_not_shipped_is_named():
    """An unknown world loads."""
    with pytest.raises(LookupError, match="atlantis"):
        load_world("atlantis")


def corpora():
    """The recorded corpora that are there."""
    folder = os.environ.get("VIMGATE_CORPUS")
    return sorted(Path(folder).glob("plans-*.jsonl.gz")) if folder else []


@pytest.mark.skipif(not corpora(), reason="VIMGATE_CORPUS names no folder with plans-*.jsonl.gz")
@pytest.mark.parametrize("path", corpora(), ids=lambda path: path.name)
def test_every_recorded_world_loads(path):
    """A world that a real deployment had is refused."""
    worlds = [json.loads(line)["world"] for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert all(parse_world(world, path.name).fleet.hosts for world in worlds)
