"""docs/rulebooks.md: its example is a rulebook, and its tables have a row for everything there is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from reference_server.engine.planning.recipes import CONDITIONS
from reference_server.engine.rulebook import Choices
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


@pytest.mark.parametrize("word", [*CONDITIONS, "undo", "timeouts", "recipes", "ignored_alarms", "words", "wire"])
def test_every_condition_and_section_has_a_row(word):
    """The page leaves a condition or a section out."""
    assert word in ROWS


def test_nothing_else_has_a_row():
    """The page tells of a condition or section that there is not, or leaves a choice out."""
    sections = set(schema()["properties"]) - {"release", "extends"}
    assert ROWS - {"when", "section"} <= set(CONDITIONS) | sections
    assert [field.name for field in fields(Choices) if f"`{field.name}`" not in DOC] == []
