"""The short of a report as one JSON value."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from reports.model import Report, Verdict
from reports.render.brief import brief

SCHEMA = json.loads((files("reports") / "brief.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def told(sample):
    """The sample in short, as a program gets it."""
    return json.loads(json.dumps(brief(sample, "vimgate-report")))


def test_the_value_is_of_the_public_format(told):
    """A program that goes by the schema cannot read it."""
    jsonschema.validate(told, SCHEMA)


def test_it_has_the_verdict_and_where_to_read_on(told):
    """A program cannot tell what the run came to without reading anything else."""
    members = ("outcome", "exit_code", "level", "seed", "report", "partial", "waived")
    assert [told[name] for name in members] == ["not-conformant", 1, "wire", 42, "vimgate-report", False, 0]
    assert (told["counts"]["fail"], told["counts"]["untestable"]) == (1, 1)


def test_it_tells_what_did_not_pass_and_nothing_else(told):
    """A failure is missing, or a requirement that passed is among the results."""
    verdicts = [(each["requirement"], each["verdict"]) for each in told["results"]]
    assert verdicts == [("VIM-API-003", "warn"), ("VIM-GEN-007", "harness-error"), ("VIM-LIFE-014", "fail")]
    assert told["untestable"] == {"No token was given, and the target asked for none.": 1}


def test_findings_are_few_and_the_rest_is_counted(sample):
    """A server that is wrong in a thousand ways fills the screen, or findings vanish."""
    failure = sample.results[4]
    many = replace(failure, findings=(failure.findings[0],) * 5, more=7)
    told = brief(replace(sample, results=(many,)), "r")["results"][0]
    assert (len(told["findings"]), told["more"]) == (3, 9)


@pytest.mark.parametrize("verdict", Verdict)
def test_every_outcome_is_of_the_public_format(sample, verdict):
    """Some verdict makes a value that the schema does not know."""
    results = tuple(replace(result, verdict=verdict) for result in sample.results)
    jsonschema.validate(json.loads(json.dumps(brief(replace(sample, results=results, reached=None), "r"))), SCHEMA)
    jsonschema.validate(brief(Report(run=sample.run), "r"), SCHEMA)


def test_secrets_are_not_told(sample):
    """A token reaches the output of --json."""
    results = (replace(sample.results[4], reason="X-Auth-Token: hunter2222"),)
    assert "hunter2222" not in json.dumps(brief(replace(sample, results=results), "r"))
