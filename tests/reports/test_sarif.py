"""The SARIF form of a report, held against the schema of the standard and the limits of GitHub's code scanning."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from reports.model import Finding, Place, Report, Result, Verdict, Waiver
from reports.render import sarif
from reports.waivers import apply

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
TODAY = date(2026, 11, 24)
WAIVER = Waiver("VIM-LIFE-014", "known since release 3", "LAB-7", "2026-12-31")
PLACES = (Place("spec/requirements.yaml", 412, "VIM-LIFE-014"), Place("spec/openapi.yaml", 88, "getSwPatchStrategy"))


def run_of(report):
    """The one run of the rendered log."""
    return json.loads(sarif.render(report))["runs"][0]


def results_of(report, requirement):
    """The rendered results of a requirement."""
    return [each for each in run_of(report)["results"] if each["ruleId"] == requirement]


def placed(report):
    """The report with places for the requirement that failed."""
    results = [replace(each, places=PLACES if each.requirement == "VIM-LIFE-014" else ()) for each in report.results]
    return replace(report, results=tuple(results))


def changed(report, **members):
    """The report with its first failure changed."""
    results = tuple(
        replace(each, findings=(replace(each.findings[0], **members),)) if each.verdict is Verdict.FAIL else each
        for each in report.results
    )
    return replace(report, results=results)


def test_sarif_is_the_golden_one(sample, golden):
    """The document does not change by accident."""
    golden("report.sarif", sarif.render(placed(sample)))


HOSTILE = "\x00\x1b\ud800\u202e{0} [a](http://x) \\ \"'<b>\n"


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(lambda sample: sample, id="every verdict"),
        pytest.param(placed, id="with places"),
        pytest.param(lambda sample: apply(sample, [WAIVER], TODAY), id="waived"),
        pytest.param(lambda sample: Report(run=sample.run), id="empty"),
        pytest.param(lambda sample: replace(sample, notes=(HOSTILE,)), id="hostile notes"),
        pytest.param(lambda sample: changed(sample, message=HOSTILE, where=HOSTILE, actual=HOSTILE), id="hostile"),
        pytest.param(
            lambda sample: replace(sample, run=replace(sample.run, started="2026-11-29T00:00:00+00:00")), id="offset"
        ),
    ],
)
def test_the_document_is_valid_by_the_schema_of_the_standard(sample, report):
    """Every reader of SARIF can read it."""
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(sarif.render(report(sample))))] == []


def test_the_schema_finds_faults(sample):
    """A log that lacks what the standard demands would be noticed."""
    log = json.loads(sarif.render(sample))
    del log["runs"][0]["results"][0]["message"]
    log["runs"][0]["invocations"][0]["startTimeUtc"] = "yesterday"
    assert len(list(VALIDATOR.iter_errors(log))) == 2


def test_what_github_demands_is_there(sample):
    """Rules and results have all that code scanning needs, within its limits."""
    run = run_of(sample)
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert all({"id", "shortDescription", "fullDescription", "help"} <= each.keys() for each in rules)
    assert max(len(each["properties"]["tags"]) for each in rules) <= 10
    assert all(each["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1 for each in results)
    assert all(each["partialFingerprints"] for each in results)
    assert all(run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in results)


def test_a_long_text_is_cut_to_what_github_reads(sample):
    """No description is longer than code scanning takes."""
    rule = run_of(Report(sample.run, (Result("VIM-X-001", Verdict.PASS, text="x" * 5000),)))["tool"]["driver"]["rules"][
        0
    ]
    assert len(rule["fullDescription"]["text"]) == 1024


@pytest.mark.parametrize(
    ("requirement", "levels"),
    [
        ("VIM-ROOT-001", []),
        ("VIM-API-003", ["warning"]),
        ("VIM-PPOST-009", ["note"]),
        ("VIM-GEN-007", ["note"]),
        ("VIM-LIFE-014", ["error", "error"]),
        ("VIM-UACT-002", []),
    ],
)
def test_each_verdict_has_its_level(sample, requirement, levels):
    """A failure is an error, our own faults are notes, and what passed is no alarm."""
    assert [each["level"] for each in results_of(sample, requirement)] == levels


def test_a_result_points_to_ledger_and_contract(sample):
    """The place of a result is the requirement; the operation is related to it."""
    first = results_of(placed(sample), "VIM-LIFE-014")[0]
    place = first["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("spec/requirements.yaml", 412)
    assert [each["physicalLocation"]["artifactLocation"]["uri"] for each in first["relatedLocations"]] == [
        "spec/openapi.yaml"
    ]


@pytest.mark.parametrize(
    ("members", "same"),
    [
        ({"actual": "34"}, True),
        ({"request": "GET /elsewhere"}, True),
        ({"where": "/strategy/build-phase"}, False),
        ({"message": "Something else."}, False),
    ],
)
def test_a_fingerprint_follows_the_cause(sample, members, same):
    """Other numbers are the same alarm, another place or text is another."""
    before, after = (
        results_of(report, "VIM-LIFE-014")[0]["partialFingerprints"] for report in (sample, changed(sample, **members))
    )
    assert (before == after) is same


def test_no_two_results_share_a_fingerprint(sample):
    """Two findings of one cause stay two alarms."""
    twice = Finding("VIM-X-001", Verdict.FAIL, "the same")
    results = results_of(Report(sample.run, (Result("VIM-X-001", Verdict.FAIL, findings=(twice, twice)),)), "VIM-X-001")
    assert len({each["partialFingerprints"]["vimgateCause/v1"] for each in results}) == 2


def test_what_is_waived_is_suppressed(sample):
    """A waiver suppresses the findings that it covers, with its reason, and keeps their level."""
    waived = results_of(apply(sample, [WAIVER], TODAY), "VIM-LIFE-014")
    assert [(each["level"], len(each["suppressions"])) for each in waived] == [("error", 1), ("error", 1)]
    assert waived[0]["suppressions"][0]["justification"] == "LAB-7: known since release 3 (through 2026-12-31)"
    assert all(each["suppressions"] == [] for each in run_of(sample)["results"])


def test_a_waiver_of_one_kind_suppresses_no_other(sample):
    """Of two findings the one that no waiver covers stays an alarm."""
    findings = (Finding("VIM-X-001", Verdict.FAIL, "a", kind="sw-patch"), Finding("VIM-X-001", Verdict.FAIL, "b"))
    report = Report(sample.run, (Result("VIM-X-001", Verdict.FAIL, findings=findings),))
    waived = apply(report, [replace(WAIVER, requirement="VIM-X-001", kind="sw-patch")], TODAY)
    assert [len(each["suppressions"]) for each in results_of(waived, "VIM-X-001")] == [1, 0]


def test_the_invocation_has_the_exit_code_of_the_command(sample):
    """A reader of the log alone knows how the command ended."""
    invocation = run_of(sample)["invocations"][0]
    assert (invocation["exitCode"], invocation["executionSuccessful"]) == (1, False)
    fine = run_of(replace(sample, results=sample.results[:1]))["invocations"][0]
    assert (fine["exitCode"], fine["executionSuccessful"]) == (0, True)


def test_a_time_ends_in_z(sample):
    """SARIF knows UTC alone, whichever way the run has written it."""
    run = replace(sample.run, started="2026-11-29T00:00:00+00:00")
    assert run_of(replace(sample, run=run))["invocations"][0]["startTimeUtc"] == "2026-11-29T00:00:00Z"


def test_a_message_cannot_be_a_link_or_a_placeholder(sample):
    """What a target sent is shown as text."""
    text = results_of(changed(sample, message="{0} [a](http://x)"), "VIM-LIFE-014")[0]["message"]["text"]
    assert text.startswith("{{0}} [a] (http://x)")


def test_secrets_are_not_shown(sample):
    """A report in memory is redacted on its way to SARIF."""
    assert "hunter2222" not in sarif.render(changed(sample, actual="X-Auth-Token: hunter2222"))
