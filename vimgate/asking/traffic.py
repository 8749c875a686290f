"""By what recorded traffic is judged, and how what comes of it is told."""

from dataclasses import dataclass
from typing import Final

import click

from reports.model import Level
from spec.load import RELEASES
from vimgate.asking import Option

TRAFFIC: Final[tuple[Option, ...]] = (
    click.option(
        "--release",
        type=click.Choice(RELEASES),
        default=RELEASES[0],
        show_default=True,
        help="The contract to judge by.",
    ),
    click.option(
        "--explain-by",
        type=click.Choice(RELEASES[1:]),
        help="The release that the deployments are: say of each finding which of its numbered deviations it is.  "
        "[default: --release]",
    ),
    click.option(
        "--level",
        type=click.Choice([level.value for level in Level if level is not Level.ORACLE]),
        default=Level.ORCHESTRATION.value,
        show_default=True,
        help="How deep to look.",
    ),
    click.option(
        "--shared", is_flag=True, help="Others changed the deployment beside this traffic: judge no succession."
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="ID",
        help="Judge this requirement alone, or those of a pattern such as 'VIM-LIFE-*'; repeatable.  [default: all]",
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="ID",
        help="Leave out this requirement, or those of a pattern; repeatable.  [default: none]",
    ),
)

TOLD: Final[tuple[Option, ...]] = (
    click.option("--json", "json_", is_flag=True, help="Print one JSON document instead of lines, table and verdict."),
    click.option("--quiet", is_flag=True, help="Print the verdict line alone, and no progress."),
)


@dataclass(frozen=True, slots=True)
class OfTraffic:
    """What was asked about the judging."""

    release: str
    explain_by: str | None
    level: str
    shared: bool
    only: tuple[str, ...]
    skip: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HowTold:
    """What was asked about the telling."""

    json_: bool
    quiet: bool
