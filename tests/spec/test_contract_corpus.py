"""The contract against recorded facts: it is strict, yet no strategy document of a real engine breaks it."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from spec.load import load_contract

CONTRACT = load_contract()
GET = {"sw-patch": "getSwPatchStrategy", "sw-upgrade": "getSwUpgradeStrategy"}


@pytest.fixture(scope="module")
def corpus():
    """The folder of recorded facts."""
    folder = os.environ.get("VIMGATE_CORPUS")
    if folder is None:
        pytest.skip("VIMGATE_CORPUS does not name the folder of recorded plans and exchanges")
    return Path(folder)


def lines(path):
    """The JSON values of a compressed file of lines."""
    with gzip.open(path, "rt", encoding="utf-8") as text:
        return [json.loads(line) for line in text]


@pytest.mark.parametrize("release", ["3.0", "4.0", "5.0", "6.0", "7.0", "8.0", "9.0"])
def test_recorded_strategies_are_in_order(corpus, release):
    """Every strategy that an engine of the release built is one that the contract allows."""
    cases = lines(corpus / f"plans-{release}.jsonl.gz")
    wrong = [(case["id"], CONTRACT.answer_errors(GET[case["kind"]], 200, case["expect"])) for case in cases]
    assert [(name, errors) for name, errors in wrong if errors] == []
    assert len(wrong) >= 250


def test_recorded_answers_break_the_contract_as_is_known(corpus):
    """In exchanges of release 3.0 only codes 500 and null strategies contradict the contract (D3-03, D3-04)."""
    exchanges = lines(corpus / "exchanges-3.0.jsonl.gz")
    found = Counter(kind for exchange in exchanges for kind in contradictions(exchange))
    assert set(found) == {"500", "/strategy: expected an object, found null"}


def contradictions(exchange):
    """What the contract has against one recorded exchange."""
    request, response = exchange["request"], exchange["response"]
    operation = CONTRACT.match(request["method"], request["path"].partition("?")[0])
    if operation is None:
        return
    if response["status"] not in operation.statuses:
        yield str(response["status"])
    try:
        value = json.loads(response["body"] or "")
    except ValueError:
        return
    for error in CONTRACT.answer_errors(operation.operation_id, response["status"], value):
        yield f"{error.pointer}: {error.message}"
