"""Predictions are those of the oracle, lawful plans keep them, and unlawful ones are told in words."""

import gzip
import json
import os
from pathlib import Path
from random import Random

import pytest

from conformance.drivers.planning import Planner, bodies_of, own_world
from conformance.drivers.worlds import random_world
from conformance.predictions.oracle import Oracle, shipped_worlds
from conformance.shape import read_strategy
from conformance.targets.pace import VirtualPace
from conformance.targets.target import open_target
from reference_server import create_app
from spec.load import load_contract, load_law, load_ledger

CREATE = "createSwPatchStrategy"
BODY = next(bodies_of(load_ledger(), CREATE, Random(0)))  # noqa: S311 - no secret
STANDARD, DEFAULT = (dict(shipped_worlds())[name] for name in ("standard", "default"))


@pytest.fixture(scope="module")
def oracle():
    """One oracle for all."""
    return Oracle(load_contract())


def planner(talk, oracle):
    """A planner on a conversation."""
    return Planner(talk, load_ledger(), load_law(), oracle, 0)


# --- predictions


def test_a_prediction_is_what_the_world_leads_to(oracle):
    """The standard world leads to both controllers, both storage hosts and four workers, one after the other."""
    strategy = oracle.predict(STANDARD, "sw-patch", BODY).strategy
    hosts = [stage.steps[-3].entity_names or stage.steps[-2].entity_names for stage in strategy.apply.stages]
    assert [stage.name for stage in strategy.apply.stages][:3] == ["sw-patch-controllers"] * 2 + [
        "sw-patch-storage-hosts"
    ]
    assert hosts[:2] == [("controller-1",), ("controller-0",)]


def test_a_prediction_is_asked_for_once(oracle):
    """The same question has the same answer, not a new one."""
    assert oracle.predict(STANDARD, "sw-patch", BODY) is oracle.predict(dict(STANDARD), "sw-patch", dict(BODY))


@pytest.mark.parametrize(("world", "body"), [({"hosts": []}, BODY), (STANDARD, {"worker-apply-type": "sideways"})])
def test_what_the_oracle_does_not_take_is_not_predicted(oracle, world, body):
    """There is no prediction for a world that is none, nor for a body that must be refused."""
    assert oracle.predict(world, "sw-patch", body) is None


def test_an_apply_is_predicted_up_to_its_end(oracle):
    """What an apply of the whole strategy comes to is predicted from the same world."""
    ended = oracle.end_of(oracle.predict(STANDARD, "sw-patch", BODY))
    assert (ended.strategy.state, ended.strategy.apply.result) == ("applied", "success")


def test_the_rules_of_a_known_release_are_as_lawful(oracle):
    """A plan by the rules of a known release is compared with those, though the run judges by the reference."""
    target = open_target("wsgi:reference_server:create_app")
    known = Oracle(load_contract())._servers[1].built(STANDARD, "sw-patch", BODY)  # noqa: SLF001 - its other release
    nearest = oracle.nearest(STANDARD, "sw-patch", BODY, known.strategy)
    target.close()
    assert nearest.release == "stx-3.0"
    assert nearest.compared(known.strategy).remarks == ()


# --- bodies


def test_bodies_say_only_what_the_reference_lists():
    """Every create body that is drawn has members and values that the ledger lists."""
    rows = [each.parameters for each in load_ledger().checked if each.check == "listed_value_is_accepted"]
    values = {row["member"]: row["values"] for row in rows if row["operation"] == CREATE}
    bodies = list(bodies_of(load_ledger(), CREATE, Random(1), 20))  # noqa: S311 - no secret
    assert len(bodies) == 22
    assert all(body.keys() == values.keys() for body in bodies)
    assert all(value in values[member] for body in bodies for member, value in body.items())


# --- lawful servers are not accused


def _corpus():
    path = Path(os.environ.get("VIMGATE_CORPUS") or ".") / "plans-3.0.jsonl.gz"
    if not os.environ.get("VIMGATE_CORPUS") or not path.exists():
        pytest.skip("VIMGATE_CORPUS is not set: no recorded plans")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.long
def test_plans_of_a_known_deployment_are_the_predicted_ones(oracle):
    """Recorded plans of 3.0 are those that their worlds lead to."""
    accused = [
        (plan["id"], [each.text for each in prediction.compared(seen).remarks])
        for plan in _corpus()[::6]
        for seen in [read_strategy(plan["expect"])]
        for prediction in [oracle.nearest(plan["world"], plan["kind"], plan["request"], seen)]
        if prediction is None or prediction.compared(seen).remarks
    ]
    assert accused == []


def test_the_reference_server_keeps_every_prediction(talk, oracle):
    """On worlds that it loads nothing is found, and the target is left with the world that it had."""
    before = talk.target.control.world()
    worlds = [(str(seed), random_world(seed)) for seed in range(3)]
    assert planner(talk, oracle).on_worlds(worlds, drawn=1) is None
    assert talk.failures == set()
    assert talk.target.control.world() == before


def _uncontrolled(app, target_of, talking):
    """A conversation with a server that shows no world; its clock obeys behind its back."""
    target, behind = target_of(app), target_of(app)
    control = open_target("wsgi:reference_server:create_app").control
    control._send = behind.send  # noqa: SLF001 - the clock of this server
    return talking(target, pace=VirtualPace(control))


def test_a_deployment_may_list_its_hosts_in_another_order(target_of, talking, oracle):
    """A world file tells what there is; in which order a deployment's tables list it need not stay (ENGINE.md C6)."""
    app = create_app()
    turned = {**STANDARD, "hosts": STANDARD["hosts"][::-1], "instances": STANDARD["instances"][::-1]}
    assert target_of(app).send_json("PUT", "/_control/world", turned).status == 200
    talk = _uncontrolled(app, target_of, talking)
    planner(talk, oracle).on_own_world({**STANDARD, "local_host_name": "controller-0"})
    assert talk.failures == set()
    assert "VIM-LIFE-130" in talk.looked_at


def test_another_deployment_than_the_world_file_is_told(target_of, talking, oracle):
    """A deployment with other hosts than the world file says does not plan what the file leads to."""
    talk = _uncontrolled(create_app(), target_of, talking)
    planner(talk, oracle).on_own_world(STANDARD)
    assert {"VIM-LIFE-130", "VIM-LIFE-110"} <= talk.failures


def test_a_world_that_nobody_knows_is_not_compared(target_of, talking, oracle):
    """Without a world the target plans, and nothing is compared."""
    talk = _uncontrolled(create_app(), target_of, talking)
    assert own_world(talk, None) is None
    planner(talk, oracle).on_own_world(None)
    assert talk.failures == set()
    assert "VIM-LIFE-130" not in talk.looked_at


def test_a_world_that_the_target_refuses_is_left_out(talk, oracle):
    """A world that the target does not take is no fault of it; the others are planned on."""
    reason = planner(talk, oracle).on_worlds([("none", {"hosts": []}), ("standard", STANDARD)], drawn=0)
    assert reason.startswith("these worlds were refused: none (")
    assert "VIM-LIFE-130" in talk.looked_at


def test_a_target_without_worlds_cannot_be_tried(target_of, talking, oracle):
    """A target whose control loads no worlds is told so."""
    talk = _uncontrolled(create_app(), target_of, talking)
    assert planner(talk, oracle).on_worlds([("standard", STANDARD)]) == "it needs a target whose control offers world"


# --- unlawful plans are told


def _spoilt(change):
    """The reference server with a fault in every strategy that is shown after its build."""
    app = create_app()

    def application(environ, start_response):
        kept = []

        def begin(status, headers, _=None):
            kept.append((status, [each for each in headers if each[0].lower() != "content-length"]))

        content = b"".join(app(environ, begin))
        if b'"ready-to-apply"' in content and environ["REQUEST_METHOD"] == "GET":
            document = json.loads(content)
            change(document["strategy"]["apply-phase"]["stages"])
            content = json.dumps(document).encode()
        start_response(*kept[0])
        return [content]

    return application


def _controllers_turned(stages):
    stages[0]["steps"], stages[1]["steps"] = stages[1]["steps"], stages[0]["steps"]


def _patched_before_it_is_locked(stages):
    steps = stages[2]["steps"]
    steps[1]["step-name"], steps[2]["step-name"] = steps[2]["step-name"], steps[1]["step-name"]


def _another_timeout(stages):
    stages[2]["steps"][1]["timeout"] += 1


SPOILT = {
    "controllers turned": (_controllers_turned, "VIM-LIFE-110", "controller-0 expected before controller-1"),
    "steps turned": (
        _patched_before_it_is_locked,
        "VIM-LIFE-128",
        "lock-hosts of storage-0 expected before sw-patch-hosts",
    ),
    "another timeout": (_another_timeout, "VIM-LIFE-096", "timeout of lock-hosts expected 900 s, is 901 s"),
}


@pytest.mark.parametrize(("change", "requirement", "said"), SPOILT.values(), ids=SPOILT.keys())
def test_an_unlawful_plan_is_told(change, requirement, said, target_of, talking, oracle):
    """A plan with one fault breaks its requirement and the whole, and the finding says what was expected."""
    talk = _uncontrolled(_spoilt(change), target_of, talking)
    planner(talk, oracle).on_own_world(DEFAULT, drawn=0)
    results = {each.requirement: each for each in talk.judge.results()}
    assert {requirement, "VIM-LIFE-130"} <= talk.failures
    assert said in results[requirement].findings[0].message
