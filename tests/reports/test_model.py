"""Verdicts are ordered and worded as the report format says."""

import pytest

from reports.model import Report, Verdict

WORDS = ["not-applicable", "pass", "warn", "untestable", "harness-error", "fail"]


def test_verdicts_rise_from_not_applicable_to_fail():
    """Merging by `max` lets a failure win over not knowing, and not knowing over success."""
    assert [verdict.word for verdict in sorted(Verdict)] == WORDS


@pytest.mark.parametrize("word", WORDS)
def test_a_word_names_its_verdict(word):
    """A verdict read from its word has that word."""
    assert Verdict.from_word(word).word == word


def test_a_report_counts_each_verdict(sample):
    """The sample has one requirement of each verdict."""
    assert [sample.count(verdict) for verdict in Verdict] == [1] * 6


def test_the_verdict_of_a_report_is_its_highest(sample):
    """The one failure decides."""
    assert sample.verdict is Verdict.FAIL


def test_an_empty_report_is_untestable(sample):
    """Nothing judged is not a success."""
    assert Report(run=sample.run).verdict is Verdict.UNTESTABLE
