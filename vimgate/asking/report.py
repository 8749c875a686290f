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
    click.option(
        "--waivers",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File of known deviations that do not count for now (docs/waivers.md).  [default: none]",
    ),
    click.option(
        "--evidence/--no-evidence",
        default=True,
        show_default=True,
        help="Store every exchange beside the report, so that the verdict can be recomputed (docs/evidence.md).",
    ),
    click.option("--json", is_flag=True, help="Print one JSON document instead of the summary and the verdict line."),
    click.option(
        "--ci",
        is_flag=True,
        help="Hand over what the CI system of this job reads (docs/ci.md); no bar, and the seed is told.",
    ),
    click.option("--quiet", is_flag=True, help="Print the verdict line alone, and no progress."),
)


@dataclass(frozen=True, slots=True)
class OfReport:
    """What was asked about the report."""

    out: Path
    waivers: Path | None
    evidence: bool
    json: bool
    quiet: bool
    ci: bool = False
