"""Findings are counted by requirement and side, with the first as an example and where it is told in full."""

import json
from dataclasses import replace

import pytest

from conformance.exchange import Exchange
from proxy.telling.noted import Noted
from proxy.traffic import Action, Direction, Noticed, Passage
from reports.model import Finding, Verdict
from spec.load import load_ledger

FAIL = Finding("VIM-LIFE-024", Verdict.FAIL, "wrong share", expected="2", actual="20", where="/strategy")
WARN = Finding("VIM-LIFE-058", Verdict.WARN, "not lawful (as last seen)")


def passage(number, client="192.0.2.1", **options):
    """The exchange of that number."""
    return Passage(number, Exchange("GET", "/", 200, at=float(number)), 0.0, client=client, **options)


@pytest.fixture
def noted():
    """Three findings about answers, one about a request that was blocked."""
    made = Noted()
    for number in (1, 2, 3):
        made.see(passage(number), [Noticed(Direction.RESPONSE, FAIL)], Action.PASS, f"findings.jsonl#{number}")
    made.see(passage(4, blocked=True), [Noticed(Direction.REQUEST, WARN, certain=False)], Action.BLOCK, "f#4")
    made.see(passage(5), [], Action.PASS, "")
    return made


def test_a_charge_is_counted_and_cited(noted):
    """Text, source, strength and level are the ledger's; the rest is the first finding's."""
    answer, request = noted.charges(load_ledger())
    norm = load_ledger().by_id["VIM-LIFE-024"]
    assert (answer.text, answer.source, answer.strength, answer.level) == (
        norm.text, norm.source, norm.strength, norm.level,
    )  # fmt: skip
    assert (answer.times, answer.first, answer.last, answer.number, answer.actual) == (3, 1.0, 3.0, 1, "20")
    assert answer.references == ("findings.jsonl#1", "findings.jsonl#2", "findings.jsonl#3")
    assert (request.direction, request.verdict, request.uncertain, request.blocked) == ("request", "warn", 1, 1)


def test_what_was_blocked_is_counted_by_side(noted):
    """An answer that is held back is no request that was not forwarded."""
    noted.see(passage(6), [Noticed(Direction.RESPONSE, FAIL)], Action.BLOCK)
    assert noted.blocked == {"request": 1, "response": 1}


def test_clients_are_bounded(noted):
    """A thousand addresses fill no memory; what they sent is counted."""
    for number in range(1000):
        noted.see(passage(number + 10, client=f"198.51.100.{number}"), [Noticed(Direction.RESPONSE, FAIL)])
    (charge,) = [each for each in noted.charges(load_ledger()) if each.direction == "response"]
    assert len(charge.clients) == 21
    assert sum(each.times for each in charge.clients) == 1003
    assert charge.clients[0].word == "(others)"


def test_the_example_of_several_recordings_says_of_which_it_is():
    """Whoever looks the first finding up has a number, and as many files as there are."""
    whole = Noted()
    for name, number in (("late", 9), ("early", 2), ("later", 30)):
        found = Noted()
        found.see(passage(number), [Noticed(Direction.RESPONSE, FAIL)])
        whole.merge(Noted.from_json(found.to_json()), name)
    (charge,) = Noted.from_json(whole.to_json()).charges(load_ledger())
    assert (charge.times, charge.number, charge.recording) == (3, 2, "early")


def test_an_id_that_the_ledger_does_not_know_is_told(noted):
    """The operator's freeze is no requirement of the reference."""
    noted.see(passage(7), [Noticed(Direction.REQUEST, Finding("freeze", Verdict.FAIL, "frozen"))])
    assert noted.charges(load_ledger())[0].requirement == "freeze"


def test_what_was_told_can_be_read_and_merged(noted):
    """Two watches together have noticed both; the example is the earlier one's."""
    told = json.loads(json.dumps(noted.to_json()))
    twice = Noted.from_json(told)
    assert twice.charges(load_ledger()) == noted.charges(load_ledger())
    twice.merge(Noted.from_json(told))
    earlier = Noted()
    earlier.see(passage(0), [Noticed(Direction.RESPONSE, replace(FAIL, actual="first"))])
    twice.merge(earlier)
    assert (twice.charges(load_ledger())[0].actual, twice.charges(load_ledger())[0].number) == ("first", 0)
    assert [each.times for each in twice.charges(load_ledger())] == [7, 2]
    assert twice.blocked == {"request": 2}
    assert twice.charges(load_ledger())[0].clients[0].times == 7
