"""A report held against a baseline: what is known does not count, and nothing else is excused."""

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files

import jsonschema
import pytest
from click.testing import CliRunner

from reports import gate, stream
from reports.baseline import hold, told
from reports.model import Circumstance, Finding, Level, Outcome, Report, Result, Verdict, Waiver
from reports.waivers import apply
from vimgate.commands.report import command

SCHEMA = json.loads((files("reports") / "brief.schema.json").read_text(encoding="utf-8"))
F = Verdict.FAIL


def failure(requirement, *messages, **members):
    """A requirement that failed, for each of these causes."""
    found = tuple(Finding(requirement, F, message, kind="sw-patch") for message in messages)
    return Result(requirement, F, findings=found, **members)


def passed(requirement, verdict=Verdict.PASS, **members):
    """A requirement without a finding."""
    return Result(requirement, verdict, **members)


A, B = "VIM-A-001", "VIM-B-001"
KNOWN = failure(A, "it is wrong")
BEFORE = (KNOWN, passed(B))


@pytest.fixture
def held(sample):
    """Holds results against those of a baseline."""

    def run(new, old=BEFORE, **other):
        return hold(Report(sample.run, tuple(new)), Report(replace(sample.run, **other), tuple(old)))

    return run


def test_what_failed_alike_does_not_count(held):
    """A known failure keeps the gate closed, or vanishes from the report."""
    came = held((failure(A, "it is wrong"), passed(B)))
    assert (gate.outcome(came.report), came.known) == (Outcome.CONFORMANT, (A,))
    assert came.report.results[0].findings[0].message == "it is wrong"
    assert "baseline=1" in gate.verdict_line(came.report, "r", len(came.known))
    assert (
        gate.because(came.report, len(came.known))
        == "1 of the 2 requirements that apply passed; 1 known from the baseline."
    )


@pytest.mark.parametrize(
    ("new", "said"),
    [
        pytest.param(
            (failure(A, "it is wrong", "it is missing"), passed(B)),
            f"broken anew: {A}: it failed before, and now for another cause: it is missing",
            id="another cause",
        ),
        pytest.param((KNOWN, failure(B, "it is late")), f"broken anew: {B}: it is late (was pass)", id="another id"),
        pytest.param(
            (KNOWN, passed(B), failure("VIM-C-001", "it is new")),
            "broken anew: VIM-C-001: it is new (not in the baseline)",
            id="new id",
        ),
        pytest.param(
            (
                replace(KNOWN, circumstances=(Circumstance("sw-patch", "", 1), Circumstance("sw-upgrade", "", 1))),
                passed(B),
            ),
            f"broken anew: {A}: it fails on sw-upgrade as well",
            id="another kind",
        ),
    ],
)
def test_a_new_failure_counts(held, new, said):
    """Behind a known failure another one passes the gate, or nobody says which it is."""
    came = held(new)
    assert gate.outcome(came.report) is Outcome.NOT_CONFORMANT
    assert said in list(told(came))


@pytest.mark.parametrize("verdict", [Verdict.UNTESTABLE, Verdict.HARNESS_ERROR])
@pytest.mark.parametrize("before", [Verdict.PASS, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR])
def test_not_knowing_is_never_excused(held, verdict, before):
    """What could not be judged passes because it could not be judged before either."""
    came = held((KNOWN, passed(B, verdict, reason="no token")), old=(KNOWN, passed(B, before)))
    assert gate.outcome(came.report) is Outcome.INCOMPLETE
    lost = f"no longer judged: {B}: {verdict.word}: no token"
    assert (lost in list(told(came))) == (before is Verdict.PASS)


def test_a_known_failure_whose_check_crashed_is_not_known_to_be_all(held):
    """A crash hides what else there is behind a failure that is known."""
    came = held((replace(KNOWN, reason="the check crashed"), passed(B)))
    assert gate.outcome(came.report) is Outcome.INCOMPLETE


def test_a_failure_without_a_finding_is_not_excused(held):
    """Nobody can say that it is the same."""
    came = held((replace(KNOWN, findings=()), passed(B)), old=(replace(KNOWN, findings=()), passed(B)))
    assert gate.outcome(came.report) is Outcome.NOT_CONFORMANT


def test_other_rules_are_complained_of(held):
    """A baseline of another contract excuses in silence."""
    came = held((KNOWN, passed(B)), contract_digest="ab" * 32)
    assert next(told(came)).startswith("The baseline was judged by another Contract SHA-256 (abababababababab, now")
    assert came.known == (A,)


@pytest.mark.parametrize(("message", "told_of"), [("it is wrong", False), ("this is wrong", True)])
def test_another_version_may_word_it_otherwise(held, message, told_of):
    """After an update a failure is told as new, and nobody says why that may be."""
    came = held((failure(A, message), passed(B)), versions=(("vimgate", "0.0.9"),))
    assert any("written by vimgate 0.0.9, this report by 0.1.0" in line for line in told(came)) is told_of


def test_what_is_fixed_is_told(held):
    """Nobody learns that the baseline excuses what need not be excused any more."""
    assert f"fixed since the baseline: {A}" in "\n".join(told(held((passed(A), passed(B)))))


def test_waivers_and_baseline_go_together(sample):
    """A waived failure is told as broken anew, or counted as known."""
    waiver = Waiver(B, "known", "LAB-1", "2099-01-01")
    new = apply(Report(sample.run, (KNOWN, failure(B, "it is late"))), (waiver,), date(2026, 1, 1))
    came = hold(new, Report(sample.run, (KNOWN, passed(B))))
    assert (gate.outcome(came.report), came.known) == (Outcome.CONFORMANT, (A,))
    assert not [line for line in told(came) if line.startswith("broken")]


@pytest.fixture
def gated(sample, tmp_path):
    """The exit code and outputs of the command with a baseline, and these results."""

    def run(new, old, *arguments):
        for name, results in (("new", new), ("old", old)):
            stream.write(Report(sample.run, tuple(results)), tmp_path / name / "report.jsonl")
        return CliRunner().invoke(
            command, ["gate", str(tmp_path / "new"), "--baseline", str(tmp_path / "old"), *arguments]
        )

    return run


@pytest.mark.parametrize(
    ("new", "code"), [(KNOWN, 0), (failure(A, "it is another"), 1), (passed(A, Verdict.UNTESTABLE), 3)]
)
def test_the_command_exits_by_what_counts(gated, new, code):
    """The exit code is that of the report without its baseline."""
    done = gated((new,), (KNOWN,))
    assert (done.exit_code, f" baseline={int(code == 0)} " in done.stdout) == (code, True)


def test_the_command_tells_a_program(gated):
    """--json does not say what is known, and is of no public format."""
    done = gated((KNOWN, failure(B, "it is late")), (KNOWN, passed(B)), "--json")
    value = json.loads(done.stdout)
    jsonschema.validate(value, SCHEMA)
    assert (value["outcome"], value["baseline"]["known"], value["baseline"]["broken"]) == ("not-conformant", [A], [B])
    assert value["because"] == "1 of 2 requirements failed; 1 more are known from the baseline."


def test_a_level_limits_both(gated):
    """A failure of a deeper level than was asked for is told, or its baseline looked at."""
    deep = failure(B, "it is late", level=Level.ORACLE)
    done = gated((KNOWN, deep), (KNOWN,), "--level", "wire")
    assert (done.exit_code, B in done.stderr) == (0, False)


def test_a_report_is_no_baseline_of_itself(gated, tmp_path):
    """A wrong path opens the gate for good."""
    gated((KNOWN,), (KNOWN,))
    same = [str(tmp_path / "new"), "--baseline", str(tmp_path / "new" / "report.jsonl")]
    done = CliRunner().invoke(command, ["gate", *same])
    assert (done.exit_code, "is the report itself" in done.stderr) == (2, True)


@pytest.mark.parametrize(("content", "code"), [(b"hello\n", 2), (b"", 3)])
def test_a_baseline_that_cannot_be_believed_excuses_nothing(sample, tmp_path, content, code):
    """A damaged baseline opens the gate."""
    stream.write(Report(sample.run, (KNOWN,)), tmp_path / "report.jsonl")
    (tmp_path / "old").write_bytes(content)
    done = CliRunner().invoke(command, ["gate", str(tmp_path), "--baseline", str(tmp_path / "old")])
    assert (done.exit_code, done.stdout) == (code, "")
