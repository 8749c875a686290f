"""Mutants that plan otherwise: each shows its defect in the deployment that it begins with, without a run."""

from functools import cache

import pytest
from werkzeug.test import Client

from reference_server import create_app
from reference_server.mutants import MUTANTS
from reference_server.mutants.variant import Variant
from reference_server.worlds.file import load_world, parse_world

PATCH = ("controller-apply-type", "storage-apply-type", "swift-apply-type", "worker-apply-type")
COMMON = ("max-parallel-worker-hosts", "default-instance-action", "alarm-restrictions")
REQUESTS = [
    ("sw-patch", dict(zip((*PATCH, *COMMON), values, strict=True)))
    for values in (
        ("serial", "parallel", "parallel", "parallel", 4, "migrate", "relaxed"),
        ("serial", "parallel", "parallel", "serial", 2, "stop-start", "strict"),
        ("ignore", "ignore", "ignore", "parallel", 2, "migrate", "strict"),
    )
] + [("sw-upgrade", {"storage-apply-type": "parallel", "worker-apply-type": "parallel"})]
PLANNING = [
    mutant
    for mutant in MUTANTS.values()
    if isinstance(mutant.make, Variant) and (mutant.make.planner is not None or mutant.make.rules is not None)
]
SAME_PLAN = {"undo-only-unlocks", "ignored-alarms-leak", "nothing-to-do-is-ready"}
"""Mutants that show elsewhere: in an abort, in the second strategy, where nothing is to be done."""


def plans(app):
    """What is planned for each request: state, reason, and the steps of every stage."""
    client = Client(app)
    return [_planned(client, kind, body) for kind, body in REQUESTS]


def _planned(client, kind, body):
    client.post("/_control/reset")
    path = f"/api/orchestration/{kind}/strategy"
    client.post(path, json=body)
    client.post("/_control/clock", json={"advance": 200})
    strategy = client.get(path).json["strategy"]
    steps = [
        step
        for phase in ("build", "apply")
        for stage in strategy[f"{phase}-phase"]["stages"]
        for step in stage["steps"]
    ]
    told = [(step["step-name"], step["timeout"], step["entity-names"]) for step in steps]
    return strategy["state"], strategy["build-phase"]["reason"], told


@cache
def _clean_plans(world):
    return plans(create_app(load_world(world)))


def clean_plans(mutant):
    """What the clean server plans in the deployment of a mutant."""
    world = mutant.make.world
    return _clean_plans(world) if isinstance(world, str) else plans(create_app(parse_world(world, "deployment")))


@pytest.mark.parametrize("mutant", PLANNING, ids=lambda mutant: mutant.name)
def test_a_planning_mutant_plans_otherwise(mutant):
    """In its own deployment some request is planned unlike the clean server plans it, unless it shows later."""
    assert (plans(mutant.make()) == clean_plans(mutant)) is (mutant.name in SAME_PLAN)


def test_a_mutant_leaves_the_clean_server_clean():
    """Servers that were made of every mutant in this process have changed nothing for the clean one."""
    before = plans(create_app())
    made = [mutant.make() for mutant in MUTANTS.values()]
    assert (plans(create_app()), len(made)) == (before, len(MUTANTS))


def test_an_alarm_leaks_into_the_next_strategy():
    """After a patch strategy an upgrade is built although an alarm counts against it, and the world shows no trace."""
    client = Client(MUTANTS["ignored-alarms-leak"].make())
    told = [_state(client, kind) for kind in ("sw-upgrade", "sw-patch", "sw-upgrade")]
    assert (told, client.get("/_control/world").json["ignore_alarms"]) == (
        ["build-failed", "ready-to-apply", "ready-to-apply"],
        [],
    )


def _state(client, kind):
    path = f"/api/orchestration/{kind}/strategy"
    client.post(path, json=dict(REQUESTS)[kind])
    client.post("/_control/clock", json={"advance": 200})
    state = client.get(path).json["strategy"]["state"]
    client.delete(path)
    return state
