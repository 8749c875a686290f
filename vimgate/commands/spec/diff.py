"""`vimgate spec diff`: what a client sees change from one release to another."""

from collections.abc import Sequence

import click
from rich.table import Table

from spec.comparison import Area, Change, Edition, compare
from spec.load import RELEASES
from vimgate.releases.changes import sentence, where
from vimgate.releases.document import document
from vimgate.releases.loading import edition
from vimgate.summary import as_json
from vimgate.tables import empty_table, print_table


@click.command(
    "diff",
    epilog="""\b
Examples:
  vimgate spec diff published stx-3.0
  vimgate spec diff published stx-3.0 --area requests --json
""",
)
@click.argument("old", type=click.Choice(RELEASES), metavar="OLD")
@click.argument("new", type=click.Choice(RELEASES), metavar="NEW")
@click.option(
    "--area",
    "areas",
    type=click.Choice([each.value for each in Area]),
    multiple=True,
    help="Only changes of this area; may be repeated.",
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document instead of a table.")
def command(old: str, new: str, areas: Sequence[str], *, json_: bool) -> None:
    """Say what a client sees change from release OLD to release NEW.

    Kinds and operations that come and go, members of bodies, codes, roles, what may be seen, and the deviations and
    requirements behind it. What belongs to a kind that only one of them has is not told member by member.

    Exit codes: 0 told, whether something changes or not; 2 there is no such release.
    """
    before, after = edition(old), edition(new)
    changes = [each for each in compare(before, after) if not areas or each.area in areas]
    if json_:
        click.echo(as_json(document(before, after, changes)))
    elif changes:
        click.echo(f"From {before.release.title} ({old}) to {after.release.title} ({new}):")
        print_table(_table(changes, before, after))
    else:
        click.echo(f"Nothing that a client sees changes from {old} to {new}{_limited(areas)}.")


def _limited(areas: Sequence[str]) -> str:
    return f" in {', '.join(areas)}" if areas else ""


def _table(changes: Sequence[Change], old: Edition, new: Edition) -> Table:
    table = empty_table("area", "where", "what changes")
    for each in changes:
        table.add_row(each.area, where(each, old, new), sentence(each))
    return table
