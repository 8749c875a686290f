"""The gate over every combination of verdicts."""

from itertools import combinations

import pytest

from reports import gate
from reports.model import Outcome, Report, Result, Verdict

SUBSETS = [subset for size in range(len(Verdict) + 1) for subset in combinations(Verdict, size)]


def expected(subset):
    """The outcome in the words of the rule: a failure, then not knowing, then at least one requirement judged."""
    if Verdict.FAIL in subset:
        return "not-conformant", 1
    if Verdict.UNTESTABLE in subset or Verdict.HARNESS_ERROR in subset:
        return "incomplete", 3
    return ("conformant", 0) if Verdict.PASS in subset or Verdict.WARN in subset else ("incomplete", 3)


CASES = [pytest.param(subset, *expected(subset), id="+".join(v.word for v in subset) or "empty") for subset in SUBSETS]


def report_of(run, verdicts):
    """A report with one result for each verdict."""
    return Report(run=run, results=tuple(Result(f"VIM-X-{n:03}", verdict) for n, verdict in enumerate(verdicts)))


@pytest.mark.parametrize(("verdicts", "outcome", "code"), CASES)
def test_outcome_and_exit_code_follow_the_verdicts(sample, verdicts, outcome, code):
    """All 64 combinations: fail is 1, not knowing is 3, nothing judged is 3, the rest is 0."""
    came_to = gate.outcome(report_of(sample.run, verdicts))
    assert (came_to.value, gate.exit_code(came_to)) == (outcome, code)


@pytest.mark.parametrize("verdicts", SUBSETS, ids=lambda subset: "+".join(v.word for v in subset) or "empty")
def test_order_and_number_of_results_do_not_matter(sample, verdicts):
    """The same verdicts, doubled and turned around, come to the same outcome."""
    turned = report_of(sample.run, (*reversed(verdicts), *verdicts))
    assert gate.outcome(turned) is gate.outcome(report_of(sample.run, verdicts))


def test_the_table_was_exhausted():
    """There are 2^6 combinations, and each outcome is the answer to some."""
    assert len(CASES) == 64
    assert {case.values[1] for case in CASES} == {outcome.value for outcome in Outcome}


def test_the_verdict_line_has_exactly_its_form(sample):
    """The line that scripts read: outcome, six counts in this order, level, seed and path."""
    assert gate.verdict_line(sample, "out/report.jsonl") == (
        "VERDICT not-conformant pass=1 warn=1 fail=1 untestable=1 harness-error=1 not-applicable=1 "
        "level=oracle seed=42 report=out/report.jsonl"
    )


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([], "No requirement was judged."),
        ([Verdict.NOT_APPLICABLE], "No requirement was judged."),
        ([Verdict.PASS, Verdict.PASS], "Each of the 2 requirements that apply passed."),
        (
            [Verdict.PASS, Verdict.WARN, Verdict.NOT_APPLICABLE],
            "Each of the 2 requirements that apply passed, 1 of them with a warning; 1 do not apply.",
        ),
        ([Verdict.PASS, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR], "2 of 3 requirements could not be judged."),
        ([Verdict.FAIL, Verdict.PASS], "1 of 2 requirements failed."),
        ([Verdict.FAIL, Verdict.HARNESS_ERROR], "1 of 2 requirements failed; 1 could not be judged."),
    ],
)
def test_the_reason_is_told_in_one_sentence(sample, verdicts, sentence):
    """The sentence names what decided, with its count."""
    assert gate.because(report_of(sample.run, verdicts)) == sentence
