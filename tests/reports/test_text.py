"""The text form of a report."""

from dataclasses import replace

import pytest

from reports.model import Report, Verdict
from reports.render import text
from vimgate.summary import summary


def test_text_is_the_golden_one(sample, golden):
    """The text does not change by accident."""
    golden("report.txt", text.render(sample))


def test_the_kill_rate_is_told_where_it_is_known(sample):
    """Nobody learns how good the harness is, from a report or at the end of a run, or it is told where nobody knows."""
    told = "321 of 323 mutants killed, 0 false alarms in 20 clean runs"
    blind = replace(sample, run=replace(sample.run, kills=None))
    assert (f"Kill rate         {told}" in text.render(sample), f"Harness: {told}" in summary(sample)) == (True, True)
    assert "mutants" not in text.render(blind) + summary(blind)


def test_the_first_line_is_the_outcome(sample):
    """Whoever reads one line has the verdict."""
    assert text.render(sample).startswith("NOT CONFORMANT: 1 of 6 requirements failed; 2 could not be judged.\n")


def test_the_first_line_says_read_only(sample):
    """A run that changed nothing says so before anything else."""
    assert text.render(replace(sample, run=replace(sample.run, changes="read-only"))).startswith("READ-ONLY: ")


def test_a_refused_change_is_told_with_its_options(sample):
    """Who did not allow changes reads how to test the rest."""
    assert "--allow-changes" in text.render(replace(sample, run=replace(sample.run, changes="refused")))


def test_an_empty_report_is_incomplete(sample):
    """Nothing judged is said, not hidden."""
    assert text.render(Report(run=sample.run)).startswith("INCOMPLETE: No requirement was judged.\n")


@pytest.mark.parametrize("verdict", Verdict)
def test_every_requirement_stands_in_the_ledger(sample, verdict):
    """Each requirement has its line with its verdict, whatever it came to."""
    result = next(result for result in sample.results if result.verdict is verdict)
    ledger = text.render(sample).partition("\nLedger\n")[2]
    assert f"{verdict.name.replace('_', ' '):<14}  {result.requirement}" in ledger


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x07", "\r", "\u202e", "\u2066", "\x9b", "\ud800"])
def test_no_text_of_the_target_can_steer_a_terminal(sample, character):
    """Escape sequences, controls and turned writing are spelled out."""
    shown = text.render(replace(sample, notes=(f"a{character}[31mb",)))
    assert f"a\\u{ord(character):04x}[31mb" in shown
    assert character not in shown


def test_secrets_are_not_shown(sample):
    """A report in memory is redacted on its way to a terminal."""
    assert "hunter2222" not in text.render(replace(sample, notes=("X-Auth-Token: hunter2222",)))
