"""`vimgate.toml`: which value is in force, and what a wrong file is told."""

import re
from pathlib import Path

import click
import pytest

from vimgate.cli import main
from vimgate.exits import WrongUse
from vimgate.settings import Setting, read_settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@click.group()
def tool():
    """A command line with one of each."""


@tool.command()
@click.argument("target", required=False)
@click.option("--seed", type=click.IntRange(min=0))
@click.option("--level", type=click.Choice(["wire", "oracle"]))
@click.option("--read-only", is_flag=True)
@click.option("--only", multiple=True)
@click.option("--token-file")
@click.option("-n", "workers", type=int)
def certify(**_):
    """Does nothing."""


@tool.group()
def report():
    """A group within the group."""


@report.command()
@click.option("--level")
def gate(**_):
    """Does nothing either."""


@pytest.fixture
def read(tmp_path):
    """Reads a text as the settings of the tool."""

    def of(text):
        (tmp_path / "vimgate.toml").write_text(text, encoding="utf-8")
        return read_settings(tmp_path / "vimgate.toml", tool)

    return of


def test_each_option_and_argument_can_be_set(read):
    """An option of the command line cannot stand in the file."""
    made, settings = read(
        '[certify]\ntarget = "http://h"\nseed = 7\nlevel = "wire"\nread-only = true\nonly = ["A", "B"]\nworkers = 2\n'
        '[report.gate]\nlevel = "x"\n'
    )
    assert made["certify"] == {
        "target": "http://h", "seed": 7, "level": "wire", "read_only": True, "only": ["A", "B"], "workers": 2,
    }  # fmt: skip
    assert made["report"] == {"gate": {"level": "x"}}
    assert settings[-1] == Setting(("report", "gate"), "level", "x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[certfy]\nseed = 1", r"vimgate.toml:1: certfy: there is no command vimgate certfy; did you mean certify\?"),
        ("[report.gat]\n", r":1: \[report\] gat: there is no command vimgate report gat; did you mean gate\?"),
        ("\n[certify]\nsede = 1", r":3: \[certify\] sede: vimgate certify has no such option; did you mean seed\?"),
        ("[certify]\nhelp = true", "help: vimgate certify has no such option"),
        ("certify = 3", "certify: write a table, \\[certify\\]"),
        ("seed = 3", "seed: there is no command vimgate seed; known are certify, report"),
        ('[certify]\nseed = "x"', r":2: \[certify\] seed: 'x' is not a valid integer"),
        ("[certify]\nseed = -1", "seed: -1 is not in the range"),
        ("[certify]\nseed = 1.5", "seed: write a whole number, not 1.5"),
        ("[certify]\nseed = true", "seed: write a value, not true or false"),
        ('[certify]\nread-only = "yes"', "read-only: write true or false"),
        ('[certify]\nonly = "VIM-API-002"', r'only: write a list, such as only = \["VIM-API-002"\]'),
        ("[certify]\nseed = [1]", "seed: write one value"),
        ('[certify]\nlevel = "wirre"', "level: 'wirre' is not one of"),
        ('[certify]\ntoken = "abc"', "token: no secret stands in this file; write token-file"),
        ('[certify]\ntarget = "https://me:pw@h"', "leave user and password out of the URL"),
        ("[certify\n", "not TOML"),
    ],
)
def test_a_wrong_file_says_where_and_what_to_write(read, text, says):
    """A setting that nobody reads, or of another kind, is silently without effect."""
    with pytest.raises(WrongUse, match=says):
        read(text)


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_wrong_use(tmp_path, content):
    """A file that was named and is not there, or is no text, ends in a traceback."""
    path = tmp_path / "other.toml"
    _ = content is None or path.write_bytes(content)
    with pytest.raises(WrongUse, match=r"other\.toml: (cannot be read|byte 0 is not UTF-8)"):
        read_settings(path, tool)


@pytest.fixture
def requirements(tmp_path, monkeypatch, capsys):
    """The strengths that `vimgate spec requirements` shows in a folder whose file says MAY; and the exit code."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vimgate.toml").write_text('[spec.requirements]\nstrength = "MAY"\n', encoding="utf-8")
    (tmp_path / "other.toml").write_text('[spec.requirements]\nstrength = "MUST"\n', encoding="utf-8")

    def run(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            main([*arguments])
        return left.value.code, set(re.findall(r"\b(?:MUST|SHOULD|MAY)\b", capsys.readouterr().out))

    return run


COMMAND = ("spec", "requirements")
VARIABLE = {"VIMGATE_SPEC_REQUIREMENTS_STRENGTH": "SHOULD"}


@pytest.mark.parametrize(
    ("arguments", "environment", "strength"),
    [
        (COMMAND, {}, "MAY"),
        (COMMAND, VARIABLE, "SHOULD"),
        ((*COMMAND, "--strength", "MUST"), VARIABLE, "MUST"),
        (("--config", "other.toml", *COMMAND), {}, "MUST"),
        (COMMAND, {"VIMGATE_CONFIG": "other.toml"}, "MUST"),
    ],
    ids=["file", "environment", "command line", "another file", "another file by the environment"],
)
def test_the_nearest_word_is_in_force(requirements, arguments, environment, strength):
    """The file goes before the environment, or the environment before the command line."""
    assert requirements(*arguments, **environment) == (0, {strength})


@pytest.mark.parametrize("arguments", [("--config", "nowhere.toml", *COMMAND), ("--config", "README.md", *COMMAND)])
def test_a_wrong_file_is_exit_2(requirements, arguments):
    """A command runs with other options than its owner thinks."""
    assert requirements(*arguments) == (2, set())


def test_the_file_of_the_readme_can_be_used(tmp_path, monkeypatch, capsys):
    """The example of the README is refused."""
    monkeypatch.chdir(tmp_path)
    text = re.search(r"```toml\n(.*?)```", README, re.DOTALL)[1]
    (tmp_path / "vimgate.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["spec", "show"])
    assert (left.value.code, capsys.readouterr().err) == (0, "")
