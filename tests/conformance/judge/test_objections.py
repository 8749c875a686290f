"""What is said of a request that has not been answered: to its sender, about the strategy, and never of a server."""

# ruff: noqa: E501 - a playbook is one line

from dataclasses import replace

import pytest

from conformance.checks import CHECKS
from conformance.checks.context import Context
from conformance.checks.lawful import must_be_accepted
from conformance.exchange import Exchange
from conformance.objections import DEMAND_REFUSAL
from reports.model import Verdict

SURE, SEEN = "certain", "as last seen"
READY, RUNNING = "read patch -> 200 ready", "read patch -> 200 running 0 2"
BUILDING = "read patch -> 200 building 1"

# What was seen, what is asked, and the names of the checks that object, with how sure they are.
CASES = {
    "nothing is known": ("", "apply-all patch", {}),
    "a read": ("read patch -> 404", "read patch", {}),
    "an apply that is lawful": (READY, "apply-all patch", {}),
    "the next stage": ("read patch -> 200 paused 1", "apply-stage 1 patch", {}),
    "a lawful create": ("read patch -> 404\nread upgrade -> 404", "create patch", {}),
    "an abort of what runs": (RUNNING, "abort patch", {}),
    "a delete at rest": ("read patch -> 200 applied", "delete patch", {}),
    "a delete with force": (RUNNING, "force-delete patch", {}),
    "a link document": ("", "GET /api", {}),
    "HEAD is not judged": ("", "HEAD /api", {}),
    "another query": (READY, "POST /api/orchestration/sw-patch/strategy?a=1", {"malformed_body_is_refused": SURE}),
    # time may have passed
    "apply while building": (BUILDING, "apply-all patch", {"apply_refused_when_not_lawful": SEEN}),
    "apply while building, a still clock": (f"begin still\n{BUILDING}", "apply-all patch", {"apply_refused_when_not_lawful": SURE}),
    "apply while building, later": (f"begin still\n{BUILDING}", "+60 apply-all patch", {"apply_refused_when_not_lawful": SEEN}),
    "delete while building": (BUILDING, "delete patch", {"delete_refused_when_busy": SEEN}),
    "delete while applying": (RUNNING, "delete patch", {"delete_refused_when_busy": SEEN}),
    "delete while applying, a still clock": (f"begin still\n{RUNNING}", "delete patch", {"delete_refused_when_busy": SURE}),
    "delete while paused": ("read patch -> 200 paused 1", "delete patch", {"delete_refused_when_busy": SURE}),
    "delete while the last stage runs": ("read patch -> 200 undoing 0 3 0", "delete patch", {"delete_refused_when_busy": SEEN}),
    # a state that rests is certain
    "abort when nothing is applied": (READY, "abort patch", {"abort_refused_when_not_lawful": SURE}),
    "abort when all is applied": ("read patch -> 200 applied", "abort patch", {"abort_refused_when_not_lawful": SURE}),
    "abort while building": (BUILDING, "abort patch", {"abort_refused_when_not_lawful": SURE}),
    "a wrong stage": (READY, "apply-stage 1 patch", {"apply_refused_when_not_lawful": SURE}),
    "a stage that was applied": ("read patch -> 200 paused 1", "apply-stage 0 patch", {"apply_refused_when_not_lawful": SURE}),
    "abort of another stage": (RUNNING, "abort-stage 2 patch", {"abort_refused_when_not_lawful": SEEN}),
    "abort of a stage behind": ("read patch -> 200 running 1 2", "abort-stage 0 patch", {"abort_refused_when_not_lawful": SURE}),
    "a second apply, of a stage": ("read patch -> 200 running 0 2 to=1", "apply-all patch", {"apply_refused_when_not_lawful": SEEN}),
    "a second apply": (RUNNING, "apply-all patch", {"apply_refused_when_not_lawful": SURE}),
    "a second create": (READY, "create patch", {"create_refused_while_one_exists": SURE}),
    "a create beside the other kind": (READY, "create upgrade", {"singleton_across_kinds": SURE}),
    "an apply of the other kind": (READY, "apply-all upgrade", {"absent_strategy_is_not_found": SURE, "other_kind_is_not_found": SURE}),
    "an apply of nothing": ("read patch -> 404", "apply-all patch", {"absent_strategy_is_not_found": SURE}),
    "a delete of nothing": ("read patch -> 404", "delete patch", {"absent_strategy_is_not_found": SURE}),
    # after changes
    "after a refused apply": (f"{BUILDING}\napply-all patch -> 409", "apply-all patch", {"apply_refused_when_not_lawful": SEEN}),
    "after an unclear apply": (f"{READY}\napply-all patch -> 500", "apply-all patch", {}),
    "after an unclear delete": ("read patch -> 200 running 0 2\ndelete patch -> 500", "create patch", {}),
    "after an accepted apply": (f"{READY}\napply-all patch -> 202 running 0 0", "apply-all patch", {"apply_refused_when_not_lawful": SURE}),
    "after an accepted delete": ("read patch -> 200 applied\ndelete patch -> 204", "apply-all patch", {"absent_strategy_is_not_found": SURE}),
    "after 404 to an apply": (f"{READY}\napply-all patch -> 404", "create patch", {}),
    "others change it too": (f"begin shared\n{READY}", "create patch", {}),
    # the request alone
    "no JSON": ("", "create patch <{>", {"malformed_body_is_refused": SURE}),
    "a list": ("", "create patch <[]>", {"malformed_body_is_refused": SURE}),
    "an empty body": ("", "create patch <>", {"malformed_body_is_refused": SURE}),
    "a member that is missing": ("", 'create patch {"storage-apply-type": null}', {"mandatory_member_is_demanded": SURE}),
    "a number for a word": ("", 'create patch {"storage-apply-type": 7}', {"wrong_type_is_refused": SURE}),
    "a word that is not listed": ("", 'create patch {"storage-apply-type": "sideways"}', {"unlisted_value_is_refused": SURE}),
    "a member that nobody knows": ("", 'create patch {"x": 1}', {"unknown_member_is_refused": SURE}),
    "a stage that is no number": ("", "apply-stage one patch", {"stage_id_text_is_digits": SURE}),
    "another media type": ("", "create patch {} Content-Type=text/plain", {"wrong_media_type_is_refused": SURE}),
    "another method": ("", "PUT /api/orchestration/sw-patch/strategy", {"undocumented_method_is_refused": SURE}),
}  # fmt: skip


def asked(bench, line):
    """The request of a playbook line, not answered."""
    exchange = bench.book.exchange(f"{line} -> 204")
    return replace(exchange, status=0, response_headers=(), response_body=b"")


def told(objections):
    """The names of the checks that object, with how sure they are."""
    return {CHECKS[each.finding.requirement].name: SURE if each.certain else SEEN for each in objections}


@pytest.mark.parametrize(("seen", "request_", "expected"), CASES.values(), ids=CASES)
def test_objections(bench, seen, request_, expected):
    """What is wrong is objected to, what may be right by now only as last seen, and nothing else."""
    bench.play(seen)
    assert told(bench.judge.objections(asked(bench, request_))) == expected
    assert bench.crashes() == []


def test_every_check_that_demands_a_refusal_objects():
    """A check that demands a refusal has never been seen objecting, or is none."""
    assert {name for *_, expected in CASES.values() for name in expected} == DEMAND_REFUSAL
    assert {check.name for check in CHECKS.values()} >= DEMAND_REFUSAL


@pytest.mark.parametrize(("seen", "request_", "expected"), CASES.values(), ids=CASES)
def test_objections_speak_of_the_request(bench, seen, request_, expected):
    """No text speaks of an answer that nobody has given, and what was expected, found and advised is all there."""
    bench.play(seen)
    findings = [each.finding for each in bench.judge.objections(asked(bench, request_))]
    texts = [f"{each.message} {each.expected} {each.hint} {each.where}" for each in findings]
    words = ("not refused", "was taken", "4xx", "40", "status", "deleted without", "the natural answer", "refuse")
    assert [word for word in words for text in texts if word in text] == []
    assert all(each.message and each.expected and each.actual and each.where and each.hint for each in findings)


def test_what_is_not_certain_is_a_warning(bench):
    """An objection that time may have settled fails nobody, and says so."""
    bench.play(RUNNING)
    (seen,) = bench.judge.objections(asked(bench, "delete patch"))
    assert (seen.finding.verdict, seen.finding.message) == (Verdict.WARN, "the strategy is running, as last seen")
    assert (seen.finding.kind, seen.finding.state) == ("sw-patch", "applying")
    bench.play("begin still\nread patch -> 200 running 0 2")
    (sure,) = bench.judge.objections(asked(bench, "delete patch"))
    assert (sure.finding.verdict, sure.finding.message) == (Verdict.FAIL, "the strategy is running")


def test_the_stage_that_is_the_one_is_named(bench):
    """Who asks for a wrong stage is not told which is the right one."""
    bench.play("read patch -> 200 paused 1")
    (found,) = bench.judge.objections(asked(bench, "apply-stage 2 patch"))
    assert (found.finding.expected, found.finding.actual, found.finding.where) == ("1", "2", "/stage-id")
    assert found.finding.message == "apply-stage of stage 2, and stage 1 is the one for a strategy that is paused"


def test_nothing_is_learned_or_counted(bench):
    """A request that was asked about changes what is known, or what was counted."""
    bench.play(READY)
    before = bench.monitor.known, bench.judge.tally.to_json(), bench.judge.judged
    bench.judge.objections(asked(bench, "delete patch"))
    assert (bench.monitor.known, bench.judge.tally.to_json(), bench.judge.judged) == before


def test_without_order_nothing_of_strategies_is_objected_to(bench):
    """Where it cannot be told what came before, only the request itself can be wrong."""
    bench.play(READY)
    assert told(bench.judge.objections(asked(bench, "create patch"), in_order=False)) == {}
    request = asked(bench, "create patch <[]>")
    assert told(bench.judge.objections(request, in_order=False)) == {"malformed_body_is_refused": SURE}


def test_a_check_that_crashes_objects_to_nothing(bench, monkeypatch):
    """A crash is an error of the harness; the other checks are asked all the same."""
    monkeypatch.setattr("conformance.checks.presence.situation_before", lambda _: 1 / 0)
    bench.play(READY)
    assert told(bench.judge.objections(asked(bench, "delete patch <[]>"))) == {}
    assert any("delete_refused_when_busy" in each for each in bench.crashes())


# --- the objection and the oracle agree


@pytest.mark.parametrize("seed", range(12))
def test_objections_and_the_reference_server_agree(bench, session, embedded, seed):
    """A certain objection is refused; what is not objected to on a clock that stands, and binds, is accepted."""
    drawn = session(seed)
    bench.monitor = bench.judge.begin("main", still_clock=True)
    look(bench, drawn, embedded)
    wrong, outcomes = [], set()
    for _ in range(60):
        drawn.pause()
        look(bench, drawn, embedded)
        request = drawn.request()
        judged, found, bound = answer(bench, embedded, request)
        outcomes.add((bool(found), judged.succeeded))
        if (found and not refused(judged)) or any(not each.certain for each in found):
            wrong.append(("accepted", request, judged.status, told(found)))
        if bound and not found and not judged.succeeded:
            wrong.append(("refused", request, judged.status))
    assert wrong == []
    assert outcomes >= {(True, False), (False, True)}
    assert bench.broken() == set()


@pytest.mark.parametrize("seed", range(12))
def test_what_is_certain_stays_so_while_time_passes(bench, session, embedded, seed):
    """On a clock that runs by itself a certain objection is refused all the same, however long ago the last look was."""
    drawn = session(1000 + seed)
    wrong, sure = [], 0
    for _ in range(80):
        drawn.pause()
        request = drawn.request()
        judged, found, _ = answer(bench, embedded, request)
        certain = [each for each in found if each.certain]
        sure += len(certain)
        if certain and not refused(judged):
            wrong.append((request, judged.status, told(certain)))
    assert wrong == []
    assert sure > 0
    assert bench.broken() == set()


def refused(exchange):
    """The server has refused the request."""
    return 400 <= exchange.status < 500


def look(bench, drawn, target):
    """Both kinds are read, so that everything is known."""
    for kind in ("sw-patch", "sw-upgrade"):
        method, path, body, headers = drawn.read(kind)
        bench.judge.judge(target.send(method, path, body=body, headers=headers))


def answer(bench, target, request):
    """The exchange of a request, the objections to it before it was sent, and whether it had to be accepted."""
    method, path, body, headers = request
    operation = bench.contract.match(method, path)
    unanswered = Exchange(method, path, 0, request_headers=headers, request_body=body, at=target.now())
    context = Context(unanswered, bench.contract, bench.law, operation, None, bench.monitor.known, still=True)
    bound = operation is not None and must_be_accepted(unanswered, context)
    found = bench.judge.objections(unanswered)
    exchange = target.send(method, path, body=body, headers=headers)
    bench.judge.judge(exchange)
    return exchange, found, bound
