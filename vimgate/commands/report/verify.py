"""`vimgate report verify`: the signature of a report."""

from datetime import UTC, datetime
from pathlib import Path

import click

from reports.signing.envelope import SignatureError
from vimgate.commands.report.reading import REPORT
from vimgate.commands.report.signature import signature_line
from vimgate.exits import Exit, WrongUse


@click.command("verify")
@REPORT
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PUB",
    help="File of the signer's public key: the signature beside the report is checked.",
)
@click.pass_context
def command(context: click.Context, report: Path, key: Path | None) -> None:
    """Check the signature beside a report.

    It has to be by that key, still hold, and be about this report with this evidence, to the byte.

    Exit codes: 0 it holds, whatever the verdict; 1 it does not, or there is none; 2 wrong use.

    \b
    Example:
      vimgate report verify vimgate-report --key vendor.key.pub
    """  # noqa: D301 - click reads \b as "do not wrap"
    if key is None:
        raise WrongUse("without a key nothing can be verified; name the signer's public key with --key")
    try:
        click.echo(signature_line(report, key, datetime.now(UTC)))
    except SignatureError as error:
        click.echo(f"Error: {error}", err=True)
        context.exit(Exit.NOT_CONFORMANT)
