"""`vimgate spec check`: whether contract, ledger, law and releases hold together."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import click

from spec.crosscheck import document_problems, example_problems
from spec.documents import DocumentError
from spec.fitting import misfits
from spec.ledger import problems, read_lines
from spec.load import RELEASES, load_contract, load_law, load_ledger, own_file
from vimgate.exits import Exit


@click.command("check", epilog="Example: vimgate spec check")
def command() -> None:
    """Check that the contract, the ledger and the law are sound; one line each, exit code 1 when one is not."""
    sound = [_reported(name, ask) for name, ask in CHECKS]
    sys.exit(Exit.CONFORMANT if all(sound) else Exit.NOT_CONFORMANT)


def _document_problems() -> Iterable[str]:
    return document_problems(load_contract())


def _example_problems() -> Iterator[str]:
    return example_problems(load_contract())


def _ledger_problems() -> Iterable[str]:
    return map(str, problems(load_ledger(), read_lines(own_file("reference"))))


def _law_problems() -> Iterable[str]:
    load_law()  # refuses a law that contradicts itself
    return ()


def _release_problems() -> Iterator[str]:
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
