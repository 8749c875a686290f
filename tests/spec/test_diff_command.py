"""`vimgate spec diff`: a table for people, one document for programs, and exit code 0 whatever changes."""

import json
from importlib.resources import files

import jsonschema
import pytest
from click.testing import CliRunner

from vimgate.commands.spec import command

SCHEMA = json.loads(files("vimgate.releases").joinpath("changes.schema.json").read_text(encoding="utf-8"))


def run(*arguments):
    """The result of the command."""
    return CliRunner().invoke(command, ["diff", *arguments])


@pytest.fixture(scope="module")
def document():
    """What a program is told of two releases."""
    result = run("published", "stx-3.0", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_a_table_for_people():
    """A reader is not told from what to what, or a change has no row."""
    result = run("published", "stx-3.0", "--area", "requests", "--area", "statuses")
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert (result.exit_code, lines[0]) == (
        0,
        "From The published NFV VIM API reference (published) to StarlingX 3.0.0 (stx-3.0):",
    )
    assert lines[1].split() == ["area", "where", "what", "changes"]
    assert {line.split()[0] for line in lines[2:]} == {"requests", "statuses"}
    assert any("create of sw-patch" in line and "`swift-apply-type`: optional now" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stx-3.0", "stx-3.0"], "Nothing that a client sees changes from stx-3.0 to stx-3.0.\n"),
        (
            ["published", "stx-3.0", "--area", "kinds"],
            "Nothing that a client sees changes from published to stx-3.0 in kinds.\n",
        ),
    ],
)
def test_nothing_is_a_sentence(arguments, told):
    """Where nothing changes there is an empty table, or an exit code that says that something is wrong."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (0, told)


def test_the_document_is_of_its_schema(document):
    """A program that believes the schema cannot read the document."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(document, SCHEMA)


def test_the_document_has_what_the_table_has(document):
    """People and programs are told other things."""
    table = run("published", "stx-3.0").stdout
    told = " ".join(table.split())
    assert (document["old"]["release"], document["new"]["title"]) == ("published", "StarlingX 3.0.0")
    assert [each for each in document["changes"] if each["text"].split()[0] not in told] == []
    rows = [
        line for line in table.splitlines() if line.startswith(tuple({each["area"] for each in document["changes"]}))
    ]
    assert len(rows) == len(document["changes"])


def test_without_changes_the_document_is_of_its_schema_too():
    """A program has to read a sentence where nothing changes."""
    same = json.loads(run("stx-3.0", "stx-3.0", "--json").stdout)
    jsonschema.validate(same, SCHEMA)
    assert same["changes"] == []


def test_an_unknown_release_is_wrong_use():
    """A release that there is not ends in a traceback, or is taken for one that there is."""
    result = run("published", "stx-1.0")
    assert result.exit_code == 2
    assert "'stx-1.0' is not one of 'published'" in result.stderr
