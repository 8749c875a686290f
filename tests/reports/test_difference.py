"""Two reports held against each other, and the commands that do so."""

import json
from dataclasses import replace
from importlib.resources import files
from itertools import product

import jsonschema
import pytest
from click.testing import CliRunner

from reports import stream
from reports.difference import between
from reports.model import Circumstance, Finding, Level, Report, Result, Strength, Verdict, Waived, Waiver
from reports.render import difference as forms
from vimgate.commands.report import command

SCHEMA = json.loads((files("reports") / "difference.schema.json").read_text(encoding="utf-8"))
P, W, F, U, H, N = (
    Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR, Verdict.NOT_APPLICABLE,
)  # fmt: skip
# What becomes of a requirement, from the older verdict (row) to the newer one (column).
WANTED = {
    #    P            W            F            U            H            N
    P: ("unchanged", "changed",   "broken",    "lost",      "lost",      "lost"),
    W: ("changed",   "unchanged", "broken",    "lost",      "lost",      "lost"),
    F: ("fixed",     "fixed",     "unchanged", "lost",      "lost",      "lost"),
    U: ("gained",    "gained",    "broken",    "unchanged", "changed",   "changed"),
    H: ("gained",    "gained",    "broken",    "changed",   "unchanged", "changed"),
    N: ("gained",    "gained",    "broken",    "changed",   "changed",   "unchanged"),
}  # fmt: skip
BAD = Finding(
    "VIM-X-001", F, "the result is wrong", "success", "failed", "/strategy/apply-phase/result", kind="sw-patch"
)
WORSE = replace(BAD, message="the reason is missing", where="/strategy/apply-phase/reason")
CODE = Finding("VIM-X-001", F, "the request was answered 404", "200", "404", "status")
HOSTILE = '"><script>alert(1)</script>|`{{ 7*7 }}\u202e'


def result_of(verdict, *findings, **members):
    """A result of that verdict; a failure has a finding."""
    found = findings or ((BAD,) if verdict is F else ())
    return Result("VIM-X-001", verdict, findings=found, **members)


def report_of(sample, *results, **run):
    """A report of these results."""
    return Report(replace(sample.run, **run), results)


@pytest.fixture
def compare(sample):
    """Holds a newer result against an older one."""
    return lambda old, new: between(report_of(sample, old), report_of(sample, new)).compared[0]


@pytest.mark.parametrize(("old", "new"), list(product(WANTED, WANTED)), ids=lambda verdict: verdict.word)
def test_every_pair_of_verdicts_has_its_change(compare, old, new):
    """From some verdict to some other one the table says something else."""
    told = compare(result_of(old), result_of(new))
    assert told.change.value == WANTED[old][list(WANTED).index(new)]
    assert told.is_worse == (new is F and old is not F)
    assert told.is_lost == (told.change.value == "lost")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            replace(BAD, message="strategy 6282f049-bb9e-46f0-9ca8-97bf626884e0 is wrong"),
            replace(BAD, message="strategy 00000000-BB9E-46f0-9ca8-97bf626884e0 is wrong"),
            id="uuid",
        ),
        pytest.param(replace(BAD, actual="33 %"), replace(BAD, actual="7 %"), id="number"),
        pytest.param(replace(BAD, actual="2026-11-23 18:04:05"), replace(BAD, actual="2027-01-02 03:04:05"), id="time"),
        pytest.param(BAD, replace(BAD, reproducer="curl", request="GET /", origin="fuzz", state="applied"), id="place"),
    ],
)
def test_noise_is_no_other_cause(compare, old, new):
    """The same failure of another day counts as another one."""
    told = compare(result_of(F, old), result_of(F, new))
    assert (told.change.value, told.is_worse) == ("unchanged", False)


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [
        pytest.param((BAD,), (BAD, WORSE), True, id="another"),
        pytest.param((BAD,), (WORSE,), True, id="instead"),
        pytest.param((BAD, WORSE), (BAD,), False, id="one less"),
        pytest.param((CODE,), (replace(CODE, message="the request was answered 500", actual="500"),), True, id="code"),
    ],
)
def test_another_cause_is_changed_evidence(compare, old, new, worse):
    """A failure that grew passes for the old one, or one that shrank counts as worse."""
    told = compare(result_of(F, *old), result_of(F, *new))
    assert (told.change.value, told.is_worse) == ("changed", worse)


def on(*places):
    """Circumstances: kinds and states."""
    return tuple(Circumstance(kind, state, 1) for kind, state in places)


def test_a_kind_that_had_not_failed_makes_a_known_cause_worse(compare):
    """A fault of patches hides the same fault of upgrades, which is new."""
    old = result_of(F, circumstances=on(("sw-patch", "applying")))
    told = compare(old, result_of(F, circumstances=on(("sw-patch", "applying"), ("sw-upgrade", "applying"))))
    assert (told.is_worse, told.places) == (True, ("sw-upgrade",))


@pytest.mark.parametrize(("count", "worse"), [(4, False), (5, True)])
def test_states_decide_only_where_causes_may_hide(compare, count, worse):
    """When somebody looked decides about a known cause, or a full list hides a new one."""
    found = tuple(replace(BAD, message=f"it is wrong in way {letter}") for letter in "abcde"[:count])
    old = result_of(F, *found, circumstances=on(("sw-patch", "applying")))
    told = compare(old, result_of(F, *found, circumstances=on(("sw-patch", "applying"), ("sw-patch", "applied"))))
    assert told.is_worse is worse


def test_a_cause_that_may_have_been_hidden_says_so(compare):
    """Who repaired one of six causes is told that the sixth is new, and nothing else."""
    found = tuple(replace(BAD, message=f"it is wrong in way {letter}") for letter in "abcdef")
    told = compare(result_of(F, *found[:5]), result_of(F, *found[1:]))
    assert (told.is_worse, told.may_be_old) == (True, True)


def test_waivers_make_no_difference(compare):
    """A failure that somebody waives looks fixed, or one whose waiver is gone looks broken."""
    waived = Waived(F, (Waiver("VIM-X-001", "known", "LAB-1", "2099-01-01"),), 1)
    told = compare(result_of(W, BAD, waived=waived), result_of(F))
    assert (told.change.value, told.old.verdict) == ("unchanged", F)


def test_requirements_of_one_report_alone_are_new_or_gone(sample):
    """What only one ledger has is lost, or taken for a change of the server."""
    old, new = replace(result_of(P), requirement="VIM-X-000"), result_of(F)
    told = between(report_of(sample, old), report_of(sample, new))
    assert [(each.requirement, each.change.value, each.is_worse) for each in told.compared] == [
        ("VIM-X-001", "new", True),
        ("VIM-X-000", "gone", False),
    ]


def test_what_differs_of_the_runs_is_told(sample):
    """A reader takes for a fault of the server what another release, seed or version explains."""
    run = sample.run
    other = replace(
        run, seed=7, level=Level.WIRE, contract_digest="00", versions=(("vimgate", "0.2.0"), *run.versions[1:])
    )
    facts = between(Report(run), Report(other)).facts
    assert [(fact.label, fact.new, fact.other_rules) for fact in facts] == [
        ("Level", "wire", False),
        ("Contract SHA-256", "00", True),
        ("Seed", "7", False),
        ("Version of vimgate", "0.2.0", False),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        pytest.param(F, F, 0, id="known"),
        pytest.param(F, P, 0, id="fixed"),
        pytest.param(P, F, 1, id="broken"),
        pytest.param(P, U, 3, id="lost"),
    ],
)
def test_the_exit_code_follows_what_is_worse(sample, tmp_path, old, new, code):
    """A CI job goes on with something broken, or stops for something known."""
    for name, verdict in (("old", old), ("new", new)):
        stream.write(report_of(sample, result_of(verdict)), tmp_path / name / "report.jsonl")
    told = CliRunner().invoke(command, ["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--json"])
    assert (told.exit_code, json.loads(told.stdout)["exit_code"]) == (code, code)
    jsonschema.validate(json.loads(told.stdout), SCHEMA)


def test_what_binds_nobody_may_be_judged_no_more(compare):
    """A recommendation that nothing called for this time makes a run incomplete."""
    old, new = (result_of(each, strength=Strength.SHOULD) for each in (P, N))
    assert (compare(old, new).change.value, compare(old, new).is_lost) == ("lost", False)


@pytest.fixture
def pair(sample):
    """The sample after another sample: one of each change."""
    root, link, post, dates, life, gone = sample.results
    life = replace(life, findings=(*life.findings, replace(life.findings[0], message="It ended twice.")))
    new = (replace(gone, requirement="VIM-NEW-001"), root, replace(link, verdict=P, findings=()), dates, life)
    new = (*new, replace(post, verdict=F, reason="", findings=(replace(BAD, requirement=post.requirement),)))
    return between(sample, replace(sample, results=new, run=replace(sample.run, seed=43)))


@pytest.mark.parametrize(("form", "name"), [("text", "difference.txt"), ("markdown", "difference.md")])
def test_each_form_is_the_golden_one(pair, golden, form, name):
    """A form changes by accident."""
    golden(name, forms.FORMS[form](pair))


def test_the_page_tells_every_change(pair, reading):
    """A change is on no page, an id is there twice, or a link leads nowhere."""
    document = forms.html(pair)
    page = reading(document)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert page.headings[0] == ("h1", "BROKEN")
    assert {each.requirement for each in pair.compared if each.change.value != "unchanged"} == {
        each.removeprefix("title-") for each in ids if each.startswith("title-")
    }
    assert len(ids) == len(set(ids))
    assert {attributes["href"].removeprefix("#") for attributes in page.all("a")} <= set(ids)


@pytest.mark.parametrize("form", forms.FORMS)
def test_hostile_texts_stay_texts(sample, form):
    """A text of the target becomes an element, a column, or turns the line around."""
    bad = replace(BAD, message=HOSTILE, expected=HOSTILE, actual=HOSTILE, where=HOSTILE)
    told = between(report_of(sample, result_of(P)), report_of(sample, result_of(F, bad, text=HOSTILE), target=HOSTILE))
    text = forms.FORMS[form](told)
    assert ("<script>" in text, "\u202e" in text) == (form == "text", False)
    assert all(line.replace("\\|", "").count("|") in (0, 4, 5) for line in text.splitlines() if line.startswith("|"))


@pytest.mark.parametrize("form", forms.FORMS)
def test_secrets_are_not_told(sample, form):
    """A token in a finding reaches a form."""
    told = between(report_of(sample, result_of(P)), report_of(sample, result_of(U, reason="X-Auth-Token: hunter2222")))
    assert "hunter2222" not in forms.FORMS[form](told)
    assert "hunter2222" not in json.dumps(forms.value(told))


def test_the_page_fits_every_window(look, pair):
    """At some width the page has to be moved sideways, or the browser complains of something."""
    probe = "async (window, page) => page.documentElement.scrollWidth - page.documentElement.clientWidth"
    document = forms.html(pair)
    assert look([(document, width) for width in (1280, 900, 400)], probe)[0] == [0, 0, 0]
