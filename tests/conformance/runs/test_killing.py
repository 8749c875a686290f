"""What counts as a kill, which promises hold, and what could not be run."""

import pytest

from conformance.runs.killing import Clean, Matrix, Row, Subject, Trial, judged, rates
from reports.model import Result, Verdict

MUST = Subject("drops-a-member", "shape", breaks=("VIM-A-001", "VIM-A-002"))
SILENT = Subject("speaks-softly", "shape")
SAME = Subject("nobody-can-tell", "timing", equivalent="the order is not seen")
KILLED, MISSED = Trial(by=("VIM-A-002", "VIM-B-001")), Trial(why="untestable: VIM-C-001")


@pytest.mark.parametrize(
    ("verdicts", "failed", "why"),
    [
        ([Verdict.PASS, Verdict.FAIL, Verdict.UNTESTABLE], ("R2",), ""),
        ([Verdict.PASS, Verdict.WARN], (), "warn: R2"),
        ([Verdict.UNTESTABLE, Verdict.HARNESS_ERROR], (), "harness-error: R2; untestable: R1"),
        ([Verdict.PASS, Verdict.NOT_APPLICABLE], (), ""),
        ([Verdict.UNTESTABLE] * 7, (), "untestable: R1, R2, R3, R4, R5 and 2 more"),
    ],
)
def test_only_a_failure_kills(verdicts, failed, why):
    """A requirement that failed kills; anything else that is not green says why there was no kill."""
    results = [Result(f"R{number}", verdict) for number, verdict in enumerate(verdicts, 1)]
    assert judged(results) == (failed, why)


def test_a_kill_is_as_promised_by_one_of_what_it_breaks():
    """One of the requirements that a mutant is said to break is enough; another one is a kill, not as promised."""
    assert Row(MUST, KILLED).as_promised
    other = Row(MUST, Trial(by=("VIM-B-001",)))
    assert (other.ours.killed, other.as_promised) == (True, False)


def test_rates_leave_equivalent_mutants_out():
    """Rates are of those that somebody can tell apart: overall, of MUST, and by area; the peer's where it has all."""
    found = rates([Row(MUST, KILLED, KILLED), Row(SILENT, MISSED, KILLED), Row(SAME, MISSED, MISSED)])
    assert {name: (rate.of, rate.ours, rate.peer) for name, rate in found.items()} == {
        "all": (2, 1, 2),
        "MUST": (1, 1, 1),
        "shape": (2, 1, 2),
    }
    assert rates([Row(MUST, KILLED, KILLED), Row(SILENT, MISSED)])["all"].peer is None


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (Matrix((Row(MUST, KILLED), Row(SAME, MISSED)), (Clean(0),)), []),
        (Matrix(()), []),
        (Matrix((Row(MUST, MISSED),)), ["0 of 1 mutants", "1 mutants that break a MUST were missed: drops-a-member"]),
        (Matrix((*[Row(MUST, KILLED)] * 19, Row(SILENT, MISSED))), []),
        (Matrix((*[Row(MUST, KILLED)] * 18, Row(SILENT, MISSED))), ["18 of 19 mutants"]),
        (Matrix((), (Clean(3, ("VIM-A-001",)),)), ["the clean server was accused under seed 3: VIM-A-001"]),
        (Matrix((Row(SAME, KILLED),)), ["nobody-can-tell is argued equivalent, and was killed by VIM-A-002"]),
    ],
    ids=["kept", "nothing", "a must", "95", "below", "alarm", "not equivalent"],
)
def test_promises(matrix, said):
    """95 % overall, all that break a MUST, no alarm on the clean server, and no kill of what is argued equivalent."""
    assert [sentence[: len(start)] for sentence, start in zip(matrix.broken_promises, said, strict=True)] == said


def test_what_could_not_be_run_is_told():
    """A trial that went wrong, of either judge or on the clean server, and what was not reached, are told by name."""
    lost = Trial(why="it took longer than 300 s and was ended", broken=True)
    matrix = Matrix((Row(MUST, lost), Row(SILENT, KILLED, lost)), (Clean(1, why="untestable: X"),), (), ("the-last",))
    assert [line.partition(":")[0] for line in matrix.not_run] == [
        "drops-a-member",
        "speaks-softly",
        "the clean server under seed 1",
        "the-last",
    ]
