"""`vimgate report`: show a report in another form, or let it decide an exit code."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from reports import gate as gates
from reports import stream
from reports.folder import RENDERERS
from reports.model import Level, Report
from reports.render.brief import brief
from reports.waivers import apply as apply_waivers
from reports.waivers import complaints
from vimgate.exits import Incomplete, WrongUse
from vimgate.summary import as_json
from vimgate.waiverfile import waivers_of

_REPORT = click.argument("report", type=click.Path(path_type=Path))


@click.group()
def command() -> None:
    """Look at the report of a run.

    REPORT is the folder of a run or the report.jsonl in it.

    \b
    Example:
      vimgate report show vimgate-report
      vimgate report gate vimgate-report
    """  # noqa: D301 - click reads \b as "do not wrap"


@command.command()
@_REPORT
@click.option(
    "--format", "form", type=click.Choice(list(RENDERERS)), default="text", show_default=True, help="The form to print."
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document: verdict, counts and first findings.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of stdout.")
def show(report: Path, form: str, output: Path | None, *, json_: bool) -> None:
    """Show a report as text, as one offline HTML page or as JUnit XML, or the short of it as JSON.

    Exit codes: 0 shown, whatever the verdict; 2 no report there, or a damaged one; 3 the report is cut off.

    \b
    Example:
      vimgate report show vimgate-report
      vimgate report show vimgate-report --format html --output report.html
    """  # noqa: D301 - click reads \b as "do not wrap"
    read = _read(report)
    rendered = f"{as_json(brief(read, report))}\n" if json_ else RENDERERS[form](read)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(rendered.encode())
        return
    try:
        stream.replace_file(output, rendered)
    except OSError as error:
        raise WrongUse(f"{output}: cannot be written: {error.strerror or error}") from error


@command.command()
@_REPORT
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
def gate(context: click.Context, report: Path, waivers: Path | None, level: str | None, *, json_: bool) -> None:
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
    read = _read(report)
    if level is not None:
        read = gates.up_to(read, Level(level))
    if given is not None:
        read = apply_waivers(read, given, datetime.now(UTC).date())
    for complaint in complaints(read):
        click.echo(complaint, err=True)
    click.echo(as_json(brief(read, report)) if json_ else gates.verdict_line(read, report))
    context.exit(gates.exit_code(gates.outcome(read)))


def _read(path: Path) -> Report:
    try:
        return stream.read(path)
    except stream.TruncatedReport as error:
        raise Incomplete(str(error)) from error
    except stream.ReportError as error:
        raise WrongUse(str(error)) from error
