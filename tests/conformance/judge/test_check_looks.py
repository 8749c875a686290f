"""What the table says of a check is so: where it finds nothing to look at, and what decides what it says."""

import json
import random
from dataclasses import replace

import pytest

from conformance.checks import CHECKS, Scope
from conformance.checks.context import Context, Looks
from conformance.exchange import Exchange
from conformance.findings.panel import Panel
from conformance.known import Role, role_of
from conformance.monitor import Monitor
from conformance.shape import read_strategy
from spec.load import load_contract

# What a document says of its progress: members of phases, stages and steps -> other values for them.
PROGRESS = {
    "inprogress": (True, False),
    "result": ("initial", "success", "failed", "aborted", "wait"),
    "reason": ("", "no reason"),
    "start-date-time": ("", "2026-03-03 12:00:00"),
    "end-date-time": ("", "2026-03-03 12:00:00"),
    "current-stage": (0, 1, 7),
    "current-step": (0, 3),
    "stop-at-stage": (0, 2),
    "completion-percentage": (0, 50, 100),
    "total-stages": (0, 5),
}
# Checks in these scopes are not asked about an exchange.
ELSEWHERE = (Scope.DOCUMENT, Scope.CONCURRENT, Scope.PREDICTION)


@pytest.fixture
def panel(bench):
    """The checks of the published ledger."""
    return Panel(bench.ledger.checked, CHECKS, bench.law)


@pytest.fixture
def contexts(bench, spoiled, session, embedded):
    """Makes the exchanges of a drawn session, spoiled now and then, each in its surroundings."""

    def make(seed):
        draw, monitor = random.Random(seed), Monitor(load_contract().kinds)  # noqa: S311 - reproducible on purpose
        drawn = session(seed)
        for request in (*drawn.begun(), *[None] * 40):
            drawn.pause()
            for method, path, body, headers in (request or drawn.request(), drawn.read("sw-patch")):
                exchange = embedded.send(method, path, body=body, headers=headers)
                shown = spoiled(exchange, draw) if draw.random() < 0.3 else exchange
                operation = bench.contract.match(method, path)
                strategy = read_strategy(shown.response_json) if role_of(operation) and shown.succeeded else None
                yield Context(shown, bench.contract, bench.law, operation, strategy, monitor.known)
                monitor.see(shown, operation, strategy)

    return make


def said(bound, context):
    """What checks say of an exchange: nothing, or the deviations."""
    found = [each.check.function(context.exchange, context, **each.parameters) for each in bound]
    return [(each.id, None if one is None else list(one)) for each, one in zip(bound, found, strict=True)]


def asked_of_another(context, draw, strategies):
    """The same poll at another time, with the document of another strategy, of which other documents were seen."""
    strategy = draw.choice(strategies)
    known, slots = context.known, {}
    for kind, slot in known.slots.items():
        seen = draw.choice((None, strategy, slot.seen))
        slots[kind] = replace(slot, seen=seen, at=draw.random(), moves=(), body=None, role=None, since={})
    exchange = replace(
        context.exchange,
        at=draw.random(),
        origin="another",
        response_body=json.dumps({"strategy": strategy.members}).encode(),
        response_headers=(*context.exchange.response_headers, ("Date", "another")),
    )
    return replace(context, exchange=exchange, strategy=strategy, known=replace(known, slots=slots, gone=(), taken=()))


def with_another_progress(context, draw):
    """The same plan at another point and in another state; whether the service was restarted is shown as before."""
    document = json.loads(context.exchange.response_body)
    phases = [document["strategy"][f"{name}-phase"] for name in ("build", "apply", "abort")]
    before = list(map(_is_restarted, phases))
    for phase in phases:
        parts = [phase, *phase["stages"], *(step for stage in phase["stages"] for step in stage["steps"])]
        for part in parts:
            for member in PROGRESS.keys() & part.keys():
                part[member] = draw.choice(PROGRESS[member])
        phase["timeout"] = draw.choice((0, 9))
    document["strategy"] |= {
        "current-phase-completion-percentage": 77,
        "state": draw.choice(("building", "ready-to-apply", "applying", "aborting", "applied", "initial")),
        "current-phase": draw.choice(("build", "apply", "abort", "initial")),
    }
    if list(map(_is_restarted, phases)) != before:
        return None
    exchange = replace(context.exchange, response_body=json.dumps(document).encode())
    return replace(context, exchange=exchange, strategy=read_strategy(document))


def _is_restarted(phase):
    return bool(phase["start-date-time"] and phase["stages"] and not phase["timeout"])


@pytest.mark.parametrize("seed", range(2))
def test_a_check_that_is_not_asked_would_find_nothing(panel, contexts, seed):
    """Outside of its roles, or of the operations that its requirement names, a check does not apply."""
    for context in contexts(seed):
        asked = panel.turn(context.operation).all
        idle = [each for each in panel.every if each not in asked and each.check.scope not in ELSEWHERE]
        assert [each for each in said(idle, context) if each[1] is not None] == []


@pytest.mark.parametrize("seed", range(2))
def test_the_question_of_a_poll_decides(panel, contexts, seed):
    """A check that looks at what was asked alone says the same whatever the document of the answer."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    strategies, polls = [], 0
    for context in contexts(seed):
        if context.strategy is None:
            continue
        strategies.append(context.strategy)
        if context.role is Role.READ and context.exchange.status == 200:
            bound = panel.turn(context.operation).asked
            assert said(bound, context) == said(bound, asked_of_another(context, draw, strategies))
            polls += 1
    assert polls > 20


@pytest.mark.parametrize("seed", range(2))
def test_the_plan_decides(panel, contexts, seed):
    """A check that looks at the plan alone says the same however far a strategy has come."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    shown = [context for context in contexts(seed) if context.strategy is not None]
    others = [(context, with_another_progress(context, draw)) for context in shown for _ in range(8)]
    pairs = [(context, other) for context, other in others if other is not None and other.strategy is not None]
    assert len(pairs) > 20
    for context, other in pairs:
        assert said(panel.document(context.kind).plan, context) == said(panel.document(context.kind).plan, other)


def test_every_way_to_look_is_taken():
    """The table tells of each way, so that none of the tests above looks at nothing."""
    assert {check.looks for check in CHECKS.values()} == set(Looks)
    assert {check.scope for check in CHECKS.values()} == set(Scope)


def test_a_poll_without_a_strategy_is_looked_at(bench):
    """What was said of a poll is said again only of one that shows a strategy."""
    bench.play("read patch -> 200 ready")
    answer = Exchange("GET", "/api/orchestration/sw-patch/strategy", 200, response_body=b"{")
    found = bench.judge.judge(answer)
    assert "VIM-PGET-017" in {each.requirement for each in found}
