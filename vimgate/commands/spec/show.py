"""`vimgate spec show`: a release and its operations, or one operation in detail."""

import difflib
import json

import click
from rich.table import Table

from spec.comparison import Edition
from spec.contract import Contract, Operation
from spec.load import RELEASES, load_contract
from spec.members import members_of, statuses_in_words
from vimgate import completing
from vimgate.commands.spec.reading import RELEASE, told
from vimgate.exits import WrongUse
from vimgate.releases import showing
from vimgate.releases.concerning import concerning
from vimgate.releases.loading import edition
from vimgate.tables import empty_table, print_table


@click.command(
    "show",
    epilog="""\b
Examples:
  vimgate spec show --release stx-3.0
  vimgate spec show actOnSwPatchStrategy --release stx-3.0
""",
)
@click.argument("operation", required=False, shell_complete=completing.operations)
@RELEASE
def command(operation: str | None, release: str) -> None:
    """Show a release with its kinds, create bodies and operations, or OPERATION in detail.

    In detail: codes, members of the answer and of the request body, and the deviations of the release that concern it.
    """
    asked = edition(release)
    if operation is None:
        _show_release(asked)
        return
    found = next((one for one in asked.contract.operations if one.operation_id == operation), None)
    if found is None:
        raise WrongUse(_unknown(operation, release, [one.operation_id for one in asked.contract.operations]))
    _show_operation(asked, found)


def _unknown(operation: str, release: str, known: list[str]) -> str:
    for other in RELEASES:
        with told():
            if operation in {one.operation_id for one in load_contract(other).operations}:
                return f"{release} has no operation {operation}; {other} has it: --release {other}"
    lowered = {name.lower(): name for name in known}
    near = [lowered[name] for name in difflib.get_close_matches(operation.lower(), lowered, n=3)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"write one of {', '.join(known)}"
    return f"the contract has no operation {operation!r}; {hint}"


def _show_release(asked: Edition) -> None:
    for label, text in showing.facts(asked):
        click.echo(f"{label:13} {text}")
    kinds, rows = showing.creates(asked.contract)
    table = empty_table("member of a create", *kinds)
    for row in rows:
        table.add_row(*row)
    print_table(table)
    print_table(_operations(asked.contract))


def _operations(contract: Contract) -> Table:
    table = empty_table("operation", "method", "path", "success", "body", "listed codes", "silent codes")
    for one in contract.operations:
        codes = (statuses_in_words(one.documented - {one.success}), statuses_in_words(one.silent))
        table.add_row(one.operation_id, one.method, one.path, str(one.success), one.body, *codes)
    return table


def _show_operation(asked: Edition, operation: Operation) -> None:
    click.echo(f"{operation.operation_id}: {operation.method} {operation.path}")
    click.echo(f"  {operation.summary} ({operation.source})")
    for label, text in showing.of_operation(asked, operation):
        click.echo(f"  {label:13} {text}")
    _show_members(asked.contract, operation)
    _show_deviations(asked, operation)
    for example in asked.contract.examples:
        if example.operation_id == operation.operation_id:
            place = "request" if example.status is None else f"answer {example.status}"
            click.echo(f"  example of the {place}: {example.name}")


def _show_deviations(asked: Edition, operation: Operation) -> None:
    found = concerning(asked, operation)
    if not found:
        return
    table = empty_table("deviation", "group", "the document says", "deployments do")
    for one in found:
        table.add_row(one.id, one.group, one.document, one.deployment)
    print_table(table)


def _show_members(contract: Contract, operation: Operation) -> None:
    members = members_of(contract, operation.operation_id)
    if not members:
        return
    table = empty_table("member", "required", "values", "default")
    for one in members:
        table.add_row(one.name, one.needed, one.values, "" if one.default is None else json.dumps(one.default))
    print_table(table)
