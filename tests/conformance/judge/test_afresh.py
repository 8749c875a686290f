"""A judge that remembers says what one says that looks at everything afresh, in the same order, whatever it is shown."""

import random
from dataclasses import replace

import pytest

from conformance.judge import Judge
from conformance.reading import Readings
from conformance.exchange import Exchange, parse_json
from conformance.strategy import read_strategy

HEADERS = (("X-Auth-Token", "***"),), (("Accept", "application/json"),), ()


@pytest.fixture
def pair(bench):
    """A judge that remembers, and one that does not."""
    parts = bench.contract, bench.ledger, bench.law
    return Judge(*parts), Judge(*parts, afresh=True)


def followed(session, target, draw, *, polls):
    """A drawn session whose strategies are polled between the requests: every exchange, in order."""
    drawn = session(draw.randrange(10**6))
    for request in (*drawn.begun(), *[None] * 16):
        drawn.pause()
        method, path, body, headers = request or drawn.request()
        yield target.send(method, path, body=body, headers=headers)
        for _ in range(draw.randrange(polls)):
            target.control.advance(draw.choice((0, 1, 30, 90)))
            method, path, body, headers = drawn.read(draw.choice(("sw-patch", "sw-patch", "sw-upgrade")))
            exchange = target.send(method, path, body=body, headers=draw.choice(HEADERS))
            yield exchange
            for _ in range(draw.choice((0, 0, 1, 3))):
                later = (*exchange.response_headers, ("Date", str(draw.random())))
                yield replace(exchange, at=exchange.at + draw.choice((0, 5)), response_headers=later)


def said(judges, exchange, **how):
    """What both judges find in an exchange."""
    return [judge.judge(replace(exchange), **how) for judge in judges]


def known(judges):
    """Everything that both judges have noted."""
    return [
        (
            judge.judged,
            judge.tally.to_json(),
            judge.edges.to_json(),
            judge.gallery.to_json(),
            judge.begin("nothing").known,
            judge._monitors["main"].known,  # noqa: SLF001 - what the next verdicts rest on
            list(judge._monitors["main"].recent),  # noqa: SLF001
        )
        for judge in judges
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("still", [False, True])
def test_lawful_histories(pair, session, embedded, seed, still):
    """Nothing is found by either, and both have counted and learned the same."""
    draw = random.Random(seed)
    for judge in pair:
        judge.begin("main", still_clock=still)
    for exchange in followed(session, embedded, draw, polls=4):
        assert said(pair, exchange) == [(), ()]
    remembering, afresh = known(pair)
    assert remembering == afresh


@pytest.mark.long
@pytest.mark.parametrize("seed", range(16))
def test_spoiled_histories(pair, spoiled, session, embedded, seed):
    """Documents and texts are spoiled, clients meet, the service is stirred: both find the same, in the same order."""
    draw = random.Random(seed)
    for judge in pair:
        judge.begin("main", still_clock=seed % 4 == 3, shared=seed % 8 == 5)
    found = 0
    for exchange in followed(session, embedded, draw, polls=6):
        shown = spoiled(exchange, draw) if draw.random() < 0.3 else exchange
        remembering, afresh = said(pair, shown, in_order=draw.random() < 0.9)
        assert remembering == afresh
        found += len(afresh)
        if draw.random() < 0.03:
            for judge in pair:
                judge.stir("main")
    remembering, afresh = known(pair)
    assert remembering == afresh
    assert found > 0


@pytest.mark.parametrize("seed", range(8))
def test_every_text_is_read_as_it_is_parsed(spoiled, session, embedded, seed):
    """A reading holds the value and the strategy that the whole text has, types included."""
    draw, readings = random.Random(seed), Readings()
    read = 0
    for exchange in followed(session, embedded, draw, polls=4):
        if not exchange.succeeded:
            continue
        shown = spoiled(exchange, draw) if draw.random() < 0.5 else exchange
        reading = readings.read(replace(shown), "sw-patch")
        value = parse_json(shown.response_body)
        assert repr(reading.value) == repr(value)
        assert repr(reading.strategy) == repr(read_strategy(value))
        reading.in_order = draw.random() < 0.8
        read += reading.fresh is not None
        reading.let_go()
    assert read > 0
