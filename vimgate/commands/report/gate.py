"""`vimgate report gate`: a report decides an exit code."""

from datetime import UTC, datetime
from pathlib import Path

import click

from reports import gate as gates
from reports import stream
from reports.baseline import hold, told
from reports.model import Level
from reports.render.brief import brief
from reports.render.words import printable
from reports.waivers import apply as apply_waivers
from reports.waivers import complaints
from vimgate.commands.report import reading
from vimgate.commands.report.reading import REPORT
from vimgate.exits import WrongUse
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
@click.option(
    "--baseline",
    metavar="OLD",
    type=click.Path(path_type=Path),
    help="An older report: what failed there, and fails alike, does not count (docs/gating.md).  [default: none]",
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document: verdict, counts and first findings.")
@click.pass_context
def command(  # noqa: PLR0913 - click hands over one argument per option
    context: click.Context, report: Path, waivers: Path | None, level: str | None, baseline: Path | None, *, json_: bool
) -> None:
    """Print the VERDICT line of a report and exit by it.

    With --waivers, waivers that the run was given do not count; those of the file do, on the day of today (UTC). A
    waiver that has run out, is unknown or has nothing to waive ends in 1 as well, and stderr says which.

    With --baseline, a requirement that failed in OLD and fails alike now counts as a warning. A new cause counts, and
    what cannot be judged is never excused; stderr says what broke anew and what was fixed.

    Exit codes: 0 conformant, 1 not conformant, 2 no report there, or a damaged one, 3 incomplete or cut off.

    \b
    Example:
      vimgate report gate vimgate-report
      vimgate report gate vimgate-report --waivers waivers.yaml --level lifecycle
      vimgate report gate vimgate-report --baseline vimgate-report-old
    """  # noqa: D301 - click reads \b as "do not wrap"
    given = waivers_of(waivers)
    if baseline is not None and stream.locate(baseline).resolve() == stream.locate(report).resolve():
        raise WrongUse(f"{baseline}: the baseline is the report itself, and would excuse all of it; name an older one")
    read, old = reading.read(report), reading.read(baseline) if baseline is not None else None
    if level is not None:
        read, old = gates.up_to(read, Level(level)), gates.up_to(old, Level(level)) if old is not None else None
    if given is not None:
        read = apply_waivers(read, given, datetime.now(UTC).date())
    held = hold(read, old) if old is not None else None
    counted = held.report if held is not None else read
    for complaint in (*complaints(counted), *(told(held) if held is not None else ())):
        click.echo(printable(complaint), err=True)
    if json_:
        click.echo(as_json(brief(counted, report, held)))
    else:
        click.echo(gates.verdict_line(counted, report, len(held.known) if held is not None else None))
    context.exit(gates.exit_code(gates.outcome(counted)))
