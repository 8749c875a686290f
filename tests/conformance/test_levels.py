"""A run looks as deep as it is asked to, and what it keeps still exercises every MUST up to there."""

import pytest

from conformance.drivers.planning import Planner
from conformance.findings.ruling import NO_WORLD, UNCALLED
from conformance.judge import Judge
from conformance.predictions.oracle import Oracle
from conformance.runs.options import Options
from conformance.runs.preflight import deepest_level
from conformance.runs.run import run_suite
from reference_server import create_app
from reports.gate import DEEPER
from reports.model import Level, Strength, Verdict
from spec.load import load_contract, load_law, load_ledger


@pytest.mark.long
@pytest.mark.parametrize("level", [Level.WIRE, Level.PROTOCOL])
def test_a_shallow_run_exercises_every_must_up_to_its_level(level):
    """The reference server is conformant at a shallow level, nothing is untestable, nothing deeper is looked at.

    The deeper levels are run whole by the tests of the command.
    """
    measured = run_suite(Options(level=level, examples=0))
    verdicts = {each.verdict for each in measured.results if each.level.is_within(level)}
    deeper = [each for each in measured.results if not each.level.is_within(level)]
    assert not verdicts & {Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR}
    assert all(each.verdict is Verdict.NOT_APPLICABLE and not each.checked for each in deeper)
    assert measured.reached is level


@pytest.mark.parametrize("level", Level)
def test_what_is_deeper_than_asked_is_not_applicable(level):
    """Every requirement that is deeper and not excluded says that it is deeper than asked."""
    judge = Judge(load_contract(), load_ledger(), load_law(), level=level)
    excluded = {each.id for each in load_ledger().requirements if each.excluded is not None}
    told = {each.requirement for each in judge.results() if each.reason == DEEPER}
    deeper = {each.requirement for each in judge.results() if not each.level.is_within(level)}
    assert told == deeper - excluded


def test_the_deepest_level_says_what_it_needs(talk):
    """Where nothing was compared with a prediction, the MUSTs of level oracle are untestable and say what to give."""
    reasons = {
        each.reason
        for each in talk.judge.results()
        if each.level is Level.ORACLE and each.verdict is Verdict.UNTESTABLE and each.strength is Strength.MUST
    }
    assert reasons == {NO_WORLD}


def test_what_only_a_told_clock_shows_makes_no_run_incomplete(talk):
    """A step that outlives its timeout cannot be told from a restart on a clock that runs: no run waits for that."""
    told = {each.requirement: each.verdict for each in talk.judge.results()}
    assert told["VIM-LIFE-127"] is Verdict.NOT_APPLICABLE


def test_what_a_world_has_nothing_for_does_not_apply(bench_of_one_world):
    """Where strategies were compared, what none of them called for is not applicable, and not untestable."""
    told = {each.requirement: (each.verdict, each.reason) for each in bench_of_one_world.judge.results()}
    assert told["VIM-LIFE-130"][0] is Verdict.PASS
    assert told["VIM-LIFE-114"] == (Verdict.NOT_APPLICABLE, UNCALLED)


@pytest.fixture
def bench_of_one_world(talk):
    """A conversation in which strategies were compared in one world, which has no swift hosts."""
    Planner(talk, load_ledger(), load_law(), Oracle(load_contract()), 0).on_own_world(
        talk.target.control.world(), drawn=0
    )
    return talk


@pytest.mark.parametrize(
    ("control", "world", "level"),
    [(True, "", Level.ORACLE), (False, "", Level.ORCHESTRATION), (False, '{"hosts": []}', Level.ORACLE)],
    ids=["its control shows the world", "nobody knows the world", "the world was given"],
)
def test_a_run_goes_as_deep_as_the_world_is_known(control, world, level, served):
    """Unless asked, a run looks at predictions only where the world of the target is known."""
    assert deepest_level(Options(target=served(create_app(control=control)), world=world)) is level


def test_every_level_includes_the_former():
    """The levels are in order."""
    assert [[one.is_within(other) for other in Level].count(True) for one in Level] == [5, 4, 3, 2, 1]


def test_options_survive_the_way_to_a_worker():
    """Level and world reach a worker as they were asked for."""
    options = Options(level=Level.WIRE, world='{"hosts": []}')
    assert Options.from_json(options.to_json()) == options
