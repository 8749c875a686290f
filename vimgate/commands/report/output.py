"""What a command has rendered goes to stdout, or to a file of the reader's choice."""

import sys
from pathlib import Path
from typing import Final

import click

from reports.stream import replace_file
from vimgate.exits import WrongUse

OUTPUT: Final = click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of stdout."
)


def put(text: str, output: Path | None) -> None:
    """Write the text. Raises WrongUse when the file cannot be written."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        return
    try:
        replace_file(output, text)
    except OSError as error:
        raise WrongUse(f"{output}: cannot be written: {error.strerror or error}") from error
