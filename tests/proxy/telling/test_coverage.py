"""Traffic is held against everything that the contract and the law name, and counted in exchanges."""

import json

import pytest

from conformance.exchange import Exchange
from proxy.telling.coverage import REST, Coverage
from proxy.traffic import Passage
from spec.load import load_contract, load_law

PATCH = "/api/orchestration/sw-patch/strategy"


def passage(method, path, status, body=None, request=None):
    """An exchange with JSON bodies."""
    return Passage(1, Exchange(method, path, status, "", (), _bytes(request), (), _bytes(body)), 0.0)


def _bytes(value):
    return b"" if value is None else json.dumps(value).encode()


@pytest.fixture
def coverage():
    """Nothing touched yet."""
    return Coverage(load_contract(), load_law())


def member(coverage, kind, side, part, name):
    """The row of a member."""
    rows = coverage.tables().members
    return next(row for row in rows if (row.kind, row.side, row.part, row.member) == (kind, side, part, name))


def seen(row):
    """The words of a row that were met, with how often."""
    return {each.word: each.times for each in (*row.words, *row.others) if each.times}


def test_every_operation_and_documented_status_has_a_place(coverage):
    """What was not seen is told as well as what was."""
    rows = {row.operation: [int(each.word) for each in row.statuses] for row in coverage.tables().operations}
    assert rows == {each.operation_id: sorted(each.documented) for each in load_contract().operations}


def test_statuses_are_counted_and_others_told_apart(coverage):
    """409 is no status of the reference."""
    for status in (200, 200, 404, 409):
        coverage.see(passage("GET", PATCH, status))
    row = next(row for row in coverage.tables().operations if row.operation == "getSwPatchStrategy")
    assert row.requests == 4
    assert {each.word: each.times for each in row.statuses if each.times} == {"200": 2, "404": 1}
    assert [(each.word, each.times) for each in row.others] == [("409", 1)]


def test_a_request_without_an_answer_counts_as_a_request(coverage):
    """Blocked or lost, its words were asked for."""
    coverage.see(passage("POST", PATCH + "/actions", 0, request={"action": "abort"}))
    assert seen(member(coverage, "sw-patch", "request", "StrategyAction", "action")) == {"abort": 1}
    row = next(row for row in coverage.tables().operations if row.operation == "actOnSwPatchStrategy")
    assert (row.requests, [each for each in row.statuses if each.times]) == (1, [])


def test_a_stranger_touches_nothing(coverage):
    """Paths that the contract does not know are counted together, however many there are."""
    for number in range(50):
        coverage.see(passage("GET", f"/{number}", 404))
    assert coverage.tables().strangers == 50
    assert not any(row.requests for row in coverage.tables().operations)


def test_an_unchanged_answer_is_counted_without_being_read(coverage):
    """Polls that show the same bytes cost no JSON, and count all the same."""
    first = passage("GET", PATCH, 200, {"strategy": {"state": "applying"}})
    coverage.see(first)
    again = Exchange("GET", PATCH, 200, response_body=bytes(bytearray(first.exchange.response_body)))
    for number in range(99):
        coverage.see(Passage(number, again, 0.0))
    assert "response_json" not in again.__dict__
    assert seen(member(coverage, "sw-patch", "answer", "Strategy", "state")) == {"applying": 100}


def test_words_that_the_contract_does_not_know_are_bounded(coverage):
    """A server that invents words fills no memory: a dozen are told, in short, the others counted."""
    for number in range(40):
        coverage.see(passage("GET", PATCH, 200, {"strategy": {"state": f"{number:02}{'x' * 500}"}}))
    row = member(coverage, "sw-patch", "answer", "Strategy", "state")
    assert len(row.others) == 13
    assert max(len(each.word) for each in row.others) == 40
    assert seen(row)[REST] == 28


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"null"], ids=repr)
def test_any_body_is_taken(coverage, body):
    """What is no document touches a status and nothing else."""
    coverage.see(Passage(1, Exchange("GET", PATCH, 200, response_body=body), 0.0))
    assert not any(map(seen, coverage.tables().members))


def test_the_edges_of_the_judge_are_told(lived):
    """A whole life goes along edges of the graph; nothing of it is unlawful."""
    edges = lived.coverage.tables().edges
    assert {(edge.cause, edge.after) for edge in edges if edge.times and edge.before == "ready"} >= {
        ("apply-all accepted", "running")
    }
    assert not [edge for edge in edges if edge.standing == "unlawful"]
    assert [edge for edge in edges if edge.standing == "unseen"]


def test_what_was_told_can_be_read_and_merged(lived):
    """Two watches of the same contract together have seen twice what one has."""
    told = json.loads(json.dumps(lived.coverage.to_json()))
    twice = Coverage.from_json(told, load_contract(), load_law())
    assert twice.to_json() == told
    other = Coverage.from_json(told, load_contract(), load_law())
    other.see(passage("GET", "/nowhere", 404))
    twice.merge(other)
    assert twice.strangers == 1
    rows = zip(twice.tables().members, lived.coverage.tables().members, strict=True)
    assert all(seen(two) == {word: 2 * times for word, times in seen(one).items()} for two, one in rows)
    assert twice.edges.seen.total() == 2 * lived.coverage.edges.seen.total()
