"""The report of one shard: no verdict on the whole, and an exit code about what it played."""

from dataclasses import replace
from datetime import date

import pytest

from reports import gate
from reports.model import Outcome, Report, Result, Shard, Verdict, Waiver
from reports.render.brief import brief
from reports.waivers import apply, complaints

ELSEWHERE = Result("VIM-A-001", Verdict.UNTESTABLE)
OURS = Result("VIM-HARNESS-002", Verdict.UNTESTABLE, source="vimgate")


@pytest.fixture
def shard_of(sample):
    """The report of a shard with these results."""
    return lambda *results: Report(replace(sample.run, shard=Shard(2, 3)), results)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        pytest.param((Result("VIM-B-001", Verdict.PASS),), 0, id="passed"),
        pytest.param((Result("VIM-B-001", Verdict.PASS), ELSEWHERE), 0, id="elsewhere"),
        pytest.param((), 0, id="empty"),
        pytest.param((Result("VIM-B-001", Verdict.FAIL), ELSEWHERE), 1, id="failed"),
        pytest.param((Result("VIM-B-001", Verdict.FAIL), OURS), 1, id="failed and cut off"),
        pytest.param((Result("VIM-B-001", Verdict.PASS), OURS), 3, id="cut off"),
        pytest.param((Result("VIM-B-001", Verdict.HARNESS_ERROR),), 3, id="harness"),
    ],
)
def test_the_exit_code_is_about_what_was_played(shard_of, results, code):
    """A job is red for being a shard, or green when something went wrong in it."""
    assert gate.shard_code(shard_of(*results)) == code


def test_a_shard_is_never_conformant(shard_of):
    """What passed in one shard and fails in another is told as a success."""
    report = shard_of(Result("VIM-B-001", Verdict.PASS))
    assert gate.outcome(report) is Outcome.INCOMPLETE
    assert " shard=2/3 level=" in gate.verdict_line(report, "r")
    assert "This is shard 2/3 and no verdict on the whole: `vimgate report merge`" in gate.because(report)
    assert brief(report, "r")["shard"] == "2/3"


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL])
def test_a_waiver_is_not_stale_for_what_another_shard_found(shard_of, verdict):
    """A waiver fails every shard but the one that finds what it is for."""
    report = shard_of(Result("VIM-B-001", verdict, findings=()))
    waiver = Waiver("VIM-B-001", "known", "LAB-1", "2099-01-01", kind="sw-upgrade")
    assert complaints(apply(report, (waiver,), date(2026, 1, 1))) == []
    assert (
        len(complaints(apply(replace(report, run=replace(report.run, shard=None)), (waiver,), date(2026, 1, 1)))) == 1
    )
