"""Where the report goes, and how much is said."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from vimgate.asking import Option

REPORT: Final[tuple[Option, ...]] = (
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default="vimgate-report",
        show_default=True,
        help="Folder of the report.",
    ),
)


@dataclass(frozen=True, slots=True)
class OfReport:
    """What was asked about the report."""

    out: Path
