"""Bodies and odd requests: what the ledger calls for is sent, where it counts."""

import json

import pytest

from conformance.drivers.bodies import bodies_for
from conformance.drivers.inputs import play_inputs
from conformance.drivers.reads import play_methods, play_reads
from conformance.drivers.samples import example_of, members_of
from conformance.roles import kinds_of, operation_of, operations_with_bodies
from reports.model import Verdict
from spec.load import load_contract, load_ledger

OPERATIONS = [operation.operation_id for operation in operations_with_bodies(load_contract())]
ABOUT_INPUT = {
    "mandatory_member_is_demanded",
    "wrong_type_is_refused",
    "listed_value_is_accepted",
    "unlisted_value_is_refused",
    "optional_member_may_be_left_out",
    "unknown_member_is_refused",
    "malformed_body_is_refused",
    "wrong_media_type_is_refused",
    "default_is_applied",
}


def bodies(operation_id):
    """The bodies for an operation."""
    contract = load_contract()
    return bodies_for(operation_id, example_of(contract, operation_id), load_ledger())


def values(operation_id):
    """Those bodies for an operation that are JSON objects, as values."""
    for body in bodies(operation_id):
        try:
            value = json.loads(body.content)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_no_body_is_sent_twice(operation_id):
    """Every body of an operation differs from the others, and the first is the contract's example."""
    sent = [(body.content, body.headers) for body in bodies(operation_id)]
    assert len(sent) == len(set(sent))
    assert json.loads(sent[0][0]) == example_of(load_contract(), operation_id)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_member_is_left_out_and_given_every_type(operation_id):
    """Each member is missing from some body, and comes as null, number, list and object in others."""
    known = members_of(load_contract(), operation_id)
    for member in sorted(known):
        given = [type(value[member]) for value in values(operation_id) if member in value]
        assert {type(None), float, list, dict} <= set(given)
        assert any(member not in value for value in values(operation_id))


@pytest.mark.parametrize("operation_id", [name for name in OPERATIONS if name.startswith("create")])
def test_every_body_that_the_contract_refuses_is_refused(operation_id, talk):
    """The reference server refuses bodies that break the contract and takes the others, without a failure."""
    contract = load_contract()
    assert play_inputs(contract.operation(operation_id), load_ledger(), talk) is None
    posts = [exchange for exchange in talk.exchanges if exchange.method == "POST"]
    json_bodies = [
        exchange
        for exchange in posts
        if isinstance(exchange.request_json, dict) and exchange.request_header("Content-Type") == "application/json"
    ]
    expected = [
        200 if not contract.body_errors(operation_id, exchange.request_json) else 400 for exchange in json_bodies
    ]
    assert [exchange.status for exchange in json_bodies] == expected
    assert talk.failures == set()


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_input_requirement_of_an_operation_is_exercised(operation_id, talk):
    """After the bodies of an operation no requirement about its input is left that was never looked at."""
    play_inputs(load_contract().operation(operation_id), load_ledger(), talk)
    about = {
        requirement.id
        for requirement in load_ledger().requirements
        if requirement.check in ABOUT_INPUT and requirement.parameters.get("operation") == operation_id
    }
    idle = {result.requirement for result in talk.judge.results() if result.verdict is Verdict.UNTESTABLE}
    # Actions on a stage that runs take a lifecycle; the scenarios have those.
    assert {name for name in about & idle if not _takes_a_lifecycle(name)} == set()


def _takes_a_lifecycle(name):
    return load_ledger().by_id[name].check == "listed_value_is_accepted" and "ACT" in name


def test_actions_are_tried_on_a_strategy_that_is_ready(talk):
    """Every body of an action meets a strategy that is ready to apply."""
    play_inputs(load_contract().operation("actOnSwPatchStrategy"), load_ledger(), talk)
    before = None
    for exchange in talk.exchanges:
        if exchange.path.endswith("/actions"):
            assert before == "ready-to-apply"
        strategy = exchange.response_json.get("strategy") if isinstance(exchange.response_json, dict) else None
        before = strategy["state"] if strategy else before


def test_inputs_say_when_no_strategy_becomes_ready(answering, target_of, talking):
    """Without a strategy that is ready the bodies of actions cannot be tried, and the reason says so."""
    talk = talking(target_of(answering("404 Not Found", {})))
    reason = play_inputs(load_contract().operation("actOnSwUpgradeStrategy"), load_ledger(), talk)
    assert reason == "no sw-upgrade strategy became ready, so the bodies of its actions could not be tried"


def test_reads_are_gets_alone(talk):
    """Reading the documents sends nothing but GET, and reaches every GET operation and every link."""
    play_reads(talk)
    contract = load_contract()
    asked = {contract.match(exchange.method, exchange.path) for exchange in talk.exchanges}
    assert {exchange.method for exchange in talk.exchanges} == {"GET"}
    assert {operation for operation in contract.operations if operation.method == "GET"} <= asked
    assert talk.failures == set()


def test_reads_survive_documents_of_any_kind(answering, target_of, talking):
    """Links are looked for in whatever comes, without an error of ours."""
    talk = talking(
        target_of(answering("200 OK", [{"href": "http://[broken"}, {"href": 7}, {"href": "/x?y#z"}, None])),
        changes=False,
    )
    play_reads(talk)
    assert "/api/x" in {exchange.path for exchange in talk.exchanges}


def test_methods_are_those_that_nobody_documents(talk):
    """No documented pair of method and path is sent but with a body that is far too large; all are refused."""
    play_methods(talk)
    contract = load_contract()
    known = [exchange for exchange in talk.exchanges if contract.match(exchange.method, exchange.path)]
    assert {len(exchange.request_body) > 1 << 20 for exchange in known} == {True}
    assert {exchange.status // 100 for exchange in talk.exchanges} == {4}
    assert talk.failures == set()


def test_roles_find_each_operation():
    """Each role of each kind is played by one operation of the contract, and an unknown role or kind is an error."""
    contract = load_contract()
    found = {
        operation_of(contract, role, kind).operation_id
        for kind in kinds_of(contract)
        for role in ("get", "create", "delete", "act")
    }
    assert len(found) == 8
    with pytest.raises(LookupError, match="fw-update"):
        operation_of(contract, "get", "fw-update")
