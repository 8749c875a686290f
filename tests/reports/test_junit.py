"""The JUnit form of a report."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import junitparser
import pytest
import xmlschema

from reports.model import Report, Result, Verdict, Waiver
from reports.render import junit
from reports.waivers import apply

WAIVER = Waiver("VIM-LIFE-014", "known since release 3", "LAB-7", "2026-12-31")

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit.xsd")

KINDS = {
    "VIM-ROOT-001": [],
    "VIM-API-003": [],
    "VIM-PPOST-009": [junitparser.Skipped],
    "VIM-GEN-007": [junitparser.Error],
    "VIM-LIFE-014": [junitparser.Failure],
    "VIM-UACT-002": [junitparser.Skipped],
}


def cases(report):
    """The test cases of the rendered report, by name."""
    document = junitparser.JUnitXml.fromstring(junit.render(report).encode())
    return {case.name: case for suite in document for case in suite}


def test_junit_is_the_golden_one(sample, golden):
    """The XML does not change by accident."""
    golden("junit.xml", junit.render(sample))


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(lambda sample: sample, id="every verdict"),
        pytest.param(lambda sample: apply(sample, [WAIVER], date(2026, 11, 24)), id="waived"),
        pytest.param(lambda sample: Report(run=sample.run), id="empty"),
        pytest.param(
            lambda sample: replace(sample, results=(Result("VIM-X-001", Verdict.UNTESTABLE),)), id="no reason"
        ),
    ],
)
def test_the_document_is_valid_by_the_schema_of_junit(sample, report):
    """No element and no attribute stands where the format has none, and none is missing."""
    assert [error.reason for error in SCHEMA.iter_errors(junit.render(report(sample)))] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('type="FAIL"', ""),
        ("<failure", "<flaw"),
        ('tests="1"', 'tests="one"'),
        ('timestamp="2026-11-23T18:04:05Z"', 'timestamp="today"'),
        ('name="VIM-API-003"', 'name="VIM-GEN-007"'),
    ],
)
def test_the_schema_finds_faults(sample, right, wrong):
    """A document that is not as the schema says would be noticed."""
    document = (
        junit.render(sample)
        .replace(right, wrong)
        .replace("</failure", f"</{wrong[1:]}" if "<" in wrong else "</failure")
    )
    assert not SCHEMA.is_valid(document)


def test_every_requirement_is_a_test_case_once(sample):
    """Requirement ids are the names of the test cases."""
    assert list(cases(sample)) == [
        "VIM-ROOT-001",
        "VIM-API-003",
        "VIM-PPOST-009",
        "VIM-GEN-007",
        "VIM-LIFE-014",
        "VIM-UACT-002",
    ]


@pytest.mark.parametrize(("requirement", "kinds"), KINDS.items())
def test_each_verdict_has_its_result(sample, requirement, kinds):
    """Failures fail, our errors are errors, the untested is skipped, and a warning passes."""
    assert [type(result) for result in cases(sample)[requirement].result] == kinds


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("VIM-PPOST-009", "No token was given, and the target asked for none."),
        ("VIM-UACT-002", "The target has no upgrade to apply."),
        ("VIM-LIFE-014", "The phase shows less progress than before. (and 4 more)"),
    ],
)
def test_the_message_says_why(sample, requirement, message):
    """A list of failed or skipped tests can be understood without opening one."""
    assert cases(sample)[requirement].result[0].message == message


def test_a_warning_is_told_in_the_output_of_its_case(sample):
    """A passed case with a warning still shows expected and actual."""
    assert "WARN: The link of /api cannot be followed." in cases(sample)["VIM-API-003"].system_out


@pytest.mark.parametrize(("member", "count"), [("tests", 6), ("failures", 1), ("errors", 1), ("skipped", 2)])
def test_the_counts_are_those_of_the_cases(sample, member, count):
    """The sums at the top are right."""
    assert getattr(junitparser.JUnitXml.fromstring(junit.render(sample).encode()), member) == count


def test_every_suite_carries_the_outcome(sample):
    """A reader of the XML alone can tell incomplete from conformant."""
    document = junitparser.JUnitXml.fromstring(junit.render(sample).encode())
    outcomes = [{p.name: p.value for p in suite.properties()}["outcome"] for suite in document]
    assert outcomes == ["not-conformant"] * 4


def test_class_names_are_level_and_area(sample):
    """CI systems group by class name."""
    assert cases(sample)["VIM-LIFE-014"].classname == "vimgate.lifecycle.LIFE"


@pytest.mark.parametrize("text", ["<script>&amp;]]>", "\x00\x1b\ufffe\ud800", "\"'", "\u2028"])
def test_hostile_texts_leave_the_document_well_formed(sample, text):
    """Whatever the target sent, the XML can be parsed and shows it."""
    hostile = Result("VIM-X-001", Verdict.FAIL, text=text, reason=text, source=text)
    assert cases(Report(run=replace(sample.run, target=text), results=(hostile,)))["VIM-X-001"].is_failure


def test_secrets_are_not_shown(sample):
    """A report in memory is redacted on its way to XML."""
    results = (Result("VIM-X-001", Verdict.FAIL, reason="X-Auth-Token: hunter2222"),)
    assert "hunter2222" not in junit.render(replace(sample, results=results))
