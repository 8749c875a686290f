"""`vimgate spec requirements`: the ledger of a release."""

import json
from collections.abc import Iterable
from typing import Any, Final

import click
from rich.table import Table

from spec.ledger import Requirement
from spec.load import load_ledger
from vimgate.commands.spec.reading import RELEASE, told
from vimgate.tables import empty_table, print_table

STRENGTHS: Final = ("MUST", "SHOULD", "MAY")


@click.command("requirements", epilog="Example: vimgate spec requirements --strength MUST --json")
@click.option("--strength", type=click.Choice(STRENGTHS, case_sensitive=False), help="Only those of this strength.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
@RELEASE
def command(*, strength: str | None, as_json: bool, release: str) -> None:
    """List the requirements of the ledger and what tests each."""
    with told():
        ledger = load_ledger(release)
    chosen = [one for one in ledger.requirements if strength in (None, one.strength)]
    if as_json:
        click.echo(json.dumps([_plain(one) for one in chosen], indent=2, ensure_ascii=False))
    else:
        print_table(_table(chosen))


def _plain(requirement: Requirement) -> dict[str, Any]:
    names = ("id", "strength", "level", "text", "source", "lines", "check", "excluded", "deviation")
    return {**{name: getattr(requirement, name) for name in names}, "parameters": dict(requirement.parameters)}


def _table(chosen: Iterable[Requirement]) -> Table:
    table = empty_table("id", "strength", "source", "checked by", "text")
    for one in chosen:
        table.add_row(one.id, one.strength, one.source, one.check or f"excluded: {one.excluded}", one.text)
    return table
