"""docs/signing.md: its commands end well in their order, and its example is a statement."""

import json
import re
import shlex
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
from click.testing import CliRunner

from conformance.runs.verifying import Verified
from reports import stream
from vimgate.commands.report import command

DOC = (Path(__file__).parents[2] / "docs" / "signing.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.*)$", DOC, re.MULTILINE)
EXAMPLE = json.loads(re.search(r"```json\n(.*?)```", DOC, re.DOTALL)[1])


def test_the_commands_of_the_page_end_well(sample, tmp_path, monkeypatch):
    """A command that the page shows fails where its reader would run it, or the last one does not say who signed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIMGATE_KEY_PASSWORD", "open sesame")
    monkeypatch.setattr("vimgate.commands.report.verify.verify", lambda *_: Verified(1, 1, 1))
    stream.write(replace(sample, evidence=None), "vimgate-report/report.jsonl")
    done = [CliRunner().invoke(command, shlex.split(line.removeprefix("vimgate report "))) for line in COMMANDS]
    assert [each.exit_code for each in done] == [0] * 5, "".join(each.output for each in done)
    assert done[-1].stdout.startswith("SIGNED by ")


def test_the_example_of_the_page_is_a_statement():
    """What the page shows is not what is signed."""
    schema = json.loads((files("reports") / "signing" / "statement.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(EXAMPLE, {"$defs": schema["$defs"], "$ref": "#/$defs/statement"})
