"""Exchanges of clients that met: whatever order their answers are judged in, a lawful server is never accused."""

import random

import pytest

from conformance.checks import CHECKS
from conformance.known import Presence


@pytest.fixture
def recorded(session, embedded):
    """Sends a drawn session of 70 requests, as its server answered it."""

    def make(seed):
        drawn = session(seed)
        exchanges = []
        for _ in range(70):
            drawn.pause()
            method, path, body, headers = drawn.request()
            exchanges.append(embedded.send(method, path, body=body, headers=headers))
        return exchanges

    return make


@pytest.mark.parametrize("seed", range(12))
def test_any_shuffle_of_a_lawful_history(bench, recorded, seed):
    """Every exchange is judged without an order, in one that never was."""
    exchanges = recorded(seed)
    random.Random(seed).shuffle(exchanges)  # noqa: S311 - reproducible on purpose
    found = [finding for each in exchanges for finding in bench.judge.judge(each, in_order=False)]
    assert found == []
    assert bench.judge.judged == len(exchanges)


@pytest.mark.parametrize("seed", range(16))
def test_meetings_in_a_lawful_history(bench, recorded, seed):
    """Some exchanges meet, and are judged out of order; what comes before and after has an order."""
    exchanges, draw = recorded(seed), random.Random(seed)  # noqa: S311 - reproducible on purpose
    found = []
    while exchanges:
        count = draw.choice((1, 1, 1, 2, 3, 5))
        meeting, exchanges = exchanges[:count], exchanges[count:]
        draw.shuffle(meeting)
        for each in meeting:
            found += bench.judge.judge(each, in_order=count == 1)
    assert found == []
    assert bench.crashes() == []


def test_a_change_without_order_leaves_nothing_known(bench, exchange):
    """Nobody knows what a change that met others has led to; a read changes nothing."""
    bench.play("read patch -> 200 ready")
    bench.judge.judge(exchange("read patch -> 404"), in_order=False)
    assert bench.monitor.known.slot("sw-patch").presence is Presence.PRESENT
    bench.judge.judge(exchange("apply-all patch -> 409"), in_order=False)
    assert bench.monitor.known.slot("sw-patch").presence is Presence.UNKNOWN


@pytest.mark.parametrize(
    ("line", "accused"),
    [
        ("read patch -> 404", True),
        ("apply-all patch -> 202 aborting 0 2", True),
        ("create patch -> 200 ready", True),
        ('create patch -> 200 building 0 | /strategy/storage-apply-type = "parallel"', True),
        ("create patch <[]> -> 200 building 0", False),
        ("create patch -> 500", False),
    ],
)
def test_what_only_an_order_makes_wrong(bench, exchange, line, accused):
    """What a meeting may excuse is a finding in order alone; what nothing excuses is one either way."""
    bench.play("read patch -> 200 ready")
    found = bench.judge.judge(exchange(line), in_order=False)
    assert bool(found) is not accused
    bench.play("begin\nread patch -> 200 ready")
    assert bench.judge.judge(exchange(line)) != ()


def test_what_a_document_shows_needs_no_order(bench, exchange):
    """A document that contradicts itself is a finding, whoever asked meanwhile."""
    found = bench.judge.judge(exchange('read patch -> 200 ready | /strategy/state = "applied"'), in_order=False)
    assert "state_fits_phase" in {CHECKS[each.requirement].name for each in found}
