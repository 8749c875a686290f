"""The merged report as text, page and JSON document: golden files, hostile texts, what a reader does with a page."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from reports.fleet.ending import End
from reports.fleet.merged import merged
from reports.model import Level, Outcome, Verdict
from reports.render import fleet as forms
from reports.render.fleetwords import cleared, differs, share

SCHEMA = json.loads(files("reports").joinpath("fleet.schema.json").read_text(encoding="utf-8"))
HOSTILE = '<script>alert(1)</script> \u202e\x1b[31m " | # &amp;'
ENDING = {"text": "txt", "html": "html", "json": "json"}


@pytest.mark.parametrize("form", forms.FORMS)
def test_golden(golden, fleet, form):
    """A form looks otherwise than it did."""
    golden(f"fleet.{ENDING[form]}", forms.FORMS[form](fleet))


def test_the_document_is_of_the_public_format(fleet):
    """A program that goes by the schema cannot read it."""
    jsonschema.validate(json.loads(forms.as_json(fleet)), SCHEMA)


def test_the_closed_lists_of_the_schema_are_those_of_the_code():
    """A program that goes by the schema meets a word that it does not know, or waits for one that never comes."""
    target = SCHEMA["properties"]["targets"]["items"]["properties"]
    verdicts = SCHEMA["properties"]["outliers"]["items"]["properties"]["verdicts"]["items"]["properties"]["own"]
    assert SCHEMA["$defs"] == {"outcome": {"enum": list(Outcome)}, "end": {"enum": list(End)}}
    assert (target["levels"]["propertyNames"]["enum"], target["reached"]["enum"]) == ([*Level], [*Level, None])
    assert set(verdicts["enum"]) == {each.word for each in Verdict}


@pytest.mark.parametrize("form", forms.FORMS)
def test_hostile_texts_stay_texts(asked, judged, form):
    """A target gets into the page of the fleet, or turns the terminal around."""
    first = judged("a", {"VIM-A-001": Verdict.FAIL}, target=HOSTILE, worker=HOSTILE)
    texts = {"VIM-A-001": HOSTILE}
    first = replace(first, summary=replace(first.summary, texts=texts, found=texts))
    lost = replace(first, name="b", end=End.LOST, why=HOSTILE, departure=(HOSTILE,), left=HOSTILE)
    names = [f"{name}{HOSTILE}" for name in "ab"]
    targets = [replace(asked(name), again=HOSTILE) for name in names]
    whole = merged(targets, dict(zip(names, (first, lost), strict=True)), {}, file=HOSTILE)
    text = forms.FORMS[form](whole)
    assert ("<script>alert" in text, "\u202e" in text, "\x1b" in text) == (form != "html", False, False)


def test_the_page_leads_to_each_report(fleet, reading):
    """A link is missing, or leads to where there is no report."""
    page = reading(forms.html(fleet))
    links = {each["href"] for each in page.all("a") if not each["href"].startswith("#")}
    assert links == {f"targets/{name}/report.html" for name in "abcdef"}


def test_what_is_not_green_comes_first_and_says_how_to_look_again(fleet):
    """The failure is somewhere among a thousand, and nobody knows how to see it again."""
    page = forms.html(fleet)
    order = [page.index(f'<span class="at">https://{name}:4545') for name in "fghabcde"]
    assert order == sorted(order)
    assert page.count("<summary>once more") == 3


def test_few_stand_open_and_all_are_there(asked, judged):
    """The first screens of a thousand targets are endless, or a target is nowhere."""
    names = [f"s{number}" for number in range(200)]
    ended = {name: replace(judged(name), end=End.LOST, outcome=Outcome.INCOMPLETE) for name in names}
    whole = merged(map(asked, names), ended, {})
    page, text = forms.html(whole), forms.text(whole)
    assert (page.count("<article"), page.count("<details>\n<summary>175 more targets")) == (200, 1)
    assert "and 175 more targets, in report.json" in text
    assert all(f"\n{name} " in text for name in names)


def test_a_share_is_of_those_that_were_judged(fleet):
    """Targets that nobody reached make a failure look rare."""
    assert (fleet.judged, share(fleet.failing[0], fleet)) == (6, "1 of 6 (17 %)")


def test_an_outlier_is_told_in_sentences(fleet):
    """The page says that a target differs, and not in what."""
    assert [list(differs(each)) for each in fleet.outliers] == [
        [
            "FAIL in VIM-LIFE-014, where 5 of 5 others have PASS",
            "took 1 h 40 min; the median is 10 min 2 s",
        ]
    ]


def test_what_clean_up_proved_is_told(endings):
    """A lost worker's target is thought to be touched still, or to be clean when it is not."""
    assert cleared(endings["g"]) == endings["g"].departure
    assert cleared(replace(endings["g"], left="its strategy"))[-1] == "May be left: its strategy."
    assert cleared(endings["a"]) == ()


WORK = """async (window, page) => {
  const shown = () => [...page.querySelectorAll("#rows tr:not([hidden]) th")];
  const names = () => shown().map((each) => each.firstChild.textContent);
  const press = (text) => [...page.querySelectorAll("th .sorts")].find((each) => each.textContent === text).click();
  const seen = { wide: page.documentElement.scrollWidth - page.documentElement.clientWidth };
  press("Target");
  seen.up = names().join("");
  press("Target");
  seen.down = names().join("");
  press("Time");
  press("Time");
  seen.slowest = names()[0];
  page.querySelector('a[data-filter="text=VIM-LIFE-014"]').click();
  seen.failing = names().join("");
  seen.count = page.getElementById("filter-count").textContent;
  return seen;
}"""


def test_a_reader_sorts_and_filters(look, fleet):
    """A column does not sort, a requirement does not lead to its targets, or the page has to be moved sideways."""
    seen, log = look([(forms.html(fleet), width) for width in (1280, 900, 400)], WORK)
    once = {
        "wide": 0,
        "up": "abcdefgh",
        "down": "hgfedcba",
        "slowest": "f",
        "failing": "f",
        "count": "1 of 8 targets shown",
    }
    assert seen == [once] * 3
    assert "Content Security Policy" not in log
