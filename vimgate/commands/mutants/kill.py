"""`vimgate mutants kill`: the judge, and a peer beside it, on each faulty reference server."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from conformance.runs.options import Options
from reference_server.mutants import AREAS, MUTANTS, Mutant
from reports.stream import replace_file
from vimgate import completing
from vimgate.commands.mutants.listing import found
from vimgate.exits import Exit, WrongUse
from vimgate.surroundings import stoppable

if TYPE_CHECKING:
    from vimgate.matrix.work import Asked

_TOLD_EVERY = 10


@click.command(
    epilog="""\b
Examples:
  vimgate mutants kill
  vimgate mutants kill --area abort --full
  vimgate mutants kill --peer schemathesis --clean-seeds 20 --json matrix.json
"""
)
@click.argument("names", metavar="[NAME...]", nargs=-1, shell_complete=completing.mutants)
@click.option("--area", "areas", multiple=True, type=click.Choice(AREAS), help="Only mutants of this area; repeatable.")
@click.option("--peer", type=click.Choice(["schemathesis"]), help="Run plain Schemathesis beside our suite.")
@click.option(
    "--peer-runs",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Most runs of the peer on a mutant, each with the next seed, until it has sent as many requests as we needed.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The seed of every trial.")
@click.option(
    "-n",
    "workers",
    type=click.IntRange(1, 64),
    metavar="WORKERS",
    default=2,
    show_default=True,
    help="Trials at a time, each in a process of its own.",
)
@click.option(
    "--clean-seeds",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Under how many seeds the clean server is judged; none of them may raise an alarm.",
)
@click.option("--full", is_flag=True, help="Run the whole suite on each mutant, not only up to the first kill.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=300,
    show_default=True,
    help="Seconds after which a trial is ended: a mutant that hangs is a miss.",
)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write everything to this file.")
@click.pass_context
def command(  # noqa: PLR0913 - the options of the command
    context: click.Context,
    /,
    *,
    names: tuple[str, ...],
    areas: tuple[str, ...],
    peer: str | None,
    peer_runs: int,
    seed: int,
    workers: int,
    clean_seeds: int,
    full: bool,
    limit: int,
    file: Path | None,
) -> None:
    """Run the whole suite on each mutant of the reference server, up to its first kill, and print the matrix.

    A mutant is killed when a requirement fails on it, and missed otherwise. The peer kills when it reports a failure
    that it does not report on the clean server; it gets one run with its own defaults. With --peer-runs 4 it gets up
    to four, until it has sent as many requests as our suite needed.

    Exit codes: 0 when at least 95 % of the mutants, and all that break a MUST, were killed and the clean server was not
    accused; 1 when that does not hold; 2 wrong use; 3 when something could not be run.
    """
    mutants = chosen(names, areas)
    if peer is None and peer_runs > 1:
        raise WrongUse("--peer-runs is for a peer; add --peer schemathesis, or leave it out")
    if file is not None and not file.absolute().parent.is_dir():
        raise WrongUse(f"{file}: there is no folder for it; name another file with --json")
    # Both judges are imported when they are used, not when somebody asks for help.
    from vimgate.matrix import tables  # noqa: PLC0415
    from vimgate.matrix.document import Made, document  # noqa: PLC0415
    from vimgate.matrix.work import Asked, Hunt  # noqa: PLC0415

    asked = Asked(
        mutants, Options(seed=seed, stop_at_first=not full), workers, limit, clean_seeds, peer_runs if peer else 0
    )
    hunt, started, begun = Hunt(asked), datetime.now(UTC), time.monotonic()
    stopped = False
    with stoppable("mutants"):
        try:
            click.echo(_plan(asked, hunt.total), err=True)
            hunt.work(lambda name, done: _tell(name, done, hunt.total))
        except KeyboardInterrupt:
            stopped = True
    matrix = hunt.matrix()
    tables.show(matrix, with_peer=asked.peer)
    for line in (*matrix.broken_promises, *matrix.not_run):
        click.echo(line, err=True)
    if file is not None:
        made = Made(started.isoformat(timespec="seconds"), time.monotonic() - begun)
        _write(file, json.dumps(document(matrix, asked, made), indent=1) + "\n")
    if stopped or matrix.unfinished:
        context.exit(Exit.INCOMPLETE)
    if matrix.broken_promises:
        context.exit(Exit.NOT_CONFORMANT)
    context.exit(Exit.INCOMPLETE if matrix.not_run else Exit.CONFORMANT)


def chosen(names: Sequence[str], areas: Sequence[str]) -> list[Mutant]:
    """The mutants that are named, or all, of those areas, or any. Raises WrongUse when there is none."""
    named = [found(name) for name in dict.fromkeys(names)] if names else MUTANTS.values()
    of_areas = [mutant for mutant in named if not areas or mutant.area in areas]
    if not of_areas:
        raise WrongUse(f"no mutant is of the area {' or '.join(areas)}; `vimgate mutants list` shows all")
    return of_areas


def _plan(asked: "Asked", total: int) -> str:
    """What is going to happen."""
    peer = f"; the peer has {asked.peer_runs} runs at most"
    return (
        f"mutants: {total} trials on {len(asked.mutants)} mutants, {asked.workers} at a time, "
        f"of at most {asked.limit:.0f} s{peer if asked.peer else ''}"
    )


def _tell(name: str, done: int, total: int) -> None:
    """How far the work is, on stderr."""
    console = Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal:
        click.echo(f"\r\x1b[2Kmutants: {done} of {total} trials done, last {name}", nl=done == total, err=True)
    elif done % _TOLD_EVERY == 0 or done == total:
        click.echo(f"mutants: {done} of {total} trials done, last {name}", err=True)


def _write(file: Path, text: str) -> None:
    try:
        replace_file(file, text)
    except OSError as error:
        raise WrongUse(
            f"{file}: cannot be written: {error.strerror or error}; name another file with --json"
        ) from error
