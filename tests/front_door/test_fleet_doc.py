"""docs/fleet.md, and the README on fleets: commands that are taken, fields and options that there are."""

import re
import shlex
import shutil
from importlib.resources import files
from pathlib import Path

import certifi
import click
import dask
import distributed  # noqa: F401 - dask.config has the defaults of distributed then
import pytest
from distributed.cli import dask_scheduler, dask_worker

from vimgate.cli import command as vimgate
from vimgate.fleet.fleetfile import fleet_of, schema

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = [
    line[2:]
    for block in re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
FLEETS = sorted(
    {line for line in CONSOLE + README.splitlines() for line in re.findall(r"^(?:\$ )?(vimgate fleet .*)$", line)}
)
ELSEWHERE = {"--run-file", "--plan", "--fleet", "--terabytes", "--hours"}
"""Options of the text that are those of `vimgate cleanup` and of the benchmark."""

DASKS = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
VARIABLE = re.compile(r"DASK_[A-Z_]+(?==)")
YAML = re.search(r"```yaml\n(.*?)```", DOC, re.DOTALL)[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with what the page names, the current one."""
    world = (files("reference_server") / "worlds" / "aio-sx.yaml").read_text(encoding="utf-8")
    texts = {
        "fleet.yaml": YAML,
        "worlds/aio-sx.yaml": world,
        "waivers.yaml": "waivers: []\n",
        "ca.pem": "",
        "node.pem": "",
        "node.key": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ("captures", "night", "certificates"):
        (tmp_path / name).mkdir()
    shutil.copy(certifi.where(), tmp_path / "certificates" / "lab.pem")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parsed(group, arguments):
    """The values of a command below the group; click's error when it does not take them."""
    context = click.Context(group)
    while isinstance(group, click.Group):
        name, *arguments = arguments
        group = group.get_command(context, name)
        assert group is not None, name
    return group.make_context(group.name, list(arguments), parent=context).params


def test_every_command_of_the_page_is_of_a_known_kind():
    """A command of another program finds no test here."""
    kinds = r"vimgate fleet |pip install 'vimgate\[fleet\]'$|(DASK_[A-Z_]+=\S+ )?dask (scheduler|worker) "
    assert [line for line in CONSOLE if not re.match(kinds, line)] == []


@pytest.mark.parametrize("line", FLEETS)
def test_a_command_of_ours_is_taken(folder, line):
    """An option of the page or of the README does not exist, or does not take that value."""
    assert parsed(vimgate, shlex.split(line)[1:])


@pytest.mark.parametrize("line", [line[line.index("dask ") :] for line in CONSOLE if "dask " in line])
def test_a_command_of_dask_is_taken(folder, line):
    """An option of Dask does not exist."""
    _, which, *arguments = shlex.split(line)
    assert parsed(DASKS[which], arguments)


@pytest.mark.parametrize("name", sorted(set(VARIABLE.findall(DOC))))
def test_a_variable_is_one_that_dask_reads(name):
    """A variable of the page sets nothing."""
    key = name.removeprefix("DASK_").lower().replace("__", ".")
    assert dask.config.get(key, "nothing") != "nothing"


def test_the_options_of_the_text_are_options():
    """An option that the text explains is one of no command."""
    known = {
        option
        for name in ("certify", "audit", "report")
        for parameter in vimgate.get_command(click.Context(vimgate), "fleet")
        .get_command(click.Context(vimgate), name)
        .params
        for option in parameter.opts
    } | {
        option
        for each in DASKS.values()
        for parameter in each.params
        for option in parameter.opts + parameter.secondary_opts
    }
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", DOC)) - ELSEWHERE
    assert told - known == set()


def test_the_fleet_file_of_the_page_is_one(folder):
    """The example is refused, or says something else than its words."""
    one, two, three = fleet_of(folder / "fleet.yaml").members
    assert (one.read_only, two.changes, two.deadline) == (True, ("create", "delete"), 5400.0)
    assert (two.read_only, three.os_cloud, three.url) == (False, "subcloud-3", "")


def test_every_field_is_told_and_no_other():
    """A field of the fleet file is missing in the table, or one that there is not stands in it."""
    rows = re.search(r"\| field \| \|\n(.*?)\n\n", DOC, re.DOTALL)[1].splitlines()[1:]
    told = [name for row in rows for name in re.findall(r"`(.*?)`", row.split(" | ")[0])]
    assert sorted(told) == sorted(schema()["$defs"]["target"]["properties"])
