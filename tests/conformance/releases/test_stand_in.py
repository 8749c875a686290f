"""The reference server under stx-3.0 stands in for a deployment of 3.0.0: its whole life is in order under stx-3.0."""

import json
from dataclasses import replace

import pytest

from conformance.drivers.inputs import play_inputs
from conformance.drivers.lifecycle import play, read_scenarios
from conformance.drivers.reads import play_methods, play_reads
from spec.load import load_ledger, load_release

SCENARIOS = {scenario.id: scenario for scenario in read_scenarios()}
PLAYED = [
    "abort-and-failure-lock-fails-sw-patch",
    "abort-paused-sw-upgrade",
    "abort-with-undo-sw-patch",
    "build-times-out-alarms-sw-patch",
    "every-request-absent-sw-upgrade",
    "every-request-building-sw-patch",
    "every-request-ready-sw-upgrade",
    "every-request-undoing-sw-patch",
    "nothing-to-do-sw-patch",
    "second-abort-sw-upgrade",
    "stage-by-stage-sw-patch",
    "step-fails-patch-hangs-sw-patch",
]
EVERY = 12  # of the other scenarios one in so many is played; nothing is found in the rest either
DEFECTS = {id_ for each in load_release("stx-3.0").deviations.values() for id_ in each.keeps}


@pytest.mark.parametrize("name", PLAYED)
def test_a_life_is_in_order(name, talk_of):
    """A scenario goes through, and nothing is found."""
    talk = talk_of("stx-3.0")
    assert play(SCENARIOS[name], talk) is None
    assert talk.found == []


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - set(PLAYED))[::EVERY])
def test_other_lives_are_in_order(name, talk_of):
    """Nothing is found, as far as the scenario goes (a delete without a body ends some)."""
    talk = talk_of("stx-3.0")
    play(SCENARIOS[name], talk)
    assert talk.found == []


@pytest.mark.parametrize(
    "asked", [pytest.param(play_reads, id="reads"), pytest.param(play_methods, id="methods", marks=pytest.mark.long)]
)
def test_reads_and_methods(asked, talk_of):
    """Whatever is read, and whatever method is tried, nothing is found."""
    talk = talk_of("stx-3.0")
    asked(talk)
    assert talk.found == []
    assert talk.judge.judged > 90


@pytest.mark.parametrize(
    "operation",
    [
        "createSwPatchStrategy",
        "actOnSwPatchStrategy",
        pytest.param("createSwUpgradeStrategy", marks=pytest.mark.long),
        pytest.param("actOnSwUpgradeStrategy", marks=pytest.mark.long),
    ],
)
def test_bad_bodies(operation, talk_of):
    """Of all bodies only those are found that the release takes to somebody's harm; each deviation says so."""
    talk = talk_of("stx-3.0")
    assert play_inputs(talk.contract.operation(operation), load_ledger("stx-3.0"), talk) is None
    assert {finding.requirement for _, finding in talk.found} - DEFECTS == set()
    taken = [exchange.request_json for exchange, _ in talk.found]
    assert [body for body in taken if all(isinstance(value, str) for value in body.values())] == []


def test_published_finds_what_the_stand_in_does(talk_of):
    """The same life is not in order by the published document: the stand-in is no copy of it."""
    talk = talk_of("published")
    play(SCENARIOS["every-request-ready-sw-patch"], talk)
    assert {"VIM-PACT-010", "VIM-PGET-012", "VIM-PDEL-005"} <= {finding.requirement for _, finding in talk.found}


# --- faults that must be found under stx-3.0 too


@pytest.fixture(scope="module")
def life(talk_of):
    """The exchanges of a strategy's life, from nothing to nothing: every answer in order."""
    talk = talk_of("stx-3.0")
    for kind in talk.kinds:
        talk.strategy(kind)
    talk.create()
    talk.until(state="ready-to-apply")
    talk.act("sw-patch", {"action": "abort-stage", "stage-id": None})
    talk.strategy("sw-patch")
    talk.act("sw-patch", {"action": "apply-stage", "stage-id": "0"})
    talk.until_paused()
    talk.act("sw-patch", {"action": "apply-all"})
    talk.until(state="applied")
    talk.act("sw-patch", {"action": "apply-all"})
    talk.send_json("delete", "sw-patch", {"force": False})
    talk.strategy("sw-patch")
    assert talk.found == []
    return talk.judge.exchanges


def edited(*steps, **members):
    """Changes the members of the strategy, or of the part of it that the steps lead to."""

    def change(exchange):
        value = json.loads(exchange.response_body)
        part = value["strategy"]
        for step in steps:
            part = part[step]
        part |= {name.replace("_", "-"): member for name, member in members.items()}
        return replace(exchange, response_body=json.dumps(value).encode())

    return change


def without(member):
    """Takes a member from the strategy."""

    def change(exchange):
        value = json.loads(exchange.response_body)
        del value["strategy"][member]
        return replace(exchange, response_body=json.dumps(value).encode())

    return change


def answered(status, body=b""):
    """Another status, and another body."""
    return lambda exchange: replace(exchange, status=status, response_body=body)


def is_read(state):
    """A read that shows that state."""
    return lambda each: (
        each.method == "GET" and each.status == 200 and f'"state":"{state}"'.encode() in each.response_body
    )


def asks(**members):
    """A request with these members in its body."""
    wanted = {name.replace("_", "-"): member for name, member in members.items()}
    return lambda each: isinstance(each.request_json, dict) and wanted.items() <= each.request_json.items()


def is_create(each):
    """A create without `swift-apply-type` that was accepted."""
    return each.method == "POST" and each.status == 200 and "swift-apply-type" not in each.request_json


REFUSED = json.dumps(
    {
        "debuginfo": None,
        "faultcode": "Server",
        "faultstring": "The server has either erred or is incapable of performing the requested operation.",
    }
).encode()
NONE = b'{"strategy": null}'
FAULTS = {
    "percentage goes back": (
        is_read("applying"), -1, edited("apply-phase", completion_percentage=0), "VIM-LIFE-025"),
    "no name": (is_read("ready-to-apply"), 0, without("name"), "VIM-PGET-019"),
    "state goes back": (is_read("applying"), -1, edited(state="building"), "VIM-LIFE-047"),
    "strategy is lost": (is_read("applying"), -1, answered(200, NONE), "VIM-PGET-013"),
    "lawful apply is refused": (
        asks(action="apply-stage", stage_id="0"), -1, answered(500, REFUSED), "VIM-LIFE-056"),
    "server error of another kind": (
        asks(action="apply-all"), -1, answered(500, b'{"faultstring": "[Errno 111]"}'), "VIM-PACT-010"),
    "abort by null while ready is taken": (
        asks(action="abort-stage", stage_id=None), -1, answered(409), None),
    "abort by null while ready is answered 404": (
        asks(action="abort-stage", stage_id=None), -1, answered(404), "VIM-LIFE-070"),
    "create without swift is refused": (is_create, -1, answered(400), "VIM-PPOST-059"),
    "another default of swift": (is_create, -1, edited(swift_apply_type="serial"), "VIM-PPOST-060"),
    "create shows null": (is_create, -1, answered(200, NONE), "VIM-PPOST-053"),
}  # fmt: skip


@pytest.mark.parametrize(("which", "turn", "change", "requirement"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(which, turn, change, requirement, life, judge_of):
    """An answer that no deployment of 3.0.0 gives is found by the requirement that it breaks."""
    place = [index for index, each in enumerate(life) if which(each)][turn]
    judge = judge_of("stx-3.0")
    for exchange in life[:place]:
        judge.judge(exchange)
    found = {finding.requirement for finding in judge.judge(change(life[place]))}
    assert (requirement in found) if requirement else found == set()
