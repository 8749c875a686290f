"""`vimgate oracle replay`: build recorded strategies again, and compare the documents."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from conformance.predictions.differ import ABSENT, Difference, differences
from reference_server.replay import Case, build_case, read_cases
from reference_server.rulebooks import RELEASES, Release, load_release
from reports.render.words import printable
from spec.documents import DocumentError
from vimgate.exits import Exit, Incomplete, WrongUse

PROGRESS_INTERVAL: Final = 2.0  # seconds between two lines of progress
MOST_SHOWN: Final = 20  # differences of a case, or cases that differ
LONGEST_VALUE: Final = 120  # characters


@dataclass
class _Tally:
    equal: int = 0
    different: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    @property
    def cases(self) -> int:
        return self.equal + len(self.different)


@click.command(
    epilog="""\b
Examples:
  vimgate oracle replay --release stx-3.0 plans-3.0.jsonl.gz
  vimgate oracle replay --show 20261123-02335 plans-3.0.jsonl.gz
""",
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--release",
    "release_name",
    type=click.Choice(RELEASES),
    default="stx-3.0",
    show_default=True,
    help="Rules to build by.",
)
@click.option(
    "--show",
    "wanted",
    metavar="ID",
    multiple=True,
    help="Print the first differences of the case with this id side by side.",
)
@click.pass_context
def replay(context: click.Context, paths: tuple[Path, ...], release_name: str, wanted: tuple[str, ...]) -> None:
    """Build every recorded case again and compare the strategy documents.

    FILE is a corpus, .jsonl or .jsonl.gz. Uuids are not compared, and of a date only whether it is set.
    Exit codes: 0 all equal, 1 some differ, 2 a file or a case in it is broken, 3 stopped before the end.
    """
    tally = _Tally()
    try:
        for case in _reported(paths):
            _compare(case, load_release(release_name), tally, wanted)
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    except KeyboardInterrupt:
        _tell(tally)
        raise Incomplete("stopped before the end; above is what was compared until then") from None
    missing = [name for name in wanted if name not in tally.shown]
    if missing:
        raise WrongUse(f"no case has the id {missing[0]!r}; ids stand in the member `id` of each line")
    _tell(tally)
    context.exit(Exit.NOT_CONFORMANT if tally.different else Exit.CONFORMANT)


def _reported(paths: Sequence[Path]) -> Iterator[Case]:
    """The cases of all files, with a line of progress on stderr now and then."""
    last = time.monotonic()
    number = 0
    for path in paths:
        for case in read_cases(path):
            yield case
            number += 1
            if time.monotonic() - last >= PROGRESS_INTERVAL:
                last = time.monotonic()
                click.echo(f"{number} cases compared, in {path.name}", err=True)


def _compare(case: Case, release: Release, tally: _Tally, wanted: Sequence[str]) -> None:
    found = list(differences(case.expect, build_case(case, release)))
    if found:
        tally.different.append(case.id)
    else:
        tally.equal += 1
    if case.id in wanted:
        tally.shown.add(case.id)
        _show(case, found)


def _show(case: Case, found: Sequence[Difference]) -> None:
    """The first differences of a case, side by side."""
    if not found:
        click.echo(printable(f"{case.id} ({case.place}): equal"))
        return
    title = printable(f"{case.id} ({case.place}), differences: {len(found)}")
    table = Table(title=title, title_justify="left")
    for column in ("where", "recorded", "built"):
        table.add_column(column, overflow="fold")
    for difference in islice(found, MOST_SHOWN):
        table.add_row(printable(difference.pointer), _text(difference.expected), _text(difference.actual))
    Console(highlight=False, markup=False).print(table)
    if len(found) > MOST_SHOWN:
        click.echo(f"... and {len(found) - MOST_SHOWN} more")


def _text(value: Any) -> str:
    """A value on few lines: what stands in a whole stage is not what a reader looks for."""
    return repr(value) if value is ABSENT else shorten(json.dumps(value), LONGEST_VALUE, placeholder=" ...")


def _tell(tally: _Tally) -> None:
    """What it came to."""
    if tally.different:
        more = len(tally.different) - MOST_SHOWN
        rest = f" and {more} more" if more > 0 else ""
        names = printable(", ".join(tally.different[:MOST_SHOWN]))
        click.echo(f"different: {names}{rest}; --show ID tells where")
    click.echo(f"{tally.cases} cases, {tally.equal} equal, {len(tally.different)} different")
