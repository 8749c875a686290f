"""docs/compare.md: its commands do what the page says, and its tables name what there is."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from proxy.comparing.answering import HEADERS
from proxy.comparing.difference import What
from reports import stream
from reports.model import Level, Report, Result, Run, Strength, Verdict
from vimgate.cli import command

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ vimgate (.*)$", DOC, re.MULTILINE)
SERVER = "wsgi:reference_server:create_app"
RUN = Run("http://192.0.2.1:4545", "published", 3, "allowed", "2026-11-29T00:00:00+00:00")
RESULT = Result("VIM-API-001", Verdict.PASS, Strength.MUST, Level.WIRE, "It answers.", "a source")


def har(*answers):
    """A HAR with these statuses and bodies of a look for a strategy that is not there."""
    entries = [
        {
            "startedDateTime": f"2026-11-30T01:00:0{number}Z",
            "time": 1,
            "request": {"method": "GET", "url": f"http://192.0.2.1:4545{path}", "headers": []},
            "response": {
                "status": status,
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "content": {"text": json.dumps(body)},
            },
        }
        for number, (path, status, body) in enumerate(answers)
    ]
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with what the commands of the page name."""
    look, none = "/api/orchestration/sw-patch/strategy", dict.fromkeys(("faultcode", "debuginfo"))
    none |= {"faultcode": "Client", "faultstring": "There is no sw-patch strategy."}
    (tmp_path / "before.har").write_text(har((look, 404, none)), encoding="utf-8")
    (tmp_path / "after.har").write_text(har((look, 200, {"strategy": None})), encoding="utf-8")
    for name in ("vimgate-report-old", "vimgate-report"):
        stream.write(Report(RUN, (RESULT,)), tmp_path / name / "report.jsonl")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    list(
        zip(
            COMMANDS,
            [1, 0, 0, 0, 0],
            ["CHANGED: 1 difference", "NOTHING CHANGED", '"unexpected": 0', "expected D3-04", "NOTHING BROKEN"],
            strict=True,
        )
    ),
)
def test_a_command_of_the_page_does_what_the_page_says(line, code, said, folder):
    """A command of the page fails where its reader would run it, or comes to something else."""
    arguments = [re.sub(r"^http://.*:4545$", SERVER, each) for each in shlex.split(line)]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert (done.exit_code, said in done.stdout) == (code, True), done.output


def test_every_kind_and_header_is_named():
    """A kind of difference, or a header that is compared, is missing from the page."""
    assert [each for each in (*What, *HEADERS) if f"`{each}`" not in DOC] == []
