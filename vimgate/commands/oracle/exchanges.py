"""`vimgate oracle replay-http`: send recorded requests again to a fresh reference server, and compare the answers."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from reference_server.exchanges.lines import Exchange, read_exchanges
from reference_server.exchanges.player import Verdict, play
from reference_server.exchanges.setups import Setups
from reference_server.rulebooks import RELEASES, load_release
from spec.documents import DocumentError
from vimgate.commands.oracle.pages import (
    Tally,
    difference,
    documents,
    exclusions,
    known_differences,
    sessions,
    side_by_side,
    totals,
)
from vimgate.exits import Exit, WrongUse

DEFAULT_SETUPS: Final = Path("tests/replay/setups.yaml")
PROGRESS_INTERVAL: Final = 2.0  # seconds between two lines of progress


@click.command(
    "replay-http",
    epilog="""\b
Examples:
  vimgate oracle replay-http exchanges-3.0.jsonl.gz
  vimgate oracle replay-http --show 461 exchanges-3.0.jsonl.gz
""",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--release",
    "release_name",
    type=click.Choice(RELEASES),
    default="stx-3.0",
    show_default=True,
    help="Release that the server behaves as.",
)
@click.option(
    "--setups",
    "setups_path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=DEFAULT_SETUPS,
    show_default=True,
    help="Table of the deployments behind the lines.",
)
@click.option(
    "--show",
    "wanted",
    metavar="LINE",
    multiple=True,
    type=click.IntRange(min=1),
    help="Print the request of this line, counted from 1, and both answers.",
)
@click.pass_context
def replay_http(
    context: click.Context, path: Path, release_name: str, setups_path: Path, wanted: tuple[int, ...]
) -> None:
    """Send every recorded request again to a fresh server and compare the answers.

    FILE is a recording, .jsonl or .jsonl.gz. Compared are status, media type, Allow and the shape of the body, and in
    a history where the strategy stands. Differences that the table of setups knows are told and allowed.
    Exit codes: 0 all equal or known, 1 some differ otherwise, 2 a file or a line in it is broken.
    """
    tally = Tally()
    shown: set[int] = set()
    try:
        setups = _setups(setups_path)
        for outcome in play(_reported(path), setups, load_release(release_name)):
            tally.add(outcome)
            if outcome.verdict in (Verdict.DIFFERENT, Verdict.GONE):
                click.echo(difference(outcome))
            if outcome.exchange.number in wanted:
                shown.add(outcome.exchange.number)
                click.echo(side_by_side(outcome))
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    if missing := [number for number in wanted if number not in shown]:
        raise WrongUse(f"{path} has no line {missing[0]}, or a blank one")
    for text in (sessions(tally), exclusions(tally, setups), known_differences(tally), documents(tally), totals(tally)):
        if text:
            click.echo(text)
    context.exit(Exit.NOT_CONFORMANT if tally.unexplained else Exit.CONFORMANT)


def _setups(path: Path) -> Setups:
    if not path.is_file():
        raise WrongUse(f"there is no table of setups at {path}; name one with --setups FILE")
    return Setups.read(path)


def _reported(path: Path) -> Iterator[Exchange]:
    """The lines of the file, with a line of progress on stderr now and then."""
    last = time.monotonic()
    for exchange in read_exchanges(path):
        yield exchange
        if time.monotonic() - last >= PROGRESS_INTERVAL:
            last = time.monotonic()
            click.echo(f"{exchange.number} lines sent again", err=True)
