"""A judge that remembers says what one says that looks at everything afresh, in the same order, whatever it is shown."""

# ruff: noqa: E501 - a playbook is one line

import ast
import os
import random
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from conformance import caller, checks, circumstances
from conformance import known as known_
from conformance.exchange import NO_JSON, parse_json
from conformance.judge import Judge
from conformance.reading import Readings
from conformance.shape import read_strategy
from conformance.targets.target import open_target
from reference_server.mutants import MUTANTS

# Of the mutants and of the playbooks every so many is played; 1 for whoever changes what a judge remembers.
EVERY = os.environ.get("VIMGATE_AFRESH_EVERY")
MUTANTS_ARE_EVERY, FAULTS_ARE_EVERY = int(EVERY or 60), int(EVERY or 8)
HEADERS = (("X-Auth-Token", "***"),), (("Accept", "application/json"),), ()


@pytest.fixture
def mutant(sessions):
    """Makes the exchanges of a drawn session with a mutant, whose strategies are polled between the requests."""

    def make(name):
        draw = random.Random(name)  # noqa: S311 - reproducible on purpose
        with open_target(f"wsgi:reference_server.mutants:{MUTANTS[name].factory}") as target:
            yield from followed(lambda seed: sessions(target, seed), target, draw, polls=5)

    return make


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
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    for judge in pair:
        judge.begin("main", still_clock=still)
    for exchange in followed(session, embedded, draw, polls=4):
        assert said(pair, exchange) == [(), ()]
    remembering, afresh = known(pair)
    assert remembering == afresh


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_spoiled_histories(pair, spoiled, session, embedded, seed):
    """Documents and texts are spoiled, clients meet, the service is stirred: both find the same, in the same order."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    for judge in pair:
        judge.begin("main", still_clock=seed % 4 == 3, shared=seed % 8 == 5)
    found, fault = 0, 0
    for exchange in followed(session, embedded, draw, polls=6):
        fault = draw.choice((fault, fault, fault, 0, draw.randrange(10**6)))  # one fault lasts for some answers
        shown = spoiled(exchange, random.Random(fault)) if fault else exchange  # noqa: S311 - reproducible on purpose
        remembering, afresh = said(pair, shown, in_order=draw.random() < 0.9)
        assert remembering == afresh
        found += len(afresh)
        if draw.random() < 0.03:
            for judge in pair:
                judge.stir("main")
    remembering, afresh = known(pair)
    assert remembering == afresh
    assert found > 0


RUNNING = "read patch -> 200 running 1 2"
UUIDS = "00000000-0000-4000-8000-00000000000"
ALIKE = {
    "a state under which a stage may not look so": (
        "read patch -> 200 aborting 0 2",
        'read patch -> 200 aborting 0 2 | /strategy/state = "applying"',
    ),
    "a host with the uuid of a host of another stage": (
        RUNNING,
        "read patch -> 200 running 1 2 | " + " ; ".join(f'/strategy/apply-phase/stages/1/steps/{step}/entity-uuids = ["{UUIDS}1"]' for step in (1, 2, 3, 5)),
    ),
    "a host with another uuid than in another stage": (
        "read patch -> 200 undoing 0 3 0",
        f'read patch -> 200 undoing 0 3 0 | /strategy/abort-phase/stages/0/steps/0/entity-uuids = ["{UUIDS}9"]',
    ),
    "a fault that stays where it was": (
        'read patch -> 200 running 1 2 | /strategy/apply-phase/stages/0/steps/1/entity-type = "instances"',
        'read patch -> 200 running 1 3 | /strategy/apply-phase/stages/0/steps/1/entity-type = "instances"',
    ),
    "an error of the schema that stays where it was": (
        "read patch -> 200 running 1 2 | /strategy/apply-phase/stages/2/vendor = 1.0 ; /strategy/apply-phase/stages/2/timeout = -5",
        "read patch -> 200 running 1 3 | /strategy/apply-phase/stages/2/vendor = 1.0 ; /strategy/apply-phase/stages/2/timeout = -5",
    ),
    "the clock set back in a stage that was read before": (
        'read patch -> 200 running 1 2 | /strategy/apply-phase/stages/0/steps/1/start-date-time = "2026-03-03 13:00:30"',
        'read patch -> 200 running 1 3 | /strategy/apply-phase/stages/1/start-date-time = "2026-03-03 12:59:30"',
    ),
    "a phase that ends before its stages": (
        RUNNING,
        'read patch -> 200 running 1 2 | /strategy/apply-phase/end-date-time = "2026-03-03 12:00:30"',
    ),
    "a restart": (RUNNING, "read patch -> 200 running 1 2 | /strategy/build-phase/timeout = 0"),
    "another strategy": (RUNNING, "read patch -> 200 uuid=15dc4b63-ae5f-48ca-b76e-ec367ef817f6 running 1 3"),
    "a member that never changes": (
        RUNNING,
        'read patch -> 200 running 1 3 | /strategy/worker-apply-type = "ignore"',
    ),
    "one stage less": (RUNNING, "read patch -> 200 running 1 3 | /strategy/apply-phase/stages/2 -"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), ALIKE.values(), ids=ALIKE)
def test_what_a_part_alone_does_not_decide(pair, exchange, before, after):
    """A stage that is as it was is looked at again where something else decides, or where it was not in order."""
    for line in (before, before, after, after):
        remembering, afresh = said(pair, exchange(line))
        assert remembering == afresh
    remembering, afresh = known(pair)
    assert remembering == afresh


@pytest.mark.parametrize("place", ["state", "stage-id"])
def test_a_text_is_too_deep_as_a_whole(exchange, place):
    """A part that could be read alone is not read where the whole is nested too deeply to be read."""
    text = exchange("read patch -> 200 running 1 2").response_body
    depth, step = 0, 65536
    while step:
        depth, step = (depth + step if _is_read(text, place, depth + step) else depth), step // 2
    for deeper in range(12):
        shown = exchange("read patch -> 200 running 1 2")
        shown = replace(shown, response_body=_deepened(text, place, depth + deeper - 6))
        reading = Readings().read(replace(shown), "sw-patch")
        assert (reading.strategy is None) is (read_strategy(shown.response_json) is None)


def _is_read(text, place, depth):
    return parse_json(_deepened(text, place, depth)) is not NO_JSON


def _deepened(text, place, depth):
    return text.replace(f'"{place}"'.encode(), b'"vendor": ' + b"[" * depth + b"]" * depth + f', "{place}"'.encode(), 1)


@pytest.mark.parametrize("seed", range(8))
def test_every_text_is_read_as_it_is_parsed(spoiled, session, embedded, seed):
    """A reading holds the value and the strategy that the whole text has, types included."""
    draw, readings = random.Random(seed), Readings()  # noqa: S311 - reproducible on purpose
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


def test_the_media_type_is_all_that_checks_read_of_the_headers_of_an_answer():
    """A check looks at another header of an answer, and a poll whose other headers differ is taken for the same."""
    files = [
        *Path(checks.__file__).parent.glob("*.py"),
        *(Path(each.__file__) for each in (circumstances, known_, caller)),
    ]
    calls = [
        node for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)
    ]
    assert [node.attr for node in calls if node.attr == "response_headers"] == []
    read = {
        ast.unparse(node)
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "response_header"
    }
    assert read == {"exchange.response_header('Content-Type')"}


@pytest.mark.long
@pytest.mark.parametrize("name", sorted({"strategy-in-a-list", *sorted(MUTANTS)[::MUTANTS_ARE_EVERY]}))
def test_faulty_servers(bench, mutant, name):
    """On a server with a defect both find the same, however long it lasts."""
    parts = bench.contract, bench.ledger, bench.law
    judges = Judge(*parts), Judge(*parts, afresh=True)
    for exchange in mutant(name):
        remembering, afresh = said(judges, exchange)
        assert remembering == afresh
    remembering, afresh = known(judges)
    assert remembering == afresh


@pytest.mark.parametrize("seed", range(2))
def test_every_fault_after_any_other(pair, faults, seed):
    """The playbooks of all faults one after the other, lines twice now and then: what lasts and what ends is found."""
    draw, found = random.Random(seed), 0  # noqa: S311 - reproducible on purpose
    for exchange in chain.from_iterable(draw.sample(faults, len(faults) // FAULTS_ARE_EVERY)):
        for _ in range(draw.choice((1, 1, 2))):
            remembering, afresh = said(pair, exchange)
            assert remembering == afresh
            found += len(afresh)
    remembering, afresh = known(pair)
    assert remembering == afresh
    assert found > 50
