"""`vimgate spec deviations`: what a release does otherwise than the published document says."""

import json
from collections.abc import Iterable
from dataclasses import asdict

import click
from rich.table import Table

from spec.load import RELEASES, load_release
from spec.release import Deviation
from vimgate.commands.spec.reading import told
from vimgate.tables import empty_table, print_table


@click.command("deviations", epilog="Example: vimgate spec deviations stx-3.0")
@click.argument("release", type=click.Choice(RELEASES))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def command(release: str, *, as_json: bool) -> None:
    """List what deployments of RELEASE do otherwise than the published document says."""
    with told():
        found = tuple(load_release(release).deviations.values())
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        print_table(_table(found))


def _table(found: Iterable[Deviation]) -> Table:
    table = empty_table("id", "group", "the document says", "deployments do", "requirements")
    for one in found:
        ids = [
            f"{verb} {', '.join(getattr(one, verb))}"
            for verb in ("lifts", "changes", "adds", "keeps")
            if getattr(one, verb)
        ]
        table.add_row(one.id, one.group, one.document, one.deployment, "; ".join(ids))
    return table
