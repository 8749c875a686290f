"""Waivers laid over reports: what they cover, what they never cover, and which of them are themselves wrong."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from reports import gate, lines, waivers
from reports.model import Circumstance, Finding, Level, Report, Result, Strength, Verdict, Waiver
from reports.render import html, junit, text

TODAY = date(2026, 11, 29)
FOUND = (Circumstance("sw-patch", "applying", 4), Circumstance("sw-upgrade", "applied", 2))
FINDINGS = tuple(
    Finding("VIM-PACT-002", Verdict.FAIL, f"wrong {number}", kind="sw-patch", state="applying") for number in range(3)
)
FAILED = Result("VIM-PACT-002", Verdict.FAIL, checked=9, findings=FINDINGS, more=3, circumstances=FOUND)
PASSED = Result("VIM-ROOT-001", Verdict.PASS, checked=1)


def waiver(requirement="VIM-PACT-002", expires="2026-12-31", **scope):
    """A waiver that holds today."""
    return Waiver(requirement, "The vendor knows.", "LAB-7", expires, **scope)


def result_of(report, requirement="VIM-PACT-002"):
    """The result of a requirement."""
    return next(result for result in report.results if result.requirement == requirement)


@pytest.fixture
def applied(sample):
    """Lays waivers over a report of these results, on a day; the report, and what is said of the waivers."""

    def apply(*given, results=(FAILED, PASSED), today=TODAY):
        report = waivers.apply(Report(run=sample.run, results=results), given, today)
        return report, [finding.message for finding in report.results[-1].findings if report.results[2:]]

    return apply


def test_a_waived_failure_does_not_count_and_stays_to_be_seen(applied):
    """A failure that is waived whole makes a run not conformant, or its raw verdict is lost."""
    report, complaints = applied(waiver())
    result = result_of(report)
    assert (gate.outcome(report).value, complaints) == ("conformant", [])
    assert (result.verdict, result.waived.verdict, result.findings) == (Verdict.WARN, Verdict.FAIL, FINDINGS)
    assert (result.waived.covered, result.waived.left) == (6, 0)


@pytest.mark.parametrize(
    ("scopes", "left"),
    [
        ([{"kind": "sw-patch"}], 2),
        ([{"state": "applied"}], 4),
        ([{"kind": "sw-patch", "state": "applied"}], None),
        ([{"release": "published", "kind": "sw-upgrade"}], 4),
        ([{"release": "stx-3.0"}], None),
        ([{"kind": "sw-patch"}, {"kind": "sw-upgrade"}], 0),
        ([{"kind": "sw-patch"}, {"state": "applying"}], 2),
    ],
)
def test_a_scope_covers_its_findings_alone_listed_or_not(applied, scopes, left):
    """A limited waiver covers findings outside of it, or what lies beyond the cap and was of another kind."""
    result = result_of(applied(*(waiver(**scope) for scope in scopes))[0])
    assert (result.waived and result.waived.left) == left
    assert result.verdict is (Verdict.WARN if left == 0 else Verdict.FAIL)


@pytest.mark.parametrize(
    ("findings", "more", "scope", "verdict"),
    [
        (FINDINGS, 0, {"kind": "sw-patch"}, Verdict.WARN),
        (FINDINGS, 1, {"kind": "sw-patch"}, Verdict.FAIL),
        (FINDINGS, 1, {}, Verdict.WARN),
        ((), 0, {"kind": "sw-patch"}, Verdict.FAIL),
        ((), 0, {}, Verdict.WARN),
    ],
)
def test_what_a_report_does_not_say_is_of_no_scope(applied, findings, more, scope, verdict):
    """In a report that counts nothing by kind and state, an unlisted finding is waived by a limited waiver."""
    old = Result("VIM-PACT-002", Verdict.FAIL, findings=findings, more=more)
    assert result_of(applied(waiver(**scope), results=(old, PASSED))[0]).verdict is verdict


@pytest.mark.parametrize("verdict", [Verdict.UNTESTABLE, Verdict.HARNESS_ERROR, Verdict.NOT_APPLICABLE])
def test_what_is_not_known_cannot_be_waived(applied, verdict):
    """Not knowing is waived, or a waiver is called stale whose requirement was not judged."""
    report, complaints = applied(waiver(), results=(replace(FAILED, verdict=verdict), PASSED))
    assert (result_of(report).verdict, result_of(report).waived, complaints) == (verdict, None, [])


def test_a_failure_whose_check_crashed_as_well_is_not_green(applied):
    """A waiver hides an error of the harness that stood behind the failure."""
    report, _ = applied(waiver(), results=(replace(FAILED, reason="x crashed: KeyError at y.py:3"), PASSED))
    assert (result_of(report).verdict, gate.outcome(report).value) == (Verdict.HARNESS_ERROR, "incomplete")


def test_a_warning_can_be_waived_and_stays_one(applied):
    """A waiver of a warning is stale, or the warning is counted among those that nobody knows of."""
    warning = replace(FAILED, verdict=Verdict.WARN, strength=Strength.SHOULD)
    report, complaints = applied(waiver(), results=(warning, PASSED))
    assert (result_of(report).verdict, waivers.count(report), complaints) == (Verdict.WARN, 1, [])
    assert gate.because(report) == "1 of the 2 requirements that apply passed; 1 waived."


@pytest.mark.parametrize(
    ("today", "verdict"), [(date(2026, 12, 31), Verdict.WARN), (date(2027, 1, 1), Verdict.FAIL)], ids=str
)
def test_a_waiver_holds_through_its_last_day(applied, today, verdict):
    """It runs out a day early, or never."""
    assert result_of(applied(waiver(), today=today)[0]).verdict is verdict


@pytest.mark.parametrize(
    ("given", "says", "hint"),
    [
        (waiver(expires="2026-11-28"), "of VIM-PACT-002 was valid through 2026-11-28", "Delete it"),
        (waiver("VIM-PACT-0002"), "of VIM-PACT-0002 names no requirement", "Did you mean VIM-PACT-002"),
        (waiver("VIM-ROOT-001"), "of VIM-ROOT-001 has nothing to waive", "Delete it"),
        (waiver(kind="sw-patch", state="applied"), "(kind sw-patch, state applied) has nothing to waive", "its scope"),
    ],
    ids=["expired", "unknown", "stale", "stale by scope"],
)
def test_a_wrong_waiver_fails_the_run_and_says_which(applied, given, says, hint):
    """A waiver that has run out, is unknown or has nothing to waive goes unnoticed."""
    report, complaints = applied(given, results=(replace(FAILED), PASSED))
    own = report.results[-1]
    assert (own.requirement, own.verdict, len(complaints)) == (waivers.WAIVERS, Verdict.FAIL, 1)
    assert gate.exit_code(gate.outcome(report)) == 1
    assert says in complaints[0]
    assert "LAB-7" in complaints[0]
    assert hint in own.findings[0].hint


def test_a_wrong_waiver_fails_a_run_that_would_pass(applied):
    """A run in which nothing else failed is conformant in spite of a stale waiver."""
    report, _ = applied(waiver(), waiver("VIM-ROOT-001"))
    assert (result_of(report).verdict, gate.outcome(report).value) == (Verdict.WARN, "not-conformant")


@pytest.mark.parametrize("given", [(), (waiver(),), (waiver(kind="sw-patch"),), (waiver("VIM-NO-001"),)])
def test_waivers_can_be_taken_off_again(applied, sample, given):
    """A report cannot be told from one that never had waivers once they are taken off, or new ones add to old ones."""
    report, _ = applied(*given)
    plain = Report(run=sample.run, results=(FAILED, PASSED))
    assert waivers.without(report) == plain
    assert waivers.apply(report, (waiver(),), TODAY) == waivers.apply(plain, (waiver(),), TODAY)


@pytest.mark.parametrize("given", [(waiver(),), (waiver(kind="sw-patch"),)], ids=["whole", "in part"])
def test_a_report_with_waivers_is_written_and_read(applied, given):
    """What waivers did is lost in the file, or the file is not of the public format."""
    report, _ = applied(*given)
    assert lines.decode(lines.encode(report).encode(), "report.jsonl") == report


def test_a_report_without_waivers_has_none_of_the_new_members(sample):
    """A reader of an older version meets members that say nothing."""
    result = json.loads(lines.result_line(replace(FAILED, circumstances=(), findings=sample.results[4].findings)))
    assert not {"waived", "circumstances"} & result.keys()
    assert not {"kind", "state"} & result["findings"][0].keys()


def test_the_verdict_line_counts_what_is_waived(applied):
    """A log cannot tell a run with waivers from one without."""
    assert " not-applicable=0 waived=1 level=" in gate.verdict_line(applied(waiver())[0], "r")
    assert "waived" not in gate.verdict_line(applied()[0], "r")


@pytest.fixture
def forms(sample):
    """The sample with its failure waived, in every form."""
    seen = tuple(replace(result, circumstances=_seen(result)) for result in sample.results)
    report = waivers.apply(
        replace(sample, results=seen, coverage=(), notes=()),
        (waiver("VIM-LIFE-014"), waiver("VIM-API-003", kind="sw-patch")),
        TODAY,
    )
    return {"waived.txt": text.render(report), "waived.xml": junit.render(report), "waived.html": html.render(report)}


def _seen(result):
    return (Circumstance("sw-patch", "applying", len(result.findings) + result.more),) if result.findings else ()


@pytest.mark.parametrize("name", ["waived.txt", "waived.xml"])
def test_each_form_of_a_waived_report_is_the_golden_one(forms, golden, name):
    """A form changes by accident."""
    golden(name, forms[name])


@pytest.mark.parametrize("name", ["waived.txt", "waived.xml", "waived.html"])
@pytest.mark.parametrize("said", ["WAIVED FAIL", "LAB-7: The vendor knows. (through 2026-12-31", "kind sw-patch)"])
def test_each_form_shows_both_verdicts_and_the_waiver(forms, name, said):
    """A reader of one form sees what counts, or what was found, and not both."""
    assert said in forms[name]


def test_the_page_links_to_what_is_there(forms):
    """A link of the page leads nowhere when warnings are waived, or two places have one id."""
    ids = re.findall(r' id="([^"]+)"', forms["waived.html"])
    assert (len(ids), set(re.findall(r'href="#([^"]+)"', forms["waived.html"])) - set(ids)) == (len(set(ids)), set())
    assert "verdict-waived" in ids


@pytest.mark.parametrize(
    ("level", "verdicts"),
    [
        (Level.WIRE, [Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE]),
        (Level.LIFECYCLE, [Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE]),
        (Level.ORACLE, [Verdict.PASS, Verdict.FAIL, Verdict.UNTESTABLE]),
    ],
)
def test_a_gate_up_to_a_level_looks_no_deeper(sample, level, verdicts):
    """A deeper failure counts, or what the run never looked at passes."""
    results = (
        PASSED,
        replace(FAILED, level=Level.LIFECYCLE),
        Result("VIM-ORACLE-001", Verdict.NOT_APPLICABLE, level=Level.ORACLE, reason=gate.DEEPER),
    )
    report = gate.up_to(Report(run=sample.run, results=results), level)
    assert [result.verdict for result in report.results] == verdicts


def test_a_waiver_of_a_deeper_requirement_is_not_stale(sample):
    """A gate at a shallow level calls a waiver stale that it did not look at."""
    deep = replace(FAILED, level=Level.LIFECYCLE)
    shallow = gate.up_to(Report(run=sample.run, results=(PASSED, deep)), Level.WIRE)
    assert waivers.apply(shallow, (waiver(),), TODAY) == shallow
