"""`vimgate mutants list` and `show`: which faulty servers there are, and what each of them breaks."""

import json
from collections import Counter
from typing import Any

import click
from rich.table import Table

from reference_server.mutants import AREAS, MUTANTS, Mutant, find
from spec.load import load_ledger
from vimgate import completing
from vimgate.exits import WrongUse
from vimgate.tables import empty_table, print_table


@click.command(epilog="Example: vimgate mutants list --area input")
@click.option("--area", type=click.Choice(AREAS), metavar="AREA", help="Only those of this area; all without it.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def list_mutants(*, area: str | None, as_json: bool) -> None:
    """List the faulty servers: name, area, defect, and the requirements that it breaks."""
    chosen = [mutant for mutant in MUTANTS.values() if area in (None, mutant.area)]
    if as_json:
        click.echo(json.dumps([_plain(mutant) for mutant in chosen], indent=2, ensure_ascii=False))
        return
    print_table(_table(chosen))
    counts = Counter(mutant.area for mutant in chosen)
    told = ", ".join(f"{counts[each]} {each}" for each in AREAS if counts[each])
    click.echo(f"\n{len(chosen)} mutants: {told}")


@click.command(epilog="Example: vimgate mutants show second-apply-accepted")
@click.argument("name", shell_complete=completing.mutants)
def show(name: str) -> None:
    """Show what the faulty server NAME does wrong, what that breaks, and how to judge it."""
    mutant = found(name)
    texts = load_ledger().by_id
    click.echo(f"{mutant.name} ({mutant.area})")
    click.echo(f"  {mutant.defect}")
    for requirement in mutant.breaks:
        click.echo(f"  breaks {requirement}: {texts[requirement].text}")
    if not mutant.breaks:
        click.echo(f"  breaks no MUST: {mutant.equivalent}")
    if mutant.source:
        click.echo(f"  seen in a real release: {mutant.source}")
    click.echo(f"  judge it:  {how_to_judge(mutant)}")
    click.echo(f"  serve it:  vimgate mutants serve {mutant.name}")


def found(name: str) -> Mutant:
    """The mutant of that name. Raises WrongUse, which names near ones."""
    try:
        return find(name)
    except LookupError as error:
        raise WrongUse(str(error.args[0])) from None


def how_to_judge(mutant: Mutant) -> str:
    """The command that judges it, in a shell."""
    return f"{mutant.given}vimgate certify {mutant.target}"


def _plain(mutant: Mutant) -> dict[str, Any]:
    names = ("name", "area", "defect", "breaks", "token", "reader", "expired", "source", "equivalent", "target")
    return {name: getattr(mutant, name) for name in names}


def _table(chosen: list[Mutant]) -> Table:
    table = empty_table("name", "area", "defect", "breaks")
    for mutant in chosen:
        table.add_row(mutant.name, mutant.area, mutant.defect, ", ".join(mutant.breaks) or "no MUST")
    return table
