"""`vimgate report show`: a report in another form."""

from pathlib import Path

import click

from reports.folder import RENDERERS
from reports.render.brief import brief
from vimgate.commands.report import reading
from vimgate.commands.report.output import OUTPUT, put
from vimgate.commands.report.reading import REPORT
from vimgate.placing import placed
from vimgate.summary import as_json


@click.command("show")
@REPORT
@click.option(
    "--format", "form", type=click.Choice(list(RENDERERS)), default="text", show_default=True, help="The form to print."
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document: verdict, counts and first findings.")
@OUTPUT
def command(report: Path, form: str, output: Path | None, *, json_: bool) -> None:
    """Show a report in one of its forms, or the short of it as JSON.

    text and html are for people; junit, sarif, markdown, annotations (of GitHub Actions) and badge (SVG) for CI.

    Exit codes: 0 shown, whatever the verdict; 2 no report there, or a damaged one; 3 the report is cut off.

    \b
    Example:
      vimgate report show vimgate-report
      vimgate report show vimgate-report --format html --output report.html
      vimgate report show vimgate-report --format sarif --output report.sarif
    """  # noqa: D301 - click reads \b as "do not wrap"
    read = reading.read(report)
    rendered = f"{as_json(brief(read, report))}\n" if json_ else RENDERERS[form](placed(read))
    put(rendered, output)
