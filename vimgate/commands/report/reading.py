"""The argument REPORT, and how it is read."""

from pathlib import Path

import click

from reports import lines, stream
from reports.model import Report
from vimgate.exits import Incomplete, WrongUse

REPORT = click.argument("report", type=click.Path(path_type=Path))


def read(path: Path) -> Report:
    """The report at that place. Raises WrongUse when none is there or it is damaged, Incomplete when it is cut off."""
    return whole(path)[2]


def whole(path: Path) -> tuple[Path, bytes, Report]:
    """The file of the report at that place, its bytes, and what they say. Raises as `read` does."""
    file = stream.locate(path)
    try:
        data = stream.content(file)
        return file, data, lines.decode(data, str(file))
    except stream.TruncatedReport as error:
        raise Incomplete(str(error)) from error
    except stream.ReportError as error:
        raise WrongUse(str(error)) from error
