"""Who is judged, and what may be done to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from vimgate.asking import Option

TARGET: Final[tuple[Option, ...]] = (
    click.option(
        "--allow-changes", is_flag=True, help="Strategies may be created, applied, aborted and deleted on a URL target."
    ),
    click.option(
        "--read-only", is_flag=True, help="Declare that only GET requests are wanted; the rest is not applicable."
    ),
    click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with the X-Auth-Token; else $VIMGATE_TOKEN.",
    ),
    click.option(
        "--rulebook",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Judge the embedded server under this rulebook file.",
    ),
)


@dataclass(frozen=True, slots=True)
class OfTarget:
    """What was asked about the target."""

    allow_changes: bool
    read_only: bool
    token_file: Path | None
    rulebook: Path | None
