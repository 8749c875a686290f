"""What a statement says of a report, and of which reports there is none."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

import jsonschema
import pytest

from reports import gate
from reports.model import Report, Shard, Verdict
from reports.signing.statement import Unsignable, as_time, from_time, statement

SCHEMA = json.loads((files("reports") / "signing" / "statement.schema.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
DIGEST = "ab" * 32

# What any producer of the published predicate may write: another digest, a link, and nothing of ours.
FOREIGN = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"digest": {"gitCommit": "0123456789abcdef0123456789abcdef01234567"}}],
    "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
    "predicate": {
        "result": "WARNED",
        "configuration": [{"name": "nightly.yaml", "uri": "https://ci.example/nightly.yaml"}],
        "url": "https://ci.example/runs/17",
        "passedTests": ["boots", "answers"],
        "warnedTests": ["shuts down"],
    },
}


def valid(value, part):
    """Whether the value has the shape of that part of the schema."""
    checker = jsonschema.Draft202012Validator(
        {"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{part}"},
        format_checker=jsonschema.FormatChecker(),
    )
    return checker.is_valid(value)


def of(report):
    """The statement about a report."""
    return statement(report, DIGEST, NOW, NOW + timedelta(days=90))


def without(report, *verdicts):
    """The report without the requirements that came to these verdicts."""
    return replace(report, results=tuple(result for result in report.results if result.verdict not in verdicts))


def test_a_statement_has_the_published_shape(sample):
    """A reader of in-toto statements cannot read ours, or we could not read it back."""
    assert (valid(of(sample), "test-result"), valid(of(sample), "statement")) == (True, True)


def test_the_published_shape_is_wider_than_ours():
    """Our schema of the predicate refuses what others may write, or takes for ours what is not."""
    assert (valid(FOREIGN, "test-result"), valid(FOREIGN, "statement")) == (True, False)


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"subject": []},
        {"subject": [{"name": "report.jsonl"}]},
        {"subject": [{"digest": {"sha256": "short"}}]},
        {"predicate": {"configuration": []}},
        {"predicate": {"result": "GREAT", "configuration": []}},
        {"predicate": {"result": "PASSED"}},
        {"predicate": {"result": "PASSED", "configuration": [{"name": "neither uri, digest nor content"}]}},
        {"predicate": {"result": "PASSED", "configuration": [], "passedTests": [1]}},
    ],
    ids=lambda change: json.dumps(change)[:60],
)
def test_the_published_shape_is_no_wider_than_it_is(change):
    """Our schema lets through what is no statement of that kind."""
    assert not valid(FOREIGN | change, "test-result")


def test_subjects_are_the_report_and_its_evidence(sample):
    """The signature covers another file, or not the evidence."""
    assert of(sample)["subject"] == [
        {"name": "report.jsonl", "digest": {"sha256": DIGEST}},
        {"name": "evidence.zip", "digest": {"sha256": sample.evidence.digest}},
    ]
    assert [each["name"] for each in of(replace(sample, evidence=None))["subject"]] == ["report.jsonl"]


@pytest.mark.parametrize(
    ("gone", "result"),
    [
        ((), "FAILED"),
        ((Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR), "WARNED"),
        ((Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR, Verdict.WARN), "PASSED"),
    ],
)
def test_the_result_is_that_of_the_gate(sample, gone, result):
    """A statement says better of a run than its exit code, or hides a warning."""
    report = without(sample, *gone)
    assert of(report)["predicate"]["result"] == result
    assert (gate.exit_code(gate.outcome(report)) == 0) is (result != "FAILED")


def test_each_requirement_stands_in_the_list_of_its_verdict(sample):
    """A requirement that was not judged is said to have passed or failed, or one is in a wrong list."""
    predicate = of(sample)["predicate"]
    assert {name: predicate[name] for name in ("passedTests", "warnedTests", "failedTests")} == {
        "passedTests": ["VIM-ROOT-001"],
        "warnedTests": ["VIM-API-003"],
        "failedTests": ["VIM-LIFE-014"],
    }


def test_the_configuration_is_what_it_was_judged_by(sample):
    """A digest of the header is not in the statement, or there is one for what the run was not given."""
    run = sample.run
    assert of(sample)["predicate"]["configuration"] == [
        {"name": "contract", "digest": {"sha256": run.contract_digest}},
        {"name": "ledger", "digest": {"sha256": run.ledger_digest}},
        {"name": "world", "digest": {"sha256": run.world_digest}},
    ]
    waived = replace(sample, run=replace(run, waivers_digest=DIGEST))
    assert [each["name"] for each in of(waived)["predicate"]["configuration"]][2] == "waivers"


def test_our_own_member_says_the_rest(sample):
    """Harness, target, depth, kill rate or the time until which it holds are not in the statement."""
    assert of(sample)["predicate"]["vimgate"] == {
        "harness": "0.1.0",
        "target": "http://192.0.2.10:4545",
        "release": "published",
        "level": "oracle",
        "reached": "wire",
        "changes": "allowed",
        "seed": 42,
        "started": "2026-11-23T18:04:05Z",
        "counts": gate.counts(sample),
        "kills": {"killed": 321, "mutants": 323, "false_alarms": 0, "clean_runs": 20},
        "signedOn": "2026-12-01T12:00:00Z",
        "expires": "2027-03-01T12:00:00Z",
    }


def test_a_report_of_an_older_version_can_be_signed(sample):
    """What a header does not say is left out, not made up."""
    run = replace(
        sample.run, level=None, versions=(), contract_digest="", ledger_digest="", world_digest="", kills=None
    )
    said = of(replace(sample, run=run))
    assert (valid(said, "statement"), said["predicate"]["configuration"]) == (True, [])
    assert said["predicate"]["vimgate"].keys() & {"kills"} == set()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda report: without(report, Verdict.FAIL), "the run came to no verdict"),
        (lambda report: Report(report.run), "the run came to no verdict"),
        (lambda report: replace(report, run=replace(report.run, only=("VIM-API-*",))), "left out by --only or --skip"),
        (
            lambda report: replace(report, run=replace(report.run, skip=("VIM-API-003",))),
            "left out by --only or --skip",
        ),
        (lambda report: replace(report, run=replace(report.run, shard=Shard(2, 3))), "shard 2/3 of a run; merge"),
    ],
    ids=["incomplete", "empty", "only", "skip", "shard"],
)
def test_what_is_no_verdict_on_a_level_is_not_signed(sample, change, says):
    """A selection, a shard or an incomplete run becomes a certificate."""
    with pytest.raises(Unsignable, match=says):
        of(change(sample))


def test_times_are_in_utc_and_read_back():
    """A time is written in another zone, or read back as another moment."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert as_time(elsewhere) == "2026-12-01T12:00:00Z"
    assert from_time(as_time(elsewhere)) == NOW
