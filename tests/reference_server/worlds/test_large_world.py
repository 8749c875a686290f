"""A world of 2,000 workers with 10,000 instances is built, served and applied like any other."""

import pytest

from reference_server import create_app
from reference_server.wire import serving
from reference_server.worlds.file import parse_world

KIND = "sw-patch"
WORKERS = 2_000
INSTANCES_PER_HOST = 5
AT_A_TIME = 10


def worker_names(numbers):
    """Names of workers."""
    return [f"compute-{number}" for number in numbers]


def instance_uuid(host, number):
    """The uuid of an instance by its host and its number there."""
    return f"00000000-0000-4000-8000-{host:08x}{number:04x}"


LARGE = {
    "hosts": [{"name": f"controller-{number}", "personality": "controller"} for number in (0, 1)]
    + [{"name": name, "personality": "worker"} for name in worker_names(range(WORKERS))],
    "instances": [
        {"name": f"vm-{host}-{number}", "uuid": instance_uuid(host, number), "host": f"compute-{host}"}
        for host in range(WORKERS)
        for number in range(INSTANCES_PER_HOST)
    ],
    # Four instances each, of workers that stand side by side: they cannot share a stage.
    "instance_groups": [
        {
            "name": f"group-{first}-{number}",
            "policies": ["anti-affinity"],
            "member_uuids": [instance_uuid(first + step, number) for step in range(4)],
        }
        for first in range(0, WORKERS, 4)
        for number in range(INSTANCES_PER_HOST)
    ],
    "host_aggregates": [
        {"name": f"aggregate-{rest}", "host_names": worker_names(range(rest, WORKERS, 10))} for rest in range(10)
    ],
    "patches": [{"name": "P1"}],
}


@pytest.fixture(scope="module")
def life():
    """The answers of one strategy's life: when it was built, and when it was applied; and the fleet after it."""
    app = create_app(parse_world(LARGE, "large"), "stx-3.0")
    client = app.test_client()
    strategy = f"/api/orchestration/{KIND}/strategy"
    body = {
        "controller-apply-type": "serial",
        "storage-apply-type": "ignore",
        "worker-apply-type": "parallel",
        "max-parallel-worker-hosts": AT_A_TIME,
        "default-instance-action": "migrate",
    }
    assert client.post(strategy, json=body).status_code == 200
    serving(app).driver.advance(100.0)
    built = client.get(strategy).json["strategy"]
    assert client.post(f"{strategy}/actions", json={"action": "apply-all"}).status_code == 202
    serving(app).driver.advance(10_000_000.0)
    return built, client.get(strategy).json["strategy"], serving(app).driver.fleet


def workers_of(stage):
    """The hosts that a stage patches."""
    return next(step["entity-names"] for step in stage["steps"] if step["step-name"] == "sw-patch-hosts")


def test_it_is_built(life):
    """Every host is in exactly one stage, no stage has more hosts than asked for, and no two that keep apart."""
    stages = [workers_of(stage) for stage in life[0]["apply-phase"]["stages"]]
    together = sorted(name for names in stages for name in names)
    assert together == sorted(host["name"] for host in LARGE["hosts"])
    assert max(map(len, stages)) == AT_A_TIME
    fours = [[int(name.split("-")[1]) // 4 for name in names] for names in stages if names[0].startswith("compute")]
    assert [numbers for numbers in fours if len(set(numbers)) < len(numbers)] == []


def test_it_is_applied(life):
    """The strategy ends well, with every stage done."""
    applied = life[1]
    phase = applied["apply-phase"]
    assert (applied["state"], phase["reason"]) == ("applied", "")
    assert {stage["result"] for stage in phase["stages"]} == {"success"}


def test_the_fleet_after_it(life):
    """Every host is patched and works, and every instance runs on one of them."""
    fleet = life[2]
    assert all(host.is_working for host in fleet.hosts)
    assert all(host.patch_current for host in fleet.patch_hosts)
    assert {instance.host_name for instance in fleet.instances} <= set(worker_names(range(WORKERS)))
    assert (len(fleet.instances), all(instance.enabled for instance in fleet.instances)) == (10_000, True)
