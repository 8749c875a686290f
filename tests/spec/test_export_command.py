"""`vimgate spec export`: the files as they are shipped, and what a release does as one plain file."""

import re

import pytest
import yaml
from click.testing import CliRunner

from spec.crosscheck import document_problems
from spec.documents import DocumentError
from spec.load import load_contract, own_file
from spec.openapi import contract_of
from vimgate.commands.spec import command, export

RELEASE = "stx-3.0"


def run(*arguments):
    """The result of the command."""
    return CliRunner().invoke(command, ["export", *arguments])


@pytest.fixture(scope="module")
def text():
    """The file of a release."""
    result = run("--release", RELEASE)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize(
    ("options", "name"),
    [([], "openapi.yaml"), (["--release", "published"], "openapi.yaml"), (["--control"], "control.yaml")],
)
def test_export_prints_the_file(options, name):
    """What is printed is the file of this room, byte for byte."""
    result = run(*options)
    assert (result.exit_code, result.stdout_bytes) == (0, own_file(name).read_bytes())


def test_the_file_of_a_release_is_its_contract(text):
    """The file says other things than what a server of the release is judged by."""
    assert yaml.load(text, yaml.CSafeLoader) == load_contract(RELEASE).document


def test_the_file_of_a_release_is_valid_openapi(text):
    """Who gives the file to another tool is told that it is no OpenAPI 3.1."""
    assert list(document_problems(contract_of(yaml.load(text, yaml.CSafeLoader), ""))) == []


def test_the_file_of_a_release_is_plain(text):
    """An anchor, an alias or something of an overlay is left in the file."""
    assert (
        re.findall(r"(?:^|[ \\[{,])[&*][A-Za-z0-9_-]+$|^(?:overlay|extends|actions|x-deviations):", text, re.MULTILINE)
        == []
    )


def test_the_first_line_says_whose_it_is(text):
    """Whoever finds the file later does not know of which release it is."""
    assert text.splitlines()[0].startswith("# The API as StarlingX 3.0.0 has it, 42 deviations")


def test_the_control_api_has_no_releases():
    """Whoever asks for the control API of a release gets that of another without a word."""
    result = run("--control", "--release", RELEASE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "leave --release or --control out" in result.stderr


def test_export_says_that_a_file_cannot_be_read(monkeypatch):
    """A file that is gone is a sentence and exit code 2, no traceback."""

    def gone(_):
        raise DocumentError("control.yaml: cannot be read")

    monkeypatch.setattr(export, "read_text", gone)
    result = run("--control")
    assert (result.exit_code, result.stderr) == (2, "Error: control.yaml: cannot be read\n")
