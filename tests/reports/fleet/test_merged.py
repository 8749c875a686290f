"""What a fleet comes to: outcome, exit code, the verdict line, and what fails most."""

from dataclasses import replace

import pytest

from reports.fleet.ending import End, Ending
from reports.fleet.merged import because, exit_code, merged, outcome, verdict_line
from reports.model import Outcome, Verdict

GOOD, BAD, OPEN = Outcome.CONFORMANT, Outcome.NOT_CONFORMANT, Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("outcomes", "comes_to"),
    [
        ((GOOD, GOOD), GOOD),
        ((GOOD, OPEN), OPEN),
        ((GOOD, BAD), BAD),
        ((OPEN, BAD), BAD),
        ((OPEN,), OPEN),
        ((), OPEN),
    ],
)
def test_a_failure_outranks_not_knowing_and_that_success(outcomes, comes_to):
    """A fleet is green with a target that is not, or one that nobody could judge hides a failure."""
    assert outcome(Ending(str(each), End.JUDGED, each) for each in outcomes) is comes_to


@pytest.mark.parametrize("end", [end for end in End if end is not End.JUDGED])
def test_what_did_not_come_to_its_end_is_never_conformant(asked, end):
    """A run that was stopped after its first requests makes the fleet green."""
    made = merged([asked("a")], {"a": Ending("a", end, GOOD)}, {})
    assert (made.outcome, exit_code(made)) == (OPEN, 3)


def test_what_judged_targets_left_is_told_what_is_there_still_first(asked, judged):
    """Nobody learns of a strategy on a target that was judged, or it stands behind those that are gone."""
    found = {name: judged(name) for name in "abcd"}
    found["b"] = replace(found["b"], cleared=True)
    found["c"] = replace(found["c"], left="its strategy")
    found["d"] = replace(found["d"], end=End.LOST, left="its strategy")
    made = merged([asked(name) for name in found], found, {})
    assert [[row.asked.name for row in rows] for rows in (made.left_behind, made.not_ended)] == [["c", "b"], ["d"]]


@pytest.mark.parametrize("end", End)
def test_a_failure_counts_however_the_run_ended(asked, end):
    """A target that failed, and then was lost, is no failure any more."""
    assert exit_code(merged([asked("a")], {"a": Ending("a", end, BAD)}, {})) == 1


def test_a_target_that_nobody_wrote_of_was_not_begun(fleet):
    """A fleet that was broken off is shown without what is missing, and is green."""
    last = fleet.rows[-1]
    assert (last.asked.name, last.ending.end, last.ending.outcome) == ("h", End.NOT_BEGUN, OPEN)
    assert fleet.ends == {End.JUDGED: 6, End.LOST: 1, End.NOT_BEGUN: 1}


def test_all_conformant_is_exit_0(asked, judged):
    """A fleet in which all is well ends otherwise."""
    made = merged([asked("a"), asked("b")], {name: judged(name) for name in "ab"}, {})
    assert (exit_code(made), because(made)) == (0, "Each of the 2 targets is conformant.")
    assert verdict_line(made, "out") == (
        "VERDICT conformant targets=2 conformant=2 not-conformant=0 incomplete=0 report=out"
    )


def test_the_fleet_says_why(fleet):
    """The sentence or the line counts otherwise than the table."""
    assert because(fleet) == "1 of 8 targets is not conformant; of 2 more it is not known."
    assert verdict_line(fleet, "out") == (
        "VERDICT not-conformant targets=8 conformant=5 not-conformant=1 incomplete=2 worst=VIM-LIFE-014 report=out"
    )


def test_what_fails_in_most_targets_comes_first(asked, judged):
    """The requirement that most servers get wrong is buried."""
    held = {"a": {"VIM-C-001": Verdict.FAIL}, "b": {"VIM-B-001": Verdict.FAIL, "VIM-C-001": Verdict.FAIL}}
    held["c"] = {"VIM-A-001": Verdict.FAIL}
    made = merged(map(asked, held), {name: judged(name, verdicts) for name, verdicts in held.items()}, {})
    assert [(each.requirement, each.targets) for each in made.failing] == [
        ("VIM-C-001", ("a", "b")), ("VIM-A-001", ("c",)), ("VIM-B-001", ("b",)),
    ]  # fmt: skip


def test_what_may_be_left_is_read_first(fleet, asked, endings):
    """A strategy that somebody has to remove stands below a hundred targets that were never begun."""
    left = replace(endings["g"], name="z", left="its sw-patch strategy")
    made = merged([*map(asked, "gz")], {"g": endings["g"], "z": left}, {})
    assert [row.asked.name for row in made.not_ended] == ["z", "g"]
