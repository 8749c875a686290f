"""The strategies of a run are kept once each, at their most complete, and within bounds."""

import json

import pytest

from conformance.findings import gallery
from conformance.findings.gallery import Gallery
from conformance.shape import read_strategy

STEP = {
    "step-id": 0, "step-name": "lock-hosts", "timeout": 900, "entity-type": "hosts", "entity-uuids": ["u"],
    "entity-names": ["compute-0"], "result": "initial", "reason": "", "start-date-time": "", "end-date-time": "",
}  # fmt: skip
STAGE = {
    "stage-id": 0, "stage-name": "sw-patch-worker-hosts", "timeout": 901, "total-steps": 1, "current-step": 0,
    "inprogress": False, "result": "initial", "reason": "", "start-date-time": "", "end-date-time": "",
}  # fmt: skip
PHASE = {
    "timeout": 0, "total-stages": 0, "current-stage": 0, "stop-at-stage": 0, "inprogress": False,
    "completion-percentage": 100, "result": "initial", "reason": "", "start-date-time": "", "end-date-time": "",
}  # fmt: skip
BUILDING, PLANNED, FINISHED = None, "", "2026-11-23 18:00:00"


def strategy(uuid="1", end=PLANNED, host="compute-0", **members):
    """A strategy of one stage and one step, which ended at that time; without a stage when `end` is None."""
    stages = [STAGE | {"steps": [STEP | {"entity-names": [host], "end-date-time": end}]}] if end is not BUILDING else []
    phases = {f"{name}-phase": PHASE | {"phase-name": name, "stages": []} for name in ("build", "abort")}
    value = {
        "uuid": uuid,
        "state": "applying",
        "current-phase": "apply",
        "current-phase-completion-percentage": 0,
        "worker-apply-type": "serial",
        "apply-phase": PHASE | {"phase-name": "apply", "stages": stages},
    }
    return read_strategy({"strategy": value | phases | members})


def seen(*strategies):
    """A gallery that has seen them in this order."""
    found = Gallery()
    for each in strategies:
        found.see("sw-patch", each, "test")
    return found


def shown(found):
    """Uuid and end of the one step of everything that the gallery shows."""
    documents = [each.document for each in found.shown()]
    return [(each["uuid"], each["apply-phase"]["stages"][0]["steps"][0]["end-date-time"]) for each in documents]


@pytest.mark.parametrize(
    ("strategies", "expected"),
    [
        ([strategy(end=BUILDING), strategy(), strategy(end=FINISHED)], [("1", FINISHED)]),
        ([strategy(end=FINISHED), strategy()], [("1", FINISHED)]),
        ([strategy("1"), strategy("2", end=FINISHED), strategy("3")], [("2", FINISHED)]),
        ([strategy(end=BUILDING)], []),
        ([strategy("1"), strategy("2", host="compute-1")], [("1", ""), ("2", "")]),
        ([strategy("1"), strategy("2", **{"worker-apply-type": "parallel"})], [("1", ""), ("2", "")]),
    ],
    ids=["grows", "never shrinks", "one plan", "nothing planned", "other hosts", "other request"],
)
def test_each_plan_is_kept_once_at_its_most_complete(strategies, expected):
    """A plan stands twice, is lost, or an earlier moment of it stands for a later one."""
    assert sorted(shown(seen(*strategies))) == expected


def test_the_workers_of_a_run_come_to_the_same_in_any_order():
    """What the report holds depends on which worker was merged first, or does not survive the way as JSON."""
    halves = [seen(strategy("1")), seen(strategy("2", end=FINISHED), strategy("3", host="compute-9"))]
    sent = [json.dumps(half.to_json()) for half in halves]
    first, second = merged(sent), merged(reversed(sent))
    assert first.shown() == second.shown()
    assert sorted(shown(first)) == [("2", FINISHED), ("3", "")]


def merged(sent):
    """What comes of galleries as JSON texts, one after the other."""
    whole = Gallery()
    for text in sent:
        whole.merge(Gallery.from_json(json.loads(text)))
    return whole


def test_a_run_with_many_strategies_keeps_the_most_and_says_how_many_it_left_out():
    """There are more documents than may be, or nobody is told; or a short one pushes a long one out."""
    found = seen(*(strategy(f"{number}", host=f"compute-{number}") for number in range(60)))
    found.see("sw-patch", strategy("last", end=FINISHED, host="last"), "test")
    assert len(found.shown()) == gallery.MOST_DOCUMENTS
    assert shown(found)[0] == ("last", FINISHED)
    assert found.note() == "11 further strategies were seen and left out of the report (at most 50, 5 MB)"


def test_a_run_with_long_strategies_keeps_what_fits(monkeypatch):
    """The documents together are larger than they may be."""
    monkeypatch.setattr(gallery, "MOST_BYTES", 4000)
    found = seen(*(strategy(f"{number}", host=f"compute-{number}") for number in range(9)))
    sizes = [len(json.dumps(each.document)) for each in found.shown()]
    assert 0 < sum(sizes) <= 4000
    assert found.note().startswith(f"{9 - len(sizes)} further")


@pytest.mark.parametrize("value", [float("inf"), [[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]], ids=["endless", "deep"])
def test_what_a_report_cannot_hold_is_left_out(value):
    """A member that no JSON line can carry ends up in the report, or ends the run."""
    found = seen(strategy(extra=value))
    assert (found.shown(), found.note()[:9]) == ((), "1 further")


def test_there_is_no_note_when_nothing_was_left_out():
    """A reader is told of strategies that are all there."""
    assert seen(strategy()).note() == ""
