"""Every kind of a release is played and judged: those whose plan is told whole, the others but for their plans."""

import json
from dataclasses import replace

import pytest

from conformance.drivers.inputs import play_inputs
from conformance.drivers.lifecycle import play, read_scenarios
from conformance.generic import Programme, notes_on, planned_kinds, programmes
from conformance.judge import Judge
from reports.model import Level, Verdict
from spec.load import RELEASES, load_contract, load_law, load_ledger


def norm(release):
    """Contract, ledger and law of a release."""
    return load_contract(release), load_ledger(release), load_law(release)


def told(release):
    """How each kind of a release is tried."""
    return programmes(load_contract(release), load_law(release))


def scenarios(release):
    """The scenarios of a release, by their names."""
    return {each.id: each for each in read_scenarios(programmes=told(release))}


def test_the_published_kinds_play_what_the_files_say():
    """Nothing is left out of the published programme, and nothing is new in it."""
    assert read_scenarios(programmes=told("published")) == read_scenarios()
    assert set(told("published").values()) == {Programme.WHOLE}


@pytest.mark.parametrize("release", RELEASES)
def test_every_kind_has_a_programme(release):
    """A kind without a lifecycle, an abort and the requests in two situations, or none that is tried at length."""
    names, kinds = scenarios(release).keys(), told(release)
    wanted = ("apply-all", "abort-at-once", "every-request-absent", "every-request-ready")
    assert [f"{each}-{kind}" for kind in kinds for each in wanted if f"{each}-{kind}" not in names] == []
    assert tuple(kinds) == load_contract(release).kinds
    assert set(kinds.values()) & {Programme.WHOLE, Programme.LONG}


def test_kinds_that_are_like_another_one_are_tried_briefly():
    """From 10.0 on no plan is told: one kind is tried at length, and nobody asks for what is gone."""
    assert [kind for kind, programme in told("stx-9.0").items() if programme is Programme.WHOLE] == [
        "sw-patch",
        "sw-upgrade",
    ]
    assert told("stx-10.0")["sw-upgrade"] is Programme.LONG
    assert "sw-patch" not in told("stx-10.0")
    ids = scenarios("stx-10.0").keys()
    assert "stage-by-stage-sw-upgrade" in ids
    assert "stage-by-stage-fw-update" not in ids
    assert [each for each in ids if each.endswith("sw-patch")] == []


def test_the_report_says_what_does_not_apply():
    """One sentence for each kind whose plan is open, and none where there is none."""
    assert notes_on(load_contract(), load_law()) == ()
    notes = notes_on(load_contract("stx-5.0"), load_law("stx-5.0"))
    assert [note.partition(":")[0] for note in notes] == ["kube-upgrade", "fw-update"]
    assert all("orchestration and oracle do not apply" in note for note in notes)


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("stx-4.0", "apply-all-fw-update"),
        ("stx-5.0", "abort-at-once-kube-upgrade"),
        ("stx-6.0", "apply-all-kube-rootca-update"),
        ("stx-8.0", "every-request-ready-fw-update"),
        ("stx-9.0", "apply-all-system-config-update"),
        ("stx-12.0", "stage-by-stage-sw-upgrade"),
        ("stx-master", "every-request-paused-sw-upgrade"),
        ("stx-2018.10", "apply-all-sw-patch"),
    ],
)
def test_a_life_of_a_kind_is_in_order(release, name, talk_of):
    """A scenario goes through on the server of its release, and nothing is found under the release."""
    talk = talk_of(release, release)
    scenario = scenarios(release)[name]
    assert play(scenario, talk) is None
    assert talk.found == []
    levels = {load_ledger(release).by_id[id_].level for id_, row in talk.judge.tally.rows.items() if row.checked}
    whole = scenario.kind in planned_kinds(load_contract(release), load_law(release))
    assert (Level.ORCHESTRATION in levels) is whole


@pytest.mark.parametrize(
    ("release", "operation"), [("stx-4.0", "createFwUpdateStrategy"), ("stx-12.0", "createSwUpgradeStrategy")]
)
def test_bodies_of_a_kind(release, operation, talk_of):
    """Only what every deployment of the release takes to somebody's harm is found, and is a warning."""
    talk = talk_of(release, release)
    assert play_inputs(talk.contract.operation(operation), load_ledger(release), talk) is None
    assert {finding.verdict for _, finding in talk.found} == {Verdict.WARN}
    checks = {load_ledger(release).by_id[finding.requirement].check for _, finding in talk.found}
    assert checks == {"wrong_type_is_refused"}


def test_a_wrong_answer_of_a_new_kind_is_found(talk_of):
    """A firmware strategy that is applied before anybody asked for it, and one beside a strategy of another kind."""
    talk = talk_of("stx-4.0", "stx-4.0")
    with talk:
        for kind in talk.kinds:
            talk.strategy(kind)
        create = talk.send_json("create", "fw-update", talk.example(talk.operation("create", "fw-update")))
        talk.until("fw-update", state="ready-to-apply")
        shown = talk.send("GET", "/api/orchestration/fw-update/strategy")
    judge = Judge(*norm("stx-4.0"))
    for each in talk.judge.exchanges[: talk.judge.exchanges.index(create)]:
        judge.judge(each)
    assert judge.judge(replace(create, at=shown.at - 1)) == ()
    value = json.loads(shown.response_body)
    value["strategy"]["state"] = "applied"
    assert "VIM-LIFE-045" in found(judge, replace(shown, response_body=json.dumps(value).encode()))
    judge.judge(shown)
    other = talk.operation("create", "sw-upgrade")
    beside = replace(create, path=other.path, request_body=json.dumps(talk.example(other)).encode())
    assert "VIM-LIFE-082" in found(judge, beside)


def found(judge, exchange):
    """The requirements that an exchange is found to break."""
    return {finding.requirement for finding in judge.judge(exchange)}


def test_what_is_usual_is_a_warning_and_the_rest_is_not(talk_of):
    """Null for a word is taken by every 3.0.0, and a number is not: the one is a warning, the other a failure."""
    talk = talk_of("stx-3.0", "stx-3.0")
    operation = talk.operation("create", "sw-patch")
    with talk:
        sent = talk.send_json("create", "sw-patch", {**talk.example(operation), "storage-apply-type": None})
    verdicts = {}
    for value in (None, 7):
        body = json.dumps({**talk.example(operation), "storage-apply-type": value}).encode()
        (finding,) = Judge(*norm("stx-3.0")).judge(replace(sent, request_body=body))
        verdicts[value] = (finding.requirement, finding.verdict)
    assert verdicts == {None: ("VIM-PPOST-018", Verdict.WARN), 7: ("VIM-PPOST-018", Verdict.FAIL)}


def test_refusals_by_a_server_error_are_edges(talk_of):
    """An abort of what is not applied is answered 500, and the next look shows that nothing came of it."""
    talk = talk_of("stx-3.0", "stx-3.0")
    with talk:
        talk.create()
        talk.until(state="ready-to-apply")
        assert talk.act("sw-patch", {"action": "abort"}).status == 500
        talk.strategy("sw-patch")
    assert ("ready", "abort refused", "ready") in {edge[1:] for edge in talk.judge.edges.seen}


def test_what_has_no_plan_is_not_applicable():
    """Under a release that tells no plan what looks at plans alone does not apply, and says why."""
    results = {each.requirement: each for each in Judge(*norm("stx-10.0")).results()}
    deep = [each for each in results.values() if each.level in (Level.ORCHESTRATION, Level.ORACLE)]
    assert deep
    assert {each.verdict for each in deep} == {Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("release", ["stx-2018.10", "stx-3.0"])
def test_a_width_beyond_what_every_deployment_takes_may_be_refused(release, talk_of):
    """A text of digits has no bounds in the contract, and known servers have: its refusal is charged to nobody."""
    talk = talk_of(release, release)
    width = "max-parallel-compute-hosts" if release == "stx-2018.10" else "max-parallel-worker-hosts"
    with talk:
        for kind in talk.kinds:
            talk.strategy(kind)
        body = {**talk.example(talk.operation("create", "sw-patch")), width: "+16476 "}
        assert talk.send_json("create", "sw-patch", body).status == 400
    assert talk.found == []
