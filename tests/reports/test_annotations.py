"""The form of a report for GitHub Actions: workflow commands."""

from dataclasses import replace

import pytest

from reports.model import Finding, Report, Result, Strength, Verdict
from reports.render import annotations


def lines(report):
    """The commands of a report."""
    return annotations.render(report).splitlines()


def failed(number, **members):
    """A requirement that failed."""
    name = f"VIM-X-{number:03}"
    return Result(name, Verdict.FAIL, findings=(Finding(name, Verdict.FAIL, "wrong"),), **members)


def test_annotations_are_the_golden_ones(sample, golden):
    """The commands do not change by accident."""
    golden("annotations.txt", annotations.render(sample))


@pytest.mark.parametrize(
    ("gone", "first"),
    [
        ([], "::error title=vimgate NOT CONFORMANT::"),
        ([Verdict.FAIL], "::warning title=vimgate INCOMPLETE::"),
        ([Verdict.FAIL, Verdict.HARNESS_ERROR, Verdict.UNTESTABLE], "::notice title=vimgate CONFORMANT::"),
    ],
)
def test_the_outcome_is_the_first_of_its_kind(sample, gone, first):
    """Whoever reads one annotation of the gravest kind has the verdict."""
    report = replace(sample, results=tuple(each for each in sample.results if each.verdict not in gone))
    kind = first.split()[0]
    assert next(each for each in lines(report) if each.startswith(kind)).startswith(first)


def test_no_more_are_written_than_are_shown(sample):
    """Of 30 failures the most important are told, and the last command says how many more there are."""
    results = (*(failed(number, strength=Strength.SHOULD) for number in range(29)), failed(99))
    told = [each for each in lines(Report(sample.run, results)) if each.startswith("::error")]
    assert len(told) == annotations.MOST
    assert "VIM-X-099 (MUST" in told[1]
    assert told[-1].endswith("::22 more of this kind are in the report: report.html, report.md")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\n::add-path::/evil", "a%0A::add-path::/evil"),
        ("100%0A", "100%250A"),
        ("a\rb", "a\\u000db"),
        ("\x1b[31m", "\\u001b[31m"),
    ],
)
def test_a_text_of_the_target_is_no_command(sample, text, written):
    """Each command stays one line, whatever the target sent."""
    finding = Finding("VIM-X-001", Verdict.FAIL, text)
    told = lines(Report(sample.run, (Result("VIM-X-001", Verdict.FAIL, findings=(finding,)),)))
    assert [each.startswith("::error title=") for each in told] == [True, True]
    assert told[1].endswith(f"::{written}")


def test_a_title_ends_where_it_should():
    """A comma or colon in a title is no property of the command."""
    assert annotations.command("error", "m", "a,b: c") == "::error title=a%2Cb%3A c::m"


def test_what_could_not_be_tested_is_told_by_its_reason(sample):
    """A prerequisite that is missing for many requirements is one notice."""
    results = tuple(Result(f"VIM-X-{number}", Verdict.UNTESTABLE, reason="no token") for number in range(300))
    assert lines(Report(sample.run, results))[-1] == "::notice title=vimgate UNTESTABLE::300 requirements: no token"


def test_secrets_are_not_shown(sample):
    """A report in memory is redacted on its way to a log."""
    results = (Result("VIM-X-001", Verdict.FAIL, reason="X-Auth-Token: hunter2222"),)
    assert "hunter2222" not in annotations.render(replace(sample, results=results))
