"""`vimgate spec export`: the files as they are shipped."""

import pytest
from click.testing import CliRunner

from spec.documents import DocumentError
from spec.load import own_file
from vimgate.commands import spec as spec_command


@pytest.mark.parametrize(("options", "name"), [([], "openapi.yaml"), (["--control"], "control.yaml")])
def test_export_prints_the_file(options, name):
    """What is printed is the file of this room, byte for byte."""
    result = CliRunner().invoke(spec_command.command, ["export", *options])
    assert (result.exit_code, result.stdout_bytes) == (0, own_file(name).read_bytes())


def test_export_says_that_a_file_cannot_be_read(monkeypatch):
    """A file that is gone is a sentence and exit code 2, no traceback."""

    def gone(_):
        raise DocumentError("control.yaml: cannot be read")

    monkeypatch.setattr(spec_command, "read_text", gone)
    result = CliRunner().invoke(spec_command.command, ["export", "--control"])
    assert (result.exit_code, result.stderr) == (2, "Error: control.yaml: cannot be read\n")
