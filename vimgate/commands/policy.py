"""`vimgate policy`: check a policy of the gateway, and show what it comes to."""

from collections.abc import Iterator
from pathlib import Path

import click
from rich.table import Table

from proxy.deciding.policy import Policy
from proxy.deciding.policyfile import BINDING, NAMES, default_policy, read_policy
from proxy.traffic import Direction
from reports.model import Level
from spec.documents import DocumentError
from spec.ledger import Ledger
from spec.load import RELEASES, load_ledger
from vimgate.exits import WrongUse
from vimgate.tables import empty_table, print_table


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--release", type=click.Choice(RELEASES), default="published", show_default=True, help="What traffic is held to."
)
def command(file: Path | None, release: str) -> None:
    """Check a policy and show what `vimgate proxy --mode enforce` makes of it; without FILE the shipped one.

    Exit codes: 0 shown, 2 the file cannot be read or says what leads nowhere.

    \b
    Example:
      vimgate policy
      vimgate policy policy.yaml --release stx-3.0
    """  # noqa: D301 - click reads \b as "do not wrap"
    try:
        ledger = load_ledger(release)
        policy = default_policy(ledger) if file is None else read_policy(file, ledger)
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    print_table(_levels(policy))
    click.echo(f"\nAs last seen, not certain: {policy.as_last_seen}")
    for title, rows in (("Exceptions", list(_exceptions(policy, ledger))), ("Freeze", list(_freezes(policy)))):
        click.echo(f"\n{title}{'' if rows else ': none'}")
        for row in rows:
            click.echo(f"  {row}")


def _levels(policy: Policy) -> Table:
    table = empty_table("What breaks a", *Level)
    for name, direction in NAMES.items():
        for strength in BINDING:
            actions = policy.grid[direction][strength]
            table.add_row(f"{strength} in {name}", *(actions[level] for level in Level))
    return table


def _exceptions(policy: Policy, ledger: Ledger) -> Iterator[str]:
    """The requirements with which something else is done than with the others of their strength and level."""
    texts = ledger.by_id
    for requirement in policy.places[Direction.RESPONSE]:
        told = [
            f"{action} in {name}"
            for name, direction in NAMES.items()
            if (action := policy.action(direction, requirement)) is not policy.usual(direction, requirement)
        ]
        if told:
            yield f"{requirement}: {', '.join(told)}: {texts[requirement].text}"


def _freezes(policy: Policy) -> Iterator[str]:
    for each in policy.freezes:
        unknown = f"; {each.unknown} while the state is not known"
        reason = f" ({each.reason})" if each.reason else ""
        yield f"no {', '.join(sorted(each.wishes))} while {', '.join(sorted(each.states))}{unknown}{reason}"
