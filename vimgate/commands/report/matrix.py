"""`vimgate report matrix`: several reports as one table."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import click

from reports import stream
from reports.folder import FILES
from reports.overview import Entry, Trouble, overview
from reports.render import overview as forms
from vimgate.commands.report.output import put
from vimgate.exits import Exit
from vimgate.summary import as_json

PAGE: Final = "matrix.html"
_BELOW: Final = ("*/", "*/*/", "*/*/*/")
_TROUBLES: Final = {
    stream.TruncatedReport: Trouble.CUT_OFF,
    stream.DamagedReport: Trouble.DAMAGED,
    stream.MissingReport: Trouble.MISSING,
}


@click.command("matrix")
@click.argument("places", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--by",
    type=click.Choice(["folder", "target"]),
    default="folder",
    show_default=True,
    help="What makes a row: the folder DIR, or the target that a report names.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*forms.FORMS, "json"]),
    help="The form.  [default: html with --out, else text]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=f"Write to this file, or to {PAGE} in this folder.  [default: stdout]",
)
@click.pass_context
def command(context: click.Context, places: tuple[Path, ...], by: str, form: str | None, out: Path | None) -> None:
    """Show several reports as one table: rows are who was judged, columns are releases and levels.

    DIR is the folder of a run, or one with folders of runs in it; a single DIR of the latter kind stands for the
    folders in it. Of several runs of a row the newest counts. Each report is listed besides, and so is what is cut
    off or damaged.

    Exit codes: 0 shown, whatever the verdicts; 2 wrong use; 3 shown, and a report is cut off, damaged or missing.

    \b
    Example:
      vimgate report matrix vimgate-report
      vimgate report matrix results/* --out matrix.html
    """  # noqa: D301 - click reads \b as "do not wrap"
    file = _file(out)
    named = _children(places[0], out) or places if len(places) == 1 else places
    made = overview(each for place in named for each in _entries(place, file, by))
    form = form or ("html" if out is not None else "text")
    put(f"{as_json(forms.value(made))}\n" if form == "json" else forms.FORMS[form](made), file)
    for each in made.unreadable:
        click.echo(f"matrix: {json.dumps(each.place)[1:-1]}: {each.trouble}", err=True)
    context.exit(Exit.INCOMPLETE if made.unreadable else Exit.CONFORMANT)


def _file(out: Path | None) -> Path | None:
    return out / PAGE if out is not None and (out.is_dir() or not out.suffix) else out


def _children(place: Path, out: Path | None) -> tuple[Path, ...]:
    """The folders in a folder that is no run itself."""
    if not place.is_dir() or stream.locate(place).is_file():
        return ()
    mine = out.resolve() if out is not None else None
    found = (each for each in sorted(place.iterdir()) if each.is_dir() and not each.name.startswith("."))
    return tuple(each for each in found if each.resolve() != mine)


def _entries(place: Path, file: Path | None, by: str) -> Iterator[Entry]:
    """What was named, as the table takes it: a report, those in the folders below it, or that there is none."""
    here = place if place.is_file() or not place.is_dir() or stream.locate(place).is_file() else None
    below = [path.parent for pattern in _BELOW for path in place.glob(f"{pattern}{stream.FILE_NAME}")]
    name = place.resolve().name if place.is_dir() else place.resolve().parent.name
    for each in [here] if here is not None else sorted(below) or [place]:
        yield _entry(each, name, file, by)


def _entry(place: Path, name: str, file: Path | None, by: str) -> Entry:
    try:
        report = stream.read(place)
    except stream.ReportError as error:
        return Entry(name, str(place), _link(place, file), None, _TROUBLES.get(type(error)), str(error))
    return Entry(report.run.target if by == "target" else name, str(place), _link(place, file), report)


def _link(place: Path, file: Path | None) -> str:
    """How the page leads to the page of the report, or to its lines; empty where there is neither, or no page."""
    if file is None:
        return ""
    lines = stream.locate(place)
    there = next((each for each in (lines.with_name(FILES["html"]), lines) if each.is_file()), None)
    return quote(os.path.relpath(there.resolve(), file.resolve().parent)) if there is not None else ""
