"""`vimgate report verify`, and the evidence that `vimgate certify` writes for it, as a person meets them."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from reports import stream
from reports.lines import encode
from reports.model import Verdict
from vimgate.commands.report import command

DOC = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
FEW = ("--read-only", "--level", "wire", "--fuzz-examples", "0")


def certify(folder, *arguments):
    """Run `vimgate certify` in a folder; what it said and its exit code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIMGATE_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "certify", *arguments],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A folder with the report of a certification, and what that said."""
    folder = tmp_path_factory.mktemp("certified")
    return folder / "vimgate-report", certify(folder, *FEW, "-n", "2")


@pytest.fixture
def report(certified, tmp_path):
    """A copy of the report's folder."""
    return shutil.copytree(certified[0], tmp_path / "report")


@pytest.fixture
def verify():
    """Runs the command on a report."""
    return lambda *arguments: CliRunner().invoke(command, ["verify", *map(str, arguments)])


def changed(folder, change):
    """Put another report in the place of that one, with every digest right."""
    (folder / "report.jsonl").write_text(encode(change(stream.read(folder))))


def test_a_certification_says_where_its_evidence_is(certified):
    """The evidence lies beside the report, for its owner alone, and the summary says what it is for."""
    folder, done = certified
    assert (folder / "evidence.zip").stat().st_mode & 0o777 == 0o600
    assert re.search(
        r"^Evidence: \d+ exchanges in evidence\.zip \(\d\.\d MB\); `vimgate report verify`", done.stdout, re.MULTILINE
    )


def test_a_difference_to_the_report_of_another_version_names_it(verify, report):
    """Its checks may have come to something else."""

    def older(was):
        versions = (("vimgate", "0.0.9"), *(each for each in was.run.versions if each[0] != "vimgate"))
        return replace(was, run=replace(was.run, versions=versions))

    assert "whose checks may come to something else" not in verify(report).stdout
    changed(report, older)
    assert "The report is of vimgate 0.0.9, whose checks may come to something else" in verify(report).stdout


def test_a_report_is_verified(verify, report):
    """What was recomputed is told, the last line is the verdict of the verification, and progress is on stderr."""
    done = verify(report)
    judged = len(stream.read(report).results)
    assert (done.exit_code, done.stderr != "") == (0, True)
    told, last = done.stdout.splitlines()
    assert re.fullmatch(rf"Recomputed {judged} requirements from \d+ exchanges of \d+ tests?\.", told)
    assert re.fullmatch(rf"VERIFIED conformant exchanges=\d+ report={report}", last)


def test_a_verdict_that_was_changed_is_told(verify, report):
    """A pass that became a failure, digests repaired, is named with both verdicts, and the exit code is 1."""
    first = next(each for each in stream.read(report).results if each.verdict is Verdict.PASS)

    def change(read):
        results = (replace(each, verdict=Verdict.FAIL) if each == first else each for each in read.results)
        return replace(read, results=tuple(results))

    changed(report, change)
    done = verify(report, "--quiet")
    assert (done.exit_code, done.output) == (1, f"NOT VERIFIED {report}: 2 differences\n")
    assert f"{first.requirement}: the report says fail; the evidence comes to pass" in verify(report).stdout


def test_the_document_says_the_same(verify, report):
    """With --json one document is printed and nothing else."""
    done = verify(report, "--json")
    told = json.loads(done.output)
    assert (done.exit_code, told["verified"], told["differences"]) == (0, True, [])


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        (lambda folder: (folder / "report.jsonl").unlink(), 2, "cannot be read"),
        (lambda folder: (folder / "evidence.zip").unlink(), 3, "the evidence cannot be read"),
        (lambda folder: changed(folder, lambda read: replace(read, evidence=None)), 3, "the report has no evidence"),
        (lambda folder: (folder / "evidence.zip").write_bytes(b"x"), 1, "it is not the file that the report"),
        (lambda folder: (folder / "report.jsonl").write_text("{}\n"), 1, "NOT VERIFIED"),
        (lambda folder: os.truncate(folder / "report.jsonl", 5000), 3, "without its footer"),
    ],
    ids=["no report", "no file", "no evidence", "another file", "no header", "cut off"],
)
def test_what_is_not_there_and_what_was_changed_are_told_apart(spoil, code, said, verify, report):
    """A report that proves nothing ends with 3, one that was tampered with ends with 1, each in a sentence."""
    spoil(report)
    done = verify(report)
    assert (done.exit_code, said in done.output) == (code, True), done.output


def test_the_commands_of_the_page_end_well(certified, monkeypatch):
    """docs/evidence.md shows a certification, a verification of it, and one with a key, which docs/signing.md has."""
    monkeypatch.chdir(certified[0].parent)
    first, *reports = re.findall(r"^\$ vimgate (.*)$", DOC, re.MULTILINE)
    assert set(first.removeprefix("certify ").split()) <= set(FEW)
    done = [CliRunner().invoke(command, each.split()[1:]) for each in reports if "--key" not in each]
    assert [each.exit_code for each in done] == [0], done[0].output


def test_evidence_is_left_out_when_asked(report):
    """With --no-evidence none is written, none of an earlier run stays, and the report names none."""
    done = certify(report.parent, *FEW, "--no-evidence", "--out", "report")
    assert (done.returncode, (report / "evidence.zip").exists()) == (0, False), done.stderr
    assert stream.read(report).evidence is None
    assert "Evidence:" not in done.stdout
