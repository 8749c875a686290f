"""`vimgate audit`: judge recorded traffic."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from proxy.audited import Audited
from reports import gate
from vimgate.asking import chosen, with_options
from vimgate.asking.traffic import TOLD, TRAFFIC, HowTold, OfTraffic
from vimgate.auditing import telling
from vimgate.auditing.choosing import folders, put_together, recordings
from vimgate.auditing.meter import Meter
from vimgate.auditing.printing import make_folder, tell, tell_of_one, terms_of, write
from vimgate.auditing.showing import OfMeter, Shown
from vimgate.auditing.telling import Told
from vimgate.auditing.work import Job, work

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
@with_options(TRAFFIC)
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
@with_options(TOLD)
@click.pass_context
def command(
    context: click.Context, /, *, paths: tuple[Path, ...], workers: int | None, out: Path | None, **asked: Any
) -> None:
    """Judge recorded traffic by the contract, with the same verdicts as live.

    A recording is a HAR of a browser or a proxy, a file of mitmproxy flows, or JSON lines of exchanges; gzipped or
    not, told by its content. Different deployments in one file are judged apart, and the files into which a gateway
    rotated a capture (capture.har, capture.1.har, ...) together, as one recording. What cannot be read is told, with
    its place, and the rest is judged.

    A finding that every deployment of a release has carries the number of the deviation (`vimgate spec show --release
    R` lists them): of --release itself, or of --explain-by. Such a finding counts all the same; what the published
    document is silent on is noted, and is none.

    Exit codes: 0 no answer broke a MUST, 1 some did, 2 wrong use, 3 something could not be read or judged, or nothing
    was there to be judged, or it was stopped. A broken MUST goes before what could not be read. Findings about
    requests are told, and change no exit code.
    """
    terms, how = terms_of(chosen(OfTraffic, asked)), chosen(HowTold, asked)
    found = put_together(recordings(paths))
    if out is not None:
        make_folder(out)
    jobs = [Job(each.files, terms, folder) for each, folder in zip(found, folders(found, out), strict=True)]
    meter = Meter(len(jobs))
    figures = OfMeter(meter, sum(each.size for each in found))
    with _stoppable(meter), Shown(figures, quiet=how.quiet) as shown:
        told = []
        for place, audited in _in_order(jobs, meter, workers or _cpus()):
            told.append(Told(found[place].name, audited))
            with shown.aside():
                tell_of_one(told[-1], how)
    came = telling.whole(told, terms, stopped=meter.stopped)
    if out is not None:
        write(out, came)
    tell(came, terms, out, how)
    context.exit(gate.exit_code(came.outcome))


def _in_order(jobs: list[Job], meter: Meter, workers: int) -> Iterator[tuple[int, Audited]]:
    """What came of each recording, in the order of the arguments, as soon as that can be."""
    ready: dict[int, Audited] = {}
    following = 0
    for place, audited in work(jobs, meter, workers):
        ready[place] = audited
        while following in ready:
            yield following, ready.pop(following)
            following += 1


def _cpus() -> int:
    return min(
        _MOST_WORKERS, os.process_cpu_count() if hasattr(os, "process_cpu_count") else len(os.sched_getaffinity(0))
    )


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
