"""Every strategy is followed from the first look to its end, in bounded memory."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from conformance.exchange import Exchange
from proxy.telling.timelines import Progress, Timelines
from proxy.traffic import Direction, Noticed, Passage
from reports.model import Finding, Verdict
from spec.load import load_contract

PATCH = "/api/orchestration/sw-patch/strategy"
UPGRADE = "/api/orchestration/sw-upgrade/strategy"
EXAMPLE = load_contract().example("05-sw-patch-strategy-get-ready-to-apply")


@pytest.fixture
def timelines():
    """Nothing seen yet."""
    return Timelines(load_contract(), keep=5)


def document(uuid="11111111-1111-1111-1111-111111111111", state="ready-to-apply"):
    """A strategy of that uuid in that state."""
    return json.dumps({"strategy": EXAMPLE["strategy"] | {"uuid": uuid, "state": state}}).encode()


def passage(method, path, status, body=b"", *, at=0.0, request=b"", **options):
    """An exchange."""
    return Passage(1, Exchange(method, path, status, request_body=request, response_body=body, at=at), at, **options)


def shown(timelines, *states, in_order=True):
    """The states that one strategy is told to have been in after these looks, a second apart."""
    for at, state in enumerate(states):
        timelines.see(passage("GET", PATCH, 200, document(state=state), at=float(at), in_order=in_order))
    (told,) = timelines.told()
    return [(change.at, change.state) for change in told.states]


def test_states_are_told_with_the_look_that_first_showed_them(timelines):
    """Looks that show the same add nothing but a look."""
    states = shown(timelines, "ready-to-apply", "applying", "applying", "applied")
    assert states == [(0.0, "ready-to-apply"), (1.0, "applying"), (3.0, "applied")]
    assert timelines.told()[0].looks == 4


def test_looks_without_an_order_move_nothing_back(timelines):
    """An older answer that comes late is no step back; a state not seen before is one more."""
    shown(timelines, "ready-to-apply", "applying")
    late = passage("GET", PATCH, 200, document(state="ready-to-apply"), at=2.0, in_order=False)
    timelines.see(late)
    timelines.see(passage("GET", PATCH, 200, document(state="applied"), at=3.0, in_order=False))
    assert [change.state for change in timelines.told()[0].states] == ["ready-to-apply", "applying", "applied"]


@pytest.mark.parametrize(
    ("after", "ended"),
    [
        ([("DELETE", PATCH, 204, b"")], "deleted"),
        ([("DELETE", PATCH, 409, b"")], ""),
        ([("GET", PATCH, 404, b"")], "disappeared"),
        ([("GET", PATCH, 200, b'{"strategy": null}')], "disappeared"),
        ([("GET", PATCH, 503, b"")], ""),
        ([("GET", PATCH, 200, document("22222222-1111-1111-1111-111111111111"))], "replaced"),
        ([("DELETE", PATCH, 204, b""), ("GET", PATCH, 404, b"")], "deleted"),
        ([("GET", UPGRADE, 404, b"")], ""),
    ],
    ids=["deleted", "delete refused", "404", "null", "unavailable", "another", "deleted and gone", "other kind"],
)
def test_how_a_strategy_ended(timelines, after, ended):
    """Deleted, replaced, disappeared, or still there."""
    shown(timelines, "applied")
    for at, (method, path, status, body) in enumerate(after, start=1):
        timelines.see(passage(method, path, status, body, at=float(at)))
    assert timelines.told()[0].ended == ended


def test_a_404_of_which_nobody_knows_the_moment_ends_nothing(timelines):
    """It may have been asked before the create was answered."""
    shown(timelines, "applied")
    timelines.see(passage("GET", PATCH, 404, at=1.0, in_order=False))
    assert timelines.told()[0].ended == ""


def test_who_acted_and_what_became_of_it(timelines):
    """Refused, blocked and lost requests are told with those that were accepted; the client is named."""
    shown(timelines, "ready-to-apply")
    action = {"request": b'{"action": "apply-stage", "stage-id": "0"}', "client": "192.0.2.1"}
    timelines.see(passage("POST", PATCH + "/actions", 409, at=1.0, **action))
    timelines.see(passage("POST", PATCH + "/actions", 0, at=2.0, blocked=True, **action))
    timelines.see(passage("POST", UPGRADE, 0, at=3.0, request=b"{}", lost=True))
    (told,) = timelines.told()
    assert [(act.at, act.client, act.asked, act.status, act.blocked) for act in told.acts] == [
        (1.0, "192.0.2.1", "apply-stage 0", 409, False),
        (2.0, "192.0.2.1", "apply-stage 0", 0, True),
        (3.0, "", "create", 0, False),
    ]


def test_findings_of_one_requirement_are_one_mark(timelines):
    """A fault that every poll shows fills no picture."""
    finding = Noticed(Direction.RESPONSE, Finding("VIM-LIFE-024", Verdict.FAIL, "wrong"))
    for at in range(5):
        timelines.see(passage("GET", PATCH, 200, document(), at=float(at)), (finding,))
    (mark,) = timelines.told()[0].marks
    assert (mark.at, mark.last, mark.times, mark.requirement, mark.direction) == (
        0.0,
        4.0,
        5,
        "VIM-LIFE-024",
        "response",
    )


def test_a_life_has_phases_stages_steps_and_hosts(lived):
    """What the reference server does is seen whole: each stage begins and ends, on the hosts that it works on."""
    patch = next(each for each in lived.timelines.told() if each.kind == "sw-patch")
    stages = [part for part in patch.parts if part.part == "stage" and part.phase == "apply"]
    steps = [part for part in patch.parts if part.part == "step" and part.phase == "apply"]
    assert [part.name for part in stages[:2]] == ["sw-patch-controllers", "sw-patch-controllers"]
    assert {host for part in stages for host in part.hosts} >= {"controller-0", "compute-0"}
    assert all(part.end is not None and part.begin <= part.end for part in (*stages, *steps))
    assert all(before.end <= after.begin for before, after in pairwise(stages))
    assert {part.result for part in (*stages, *steps)} == {"success"}
    assert not any(part.before for part in patch.parts)


def test_an_abort_is_seen(lived):
    """The upgrade was aborted by the client that asked for it, undone in its abort phase, and deleted."""
    upgrade = next(each for each in lived.timelines.told() if each.kind == "sw-upgrade")
    assert [act.asked for act in upgrade.acts] == ["create", "apply-all", "abort", "delete"]
    assert [change.state for change in upgrade.states][-2:] == ["aborting", "aborted"]
    assert {part.phase for part in upgrade.parts} == {"build", "apply", "abort"}
    assert upgrade.ended == "deleted"


def test_what_had_begun_before_the_first_look_is_told_so(timelines):
    """A watch that begins in the middle knows no begin."""
    timelines.see(passage("GET", PATCH, 200, document(), at=7.0))
    parts = timelines.told()[0].parts
    assert {(part.before, part.begin) for part in parts} == {(True, 7.0)}


def test_a_stage_that_ran_between_two_looks_began_at_the_first_of_them(timelines):
    """It lasted no longer than from the one to the other, and whatever is shown of it later moves its end no more."""
    stage = EXAMPLE["strategy"]["apply-phase"]["stages"][0]
    dates = {"start-date-time": "2016-11-16 14:38:17", "end-date-time": "2016-11-16 14:38:18"}
    ran, noted = stage | dates | {"result": "success"}, stage | dates | {"result": "success", "reason": "late"}
    for at, first in enumerate((stage, ran, noted)):
        phase = EXAMPLE["strategy"]["apply-phase"]
        changed = phase | {"stages": [first, *phase["stages"][1:]]}
        body = json.dumps({"strategy": EXAMPLE["strategy"] | {"apply-phase": changed}}).encode()
        timelines.see(passage("GET", PATCH, 200, body, at=10.0 * at))
    (part,) = [part for part in timelines.told()[0].parts if (part.part, part.phase) == ("stage", "apply")]
    assert (part.begin, part.end, part.before, part.start) == (0.0, 10.0, False, "2016-11-16 14:38:17")


def test_memory_is_bounded(timelines):
    """Of four hundred strategies the newest are told, the others counted by what became of them."""
    for number in range(400):
        timelines.see(
            passage("POST", PATCH, 200, document(f"{number:08}-1111-1111-1111-111111111111"), at=number * 2.0)
        )
        timelines.see(passage("DELETE", PATCH, 204, at=number * 2.0 + 1))
    assert [told.uuid[:8] for told in timelines.told()] == [f"{number:08}" for number in range(395, 400)]
    (forgotten,) = timelines.forgotten()
    assert (forgotten.kind, forgotten.state, forgotten.ended, forgotten.times) == (
        "sw-patch", "ready-to-apply", "deleted", 395,
    )  # fmt: skip


def test_requests_beyond_a_number_are_counted(timelines):
    """A client that asks without end fills no memory."""
    shown(timelines, "applied")
    for at in range(500):
        timelines.see(passage("POST", PATCH, 409, at=float(at), request=b"{}"))
    (told,) = timelines.told()
    assert (len(told.acts), told.left_out) == (200, 300)


def test_an_unchanged_answer_is_not_read(timelines):
    """Polls that show the same bytes are looks, and no more."""
    shown(timelines, "applied")
    same = passage("GET", PATCH, 200, document(state="applied"), at=9.0)
    timelines.see(same)
    assert "response_json" not in same.exchange.__dict__
    assert (timelines.told()[0].looks, timelines.told()[0].last) == (2, 9.0)


def test_progress_is_where_the_strategy_stands(timelines):
    """Kind, state, phase and stage as last shown; nothing once it is gone."""
    assert timelines.progress == Progress()
    shown(timelines, "ready-to-apply")
    assert timelines.progress == Progress("sw-patch", "ready-to-apply", "build", 100, 1, 1, "")
    timelines.see(passage("DELETE", PATCH, 204, at=2.0))
    assert timelines.progress == Progress()


def test_what_was_told_can_be_read_and_merged(lived):
    """A strategy that two watches saw, one after the other, is one."""
    told = json.loads(json.dumps(lived.timelines.to_json()))
    read = Timelines.from_json(told, load_contract())
    assert read.told() == lived.timelines.told()
    later = Timelines(load_contract())
    patch = read.told()[-1]
    later.see(passage("GET", PATCH, 200, document(patch.uuid, "applied"), at=patch.last + 60))
    read.merge(later)
    joined = read.told()[-1]
    assert (joined.uuid, joined.looks, joined.last) == (patch.uuid, patch.looks + 1, patch.last + 60)
    assert joined.states == patch.states
    assert len(read.told()) == 2


def test_a_watch_goes_on_after_its_memory_was_handed_over(timelines):
    """What was seen before a restart and after it is told as one strategy."""
    shown(timelines, "ready-to-apply")
    second = Timelines(load_contract())
    second.merge(Timelines.from_json(timelines.to_json(), load_contract()))
    second.see(passage("GET", PATCH, 200, document(state="applying"), at=5.0))
    (told,) = second.told()
    assert [change.state for change in told.states] == ["ready-to-apply", "applying"]


def test_any_answer_is_taken(timelines):
    """No document, however strange, makes it raise."""
    for body in (b"", b"{", b'{"strategy": 1}', b'{"strategy": {"uuid": 1}}', b"[]"):
        for path in (PATCH, UPGRADE, "/", "/nowhere"):
            timelines.see(passage("GET", path, 200, body))
            timelines.see(replace(passage("POST", path, 200, body), blocked=True))
    assert timelines.told() == ()
