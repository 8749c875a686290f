"""`vimgate certify --ci`: which system is known by what, what it is handed, and that none of it touches the verdict."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from reports.model import Finding, Level, Report, Result, Run, Shard, Verdict
from reports.render import annotations, markdown
from vimgate.ci import handed
from vimgate.ci.job import Job
from vimgate.ci.systems import SYSTEMS, UNKNOWN, detected
from vimgate.commands.certify import command

RUN = Run("http://192.0.2.1:4545", "published", 3, "allowed", "2026-11-29T00:00:00+00:00", level=Level.WIRE)
NOWHERE = "http://127.0.0.1:1"  # nobody listens there


def failure(number, message="It is wrong."):
    """A requirement that failed."""
    name = f"VIM-X-{number:03}"
    return Result(name, Verdict.FAIL, findings=(Finding(name, Verdict.FAIL, message),))


BAD = Report(RUN, (failure(1),))
GOOD = Report(RUN, (Result("VIM-X-001", Verdict.PASS, checked=1),))


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch):
    """The tests themselves may run in a CI system."""
    for name in {sign for system in SYSTEMS for sign in system.signs} | {"GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"}:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def github(monkeypatch, tmp_path):
    """The environment of a step of GitHub Actions; the files that it names."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    files = {name: tmp_path / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for name, path in files.items():
        path.write_text("before\n", encoding="utf-8")
        monkeypatch.setenv(name, str(path))
    return files


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, "GitHub Actions"),
        ({"GITLAB_CI": "true", "CI": "true"}, "GitLab CI"),
        ({"ZUUL_BUILD": "5f0c"}, "Zuul"),
        ({"ZUUL_UUID": "5f0c"}, "Zuul"),
        ({"JENKINS_URL": "https://jenkins/"}, "Jenkins"),
        ({"ZUUL_BUILD": "5f0c", "JENKINS_URL": "https://jenkins/"}, "Zuul"),
        ({"CI": "true"}, UNKNOWN.name),
        ({"GITHUB_ACTIONS": "false"}, UNKNOWN.name),
        ({"GITLAB_CI": ""}, UNKNOWN.name),
        ({}, UNKNOWN.name),
    ],
)
def test_a_system_is_known_by_its_variables(environment, name):
    """Each system is known by what it sets, and one that nobody knows is called so."""
    assert detected(environment).name == name


def test_github_gets_annotations_a_summary_and_outputs(github, tmp_path, capsys):
    """What the step says beside the report is appended to what other commands of the step wrote."""
    Job.here(wanted=True).end(BAD, tmp_path / "out")
    assert github["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8") == "before\n" + markdown.render(BAD)
    assert github["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines() == [
        "before",
        "verdict=not-conformant",
        "exit-code=1",
        f"report={tmp_path / 'out'}",
    ]
    assert capsys.readouterr().err == ""


def test_a_shard_hands_over_the_exit_code_that_it_ends_with(github, tmp_path):
    """What its tests did not look at is untestable in it, and no failure of the job."""
    unseen = Result("VIM-X-001", Verdict.UNTESTABLE, source="api-reference:1")
    shard = replace(GOOD, run=replace(GOOD.run, shard=Shard(1, 2)), results=(*GOOD.results, unseen))
    Job.here(wanted=True).end(shard, tmp_path)
    told = github["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
    assert told[1:3] == ["verdict=incomplete", "exit-code=0"]


def test_texts_of_the_target_are_no_commands_on_github(github, tmp_path, capsys):
    """Commands are off while texts are printed that a target may have written, by a word that it cannot know."""
    words = []
    for _ in range(2):
        job = Job.here(wanted=True)
        job.begin(3)
        job.end(BAD, tmp_path)
        first, second, *rest = capsys.readouterr().out.splitlines(keepends=True)
        words.append(first.removeprefix("::stop-commands::").strip())
        assert (second, "".join(rest)) == (f"::{words[-1]}::\n", annotations.render(BAD))
    assert len(set(words)) == 2
    assert min(map(len, words)) >= 32


def test_gitlab_gets_variables_for_later_jobs(monkeypatch, tmp_path):
    """The file is one that GitLab takes as a dotenv report."""
    monkeypatch.setenv("GITLAB_CI", "true")
    Job.here(wanted=True).end(GOOD, tmp_path)
    written = (tmp_path / "gitlab.env").read_text(encoding="utf-8").splitlines()
    assert written == ["VIM_VERDICT=conformant", "VIM_EXIT_CODE=0", f"VIM_REPORT={tmp_path}"]


def test_zuul_gets_links_and_warnings(monkeypatch, tmp_path):
    """The file has the form that `zuul_return` takes: links relative to the logs, and what failed as warnings."""
    monkeypatch.setenv("ZUUL_BUILD", "5f0c")
    Job.here(wanted=True).end(BAD, tmp_path / "the report")
    value = json.loads((tmp_path / "the report" / "zuul-return.json").read_text(encoding="utf-8"))["zuul"]
    assert value["artifacts"][0] == {"name": "vimgate report", "url": "the%20report/report.html"}
    assert value["warnings"] == [
        "vimgate: NOT CONFORMANT: 1 of 1 requirements failed.",
        "FAIL VIM-X-001: It is wrong.",
    ]


def test_a_reviewer_is_not_drowned_in_warnings(tmp_path):
    """Of many failures Zuul tells the first, and how many more there are; of none it tells nothing."""
    many = Report(RUN, tuple(failure(number, "x\n" * 900) for number in range(30)))
    told = json.loads(handed.returned(many, tmp_path))["zuul"]["warnings"]
    assert (len(told), told[-1]) == (handed.MOST_WARNINGS + 2, "vimgate: 20 more failures are in the report")
    assert max(map(len, told)) <= 300
    assert json.loads(handed.returned(GOOD, tmp_path))["zuul"]["warnings"] == []


@pytest.mark.parametrize("sign", ["JENKINS_URL", "CI"])
def test_who_reads_junit_alone_is_handed_no_more(sign, monkeypatch, tmp_path, capsys):
    """Jenkins reads what is always there, and an unknown system is told what is."""
    monkeypatch.setenv(sign, "true")
    job = Job.here(wanted=True)
    job.begin(7)
    job.end(GOOD, tmp_path)
    told = capsys.readouterr()
    assert (told.out, list(tmp_path.iterdir())) == ("", [])
    assert "junit.xml" in told.err
    assert told.err.endswith("seed 7\n")


@pytest.mark.parametrize("how", ["not set", "a folder", "no folder around it"])
def test_what_cannot_be_written_is_a_warning(github, how, monkeypatch, tmp_path, capsys):
    """A summary that has no place is told in the log and as an annotation, and nothing is raised."""
    places = {"not set": "", "a folder": str(tmp_path), "no folder around it": str(tmp_path / "none" / "x")}
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", places[how])
    Job.here(wanted=True).end(GOOD, tmp_path)
    told = capsys.readouterr()
    assert told.err.startswith("certify: $GITHUB_STEP_SUMMARY could not be written: ")
    assert told.out.startswith("::warning title=vimgate::$GITHUB_STEP_SUMMARY could not be written: ")
    assert "verdict=conformant" in github["GITHUB_OUTPUT"].read_text(encoding="utf-8")


def test_a_file_in_the_folder_that_cannot_be_written_is_a_warning(monkeypatch, tmp_path, capsys):
    """The same holds for what lies beside the report."""
    monkeypatch.setenv("GITLAB_CI", "true")
    (tmp_path / "file").touch()
    Job.here(wanted=True).end(GOOD, tmp_path / "file")
    assert "gitlab.env could not be written: " in capsys.readouterr().err


def test_nothing_is_handed_over_unasked(github, tmp_path, capsys):
    """Without --ci a run in a job is like any other."""
    job = Job.here(wanted=False)
    job.begin(3)
    job.end(BAD, tmp_path)
    assert capsys.readouterr() == ("", "")
    assert [path.read_text(encoding="utf-8") for path in github.values()] == ["before\n"] * 2


def test_a_run_in_a_job_ends_in_its_verdict(github, tmp_path):
    """The verdict line stays the last one, the exit code that of the verdict, and outputs and summary are there."""
    done = CliRunner().invoke(command, [NOWHERE, "--ci", "--seed", "11", "--out", str(tmp_path / "out")])
    assert (done.exit_code, done.stdout.splitlines()[-1].split()[:2]) == (3, ["VERDICT", "incomplete"])
    lines = done.stdout.splitlines()
    resumed = lines.index(f"::{lines[0].removeprefix('::stop-commands::')}::")
    first, *others = (each.split()[0] for each in lines[resumed + 1 : -1])
    assert (first, set(others)) == ("::warning", {"::notice"})
    assert "certify: GitHub Actions: " in done.stderr
    assert "seed 11" in done.stderr
    assert "verdict=incomplete" in github["GITHUB_OUTPUT"].read_text(encoding="utf-8")


def test_a_verdict_is_not_touched_by_what_cannot_be_written(github, monkeypatch, tmp_path):
    """A job page that has no place does not turn one exit code into another."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    done = CliRunner().invoke(command, [NOWHERE, "--ci", "--out", str(tmp_path / "out")])
    assert done.exit_code == 3
    assert "$GITHUB_STEP_SUMMARY could not be written" in done.stderr


def test_one_document_and_lines_for_a_system_exclude_each_other(tmp_path):
    """What a program reads as JSON holds no commands."""
    done = CliRunner().invoke(command, [NOWHERE, "--ci", "--json", "--out", str(tmp_path / "out")])
    assert (done.exit_code, "--ci" in done.stderr) == (2, True)


PROGRESS = """
from conformance.runs.collector import Progress
from vimgate.progress import ProgressShown

with ProgressShown(bar=False) as progress:
    progress.watch(Progress(2, 2, "last"))
"""


def test_no_bar_is_drawn_in_a_job():
    """Even where output is a terminal, as some systems pretend, progress comes in plain lines."""
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", PROGRESS], stderr=theirs, check=True)
    os.close(theirs)
    assert os.read(ours, 1000) == b"certify: 2 of 2 done, last last\r\n"
    os.close(ours)
