"""The HTML form of a report: one offline page that people can read, whatever the target sent."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import pytest

from reports.model import Finding, Report, Result, Run, Verdict
from reports.render import html
from reports.render.page import MARKS

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</pre></style>'"


@pytest.fixture
def page(sample, reading):
    """The page of the sample report."""
    return reading(html.render(sample))


@pytest.fixture
def hostile_page(reading):
    """A page in which every text that a target or a person controls is hostile."""
    names = ["message", "expected", "actual", "where", "hint", "request", "response", "reproducer", "origin"]
    finding = Finding(HOSTILE, Verdict.FAIL, **dict.fromkeys(names, HOSTILE))
    results = tuple(
        Result(f"{HOSTILE}{verdict}", verdict, text=HOSTILE, source=HOSTILE, reason=HOSTILE, findings=(finding,))
        for verdict in Verdict
    )
    run = Run(HOSTILE, HOSTILE, 1, "read-only", HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE)
    return reading(html.render(Report(run=run, results=results, notes=(HOSTILE,))))


def test_html_is_the_golden_one(sample, golden):
    """The page does not change by accident."""
    golden("report.html", html.render(sample))


def test_the_same_report_gives_the_same_bytes(sample):
    """Nothing of time or place enters the page."""
    assert html.render(sample) == html.render(sample)


def test_the_verdict_is_the_first_heading(page):
    """The first screen answers the question."""
    assert page.headings[0] == ("h1", "NOT CONFORMANT")


def test_read_only_stands_before_the_verdict(sample):
    """A run that changed nothing says so first."""
    document = html.render(replace(sample, run=replace(sample.run, changes="read-only")))
    assert 0 < document.index("READ-ONLY: ") < document.index("<h1>")


def test_headings_never_skip_a_level(page):
    """A screen reader's outline has no hole."""
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_ledger_has_a_row_for_each_requirement(page, sample):
    """No requirement is hidden, and each row can be filtered by its verdict."""
    rows = [attributes["data-verdict"] for attributes in page.all("tr") if "data-verdict" in attributes]
    assert rows == [result.verdict.word for result in sample.results]


def test_table_headers_have_a_scope(page):
    """Each header says whether it heads a column or a row."""
    assert {attributes.get("scope") for attributes in page.all("th")} == {"col", "row"}


def test_the_filter_tells_its_count_to_screen_readers(page):
    """The count of shown rows is a live region."""
    assert [a["aria-live"] for _, a in page.elements if a.get("id") == "filter-count"] == ["polite"]


def test_without_javascript_nothing_is_hidden_but_the_filter(page):
    """Only the filter, which needs the script, waits for it."""
    assert [attributes.get("id") for _, attributes in page.elements if "hidden" in attributes] == ["filter"]


def test_every_id_is_there_once_and_every_link_leads_to_one(page):
    """Links within the page work."""
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    targets = [attributes["href"] for attributes in page.all("a")]
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in targets} <= set(ids)


@pytest.mark.parametrize("verdict", Verdict)
def test_colour_is_never_the_only_sign(page, sample, verdict):
    """Each verdict is a word, and has a mark of its own."""
    assert verdict.name.replace("_", " ") in html.render(sample)
    assert list(MARKS.values()).count(MARKS[verdict]) == 1


def test_the_page_needs_no_network(page, sample):
    """Nothing is loaded: no source, no sheet, no font; the only link is an empty icon."""
    assert [tag for tag, attributes in page.elements if "src" in attributes or "srcset" in attributes] == []
    assert [attributes["href"] for attributes in page.all("link")] == ["data:,"]
    assert re.search(r"url\(|@import|fetch\(|XMLHttpRequest", html.render(sample)) is None


def test_the_page_allows_only_its_own_style_and_script(sample, reading):
    """The policy names the hash of exactly what stands between the tags."""
    document = html.render(sample)
    policy = reading(document).all("meta")[1]["content"]
    assert "default-src 'none'" in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", document, re.DOTALL)[1]
        assert f"{directive} 'sha256-{b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'" in policy


def test_hostile_texts_add_no_element(hostile_page):
    """A text of the target is a text: no script, no image, no handler comes of it."""
    assert [len(hostile_page.all(tag)) for tag in ("script", "style", "img")] == [1, 1, 0]
    assert not [name for _, attributes in hostile_page.elements for name in attributes if name.startswith("on")]


def test_hostile_texts_close_no_element(hostile_page):
    """Every element is closed by the page itself."""
    void = {"meta", "link", "input"}
    assert [tag for tag in hostile_page.open if tag not in void] == []


def test_no_text_is_taken_for_a_template(sample):
    """Braces of the target are shown as they are."""
    assert "{{ 7*7 }}" in html.render(replace(sample, notes=("{{ 7*7 }}",)))


def test_reproducers_can_be_copied(page):
    """Each of the two reproducers is marked for the copy button; requests and responses are not."""
    assert [("data-copy" in attributes) for attributes in page.all("pre")].count(True) == 2


def test_secrets_are_not_shown(sample):
    """A report in memory is redacted on its way to the page."""
    assert "hunter2222" not in html.render(replace(sample, notes=("X-Auth-Token: hunter2222",)))


def test_an_empty_report_is_a_page_too(sample, reading):
    """Nothing judged is said, and the page still has its ledger."""
    assert reading(html.render(Report(run=sample.run))).headings[0] == ("h1", "INCOMPLETE")
