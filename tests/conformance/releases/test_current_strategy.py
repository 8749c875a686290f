"""Which strategy there is, told from 10.0 on, is held against what the path of its kind shows."""

import json
from dataclasses import replace

import pytest

from conformance.drivers.lifecycle import play, read_scenarios
from conformance.generic import programmes
from conformance.judge import Judge
from conformance.roles import teller_of
from spec.load import load_contract, load_law, load_ledger

RELEASE = "stx-12.0"
ID = "VIM-CURRENT-020"


def charged(exchanges, changed=None):
    """Whether a judge finds fault with one of these exchanges, where a few of them are changed."""
    judge = Judge(load_contract(RELEASE), load_ledger(RELEASE), load_law(RELEASE))
    found = [finding for each in exchanges for finding in judge.judge((changed or {}).get(id(each), each))]
    return [finding.requirement for finding in found]


@pytest.fixture(scope="module")
def life(request):
    """The exchanges of a life of a firmware strategy, from none to none."""
    talk_of = request.getfixturevalue("talk_of")
    talk = talk_of(RELEASE, RELEASE)
    told = programmes(load_contract(RELEASE), load_law(RELEASE))
    scenario = next(each for each in read_scenarios(programmes=told) if each.id == "apply-all-fw-update")
    assert play(scenario, talk) is None
    assert talk.found == []
    return list(talk.judge.exchanges)


def tells(life):
    """What tells which strategy there is, each with its answer."""
    path = teller_of(load_contract(RELEASE)).path
    return [(each, json.loads(each.response_body)["strategy"]) for each in life if each.path == path]


def test_a_life_is_told_from_none_to_none(life):
    """The driver asks beside each step, and a server that is right is not charged."""
    names = [shown and (shown["name"], shown["state"]) for _, shown in tells(life)]
    assert ("fw-update", "building") in names
    assert ("fw-update", "applied") in names
    assert names[-1] is None
    assert charged(life) == []


@pytest.mark.parametrize(
    ("state", "lie"),
    [
        ("ready-to-apply", None),
        ("ready-to-apply", {"name": "sw-upgrade", "state": "ready-to-apply"}),
        ("applied", {"name": "fw-update", "state": "building"}),
        ("", {"name": "fw-update", "state": "applied"}),
    ],
    ids=["nothing", "another kind", "an earlier state", "one that is gone"],
)
def test_a_lie_is_found(life, state, lie):
    """What is told of another kind, of another state or of nothing is charged to the server."""
    asked = next(each for each, shown in reversed(tells(life)) if (shown or {"state": ""})["state"] == state)
    body = json.dumps({"strategy": lie}).encode()
    assert ID in charged(life, {id(asked): replace(asked, response_body=body)})
