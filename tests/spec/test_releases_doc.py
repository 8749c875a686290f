"""docs/releases.md: each command that it shows is one that ends well, and says what the page says it does."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from vimgate.cli import command

DOC = (Path(__file__).parents[2] / "docs" / "releases.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ vimgate (.*)$", DOC, re.MULTILINE)
SAYS = {
    "show --release": "kinds         sw-patch, sw-upgrade, kube-rootca-update, kube-upgrade, fw-update\n",
    "show create": "\nD10-05     silent       No text of a create has the members",
    "deviations": "D8-03",
    "diff stx-9.0": "sw-patch goes, with getSwPatch",
    "diff stx-3.0": '"text": "strategies: roles reader now, admin before"',
    "export": "openapi: 3.1.0\n",
}


@pytest.mark.parametrize("start", SAYS)
def test_a_command_of_the_page_says_what_it_should(start):
    """A command of the page fails where its reader would type it, or tells something else."""
    (line,) = [each for each in COMMANDS if each.startswith(f"spec {start}")]
    done = CliRunner().invoke(command, shlex.split(line.partition(" > ")[0]))
    assert (done.exit_code, done.stderr) == (0, "")
    assert SAYS[start] in done.stdout


def test_every_command_of_the_page_is_one_of_these():
    """A command was written on the page that nobody runs."""
    assert len(COMMANDS) == len(SAYS)
