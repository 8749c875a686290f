"""`vimgate report gate`: a report decides an exit code."""

from datetime import UTC, datetime
from pathlib import Path

import click

from reports import gate as gates
from reports.model import Level
from reports.render.brief import brief
from reports.waivers import apply as apply_waivers
from reports.waivers import complaints
from vimgate.commands.report import reading
from vimgate.commands.report.reading import REPORT
from vimgate.summary import as_json
from vimgate.waiverfile import waivers_of


@click.command("gate")
@REPORT
@click.option(
    "--waivers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of known deviations that do not count (docs/waivers.md).  [default: what the run was given]",
)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    help="Look at requirements up to this level alone.  [default: all of the run]",
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document: verdict, counts and first findings.")
@click.pass_context
def command(context: click.Context, report: Path, waivers: Path | None, level: str | None, *, json_: bool) -> None:
    """Print the VERDICT line of a report and exit by it.

    With --waivers, waivers that the run was given do not count; those of the file do, on the day of today (UTC). A
    waiver that has run out, is unknown or has nothing to waive ends in 1 as well, and stderr says which.

    Exit codes: 0 conformant, 1 not conformant, 2 no report there, or a damaged one, 3 incomplete or cut off.

    \b
    Example:
      vimgate report gate vimgate-report
      vimgate report gate vimgate-report --waivers waivers.yaml --level lifecycle
    """  # noqa: D301 - click reads \b as "do not wrap"
    given = waivers_of(waivers)
    read = reading.read(report)
    if level is not None:
        read = gates.up_to(read, Level(level))
    if given is not None:
        read = apply_waivers(read, given, datetime.now(UTC).date())
    for complaint in complaints(read):
        click.echo(complaint, err=True)
    click.echo(as_json(brief(read, report)) if json_ else gates.verdict_line(read, report))
    context.exit(gates.exit_code(gates.outcome(read)))
