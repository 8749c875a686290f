"""Several reports as one table, and the command that makes it."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest
from click.testing import CliRunner

from reports import folder, stream
from reports.model import Finding, Level, Report, Result, Shard, Verdict
from reports.overview import Entry, Trouble, overview
from reports.render import overview as forms
from vimgate.commands.report import command

SCHEMA = json.loads((files("reports") / "overview.schema.json").read_text(encoding="utf-8"))
HOSTILE = '"><script>alert(1)</script>|`{{ 7*7 }}\u202e\n'
BAD = Finding("VIM-A-001", Verdict.FAIL, "it is wrong")


@pytest.fixture
def entry(sample):
    """A report of a row."""

    def make(row, *results, **run):
        results = results or (Result("VIM-A-001", Verdict.PASS),)
        return Entry(row, f"{row}/r", "r.html", Report(replace(sample.run, **run), results))

    return make


def table(*entries):
    """What stands in the cells, by row, release and level."""
    made = overview(entries)
    return {
        (row.name, column.release, column.level.value): cell.outcome.value if cell is not None else None
        for row in made.rows
        for column, cell in zip(made.columns, row.cells, strict=True)
    }


def test_each_level_has_its_own_verdict(entry):
    """A server that fails deep down fails everywhere, or levels are shown that nobody looked at."""
    results = (Result("VIM-A-001", Verdict.PASS), Result("VIM-B-001", Verdict.FAIL, level=Level.LIFECYCLE))
    assert table(entry("acme", *results, level=Level.LIFECYCLE)) == {
        ("acme", "published", "wire"): "conformant",
        ("acme", "published", "protocol"): "conformant",
        ("acme", "published", "lifecycle"): "not-conformant",
    }


def test_rows_and_releases_make_the_table(entry):
    """A release of one vendor stands in the row of another, or a hole is filled."""
    wire = {"level": Level.WIRE}
    assert table(entry("bolt", release="r9", **wire), entry("acme", **wire)) == {
        ("acme", "published", "wire"): "conformant",
        ("acme", "r9", "wire"): None,
        ("bolt", "published", "wire"): None,
        ("bolt", "r9", "wire"): "conformant",
    }


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        pytest.param({"started": "2026-12-01T00:00:00Z"}, "not-conformant", id="newer"),
        pytest.param({"started": "2026-01-01T00:00:00Z"}, "conformant", id="older"),
        pytest.param({"started": "2026-12-01T00:00:00Z", "only": ("VIM-A-*",)}, "conformant", id="partial"),
        pytest.param({"started": "2026-12-01T00:00:00Z", "shard": Shard(1, 2)}, "conformant", id="shard"),
    ],
)
def test_the_newest_whole_run_counts(entry, other, outcome):
    """An older run, or one that left something out, hides the one that counts."""
    run = {"level": Level.WIRE}
    failed = entry("acme", Result("VIM-A-001", Verdict.FAIL), **run, **other)
    assert table(entry("acme", **run), failed)["acme", "published", "wire"] == outcome


def test_a_shallow_run_does_not_stand_for_a_deep_one(entry):
    """After a quick run nobody sees what the deep one came to."""
    deep = entry("acme", Result("VIM-A-001", Verdict.FAIL, level=Level.ORACLE), level=Level.ORACLE)
    quick = entry("acme", level=Level.WIRE, started="2026-12-01T00:00:00Z")
    assert table(deep, quick)["acme", "published", "oracle"] == "not-conformant"


def test_what_fails_in_most_rows_comes_first(entry):
    """The fault that everybody has is told after one that a single server has."""
    first = (Result("VIM-A-001", Verdict.FAIL), Result("VIM-B-001", Verdict.FAIL))
    made = overview([entry("acme", *first), entry("bolt", first[1])])
    assert [(each.requirement, each.rows) for each in made.failing] == [
        ("VIM-B-001", ("acme", "bolt")),
        ("VIM-A-001", ("acme",)),
    ]


def test_a_cell_names_the_requirement_with_most_findings(entry):
    """The first failure of the ledger is told, not the one that is met all the time."""
    often = Result("VIM-B-001", Verdict.FAIL, findings=(BAD,), more=9)
    made = overview([entry("acme", Result("VIM-A-001", Verdict.FAIL, findings=(BAD,)), often, level=Level.WIRE)])
    assert made.rows[0].cells[0].worst == "VIM-B-001"


@pytest.fixture
def several(entry, sample):
    """A report that can be read, and three that cannot."""
    troubles = [Entry("bolt", "bolt/r", "", None, each, "why") for each in Trouble]
    return overview([replace(entry("acme"), report=sample), *troubles])


@pytest.mark.parametrize(("form", "name"), [("text", "matrix.txt"), ("markdown", "matrix.md")])
def test_each_form_is_the_golden_one(several, golden, form, name):
    """A form changes by accident."""
    golden(name, forms.FORMS[form](several))


@pytest.mark.parametrize("form", forms.FORMS)
def test_what_cannot_be_read_is_never_left_out(several, form):
    """A run that was cut off vanishes from the table."""
    text = forms.FORMS[form](several)
    assert all(each.value in text.lower() for each in Trouble)


def test_the_value_is_of_the_public_format(several):
    """A program that goes by the schema cannot read it."""
    jsonschema.validate(json.loads(json.dumps(forms.value(several))), SCHEMA)


@pytest.mark.parametrize("form", forms.FORMS)
def test_hostile_texts_stay_texts(entry, form):
    """A name becomes an element, a column, or turns the line around."""
    failed = Result("VIM-A-001", Verdict.FAIL, text=HOSTILE, findings=(BAD,))
    made = overview([entry(HOSTILE, failed, level=Level.WIRE, release=HOSTILE, target=HOSTILE)])
    text = forms.FORMS[form](made)
    assert ("<script>alert" in text, "\u202e" in text) == (form == "text", False)
    assert all(line.replace("\\|", "").count("|") in (0, 4) for line in text.splitlines() if line.startswith("|"))


@pytest.fixture
def results(sample, tmp_path):
    """A folder with runs of two servers, one of them cut off."""
    folder.write(sample, tmp_path / "results" / "acme" / "published")
    data = (tmp_path / "results" / "acme" / "published" / "report.jsonl").read_bytes()
    (tmp_path / "results" / "bolt").mkdir()
    (tmp_path / "results" / "bolt" / "report.jsonl").write_bytes(data[: len(data) // 2])
    return tmp_path / "results"


def matrix(*arguments):
    """The command with these arguments."""
    return CliRunner().invoke(command, ["matrix", *map(str, arguments)])


def test_one_folder_stands_for_those_in_it(results, reading):
    """Rows are not the folders that a reader sees, links lead nowhere, or what is cut off ends in success."""
    done = matrix(results, "--out", results)
    page = reading((results / "matrix.html").read_text(encoding="utf-8"))
    links = {each["href"] for each in page.all("a") if not each["href"].startswith("#")}
    assert (done.exit_code, done.stdout, "bolt: cut off" in done.stderr) == (3, "", True)
    assert links == {"acme/published/report.html", "bolt/report.jsonl"}


def test_folders_and_files_are_named(results, sample):
    """A report cannot be named by itself, or rows by their target."""
    done = matrix(results / "acme" / "published", results / "acme", "--format", "json", "--by", "target")
    value = json.loads(done.stdout)
    assert (done.exit_code, [row["name"] for row in value["rows"]]) == (0, [sample.run.target])
    assert len(value["reports"]) == 2


@pytest.mark.parametrize(("content", "trouble"), [(b"hello\n", "damaged"), (None, "no report")])
def test_what_is_no_report_is_shown_as_such(tmp_path, content, trouble):
    """A wrong path, or a file that somebody edited, is not told."""
    if content is not None:
        (tmp_path / stream.FILE_NAME).write_bytes(content)
    done = matrix(tmp_path)
    assert (done.exit_code, trouble in done.stdout) == (3, True)


def test_an_output_that_cannot_be_written_is_wrong_use(results):
    """A traceback is what the reader gets."""
    done = matrix(results, "--out", results / "acme" / "published" / "report.txt" / "m.html")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)


def test_the_page_fits_every_window(look, several):
    """At some width the page has to be moved sideways, or the browser complains of something."""
    probe = "async (window, page) => page.documentElement.scrollWidth - page.documentElement.clientWidth"
    document = forms.html(several)
    assert look([(document, width) for width in (1280, 900, 400)], probe)[0] == [0, 0, 0]
