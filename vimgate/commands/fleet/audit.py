"""`vimgate fleet audit`: judge recorded traffic of any size on a cluster."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from proxy.audit import Terms
from proxy.audited import Audited
from reports import gate
from reports.render.words import printable
from spec.digests import contract_digest
from vimgate.asking import chosen, with_options
from vimgate.asking.size import SIZE
from vimgate.asking.traffic import TOLD, TRAFFIC, HowTold, OfTraffic
from vimgate.auditing import telling
from vimgate.auditing.choosing import Recording, folders, put_together, recordings
from vimgate.auditing.printing import tell, tell_of_one, terms_of, write
from vimgate.auditing.showing import Shown
from vimgate.auditing.telling import Told
from vimgate.auditing.work import Job
from vimgate.exits import WrongUse
from vimgate.fleet.auditing import PART_SIZE, FleetAudit
from vimgate.fleet.cluster import cluster
from vimgate.fleet.partstore import begun, check_folder

_FOLDER: Final = "vimgate-fleet-audit"


@click.command("audit")
@click.argument("paths", metavar="FILE|DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_options(TRAFFIC)
@click.option(
    "--scheduler",
    metavar="URL",
    help="Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT, whose workers see the same files.  "
    "[default: workers on this machine]",
)
@click.option(
    "-n",
    "workers",
    type=click.IntRange(1, 256),
    metavar="WORKERS",
    help="Workers on this machine, without --scheduler.  [default: one per CPU]",
)
@click.option(
    "--part-size",
    type=SIZE,
    default=PART_SIZE,
    metavar="SIZE",
    help="Share a larger recording out by its histories, over no more parts than there are workers.  [default: 256MiB]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=_FOLDER,
    show_default=True,
    help="Folder for what came of each part, the summary, the findings and their evidence.",
)
@click.option(
    "--resume", is_flag=True, help="Go on with the audit in the folder: parts that are done are not read again."
)
@with_options(TOLD)
@click.pass_context
def command(  # noqa: PLR0913 - the options of the command
    context: click.Context,
    /,
    *,
    paths: tuple[Path, ...],
    scheduler: str | None,
    workers: int | None,
    part_size: int,
    out: Path,
    resume: bool,
    **asked: Any,
) -> None:
    """Judge recorded traffic of any size on this machine's cores or on a Dask cluster, as `vimgate audit` does.

    A recording that is larger than --part-size is looked through first, and its histories (each deployment, and each
    session of one) are shared out over parts; a part reads the recording and judges its own histories, in a process
    that may take 2 GiB. So no history is split, and memory does not grow with the file. What a part came to is kept in
    --out at once: a worker that is lost costs the part that it was at, which another one judges again.

    Findings, exit codes, and what is printed are those of `vimgate audit`. Whoever stops it gets what was judged, and
    goes on with --resume.

    \b
    Example:
      vimgate fleet audit --release stx-8.0 captures/
      vimgate fleet audit --scheduler tcp://10.0.0.1:8786 --part-size 1GB --out audit /mnt/captures
      vimgate fleet audit --resume --scheduler tcp://10.0.0.1:8786 --part-size 1GB --out audit /mnt/captures
    """  # noqa: D301 - click reads \b as "do not wrap"
    if scheduler is not None and workers is not None:
        raise WrongUse("-n is for the cluster of this machine; leave it out, or --scheduler")
    terms, how = terms_of(chosen(OfTraffic, asked)), chosen(HowTold, asked)
    found = put_together(recordings(paths))
    header = _header(found, terms, part_size)
    check_folder(out, header, resume=resume)
    jobs = [Job(each.files, terms, folder) for each, folder in zip(found, folders(found, out), strict=True)]
    files = [str(file.absolute()) for each in found for file in each.files]
    with cluster(scheduler, workers=workers or os.cpu_count() or 1, paths=files) as made:
        store = begun(out, header, resume=resume)
        audit = FleetAudit(made, found, jobs, store, part_size)
        with _stoppable(audit.stop), Shown(audit.progress, quiet=how.quiet) as shown:
            told = []
            for place, audited in _in_order(audit):
                told.append(Told(found[place].name, audited))
                with shown.aside():
                    tell_of_one(told[-1], how)
    came = telling.whole(told, terms, stopped=audit.progress.stopped or bool(audit.trouble))
    write(out, came)
    tell(came, terms, out, how)
    if came.stopped:
        why = printable(audit.trouble) or "stopped"
        click.echo(f"vimgate: {why}; go on with the same command and --resume", err=True)
    context.exit(gate.exit_code(came.outcome))


def _header(found: Sequence[Recording], terms: Terms, part_size: int) -> dict[str, Any]:
    """What is judged, and how, as plain values: whoever goes on must ask for the same."""
    files = [[[str(file.absolute()), _size(file)] for file in each.files] for each in found]
    asked = asdict(terms) | {"wanted": sorted(terms.wanted) if terms.wanted is not None else None}
    return {"contract": contract_digest(terms.release), "terms": asked, "part_size": part_size, "files": files}


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _in_order(audit: FleetAudit) -> Iterator[tuple[int, Audited]]:
    """What came of each recording, in the order of the arguments, as soon as that can be."""
    ready: dict[int, Audited] = {}
    following = 0
    for place, audited in audit.run():
        ready[place] = audited
        while following in ready:
            yield following, ready.pop(following)
            following += 1


@contextmanager
def _stoppable(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the judging, and what was judged is told; a second one ends everything."""
    asked: list[bool] = []

    def handle(_number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
