"""One finding looked for again: the part that is played, and what is said of what came out."""

from dataclasses import replace

import pytest

from conformance.runs.again import Seen, look, options_again, part_of
from conformance.runs.options import Options
from conformance.runs.outcome import Measured
from conformance.runs.run import run_suite
from reports.model import Finding, Result, Run, Verdict

FOUND = Finding("VIM-API-015", Verdict.FAIL, "stage 3 is wrong", actual="7", origin="lifecycle/apply-all-sw-patch")
RESULT = Result("VIM-API-015", Verdict.FAIL, checked=4, findings=(FOUND,))
CRASH = Result("VIM-HARNESS-001", Verdict.HARNESS_ERROR, source="vimgate", findings=(replace(FOUND, message="crash"),))
RUN = Run("wsgi:a:b", "published", 7, "allowed", "now", suite=(("examples", 3), ("clients", 0)))


@pytest.mark.parametrize(
    ("results", "broken", "seen"),
    [
        ([replace(RESULT, findings=(replace(FOUND, message="stage 5 is wrong", reproducer="x"),))], "", Seen.AGAIN),
        ([replace(RESULT, findings=(replace(FOUND, message="it is late"),))], "", Seen.OTHERWISE),
        ([replace(RESULT, verdict=Verdict.PASS, findings=())], "", Seen.GONE),
        ([replace(RESULT, verdict=Verdict.UNTESTABLE, findings=())], "", Seen.UNTRIED),
        ([replace(RESULT, verdict=Verdict.HARNESS_ERROR, findings=())], "", Seen.UNTRIED),
        ([replace(RESULT, verdict=Verdict.PASS, findings=())], "it went away", Seen.UNTRIED),
        ([replace(RESULT, verdict=Verdict.PASS, findings=()), CRASH], "", Seen.UNTRIED),
        ([RESULT], "it went away", Seen.AGAIN),
    ],
)
def test_what_became_of_it(results, broken, seen):
    """A finding is said to be gone when nobody looked, or to be there when something else was found."""
    assert look(FOUND, Measured(tuple(results), broken=broken)).seen is seen


def test_it_says_why_it_could_not_be_tried():
    """Who cannot look is not told why."""
    nothing = replace(RESULT, verdict=Verdict.UNTESTABLE, findings=(), reason="nothing called for it")
    assert look(FOUND, Measured((nothing,))).reason == "nothing called for it"
    assert look(FOUND, Measured((nothing,), broken="it went away")).reason == "it went away"


@pytest.mark.parametrize(
    ("origin", "part"),
    [("reads/documents", "reads/documents"), ("fuzz/getApi; KeyError in the application", "fuzz/getApi"), ("", "")],
)
def test_the_part_is_in_the_origin(origin, part):
    """A fault that the target adds to the origin is taken for a part of the suite."""
    assert part_of(replace(FOUND, origin=origin)) == part


def test_it_is_looked_for_as_it_was_found():
    """Another seed, other numbers or other requirements are tried than in the run that found it."""
    options = options_again(Options(seed=1, examples=40, clients=4, workers=2), RUN, FOUND)
    assert (options.seed, options.examples, options.clients, options.workers) == (7, 3, 0, 1)
    assert (options.only, options.tests) == (("VIM-API-015",), ("lifecycle/apply-all-sw-patch",))


@pytest.mark.parametrize(
    ("part", "verdict"),
    [("reads/documents", Verdict.PASS), ("reads/documents/more", Verdict.PASS), ("reads/nothing", Verdict.UNTESTABLE)],
)
def test_one_part_is_played_and_no_more(part, verdict):
    """A part that is not there is said to have been played, or others are played beside it."""
    measured = run_suite(Options(only=("VIM-API-015",), tests=(part,)))
    result = next(each for each in measured.results if each.requirement == "VIM-API-015")
    assert (result.verdict, bool(measured.broken)) == (verdict, verdict is Verdict.UNTESTABLE)
