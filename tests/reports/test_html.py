"""The HTML form of a report: one offline page that people can read, whatever the target sent."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import pytest

from reports.model import (
    Evidence,
    Finding,
    GraphEdge,
    Level,
    Report,
    Result,
    Run,
    SeenStrategy,
    Standing,
    Strength,
    Verdict,
)
from reports.render import html
from reports.render.page import MARKS

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</pre></style>'"


@pytest.fixture
def sample(sample, undone):
    """The sample report with a strategy that is worth a picture."""
    return replace(sample, strategies=(*sample.strategies, undone))


@pytest.fixture
def page(sample, reading):
    """The page of the sample report."""
    return reading(html.render(sample))


@pytest.fixture
def hostile_page(reading):
    """A page in which every text that a target or a person controls is hostile."""
    names = ["message", "expected", "actual", "where", "hint", "request", "response", "reproducer", "origin", "test"]
    finding = Finding(HOSTILE, Verdict.FAIL, **dict.fromkeys(names, HOSTILE))
    results = tuple(
        Result(f"{HOSTILE}{verdict}", verdict, text=HOSTILE, source=HOSTILE, reason=HOSTILE, findings=(finding,))
        for verdict in Verdict
    )
    run = Run(HOSTILE, HOSTILE, 1, "read-only", HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE)
    step = {"step-name": HOSTILE, "result": HOSTILE, "entity-type": "hosts", "entity-names": [HOSTILE]}
    phase = {"phase-name": HOSTILE, "stages": [{"stage-name": HOSTILE, "reason": HOSTILE, "steps": [step]}]}
    strategy = SeenStrategy(HOSTILE, {"uuid": HOSTILE, "state": HOSTILE, "apply-phase": phase}, HOSTILE)
    edge = GraphEdge(HOSTILE, HOSTILE, HOSTILE, f"{HOSTILE}2", HOSTILE, Standing.UNLAWFUL, 1)
    evidence = Evidence(HOSTILE, HOSTILE, 1, 1, 1)
    report = Report(run, results, (HOSTILE,), strategies=(strategy,), coverage=(edge,), evidence=evidence)
    return reading(html.render(report))


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
    names = ("data-verdict", "data-level", "data-strength")
    rows = [tuple(map(attributes.get, names)) for attributes in page.all("tr") if names[0] in attributes]
    assert rows == [(result.verdict.word, result.level.value, result.strength.value) for result in sample.results]


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
    targets = {attributes["href"].removeprefix("#") for attributes in page.all("a")}
    named = {name for _, each in page.elements for name in each.get("aria-labelledby", "").split()}
    assert len(ids) == len(set(ids))
    assert targets | named <= set(ids)


@pytest.mark.parametrize("verdict", Verdict)
def test_colour_is_never_the_only_sign(page, sample, verdict):
    """Each verdict is a word, and has a mark of its own."""
    assert verdict.name.replace("_", " ") in html.render(sample)
    assert list(MARKS.values()).count(MARKS[verdict]) == 1


def test_the_page_needs_no_network(page, sample):
    """Nothing is loaded: no source, no sheet, no font; the only link is an empty icon."""
    assert [tag for tag, attributes in page.elements if "src" in attributes or "srcset" in attributes] == []
    assert [attributes["href"] for attributes in page.all("link")] == ["data:,"]
    assert re.search(r"url\(|@import|fetch\(|XMLHttpRequest|import\(|WebSocket", html.render(sample)) is None
    assert [each["href"] for each in page.all("a") if not each["href"].startswith("#")] == []


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


def test_code_in_a_requirement_is_shown_as_code(sample):
    """What stands between backticks is code, and still only a text."""
    result = replace(sample.results[0], text="`GET` of `<b>` answers 200.")
    document = html.render(replace(sample, results=(result,)))
    assert "<code>GET</code> of <code>&lt;b&gt;</code> answers 200." in document


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


def test_the_first_screen_names_what_failed(page, sample, reading):
    """Each failure with a link to its findings; what could not be judged, where nothing failed."""
    document = html.render(sample)
    first = document[: document.index('<nav class="contents"')]
    assert re.findall(r'href="#(result-[\w-]+)"', first) == ["result-VIM-LIFE-014"]
    assert "What failed" in first
    unsure = html.render(replace(sample, results=tuple(r for r in sample.results if r.verdict is not Verdict.FAIL)))
    first = unsure[: unsure.index('<nav class="contents"')]
    assert "What could not be judged" in first
    assert set(re.findall(r'href="#(result-[\w-]+)"', first)) == {"result-VIM-PPOST-009", "result-VIM-GEN-007"}


def test_a_run_without_fault_names_nothing(sample):
    """Where all is well there is no box of what is not."""
    document = html.render(replace(sample, results=sample.results[:1]))
    assert '<section class="named"' not in document
    assert "CONFORMANT: " in document


def test_many_failures_fold(sample):
    """The first screen stays one, however much has failed; every failure can still be reached from it."""
    failure = sample.results[4]
    results = tuple(replace(failure, requirement=f"VIM-LIFE-{number:03}") for number in range(40))
    document = html.render(replace(sample, results=results))
    first = document[: document.index('<nav class="contents"')]
    assert len(re.findall('href="#result-', first)) == 40
    assert "<summary>28 more</summary>" in first


def test_what_was_judged_is_told_in_full(sample):
    """Digests, evidence and how good the harness is."""
    document = html.render(sample)
    run, evidence = sample.run, sample.evidence
    digests = (run.contract_digest, run.ledger_digest, run.world_digest, evidence.digest)
    assert [digest in document for digest in digests] == [True] * 4
    assert "321 of 323 mutants killed, 0 false alarms in 20 clean runs" in document
    assert "evidence.zip: 18,311 exchanges, 16,020 of them distinct, 1,204,113 bytes" in document


def test_expected_stands_beside_actual(sample, reading):
    """Each finding with either has both, under their names."""
    page = reading(html.render(sample))
    assert len([each for each in page.all("dl") if each.get("class") == "compared"]) == 3
    assert html.render(sample).count("<dt>Expected</dt>") == html.render(sample).count("<dt>Actual</dt>") == 3


def test_a_test_for_pytest_can_be_copied(sample):
    """It stands under the name that it should be saved as."""
    failure = sample.results[4]
    finding = replace(failure.findings[0], test="def test_it():\n    assert False\n")
    document = html.render(replace(sample, results=(replace(failure, findings=(finding,)),)))
    assert "Save as test_vim_life_014.py" in document
    assert document.count(" data-copy>") == 2


def test_pictures_have_a_name_and_a_table(page):
    """Each picture of a strategy or of the graph is named, and what it shows stands in a table as well."""
    pictures = [each for each in page.all("svg") if each.get("role") == "group"]
    tables = [each.get("aria-label", each.get("aria-labelledby", "")) for each in page.all("table")]
    assert len(pictures) == 3
    assert all(each["aria-labelledby"] for each in pictures)
    assert [table.split()[0] for table in tables] == ["ledger", "Parts", "Parts", "graph"]


def test_every_part_of_a_picture_is_told(page):
    """A bar, a pause, a card and an arrow each have a title."""
    parts = [each.get("class", "").split()[0] for tag, each in page.elements if tag in {"svg", "g"} and "class" in each]
    drawn = [part for part in parts if part in {"bar", "pause", "card", "arrow"}]
    legends = 5 + 5
    assert len(page.all("title")) - 1 == len(drawn) - legends


def test_a_large_report_is_a_small_page(sample, undone):
    """A full run with thirty failures of five findings each, and fifty strategies, is below 1.5 MB."""
    text = "The answer to this operation has the members of the example, and each of them has the type that it shows. "
    failure = sample.results[4]
    finding = replace(
        failure.findings[0], request="POST /api HTTP/1.1\n" * 20, response="x" * 1500, reproducer="curl -s\n" * 150,
        test="    assert answer.status_code == 200\n" * 100,
    )  # fmt: skip
    results = tuple(
        Result(
            f"VIM-PPOST-{number:03}", Verdict.FAIL if number < 30 else Verdict.PASS, Strength.MUST, Level.WIRE,
            text * 2, "api-reference:1904-2259, operations:33-35", 200, findings=(finding,) * (5 if number < 30 else 0),
        )
        for number in range(389)
    )  # fmt: skip
    report = replace(sample, results=results, strategies=(undone,) * 50)
    assert len(html.render(report).encode()) < 1_500_000
