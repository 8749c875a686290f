"""docs/worlds.md: each example is a world that can be loaded, and its tables have a row for everything there is."""

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from reference_server.simulation.faultcheck import OFFERED
from reference_server.simulation.faults import ChangeName, End
from reference_server.worlds.file import parse_world
from vimgate.commands.world import command

DOC = (Path(__file__).parents[2] / "docs" / "worlds.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)]
FLEET, UPGRADE, *FAULTS = EXAMPLES
WORLD = {**FLEET, **UPGRADE}
COMMANDS = [line for line in re.findall(r"^\$ (.*)$", DOC, re.MULTILINE) if line.startswith("vimgate world")]
ROWS = [re.findall(r"`([a-z-]+)`", cell) for cell in re.findall(r"^\| (`.*?) \|", DOC, re.MULTILINE)]
ENDS_BY_STEP = {
    step: re.findall(r"`([a-z-]+)`", ends) or list(End)
    for steps, ends in re.findall(r"^\| (`(?:query|swact|migrate|stop)-.*?) \| (.*?) \|$", DOC, re.MULTILINE)
    for step in re.findall(r"`([a-z-]+)`", steps)
}


def test_the_fleet_is_a_world():
    """The first example alone, as a reader types it, cannot be loaded."""
    assert len(parse_world(FLEET, "docs/worlds.md").fleet.hosts) == len(FLEET["hosts"])


@pytest.mark.parametrize("example", FAULTS, ids=lambda example: str(example["faults"][0])[:50])
def test_an_example_of_faults_can_be_loaded(example):
    """The faults of an example, at the end of the fleet of the page, are no world."""
    assert len(parse_world(WORLD | example, "docs/worlds.md").faults) == len(example["faults"])


@pytest.mark.parametrize("name", [*ChangeName, *End])
def test_every_change_and_every_end_has_a_row_and_an_example(name):
    """Something can go wrong of which the page does not tell."""
    shown = {fault.get("change", fault.get("ends")) for example in FAULTS for fault in example["faults"]}
    assert (name in shown, name in {word for row in ROWS for word in row}) == (True, True)


def test_the_ends_of_each_step_are_those_that_it_has():
    """The table of steps and their ends is not the one by which worlds are checked."""
    assert ENDS_BY_STEP.keys() == OFFERED.keys()
    assert {step: set(ends) for step, ends in ENDS_BY_STEP.items()} == {
        step: set(ends) for step, ends in OFFERED.items()
    }


def test_the_commands_of_the_page_end_well(tmp_path, monkeypatch):
    """A command on worlds that the page shows fails where its reader would run it, in this order."""
    monkeypatch.chdir(tmp_path)
    done = [CliRunner().invoke(command, line.removeprefix("vimgate world ").split()) for line in COMMANDS]
    assert [each.exit_code for each in done] == [0, 0, 0]
