"""docs/fleet-file.md: its example can be read, and what it says of the folder is true."""

import re
from pathlib import Path

import pytest

from vimgate.fleet import journal, store
from vimgate.fleet.fleetfile import fleet_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fleet-file.md").read_text(encoding="utf-8")
WAIVERS = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "waivers.md").read_text(encoding="utf-8"), re.DOTALL)[1]


@pytest.fixture
def fleet(tmp_path):
    """The fleet of the page, with a world that is shipped and the waivers of their page."""
    (tmp_path / "worlds").mkdir()
    world = ROOT / "reference_server" / "worlds" / "aio-sx.yaml"
    (tmp_path / "worlds" / "subcloud-2.yaml").write_text(world.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "waivers.yaml").write_text(WAIVERS, encoding="utf-8")
    path = tmp_path / "FLEET.yaml"
    path.write_text(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1], encoding="utf-8")
    return fleet_of(path)


def test_the_example_is_a_fleet_file(fleet):
    """The first thing that a reader copies is refused, or means something else than the page says."""
    assert [each.name for each in fleet.members] == ["subcloud-1", "10.2.0.2-4545", "central"]
    assert [each.changes for each in fleet.members] == [("create", "delete"), ("create", "delete"), ()]
    assert (fleet.members[1].deadline, fleet.members[2].read_only) == (5400.0, True)


def test_the_folder_is_what_the_page_says():
    """A reader looks for a file of another name."""
    assert f"  {journal.FILE_NAME} " in PAGE
    assert f"  {store.TARGETS}/subcloud-1/ " in PAGE
    assert f"  {', '.join(store.PAGES.values())}\n" in PAGE
