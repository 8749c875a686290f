"""`vimgate fleet report`: the merged report of a fleet, in one of its forms."""

from pathlib import Path

import click

from reports.fleet.merged import exit_code, verdict_line
from reports.render.fleet import FORMS
from vimgate.commands.report.output import put
from vimgate.exits import WrongUse
from vimgate.fleet.journal import JournalError
from vimgate.fleet.store import merged_of


@click.command("report")
@click.argument("folder", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True, help="The form.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.  [default: stdout]")
@click.pass_context
def command(context: click.Context, folder: Path, form: str, out: Path | None) -> None:
    """Show what the fleet in the folder OUT came to, and exit by it.

    OUT is what `vimgate fleet certify --out` was given. A fleet that is being judged, or was broken off, is shown as
    far as it came: what has not ended is incomplete.

    The text ends in the verdict line of the whole fleet; with --out that line alone is printed.

    Exit codes: 0 each target is conformant; 1 one is not; 2 no fleet there, or a damaged journal; 3 of none it is known
    that it is not conformant, and some could not be judged, or not to the end.

    \b
    Example:
      vimgate fleet report vimgate-fleet
      vimgate fleet report vimgate-fleet --format json --out fleet.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    try:
        report = merged_of(folder, out.parent if out is not None else None)
    except JournalError as error:
        raise WrongUse(str(error)) from error
    put(FORMS[form](report), out)
    if form == "text" or out is not None:
        click.echo(verdict_line(report, folder))
    context.exit(exit_code(report))
