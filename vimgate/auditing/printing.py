"""What `vimgate audit` and `vimgate fleet audit` print and write, from what came of the recordings."""

from pathlib import Path

import click

from conformance.findings.selection import SelectionError, selected
from proxy.audit import Terms
from proxy.telling.summary import write_summary
from reports.model import Level
from reports.render.words import printable
from spec.load import load_ledger
from vimgate.asking.traffic import HowTold, OfTraffic
from vimgate.auditing import telling
from vimgate.auditing.telling import Told, Whole
from vimgate.exits import WrongUse
from vimgate.summary import as_json
from vimgate.tables import print_table


def terms_of(asked: OfTraffic) -> Terms:
    """How recordings are judged. Raises WrongUse for a requirement that the release does not have."""
    wanted = _wanted(asked.release, asked.only, asked.skip)
    return Terms(asked.release, Level(asked.level), asked.shared, wanted, asked.explain_by or "")


def tell_of_one(told: Told, how: HowTold) -> None:
    """What came of one recording, as soon as that is known."""
    if how.quiet:
        return
    if not how.json_:
        click.echo(telling.line(told))
    for text in telling.damages(told.audited):
        click.echo(printable(f"{told.name}: {text}"), err=True)


def tell(came: Whole, terms: Terms, out: Path | None, how: HowTold) -> None:
    """What came of all of them."""
    if how.json_:
        click.echo(as_json(telling.document(came, terms, out)))
        return
    if not how.quiet:
        if (found := telling.table(came)) is not None:
            click.echo()
            print_table(found)
        click.echo(f"\n{telling.headline(came)}")
        if (known := telling.known_line(came, terms)) is not None:
            click.echo(known)
    click.echo(telling.verdict_line(came, terms, out))


def make_folder(out: Path) -> None:
    """Make the folder for what is kept. Raises WrongUse when that cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"{out}: cannot be made: {error.strerror or error}; name another folder with --out") from error


def write(out: Path, came: Whole) -> None:
    """Write the summary. Raises WrongUse when that cannot be."""
    try:
        write_summary(out, came.report)
    except OSError as error:
        raise WrongUse(f"{out}: cannot be written: {error.strerror or error}; name another with --out") from error


def _wanted(release: str, only: tuple[str, ...], skip: tuple[str, ...]) -> frozenset[str] | None:
    if not only and not skip:
        return None
    try:
        return selected(load_ledger(release), only, skip)
    except SelectionError as error:
        raise WrongUse(str(error)) from error
