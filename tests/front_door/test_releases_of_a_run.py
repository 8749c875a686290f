"""Reports and run files of a release that this vimgate does not have are wrong use, told in a sentence."""

import json

import pytest
from click.testing import CliRunner

from conformance.runs.account import Account
from conformance.runs.keeping import store
from conformance.runs.options import Options
from conformance.runs.verifying import Unverifiable, verify
from reports import folder
from reports.model import Finding, Level, Report, Result, Run, Strength, Verdict
from vimgate.commands import cleanup, replay

RUN = Run("http://127.0.0.1:1", "stx-99.0", 0, "allowed", "2026-11-29T00:00:00+00:00", level=Level.LIFECYCLE)
FINDING = Finding("VIM-PACT-002", Verdict.FAIL, "a success was answered 200", origin="lifecycle/twice-sw-patch")
RESULT = Result("VIM-PACT-002", Verdict.FAIL, Strength.MUST, findings=(FINDING,))


def test_a_finding_of_an_unknown_release_is_not_looked_for(tmp_path):
    """A replay would judge by another contract, or end in a traceback."""
    folder.write(Report(RUN, (RESULT,)), tmp_path / "report")
    done = CliRunner().invoke(replay.command, ["VIM-PACT-002", "--report", str(tmp_path / "report")])
    assert done.exit_code == 2
    assert "release 'stx-99.0', which this vimgate does not know" in done.output


def test_the_leavings_of_an_unknown_release_are_left(tmp_path):
    """A clean-up would not know which kinds of strategy there are."""
    path = tmp_path / "run.jsonl"
    path.write_text(json.dumps({"schema": "vimgate-run/1", "target": RUN.target, "release": RUN.release}) + "\n")
    done = CliRunner().invoke(cleanup.command, ["--run-file", str(path)])
    assert done.exit_code == 2
    assert "'stx-99.0', which this vimgate does not know" in done.output


def test_a_report_of_an_unknown_release_cannot_be_verified(shut, tmp_path):
    """Nothing can be recomputed, and nobody is told that the report is wrong."""
    report, place = shut(tmp_path)
    with pytest.raises(Unverifiable, match=r"release 'stx-99\.0', which this vimgate does not have"):
        verify(report, place)


@pytest.fixture
def shut():
    """Makes a report of an unknown release beside its evidence."""

    def make(place):
        known = Run(RUN.target, "published", 0, "allowed", RUN.started, level=Level.LIFECYCLE)
        kept = store(place / "evidence.zip", place, Account(Options()), known, waivers=None, secrets=())
        return Report(RUN, (RESULT,), evidence=kept), place

    return make
