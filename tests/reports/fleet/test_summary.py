"""What a fleet keeps of one report, and of how a target ended."""

import json
from dataclasses import replace

import pytest

from reports import gate, waivers
from reports.fleet.ending import End, Ending, redact_ending
from reports.fleet.summary import from_json, summary_of, to_json
from reports.model import Level, Outcome, Report, Result, Verdict, Waived


def test_a_summary_says_what_the_report_says(sample):
    """A level is green that has a failure, a verdict is lost, or a text of the ledger is missing."""
    made = summary_of(sample)
    assert made.levels == {
        Level.WIRE: Outcome.CONFORMANT,
        Level.PROTOCOL: Outcome.INCOMPLETE,
        Level.LIFECYCLE: Outcome.NOT_CONFORMANT,
        Level.ORCHESTRATION: None,
        Level.ORACLE: None,
    }
    assert made.verdicts == {
        each.requirement: each.verdict for each in sample.results if each.verdict is not Verdict.PASS
    }
    assert list(made.texts) == list(made.found) == ["VIM-LIFE-014"]
    assert made.found["VIM-LIFE-014"] == "The phase shows less progress than before."
    assert (made.release, made.level, made.reached, made.changes) == ("published", Level.ORACLE, Level.WIRE, "allowed")
    assert (made.counts, made.requests) == (gate.counts(sample), sample.evidence.exchanges)


def test_what_was_not_asked_for_is_no_verdict(sample):
    """A run to the level wire makes a table of all that lies deeper."""
    made = summary_of(gate.up_to(sample, Level.WIRE))
    assert (made.verdicts, made.levels[Level.LIFECYCLE]) == ({}, None)


def test_requests_that_somebody_counted_go_before_the_evidence(sample):
    """A run without evidence has sent nothing, or the count of the run does not count."""
    assert summary_of(sample, requests=7).requests == 7
    assert summary_of(replace(sample, evidence=None)).requests is None


def test_what_is_waived_is_named(sample):
    """A waived failure looks like any warning."""
    result = Result("VIM-A-001", Verdict.WARN, waived=Waived(Verdict.FAIL, (), 1))
    report = Report(sample.run, (result, Result("VIM-A-002", Verdict.WARN)))
    assert (summary_of(report).waived, waivers.count(report)) == (("VIM-A-001",), 1)


def test_a_summary_comes_back_from_json(sample):
    """A resumed fleet has other results than the one that was stopped."""
    made = summary_of(sample)
    assert from_json(json.loads(json.dumps(to_json(made)))) == made


@pytest.mark.parametrize("end", End)
def test_an_ending_comes_back_from_json(sample, end):
    """What is stored of an end is not what was."""
    ending = Ending(
        "a", end, Outcome.INCOMPLETE, "why", "http://a", summary_of(sample), 1.5, 2, "w", ("gone",), "a strategy"
    )
    assert Ending.from_json(json.loads(json.dumps(ending.to_json()))) == ending


def test_no_secret_stays_in_an_ending(sample):
    """A worker or a target that writes a token into an error has it stored and shown."""
    secret = "opensesame-1234567890"
    finding = replace(sample.results[4].findings[0], message=f"The answer holds {secret}.")
    report = replace(sample, results=(replace(sample.results[4], findings=(finding,)),))
    ending = Ending(
        "a", End.REFUSED, Outcome.INCOMPLETE, f"X-Auth-Token: {secret}", f"https://me:{secret}@a", summary_of(report),
        worker=f"tcp://{secret}", departure=(secret,), left=secret,
    )  # fmt: skip
    assert secret not in json.dumps(redact_ending(ending, [secret]).to_json())
    assert json.dumps(redact_ending(ending).to_json()).count(secret) == 4
