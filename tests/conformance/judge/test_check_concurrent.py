"""What several clients asked at once: good histories are explained, bad ones are found under the right requirement."""

# ruff: noqa: E501 - a line of a history is one line

import pytest

from conformance.checks import CHECKS
from conformance.checks.context import Scope
from conformance.histories import specification

SINGLE, SERIAL, PAST = "VIM-LIFE-140", "VIM-LIFE-141", "VIM-LIFE-142"
U, V = "uuid=26dc4b63-ae5f-48ca-b76e-ec367ef817f6", "uuid=37dc4b63-ae5f-48ca-b76e-ec367ef817f7"
NONE, READY, RUNNING = "", "read patch -> 200 ready", "read patch -> 200 running 0 2"
AFTER = "\nz 90 91 read patch -> {}\nz 92 93 read upgrade -> {}"

GOOD = {
    "of two creates the first wins": (NONE, "a 0 3 create patch -> 200 building 0\nb 1 2 create upgrade -> 409"),
    "of two creates the second wins": (NONE, "a 0 1 create upgrade -> 409\nb 0 9 create patch -> 200 building 0"),
    "a delete between two creates": (NONE, f"a 0 9 create patch -> 200 ready\nb 1 8 delete patch -> 204\nc 2 7 create upgrade -> 200 building 0 {V}"),
    "neither create is accepted": (NONE, "a 0 3 create patch -> 409\nb 1 2 create upgrade -> 409"),
    "a create is refused beside a delete": (READY, "a 0 3 delete patch -> 204\nb 1 2 create patch -> 409"),
    "a forced delete beside an apply": (READY, "a 0 3 apply-all patch -> 202 running 0 0\nb 1 2 force-delete patch -> 204\nc 4 5 read patch -> 404"),
    "a delete while it builds is forced": (NONE, "a 0 1 create patch -> 200 building 0\nb 2 3 force-delete patch -> 409"),
    "apply and delete, the apply first": (READY, "a 0 3 apply-all patch -> 202 running 0 0\nb 1 2 delete patch -> 409"),
    "apply and delete, the delete first": (READY, "a 0 3 apply-all patch -> 404\nb 1 2 delete patch -> 204"),
    "two applies": (READY, "a 0 3 apply-all patch -> 202 running 0 0\nb 1 2 apply-all patch -> 409"),
    "two single stages, with time between": (READY, "a 0 1 apply-stage 0 patch -> 202 running 0 0 to=1\nb 2 3 read patch -> 200 paused 1\nb 4 5 apply-stage 1 patch -> 202 running 1 0 to=2"),
    "two aborts": (RUNNING, "a 0 3 abort patch -> 202 aborting 0 2\nb 1 2 abort patch -> 202 broken-off 0 2"),
    "an abort shows what a second abort did": (RUNNING, "a 0 5 abort patch -> 202 broken-off 0 2\nb 1 4 abort patch -> 202 broken-off 0 2\nc 2 3 read patch -> 200 aborting 0 2"),
    "a read beside a create": (NONE, "a 0 5 create patch -> 200 building 0\nb 1 2 read patch -> 404\nb 3 4 read patch -> 200 building 1"),
    "it moves by itself": (NONE, "a 0 1 create patch -> 200 building 0\nb 2 3 apply-all patch -> 202 running 0 0\nc 4 5 read patch -> 200 applied"),
    "a lost delete was carried out": (READY, "a 0 - delete patch -> 204\nb 1 2 read patch -> 404"),
    "a lost delete was not": (READY, "a 0 - delete patch -> 204\nb 1 2 read patch -> 200 ready"),
    "a lost delete comes later": (READY, "a 0 - delete patch -> 204\nb 1 2 read patch -> 200 ready\nb 3 4 read patch -> 404"),
    "a lost create": (NONE, "a 0 - create patch -> 200 building 0\nb 1 2 create upgrade -> 409\nb 3 4 read patch -> 200 ready"),
    "a failed create may be there": (NONE, "a 0 1 create patch -> 503\nb 2 3 read patch -> 200 building 0"),
    "a failed create may not be there": (NONE, "a 0 1 create patch -> 503\nb 2 3 read patch -> 404"),
    "too many requests": (READY, "a 0 3 apply-all patch -> 429\nb 1 2 delete patch -> 429"),
    "nobody may": (READY, "a 0 3 apply-all patch -> 403\nb 1 2 read patch -> 401"),
    "no strategy, shown as null": (READY, 'a 0 3 delete patch -> 204\nb 4 5 read patch -> 200 json:{"strategy": null}'),
    "a state that the law does not know": (READY, 'a 0 3 read patch -> 200 ready | /strategy/state = "odd"\nb 4 5 delete patch -> 204'),
}  # fmt: skip
BAD = {
    "two creates are accepted": (SINGLE, NONE, f"a 0 3 create patch -> 200 building 0\nb 1 2 create patch -> 200 building 0 {U}"),
    "two creates of two kinds": (SINGLE, NONE, f"a 0 3 create patch -> 200 building 0\nb 1 2 create upgrade -> 200 building 0 {U}"),
    "a create beside one that is there": (SINGLE, READY, f"a 0 3 create upgrade -> 200 building 0 {U}\nb 1 2 read patch -> 200 ready"),
    "two creates and a delete before both": (SINGLE, READY, f"a 0 1 delete patch -> 204\nb 2 5 create patch -> 200 building 0 {U}\nc 3 4 create upgrade -> 200 building 0 {V}"),
    "both kinds are shown": (SINGLE, NONE, f"a 0 3 create patch -> 200 building 0\nb 1 2 create upgrade -> 409\nz 4 5 read patch -> 200 building 0\nz 6 7 read upgrade -> 200 building 0 {U}"),
    "two applies are accepted": (SERIAL, READY, "a 0 3 apply-all patch -> 202 running 0 0\nb 1 2 apply-all patch -> 202 running 0 0"),
    "two single stages are accepted at once": (SERIAL, READY, "a 0 3 apply-stage 0 patch -> 202 running 0 0 to=1\nb 1 2 apply-stage 0 patch -> 202 running 0 0 to=1"),
    "abort and delete are both accepted": (SERIAL, RUNNING, "a 0 3 abort patch -> 202 aborting 0 2\nb 4 5 delete patch -> 204\nz 6 7 read patch -> 200 aborting 0 2"),
    "a deleted strategy is shown again": (SERIAL, READY, "a 0 1 delete patch -> 204\nb 2 3 read patch -> 200 ready"),
    "an action on what was deleted": (SERIAL, READY, "a 0 1 delete patch -> 204\nb 2 3 apply-all patch -> 202 running 0 0"),
    "an accepted apply is lost": (SERIAL, READY, "a 0 3 apply-all patch -> 202 running 0 0\nb 1 2 read patch -> 200 ready\nz 4 5 read patch -> 200 ready"),
    "an accepted create is lost": (SERIAL, NONE, "a 0 3 create patch -> 200 building 0\nb 1 2 create upgrade -> 409" + AFTER.format("404", "404")),
    "a refused delete was carried out": (SERIAL, READY, "a 0 1 delete patch -> 409\nz 2 3 read patch -> 404"),
    "refused for no reason, alone": (SERIAL, READY, "a 0 1 apply-all patch -> 409\nb 2 3 delete patch -> 409"),
    "missing while it is there": (SERIAL, READY, "a 0 3 apply-all patch -> 404\nb 1 2 read patch -> 200 ready"),
    "an older state": (PAST, READY, "a 0 1 apply-all patch -> 202 running 0 2\nb 2 3 read patch -> 200 ready"),
    "an older step": (PAST, RUNNING, "a 0 1 read patch -> 200 running 1 2\nb 2 3 read patch -> 200 running 0 3"),
    "an older step of the build": (PAST, NONE, "a 0 1 create patch -> 200 building 2\nb 2 3 read patch -> 200 building 1"),
}  # fmt: skip


@pytest.mark.parametrize(("there", "text"), GOOD.values(), ids=GOOD)
def test_what_some_order_explains_is_no_finding(bench, there, text):
    """A history that a lawful server can produce is charged to somebody."""
    assert bench.race(text, there) & {SINGLE, SERIAL, PAST} == set()
    assert {SERIAL, PAST} <= bench.looked_at()
    assert bench.crashes() == []


@pytest.mark.parametrize(("requirement", "there", "text"), BAD.values(), ids=BAD)
def test_what_no_order_explains_is_found(bench, requirement, there, text):
    """A history that no lawful server can produce passes, or is charged to another requirement."""
    assert requirement in bench.race(text, there)
    assert bench.crashes() == []


@pytest.mark.parametrize("still", [True, False])
@pytest.mark.parametrize(
    "text", ["a 0 1 delete patch -> 204", "a 0 1 read patch -> 200 applied", "a 0 1 apply-all patch -> 202 running 0 0"]
)
def test_nothing_moves_by_itself_on_a_clock_that_stands_still(bench, text, still):
    """A strategy that runs has come to its end while no time passed, or may not end while time does."""
    text = text if still else text.replace("202 running 0 0", "409")
    assert (SERIAL in bench.race(text, RUNNING, still=still)) is still


@pytest.mark.parametrize(("lasting", "found"), [((), set()), (("running",), {SERIAL})], ids=["not known", "known"])
def test_what_was_seen_to_last_does_not_end_at_once(bench, lasting, found):
    """An apply and a delete are both accepted, although it was seen that an apply goes on while no time passes."""
    text = "a 0 3 apply-all patch -> 202 running 0 0\nb 1 2 delete patch -> 204"
    assert bench.race(text, READY, still=True, lasting=frozenset(lasting)) == found


@pytest.mark.parametrize(("other", "found"), [("abort patch -> 409", True), ("read patch -> 200 ready", False)])
def test_an_answer_that_others_had_a_hand_in_is_judged_by_its_document(bench, other, found):
    """An answer that shows what a request beside it did is charged as if nobody had been there."""
    text = f"a 0 3 apply-all patch -> 202 aborting 0 0\nb 1 2 {other}"
    assert ("VIM-PACT-032" not in bench.race(text, READY)) is found


def test_what_a_request_sets_off_may_come_after_a_look_at_it(bench):
    """On a clock that stands still a read beside an apply is taken for the last word on it."""
    text = (
        "a 0 9 apply-all patch -> 202 running 0 0\nb 1 2 read patch -> 200 running 0 1\nc 3 4 read patch -> 200 applied"
    )
    assert bench.race(text, READY, still=True) == set()


def test_every_requirement_about_several_clients_is_seen_broken():
    """A check of histories has no bad history above."""
    concurrent = {each for each, check in CHECKS.items() if check.scope is Scope.CONCURRENT}
    assert {requirement for requirement, *_ in BAD.values()} == concurrent


def test_one_cause_is_charged_once(bench):
    """Two accepted creates are charged to the order of the calls too, or every further history adds a finding."""
    text = f"a 0 3 create patch -> 200 building 0\nb 1 2 create patch -> 200 building 0 {U}"
    assert bench.race(text) == bench.race(text.replace("0 3", "0 9")) == {SINGLE}
    assert len(bench.judge.tally.rows[SINGLE].findings) == 1


def test_what_one_answer_shows_is_charged_to_its_own_requirement(bench):
    """A torn document is no finding when it was seen by one of several clients, or breaks the order of the calls."""
    broken = {"VIM-LIFE-014", "VIM-LIFE-042", "VIM-LIFE-045", "VIM-LIFE-093"}
    assert bench.race('a 0 1 read patch -> 200 ready | /strategy/apply-phase/result = "success"', READY) == broken


def test_answers_that_are_in_order_are_not_counted(bench):
    """Which answers come is up to chance; how often they were looked at would be too."""
    bench.race("a 0 3 delete patch -> 204\nb 1 2 read patch -> 200 ready", READY)
    assert {id_: row.checked for id_, row in bench.judge.tally.rows.items() if row.checked} == {SERIAL: 1, PAST: 1}


def test_a_finding_shows_the_calls_and_a_script_that_repeats_them(bench):
    """Who reads a finding cannot see who asked what when, or cannot try it again."""
    bench.race(
        f"b 1 2 create upgrade -> 200 building 0 {U}\na 0 3 create patch -> 200 building 0\nafter 4 5 read patch -> 404"
    )
    (finding,) = bench.judge.tally.rows[SINGLE].findings
    assert [line.split()[:4] for line in finding.request.splitlines()] == [
        ["0", "to", "3", "a"], ["1", "to", "2", "b"], ["4", "to", "5", "after"],
    ]  # fmt: skip
    lines = finding.reproducer.splitlines()
    assert [line for line in lines if "curl" not in line] == [
        "#!/bin/sh", lines[1], "( # client a", ") &", "( # client b", ") &", "wait", "# which calls meet is up to chance",
    ]  # fmt: skip
    assert (lines[-2].startswith("curl"), finding.origin, "client a" in finding.reproducer) == (True, "race", True)


def test_a_crash_is_ours(bench, monkeypatch):
    """A checker that crashes is charged to the target, or takes the run down."""
    monkeypatch.setattr(specification, "check", lambda *_, **__: 1 / 0)
    assert bench.race("a 0 1 create patch -> 409") == set()
    assert {SINGLE, SERIAL} == {id_ for id_, row in bench.judge.tally.rows.items() if row.errors}
