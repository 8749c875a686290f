"""The Markdown form of a report, as a page for CI jobs."""

import re
from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt

from reports.model import Finding, Report, Result, Verdict, Waiver
from reports.render import markdown
from reports.waivers import apply

PAGE = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")
OURS = {
    *("h2", "h3", "p", "strong", "br", "code", "pre", "blockquote", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def tags(report):
    """The elements of the page as a browser would have them."""
    return set(re.findall(r"<([a-zA-Z0-9]+)", PAGE.render(markdown.render(report))))


def failed(number, **members):
    """A requirement that failed."""
    name = f"VIM-X-{number:03}"
    return Result(name, Verdict.FAIL, text="It is so.", findings=(Finding(name, Verdict.FAIL, "wrong", **members),))


def test_the_page_is_the_golden_one(sample, golden):
    """The page does not change by accident."""
    golden("report.md", markdown.render(sample))


def test_the_verdict_comes_first(sample):
    """Whoever reads one line has the verdict."""
    first = markdown.render(sample).splitlines()[0]
    assert first == "## ❌ NOT CONFORMANT: 1 of 6 requirements failed; 2 could not be judged."


def test_a_failure_says_what_to_do(sample):
    """The table of failures has what was found, and the advice."""
    row = next(each for each in markdown.render(sample).splitlines() if "VIM-LIFE-014" in each)
    assert [part in row for part in ("shows less progress", "<code>33</code>", "Count finished stages only")] == [
        True
    ] * 3


def test_what_is_waived_has_its_waiver(sample):
    """A waived failure stands with ticket and reason, and not among the failures."""
    page = markdown.render(apply(sample, [Waiver("VIM-LIFE-014", "known", "LAB-7", "2026-12-31")], date(2026, 11, 24)))
    assert "| VIM-LIFE-014 | WAIVED FAIL | LAB-7: known (through 2026-12-31) |" in page
    assert "What failed" not in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[a](http://evil)",
        "![a](http://evil/x.png)",
        "a | b | c",
        "`code` **bold** _under_ ~~gone~~",
        "</details><img src=x>",
        "<http://evil>",
        "line\n\n# heading\n\n- list\n\n```\nfence",
        "\\[a](x)",
        "```\n</details>\n# out\n````\n# out",
    ],
)
def test_no_text_of_the_target_becomes_markup(sample, text):
    """Whatever the target sent, in a table or in a script, is shown as text."""
    hostile = failed(1, expected=text, actual=text, where=text, hint=text, reproducer=text)
    report = Report(sample.run, (replace(hostile, text=text, reason=text),), notes=(text,))
    assert tags(report) <= OURS
    assert PAGE.render(markdown.render(report)).count("<tr>") == tags_of_a_harmless_report(sample)


def tags_of_a_harmless_report(sample):
    """How many rows the tables of such a report have."""
    harmless = Report(sample.run, (failed(1, reproducer="x"),), notes=("x",))
    return PAGE.render(markdown.render(harmless)).count("<tr>")


def test_links_and_mentions_are_none(sample):
    """Hosts that look for addresses and names in plain text find none."""
    page = markdown.render(Report(sample.run, (failed(1, hint="see https://evil, www.evil, ask @team"),)))
    assert [each in page for each in ("https://evil", "www.evil", "@team")] == [False] * 3


def test_a_large_page_is_cut_and_says_so(sample):
    """The page keeps below the limit, ends between rows, closes what it opened, and tells that there is more."""
    many = tuple(failed(number, reproducer="x" * 3000, expected="é" * 900) for number in range(120))
    page = markdown.render(Report(sample.run, many))
    assert "\nand 70 more, in report.txt\n" in page
    assert "\nScripts of 110 more failures are in the folder `reproducers` of the report.\n" in page
    assert len(page.encode()) < markdown.MOST_BYTES


def test_a_page_that_is_too_large_all_the_same_is_cut(sample, monkeypatch):
    """Where no room is left for a part, the page ends there and counts what is missing."""
    monkeypatch.setattr(markdown, "MOST_BYTES", 3_500)
    page = markdown.render(Report(sample.run, tuple(failed(number, reproducer="x" * 999) for number in range(9))))
    assert len(page.encode()) <= 3_500
    assert re.search(r"The page is cut here: \d+ more parts have no room. The report folder has everything.\n$", page)
    assert page.count("<details>") == page.count("</details>")


def test_secrets_are_not_shown(sample):
    """A report in memory is redacted on its way to a page."""
    assert "hunter2222" not in markdown.render(replace(sample, results=(failed(1, actual="X-Auth-Token: hunter2222"),)))


def test_notes_stand_on_the_page(sample):
    """What is told beside the verdicts is read by whoever looks at the job."""
    assert "fw-update: no plan is judged" in markdown.render(replace(sample, notes=("fw-update: no plan is judged",)))
