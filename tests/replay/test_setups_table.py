"""The table of setups of this repository, without the recording that it is about."""

import re
from pathlib import Path

import pytest
import yaml

from reference_server.exchanges.setups import Setups

TABLE = Path(__file__).with_name("setups.yaml")
RECORD = Path(__file__).parents[2] / "docs" / "adr" / "0007-recorded-exchanges.md"


def test_the_table_is_valid():
    """A world, a preparation or a name in the table means nothing."""
    assert Setups.read(TABLE).name == str(TABLE)


@pytest.mark.parametrize("member", ["world", "prepared", "and-then", "excluded", "known"])
def test_every_name_is_used(member):
    """A world, a class or a known difference stands in the table for no line."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    named = {
        "world": table["worlds"],
        "excluded": table["excluded"],
        "known": [known["number"] for known in table["known"]],
    }
    nested = {step["prepared"] for steps in table["preparations"].values() for step in steps if "prepared" in step}
    preparations = {rule[name] for rule in table["rules"] for name in ("prepared", "and-then") if name in rule} | nested
    used = {rule[member] for rule in table["rules"] if member in rule}
    assert set(named.get(member, table["preparations"])) == (used if member in named else preparations)


def test_every_known_difference_has_its_reason():
    """The decision record and the table number the differences otherwise."""
    numbers = re.findall(r"^(\d+)\. ", RECORD.read_text(encoding="utf-8"), re.MULTILINE)
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    assert [int(number) for number in numbers] == [known["number"] for known in table["known"]]
