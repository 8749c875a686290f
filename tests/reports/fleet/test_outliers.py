"""Who is an outlier: worked through by hand on small fleets."""

from dataclasses import replace

import pytest

from reports.fleet.ending import End
from reports.fleet.outliers import OtherMeasure, OtherVerdict, outliers
from reports.model import Level, Verdict

R = "VIM-A-001"


def fleet(judged, *verdicts, **members):
    """Targets 0, 1, 2, … with these verdicts of one requirement."""
    return [judged(str(number), {R: verdict}, **members) for number, verdict in enumerate(verdicts)]


PASS, WARN, FAIL, OPEN = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.UNTESTABLE


@pytest.mark.parametrize(
    ("verdicts", "names"),
    [
        ([PASS] * 5, ""),
        ([FAIL] + [PASS] * 4, "0"),
        ([FAIL] + [PASS] * 3, ""),  # four are too few
        ([PASS] + [FAIL] * 4, "0"),  # who passes what nobody else does is one, too
        ([FAIL] * 2 + [PASS] * 4, ""),  # four of five others differ: 80 %
        ([FAIL] * 2 + [PASS] * 9, ""),  # nine of ten: 90 %
        ([OPEN, WARN, FAIL] + [PASS] * 8, "012"),
        ([FAIL] * 3 + [WARN] * 3 + [PASS] * 3, ""),
    ],
)
def test_nine_tenths_of_the_others_differ(judged, verdicts, names):
    """Half of a fleet is called an outlier, or the one that differs is not."""
    expected = names or ("01" if len(verdicts) == 11 else "")
    assert "".join(sorted(each.name for each in outliers(fleet(judged, *verdicts)))) == expected


def test_an_outlier_says_what_the_others_have(judged):
    """The reader is told that a target differs, and not from what."""
    found = outliers(fleet(judged, FAIL, WARN, *[PASS] * 10))
    assert found[0].verdicts == (OtherVerdict(R, FAIL, PASS, 10, 11),)


def test_a_verdict_that_is_not_written_down_is_a_pass(judged):
    """Of a requirement that only one target does not pass, the others are thought to know nothing."""
    found = outliers([judged("odd", {R: FAIL}), *(judged(str(number)) for number in range(5))])
    assert [(each.name, each.verdicts) for each in found] == [("odd", (OtherVerdict(R, FAIL, PASS, 5, 5),))]


@pytest.mark.parametrize("members", [{"release": "stx-7.0"}, {"changes": "refused"}, {"level": Level.WIRE}])
def test_only_those_that_were_asked_the_same_are_held_against_each_other(judged, members):
    """A target that was only read is an outlier among those that were changed."""
    odd = judged("odd", {R: FAIL})
    odd = replace(odd, summary=replace(odd.summary, **members))
    assert outliers([odd, *fleet(judged, *[PASS] * 5)]) == ()


@pytest.mark.parametrize("end", [end for end in End if end is not End.JUDGED])
def test_what_was_not_judged_to_its_end_is_no_outlier(judged, end):
    """A run that was stopped half way differs in all that it did not look at."""
    odd = replace(judged("odd", {R: OPEN}), end=end)
    assert outliers([odd, *fleet(judged, *[PASS] * 5)]) == ()


@pytest.mark.parametrize(
    ("durations", "names"),
    [
        ((100, 101, 102, 103, 104), ""),
        ((100, 101, 102, 103, 600), "4"),
        ((100, 101, 102, 103, 20), "4"),
        ((100, 100, 100, 100, 119), ""),  # nothing scatters, and a fifth is nothing yet
        ((100, 100, 100, 100, 121), "4"),
        ((100, 140, 180, 220, 370), ""),  # 190 from the median of 180, whose deviation is 40
        ((100, 140, 180, 220, 390), "4"),
        ((100, 100, 100, 600), ""),
    ],
)
def test_a_measure_is_far_from_the_median(judged, durations, names):
    """The usual scatter is told, or what takes ten times as long is not."""
    found = outliers([judged(str(number), duration=float(value)) for number, value in enumerate(durations)])
    assert "".join(each.name for each in found) == names


def test_a_measure_that_nobody_took_is_none(judged):
    """A run that counted no requests has sent too few."""
    found = outliers([judged(str(number), requests=value) for number, value in enumerate([10, 10, 10, 10, 90, None])])
    assert [(each.name, each.measures) for each in found] == [("4", (OtherMeasure("requests", 90, 10),))]


def test_few_measures_say_nothing(judged):
    """Four that counted are taken for a fleet, because more were judged."""
    assert outliers([judged(str(number), requests=value) for number, value in enumerate([9, 9, 9, 90, None])]) == ()


def test_nobody_is_held_against_himself(judged):
    """Where each target has a verdict of its own, one is told to differ from its own."""
    found = outliers(fleet(judged, PASS, WARN, FAIL, OPEN, Verdict.HARNESS_ERROR))
    assert [each.verdicts[0].own is each.verdicts[0].usual for each in found] == [False] * 5


def test_those_that_differ_in_most_come_first(judged):
    """Who reads the first ten of a thousand does not see the worst."""
    odd = [judged("x", duration=9000.0), judged("y", {R: FAIL}), judged("z", {R: WARN, "VIM-A-002": FAIL})]
    assert [each.name for each in outliers([*odd, *fleet(judged, *[PASS] * 12)])] == ["z", "y", "x"]
