"""`vimgate report diff`: two reports held against each other."""

from pathlib import Path

import click

from reports.difference import between
from reports.render import difference
from vimgate.commands.report import reading
from vimgate.commands.report.output import OUTPUT, put
from vimgate.summary import as_json


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(difference.FORMS)),
    default="text",
    show_default=True,
    help="The form to print.",
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document: what became of each requirement.")
@OUTPUT
@click.pass_context
def command(  # noqa: PLR0913 - click hands over one argument per option
    context: click.Context, old: Path, new: Path, form: str, output: Path | None, *, json_: bool
) -> None:
    """Say what broke, what was fixed, what is new, gone, or fails for other causes, from report OLD to report NEW.

    Verdicts are compared without waivers, causes without uuids, numbers and times. What differs of the two runs
    themselves is told first.

    Exit codes: 0 nothing fails that did not fail so before, 1 something does, 2 no report there, or a damaged one,
    3 one of them is cut off, or what could be judged, and binds, could not be judged any more.

    \b
    Example:
      vimgate report diff vimgate-report-old vimgate-report
      vimgate report diff vimgate-report-old vimgate-report --format html --output difference.html
    """  # noqa: D301 - click reads \b as "do not wrap"
    found = between(reading.read(old), reading.read(new))
    put(f"{as_json(difference.value(found))}\n" if json_ else difference.FORMS[form](found), output)
    context.exit(found.exit_code)
