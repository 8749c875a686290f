"""docs/rulebooks.md: its example is a rulebook, and its tables have a row for everything there is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from reference_server.engine.generic import ASKED
from reference_server.engine.planning.recipes import CONDITIONS
from reference_server.engine.rulebook import Choices, Group
from reference_server.engine.words import Kind
from reference_server.rulebooks import read_release
from reference_server.rulebooks.files import schema

DOC = (Path(__file__).parents[2] / "docs" / "rulebooks.md").read_text(encoding="utf-8")
ROWS = {word for row in re.findall(r"^\| (`.*?) \|", DOC, re.MULTILINE) for word in re.findall(r"`([a-z0-9_-]+)`", row)}


def test_the_example_is_a_rulebook(tmp_path):
    """The example of the page cannot be read, or does not say what it says it does."""
    path = tmp_path / "lab.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)[0], encoding="utf-8")
    rulebook = read_release(path).rulebook
    lines = rulebook.recipes["sw-upgrade-storage-hosts"]
    assert [(line.step, line.timeout, line.retries) for line in lines[3:5]] == [
        ("unlock-hosts", 2400, 2),
        ("wait-alarms-clear", 900, 0),
    ]
    assert rulebook.choices.aio_upgrade == "refused"


@pytest.mark.parametrize(
    "word", [*CONDITIONS, "undo", "timeouts", "recipes", "ignored_alarms", "words", "wire", "generic"]
)
def test_every_condition_and_section_has_a_row(word):
    """The page leaves a condition or a section out."""
    assert word in ROWS


def test_nothing_else_has_a_row():
    """The page tells of a condition or section that there is not, or leaves a choice out."""
    sections = set(schema()["properties"]) - {"release", "extends"}
    assert ROWS - {"when", "section"} <= set(CONDITIONS) | sections
    assert [field.name for field in fields(Choices) if f"`{field.name}`" not in DOC] == []


def test_the_example_of_kinds_is_a_rulebook(tmp_path):
    """The example of kinds cannot be read, or the page leaves a group or a condition of such stages out."""
    path = tmp_path / "lab.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)[1], encoding="utf-8")
    release = read_release(path)
    members = {kind: release.wire.creates[kind] for kind in (Kind.FW_UPDATE, Kind.KUBE_ROOTCA_UPDATE)}
    assert members[Kind.FW_UPDATE]["max-parallel-worker-hosts"].highest == 8
    assert {"subject", "expiry-date"} & set(members[Kind.KUBE_ROOTCA_UPDATE]) == {"expiry-date"}
    stage = release.rulebook.generic[Kind.FW_UPDATE].stages[0]
    assert [line.timeout for line in stage.steps[:2]] == [60, 1800]
    assert [word for word in (*ASKED, *Group) if f"`{word}`" not in DOC] == []
