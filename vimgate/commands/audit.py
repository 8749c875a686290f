"""`vimgate audit`: judge recorded traffic."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import click

from conformance.findings.selection import SelectionError, selected
from proxy.audit import Audited, Terms
from proxy.telling.summary import write_summary
from reports import gate
from reports.model import Level
from reports.render.words import printable
from spec.load import RELEASES, load_ledger
from vimgate.auditing import telling
from vimgate.auditing.choosing import recordings
from vimgate.auditing.meter import Meter
from vimgate.auditing.showing import Shown
from vimgate.auditing.telling import Told, Whole
from vimgate.auditing.work import Job, work
from vimgate.exits import WrongUse
from vimgate.summary import as_json
from vimgate.tables import print_table

_MOST_WORKERS: Final = 4


@click.command(
    epilog="""\b
Examples:
  vimgate audit capture.har
  vimgate audit --release stx-3.0 recordings/ exchanges.jsonl.gz
  vimgate audit --explain-by stx-3.0 capture.har
  vimgate audit -n 2 --out audit --only 'VIM-LIFE-*' traffic.mitm
"""
)
@click.argument("paths", metavar="FILE|DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--release",
    type=click.Choice(RELEASES),
    default=RELEASES[0],
    show_default=True,
    help="The contract to judge by.",
)
@click.option(
    "--explain-by",
    type=click.Choice(RELEASES[1:]),
    help="The release that the deployments are: say of each finding which of its numbered deviations it is.  "
    "[default: --release]",
)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level if level is not Level.ORACLE]),
    default=Level.ORCHESTRATION.value,
    show_default=True,
    help="How deep to look.",
)
@click.option("--shared", is_flag=True, help="Others changed the deployment beside this traffic: judge no succession.")
@click.option(
    "--only",
    multiple=True,
    metavar="ID",
    help="Judge this requirement alone, or those of a pattern such as 'VIM-LIFE-*'; repeatable.  [default: all]",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="ID",
    help="Leave out this requirement, or those of a pattern; repeatable.  [default: none]",
)
@click.option(
    "-n",
    "workers",
    type=click.IntRange(1, 64),
    metavar="WORKERS",
    help=f"Recordings at a time, each in a process of its own.  [default: one per CPU, up to {_MOST_WORKERS}]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the summary, the findings and their evidence; of several recordings, each has its own in it.",
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document instead of lines, table and verdict.")
@click.option("--quiet", is_flag=True, help="Print the verdict line alone, and no progress.")
@click.pass_context
def command(  # noqa: PLR0913 - the options of the command
    context: click.Context,
    /,
    *,
    paths: tuple[Path, ...],
    release: str,
    explain_by: str | None,
    level: str,
    shared: bool,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    workers: int | None,
    out: Path | None,
    json_: bool,
    quiet: bool,
) -> None:
    """Judge recorded traffic by the contract, with the same verdicts as live.

    A recording is a HAR of a browser or a proxy, a file of mitmproxy flows, or JSON lines of exchanges; gzipped or
    not, told by its content. Different deployments in one file are judged apart. What cannot be read is told, with its
    place, and the rest is judged.

    A finding that every deployment of a release has carries the number of the deviation (`vimgate spec show --release
    R` lists them): of --release itself, or of --explain-by. Such a finding counts all the same; what the published
    document is silent on is noted, and is none.

    Exit codes: 0 no answer broke a MUST, 1 some did, 2 wrong use, 3 something could not be read or judged, or nothing
    was there to be judged, or it was stopped. A broken MUST goes before what could not be read. Findings about
    requests are told, and change no exit code.
    """
    terms = Terms(release, Level(level), shared, _wanted(release, only, skip), explain_by or "")
    files = recordings(paths)
    if out is not None:
        _make(out)
    jobs = [Job(file, terms, folder) for file, folder in zip(files, _folders(files, out), strict=True)]
    meter = Meter(len(jobs))
    with _stoppable(meter), Shown(meter, sum(_size(file) for file in files), quiet=quiet) as shown:
        told = []
        for each in _in_order(jobs, meter, workers or _cpus()):
            told.append(each)
            with shown.aside():
                _tell_of_one(each, json_=json_, quiet=quiet)
    came = telling.whole(told, terms, stopped=meter.stopped)
    if out is not None:
        _write(out, came)
    _tell(came, terms, out, json_=json_, quiet=quiet)
    context.exit(gate.exit_code(came.outcome))


def _in_order(jobs: list[Job], meter: Meter, workers: int) -> Iterator[Told]:
    """What came of each recording, in the order of the arguments, as soon as that can be."""
    ready: dict[int, Audited] = {}
    following = 0
    for place, audited in work(jobs, meter, workers):
        ready[place] = audited
        while following in ready:
            yield Told(str(jobs[following].path), ready.pop(following))
            following += 1


def _tell_of_one(told: Told, *, json_: bool, quiet: bool) -> None:
    if quiet:
        return
    if not json_:
        click.echo(telling.line(told))
    for text in telling.damages(told.audited):
        click.echo(printable(f"{told.name}: {text}"), err=True)


def _tell(came: Whole, terms: Terms, out: Path | None, *, json_: bool, quiet: bool) -> None:
    if json_:
        click.echo(as_json(telling.document(came, terms, out)))
        return
    if not quiet:
        if (found := telling.table(came)) is not None:
            click.echo()
            print_table(found)
        click.echo(f"\n{telling.headline(came)}")
        if (known := telling.known_line(came, terms)) is not None:
            click.echo(known)
    click.echo(telling.verdict_line(came, terms, out))


def _wanted(release: str, only: tuple[str, ...], skip: tuple[str, ...]) -> frozenset[str] | None:
    if not only and not skip:
        return None
    try:
        return selected(load_ledger(release), only, skip)
    except SelectionError as error:
        raise WrongUse(str(error)) from error


def _cpus() -> int:
    return min(
        _MOST_WORKERS, os.process_cpu_count() if hasattr(os, "process_cpu_count") else len(os.sched_getaffinity(0))
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _folders(files: list[Path], out: Path | None) -> list[Path | None]:
    """Where each recording's findings go: the folder itself for one alone, else one for each, numbered."""
    if out is None or len(files) == 1:
        return [out] * len(files)
    digits = len(str(len(files)))
    return [out / f"{number:0{digits}}-{file.name}" for number, file in enumerate(files, start=1)]


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"{out}: cannot be made: {error.strerror or error}; name another folder with --out") from error


def _write(out: Path, came: Whole) -> None:
    try:
        write_summary(out, came.report)
    except OSError as error:
        raise WrongUse(f"{out}: cannot be written: {error.strerror or error}; name another with --out") from error


@contextmanager
def _stoppable(meter: Meter) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the reading, and what was judged is told; a second one ends everything."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if meter.stopped:
            raise KeyboardInterrupt
        meter.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
