"""`vimgate report show` and `vimgate report gate` as a person or a CI job meets them."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from reports import folder, stream
from reports.model import Report, Verdict
from reports.render import text
from spec.load import own_file
from vimgate.commands.report import command
from vimgate.placing import placed


@pytest.fixture
def run():
    """Runs the command with these arguments."""
    return lambda *arguments: CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def path(sample, tmp_path):
    """The report file of the sample."""
    return folder.write(sample, tmp_path / "run")


def without(report, *verdicts):
    """The report without the requirements that came to these verdicts."""
    return replace(report, results=tuple(result for result in report.results if result.verdict not in verdicts))


def test_a_folder_has_every_form(path):
    """The files that a person and a CI job look for are there, under these names."""
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "badge.svg",
        "junit.xml",
        "report.html",
        "report.jsonl",
        "report.md",
        "report.sarif",
        "report.txt",
        "reproducers",
    ]


@pytest.mark.parametrize("form", folder.RENDERERS)
def test_show_prints_each_form(run, path, sample, form):
    """What is shown is what the renderer gives, and showing a failure is no failure."""
    shown = run("show", path, "--format", form)
    assert (shown.exit_code, shown.stdout) == (0, folder.RENDERERS[form](placed(sample)))


def test_sarif_points_into_the_ledger(run, path):
    """The line that is named is the one at which the requirement begins."""
    results = json.loads(run("show", path, "--format", "sarif").stdout)["runs"][0]["results"]
    place = next(each for each in results if each["ruleId"] == "VIM-LIFE-014")["locations"][0]["physicalLocation"]
    ledger = own_file("requirements.yaml").read_text(encoding="utf-8").splitlines()
    assert place["artifactLocation"]["uri"] == "spec/requirements.yaml"
    assert ledger[place["region"]["startLine"] - 1] == "  - id: VIM-LIFE-014"


def test_show_takes_the_folder_and_writes_a_file(run, path, sample, tmp_path):
    """With --output nothing is printed and the file has the text."""
    shown = run("show", path.parent, "--output", tmp_path / "out.txt")
    assert (shown.exit_code, shown.output) == (0, "")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == text.render(sample)


def test_show_says_when_it_cannot_write(run, path, tmp_path):
    """A place that cannot be written is wrong use, said in one sentence."""
    (tmp_path / "file").touch()
    shown = run("show", path, "--output", tmp_path / "file" / "out.txt")
    assert shown.exit_code == 2
    assert "out.txt: cannot be written: " in shown.stderr


@pytest.mark.parametrize(
    ("gone", "ending"),
    [
        ([], ("not-conformant", 1)),
        ([Verdict.FAIL], ("incomplete", 3)),
        ([Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR], ("conformant", 0)),
        (list(Verdict), ("incomplete", 3)),
    ],
)
def test_gate_ends_in_the_verdict_line_and_its_code(run, sample, tmp_path, gone, ending):
    """A CI job gets the outcome as a line and as an exit code."""
    stream.write(without(sample, *gone), tmp_path / "report.jsonl")
    told = run("gate", tmp_path)
    assert (told.stdout.split()[1], told.exit_code) == ending
    assert told.stdout.startswith("VERDICT ")
    assert told.stdout.endswith(f" seed=42 report={tmp_path}\n")


@pytest.fixture
def unbelievable(tmp_path):
    """Paths of reports that cannot be believed, by what is wrong with them."""
    (tmp_path / "foreign").write_bytes(b"hello")
    (tmp_path / "cut").write_bytes(b"")
    return {"missing": tmp_path / "missing", "foreign": tmp_path / "foreign", "cut": tmp_path / "cut"}


@pytest.mark.parametrize("name", ["show", "gate"])
@pytest.mark.parametrize(
    ("what", "ending"),
    [
        ("missing", (2, "cannot be read: No such file or directory\n")),
        ("foreign", (2, "no vimgate-report header; name the report.jsonl of a run, or the folder it is in\n")),
        ("cut", (3, "ends before its first line is complete: the run was interrupted; run it again\n")),
    ],
)
def test_a_report_that_cannot_be_believed_is_one_clear_error(run, unbelievable, name, what, ending):
    """Missing or foreign is wrong use, cut off is incomplete; never a traceback, and nothing on stdout."""
    told = run(name, unbelievable[what])
    assert (told.exit_code, told.stderr) == (ending[0], f"Error: {unbelievable[what]}: {ending[1]}")
    assert told.stdout == ""


def test_a_cut_off_report_never_passes_the_gate(run, sample, tmp_path):
    """Even one whose results are all green."""
    path = tmp_path / "report.jsonl"
    with stream.Writer(path, sample.run) as writer:
        writer.result(sample.results[0])
    assert run("gate", path).exit_code == 3


def test_a_changed_report_never_passes_the_gate(run, sample, tmp_path):
    """A failure edited into a pass is noticed."""
    path = tmp_path / "report.jsonl"
    stream.write(Report(run=sample.run, results=sample.results[4:5]), path)
    path.write_text(path.read_text(encoding="utf-8").replace('"verdict":"fail"', '"verdict":"pass"'), encoding="utf-8")
    told = run("gate", path)
    assert told.exit_code == 2
    assert "the report was changed after it was written" in told.stderr


@pytest.mark.parametrize("arguments", [(), ("show",), ("gate",), ("diff",), ("merge",), ("matrix",)])
def test_every_help_has_an_example(run, arguments):
    """`--help` shows a line that can be typed."""
    assert "Example:\n    vimgate report " in run(*arguments, "--help").stdout
