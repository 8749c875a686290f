"""What a report says otherwise than another of the same run is told, each thing in a sentence, and nothing else is."""

from dataclasses import replace

import pytest

from reports.agreement import disagreements
from reports.model import Level, SeenStrategy, Verdict


def with_result(report, at, **members):
    """The report with another result at that place."""
    results = list(report.results)
    results[at] = replace(results[at], **members)
    return replace(report, results=tuple(results))


CHANGES = {
    "verdict": (lambda report: with_result(report, 0, verdict=Verdict.HARNESS_ERROR), "the report says harness-error;"),
    "checked": (lambda report: with_result(report, 0, checked=99), "how often it was looked at: 99 in the report;"),
    "more": (lambda report: with_result(report, 0, more=7), "how many more findings there are: 7 in the report;"),
    "reason": (lambda report: with_result(report, 0, reason="so it is"), "the reason: so it is in the report;"),
    "text": (lambda report: with_result(report, 0, text="another"), "the text: another in the report;"),
    "dropped": (lambda report: replace(report, results=report.results[1:]), "the report has no result;"),
    "added": (
        lambda report: replace(report, results=(*report.results, replace(report.results[0], requirement="VIM-X-1"))),
        "VIM-X-1: the report says",
    ),
    "order": (lambda report: replace(report, results=report.results[::-1]), "stand in another order"),
    "notes": (lambda report: replace(report, notes=("more",)), "the notes of the report are not those"),
    "strategies": (
        lambda report: replace(report, strategies=(SeenStrategy("sw-patch", {}),)),
        "the strategies of the report are not those",
    ),
    "edges": (lambda report: replace(report, coverage=()), "the edges of the state graph of the report are not those"),
    "reached": (lambda report: replace(report, reached=Level.ORACLE), "the report reached the level oracle;"),
}


def test_a_report_agrees_with_itself(sample):
    """What is the same is told by nothing."""
    assert list(disagreements(sample, sample)) == []


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES)
def test_each_difference_is_told(change, said, sample):
    """Whatever member of a report is another, one of the sentences says which."""
    told = list(disagreements(change(sample), sample))
    assert [each for each in told if said in each], told


def test_findings_are_compared_whole(sample):
    """A finding that says something else is a difference, though there are as many."""
    at = next(number for number, each in enumerate(sample.results) if each.findings)
    other = replace(sample.results[at].findings[0], reproducer="curl elsewhere")
    changed = with_result(sample, at, findings=(other, *sample.results[at].findings[1:]))
    assert len(list(disagreements(changed, sample))) == 1


def test_what_cannot_be_recomputed_is_not_compared(sample):
    """Requirements and members that are named are left out, and all others are not."""
    first, second = (each.requirement for each in sample.results[:2])
    changed = with_result(with_result(sample, 0, checked=98), 1, checked=99)
    changed = replace(changed, notes=("more",))
    told = list(disagreements(changed, sample, frozenset({first}), frozenset({"notes"})))
    assert [each.partition(":")[0] for each in told] == [second]
