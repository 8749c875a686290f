"""`--only` and `--skip`: which requirements are judged, and which tests are left out because they cannot reach them."""

import pytest

from conformance.checks import CHECKS
from conformance.checks.context import Deviation
from conformance.exchange import Exchange
from conformance.findings.ruling import LEFT_OUT
from conformance.findings.selection import SelectionError, reach, selected
from conformance.judge import Judge, Opinion
from conformance.runs.forecast import forecast
from conformance.runs.options import Options
from reports.model import Verdict
from spec.load import load_contract, load_law, load_ledger

IDS = frozenset(requirement.id for requirement in load_ledger().requirements)
LIFE = frozenset(each for each in IDS if each.startswith("VIM-LIFE-"))
FIRST = {f"VIM-LIFE-00{number}" for number in range(10)}


def requirement(id_):
    """A requirement of the ledger."""
    return next(each for each in load_ledger().requirements if each.id == id_)


@pytest.mark.parametrize(
    ("only", "skip", "left"),
    [
        ([], [], IDS),
        (["VIM-API-002"], [], {"VIM-API-002"}),
        (["VIM-LIFE-*"], [], LIFE),
        (["VIM-LIFE-*", "VIM-API-002"], ["VIM-LIFE-00?"], {"VIM-API-002", *LIFE} - FIRST),
        ([], ["VIM-LIFE-*"], IDS - LIFE),
    ],
)
def test_ids_and_patterns_say_what_is_judged(only, skip, left):
    """A pattern takes in what it does not name, or leaves out what it does."""
    assert selected(load_ledger(), only, skip) == left


@pytest.mark.parametrize(
    ("only", "skip", "says"),
    [
        (["VIM-API-0002"], [], "--only VIM-API-0002 names no requirement; did you mean VIM-API-002"),
        ([], ["VIM-LIV-*"], r"--skip VIM-LIV-\* names no requirement; did you mean VIM-LIFE-\*"),
        (["vim"], [], "`vimgate spec requirements` lists the ids"),
        (["VIM-API-002"], ["VIM-API-*"], "leaves out everything"),
    ],
)
def test_what_names_nothing_is_told_with_near_misses(only, skip, says):
    """A misspelt id is taken for an empty selection."""
    with pytest.raises(SelectionError, match=says):
        selected(load_ledger(), only, skip)


def test_what_is_left_out_is_not_judged_and_says_so():
    """A requirement that was left out is judged all the same, or counts as passed."""
    judge = Judge(load_contract(), load_ledger(), load_law(), wanted=frozenset({"VIM-ROOT-002"}))
    judge.judge(Exchange("GET", "/", 500))
    results = {result.requirement: result for result in judge.results()}
    assert results["VIM-ROOT-002"].verdict is not Verdict.NOT_APPLICABLE
    assert (results["VIM-ROOT-011"].verdict, results["VIM-ROOT-011"].reason) == (Verdict.NOT_APPLICABLE, LEFT_OUT)
    assert set(judge.tally.rows) <= {"VIM-ROOT-002"}


@pytest.mark.parametrize(
    ("id_", "parameters", "strategies", "taken"),
    [
        ("VIM-ROOT-002", {}, False, True),
        ("VIM-ROOT-002", {}, True, False),
        ("VIM-ROOT-002", {"scenario": None}, True, False),
        ("VIM-ROOT-011", {"generated_operation": "getApi"}, False, False),
        ("VIM-ROOT-002", {"generated_operation": "getRoot"}, False, True),
        ("VIM-ROOT-002", {"generated_operation": "getApi"}, False, False),
        ("VIM-PACT-002", {}, True, True),
        ("VIM-PACT-002", {"generated_operation": "getApi"}, False, True),
        ("VIM-LIFE-025", {}, True, True),
    ],
)
def test_a_test_is_left_out_only_when_it_cannot_reach(id_, parameters, strategies, taken):
    """A test is left out that could exercise the requirement, or one is played in vain although that is plain."""
    assert reach([requirement(id_)], load_contract()).takes_in(parameters, strategies=strategies) is taken


def test_every_check_has_a_scope_that_the_reach_knows():
    """A requirement without a check narrows the run."""
    assert reach([each for each in load_ledger().checked if each.id in CHECKS], load_contract()).operations is None


def test_the_selection_travels_with_the_options():
    """A worker of the run judges more than was asked for."""
    options = Options(only=("VIM-API-*",), skip=("VIM-API-002",), tests=("reads/documents",))
    assert Options.from_json(options.to_json()) == options


@pytest.mark.parametrize(
    ("wanted", "opinion"),
    [
        ({"VIM-PPOST-020"}, Opinion.ASIDE),
        ({"VIM-PPOST-020", "VIM-PPOST-021"}, Opinion.CHARGED),
        (None, Opinion.CHARGED),
    ],
    ids=["one left out", "both judged", "all judged"],
)
def test_a_second_witness_is_not_heard_when_who_might_contradict_is_left_out(wanted, opinion):
    """A run of a part accuses where the whole run would have known better."""
    judge = Judge(load_contract(), load_ledger(), load_law(), wanted=wanted and frozenset(wanted))
    judge.judge(asked := Exchange("GET", "/", 200))
    said = judge.hear(asked, ("VIM-PPOST-020", "VIM-PPOST-021"), "VIM-PPOST-020", Deviation("wrong"))
    assert said is opinion


def test_a_dry_run_tells_of_what_is_judged_alone():
    """Whoever asks for a few documents is told of strategies that would be applied."""
    told = forecast(Options(target="http://127.0.0.1:1", only=("VIM-API-*",)))
    assert (" 0 x apply," in told, "Strategies that are applied" in told) == (True, False)
