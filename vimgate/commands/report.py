"""`vimgate report`: show a report in another form, or let it decide an exit code."""

import sys
from pathlib import Path

import click

from reports import gate as gates
from reports import stream
from reports.folder import RENDERERS
from reports.model import Report
from vimgate.exits import Incomplete, WrongUse

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
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of stdout.")
def show(report: Path, form: str, output: Path | None) -> None:
    """Show a report as text, as one offline HTML page or as JUnit XML.

    Exit codes: 0 shown, whatever the verdict; 2 no report there, or a damaged one; 3 the report is cut off.

    \b
    Example:
      vimgate report show vimgate-report
      vimgate report show vimgate-report --format html --output report.html
    """  # noqa: D301 - click reads \b as "do not wrap"
    rendered = RENDERERS[form](_read(report))
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
@click.pass_context
def gate(context: click.Context, report: Path) -> None:
    """Print the VERDICT line of a report and exit by it.

    Exit codes: 0 conformant, 1 not conformant, 2 no report there, or a damaged one, 3 incomplete or cut off.

    \b
    Example:
      vimgate report gate vimgate-report
    """  # noqa: D301 - click reads \b as "do not wrap"
    read = _read(report)
    click.echo(gates.verdict_line(read, report))
    context.exit(gates.exit_code(gates.outcome(read)))


def _read(path: Path) -> Report:
    try:
        return stream.read(path)
    except stream.TruncatedReport as error:
        raise Incomplete(str(error)) from error
    except stream.ReportError as error:
        raise WrongUse(str(error)) from error
