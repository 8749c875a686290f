"""`vimgate spec`: is the contract sound, what does it say, which requirements are there."""

import difflib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
from rich.table import Table

from spec.contract import Contract, Operation
from spec.documents import DocumentError, read_text
from spec.fitting import misfits
from spec.ledger import Requirement, problems, read_lines
from spec.load import RELEASES, load_contract, load_law, load_ledger, load_release, own_file
from spec.members import members_of, statuses_in_words
from spec.release import Deviation
from vimgate import completing
from vimgate.exits import Exit, WrongUse
from vimgate.tables import empty_table, print_table

STRENGTHS: Final = ("MUST", "SHOULD", "MAY")


_release = click.option(
    "--release", type=click.Choice(RELEASES), default="published", show_default=True, help="What deployments of it do."
)


@click.group(epilog="Example: vimgate spec show createSwPatchStrategy")
def command() -> None:
    """Look at the contract, its requirements and its operations."""


@command.command(epilog="Example: vimgate spec check")
def check() -> None:
    """Check that the contract, the ledger and the law are sound; one line each, exit code 1 when one is not."""
    sound = [_reported(name, ask) for name, ask in CHECKS]
    sys.exit(Exit.CONFORMANT if all(sound) else Exit.NOT_CONFORMANT)


@command.command(epilog="Example: vimgate spec show actOnSwPatchStrategy")
@click.argument("operation", required=False, shell_complete=completing.operations)
@_release
def show(operation: str | None, release: str) -> None:
    """Show the operations of the contract, or OPERATION in detail."""
    contract = _contract(release)
    if operation is None:
        print_table(_operations_table(contract))
        return
    found = next((one for one in contract.operations if one.operation_id == operation), None)
    if found is None:
        raise WrongUse(_unknown(operation, [one.operation_id for one in contract.operations]))
    _show_operation(contract, found)


@command.command(epilog="Example: vimgate spec export --control > control.yaml")
@click.option("--control", is_flag=True, help="The control API of simulated targets instead of the published API.")
def export(*, control: bool) -> None:
    """Print the OpenAPI file of the published API, or of the control API, as it is shipped."""
    try:
        click.echo(read_text(own_file("control.yaml" if control else "openapi.yaml")), nl=False)
    except DocumentError as error:
        raise WrongUse(str(error)) from error


@command.command(epilog="Example: vimgate spec requirements --strength MUST --json")
@click.option("--strength", type=click.Choice(STRENGTHS, case_sensitive=False), help="Only those of this strength.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
@_release
def requirements(*, strength: str | None, as_json: bool, release: str) -> None:
    """List the requirements of the ledger and what tests each."""
    try:
        ledger = load_ledger(release)
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    chosen = [one for one in ledger.requirements if strength in (None, one.strength)]
    if as_json:
        click.echo(json.dumps([_plain(one) for one in chosen], indent=2, ensure_ascii=False))
    else:
        print_table(_requirements_table(chosen))


@command.command(epilog="Example: vimgate spec deviations stx-3.0")
@click.argument("release", type=click.Choice(RELEASES))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def deviations(release: str, *, as_json: bool) -> None:
    """List what deployments of RELEASE do otherwise than the published document says."""
    try:
        found = tuple(load_release(release).deviations.values())
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        print_table(_deviations_table(found))


@command.command(epilog="Example: vimgate spec docs --out docs")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="docs",
    show_default=True,
    help="Folder to write them to.",
)
def docs(*, out: Path) -> None:
    """Write the contract as pages in Markdown: requirements.md, states.md and releases.md."""
    from vimgate.contractpages import PAGES  # noqa: PLC0415 - the checks, whose sentences only the pages need

    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, page in PAGES.items():
            (out / name).write_text(page(), encoding="utf-8")
            click.echo(out / name)
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    except OSError as error:
        raise WrongUse(
            f"{out}: cannot be written: {error.strerror or error}; name another folder with --out"
        ) from error


# ---- spec check: what is asked, and what says that all is well ----


def _document_problems() -> Iterable[str]:
    from spec.crosscheck import document_problems  # noqa: PLC0415 - half a second that only `check` needs

    return document_problems(load_contract())


def _example_problems() -> Iterator[str]:
    from spec.crosscheck import example_problems  # noqa: PLC0415 - half a second that only `check` needs

    return example_problems(load_contract())


def _ledger_problems() -> Iterable[str]:
    return map(str, problems(load_ledger(), read_lines(own_file("reference"))))


def _law_problems() -> Iterable[str]:
    load_law()  # refuses a law that contradicts itself
    return ()


def _release_problems() -> Iterator[str]:
    from spec.crosscheck import document_problems  # noqa: PLC0415 - half a second that only `check` needs

    lines = read_lines(own_file("reference"))
    for release in RELEASES:
        contract, ledger, law = load_contract(release), load_ledger(release), load_law(release)
        yield from (f"{release}: {problem}" for problem in document_problems(contract))
        yield from (f"{release}: {problem}" for problem in problems(ledger, lines))
        yield from (f"{release}: {problem}" for problem in misfits(contract, ledger, law))


CHECKS: Final[tuple[tuple[str, Callable[[], Iterable[str]]], ...]] = (
    ("openapi.yaml is valid OpenAPI 3.1", _document_problems),
    ("every example of the reference is valid by openapi-core and by jsonschema-rs", _example_problems),
    ("requirements.yaml accounts for every line of the reference", _ledger_problems),
    ("lifecycle.yaml holds together", _law_problems),
    (f"releases/ fit contract, ledger and law: {', '.join(RELEASES)}", _release_problems),
)


def _reported(name: str, ask: Callable[[], Iterable[str]]) -> bool:
    """Ask one question, print its line and what is wrong below it."""
    try:
        wrong = list(ask())
    except DocumentError as error:
        wrong = str(error).splitlines()
    click.echo(f"{'FAIL' if wrong else 'ok':4}  {name}")
    for problem in wrong:
        click.echo(f"      {problem}")
    return not wrong


# ---- tables ----


def _contract(release: str) -> Contract:
    try:
        return load_contract(release)
    except DocumentError as error:
        raise WrongUse(str(error)) from error


def _unknown(operation: str, known: list[str]) -> str:
    lowered = {name.lower(): name for name in known}
    near = [lowered[name] for name in difflib.get_close_matches(operation.lower(), lowered, n=3)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"write one of {', '.join(known)}"
    return f"the contract has no operation {operation!r}; {hint}"


def _operations_table(contract: Contract) -> Table:
    table = empty_table("operation", "method", "path", "success", "body", "listed codes", "silent codes")
    for one in contract.operations:
        codes = (statuses_in_words(one.documented - {one.success}), statuses_in_words(one.silent))
        table.add_row(one.operation_id, one.method, one.path, str(one.success), one.body, *codes)
    return table


def _show_operation(contract: Contract, operation: Operation) -> None:
    click.echo(f"{operation.operation_id}: {operation.method} {operation.path}")
    click.echo(f"  {operation.summary} ({operation.source})")
    click.echo(f"  success       {operation.success}")
    click.echo(f"  listed codes  {statuses_in_words(operation.documented - {operation.success})}")
    click.echo(f"  silent codes  {statuses_in_words(operation.silent)}  (the reference does not list them; allowed)")
    click.echo(f"  request body  {operation.body}")
    members = members_of(contract, operation.operation_id)
    if members:
        table = empty_table("member", "required", "values", "default")
        for one in members:
            table.add_row(one.name, one.needed, one.values, "" if one.default is None else json.dumps(one.default))
        print_table(table)
    for example in contract.examples:
        if example.operation_id == operation.operation_id:
            place = "request" if example.status is None else f"answer {example.status}"
            click.echo(f"  example of the {place}: {example.name}")


def _plain(requirement: Requirement) -> dict[str, Any]:
    names = ("id", "strength", "level", "text", "source", "lines", "check", "excluded", "deviation")
    return {**{name: getattr(requirement, name) for name in names}, "parameters": dict(requirement.parameters)}


def _requirements_table(chosen: list[Requirement]) -> Table:
    table = empty_table("id", "strength", "source", "checked by", "text")
    for one in chosen:
        table.add_row(one.id, one.strength, one.source, one.check or f"excluded: {one.excluded}", one.text)
    return table


def _deviations_table(found: Iterable[Deviation]) -> Table:
    table = empty_table("id", "group", "the document says", "deployments do", "requirements")
    for one in found:
        ids = [
            f"{verb} {', '.join(getattr(one, verb))}"
            for verb in ("lifts", "changes", "adds", "keeps")
            if getattr(one, verb)
        ]
        table.add_row(one.id, one.group, one.document, one.deployment, "; ".join(ids))
    return table
