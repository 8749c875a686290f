"""`vimgate fleet certify`: judge every target of a fleet file, and end in one verdict."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from reports.fleet.merged import Merged, exit_code, verdict_line
from reports.kept import is_held
from reports.render.fleet import FORMS
from vimgate.asking.duration import DURATION
from vimgate.asking.number import Number
from vimgate.exits import Incomplete, WrongUse
from vimgate.fleet.certifying import Bounds, Certifying
from vimgate.fleet.cluster import ClusterLost, cluster
from vimgate.fleet.fitness import Fitness, here
from vimgate.fleet.fleetfile import Fleet, fleet_of
from vimgate.fleet.journal import Journal, JournalError, Past, read_past
from vimgate.fleet.store import TARGETS, asked_of, header_of, journal_of, write_merged
from vimgate.fleet.telling import Telling

_TOLD: Final = 2


@click.command(
    epilog="""\b
Examples:
  vimgate fleet certify fleet.yaml
  vimgate fleet certify fleet.yaml -n 4 --per-worker 8 --requests-per-minute 6000
  vimgate fleet certify fleet.yaml --scheduler tcp://10.0.0.1:8786 --out night
  vimgate fleet certify fleet.yaml --out night --resume
"""
)
@click.argument("fleet", metavar="FLEET.yaml", type=click.Path(path_type=Path))
@click.option("--scheduler", metavar="URL", help="Dask scheduler, tcp:// or tls://.  [default: this machine's cores]")
@click.option(
    "-n", "workers", type=click.IntRange(1, 256), metavar="WORKERS", help="Processes here.  [default: one per CPU]"
)
@click.option(
    "--per-worker",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Targets at a time in each of them: a real target mostly waits.  [default: 1]",
)
@click.option(
    "--target-timeout",
    type=DURATION,
    default="2h",
    show_default=True,
    metavar="DURATION",
    help="Time of each target; then it is cleared up and incomplete.",
)
@click.option(
    "--retries",
    type=click.IntRange(0, 100),
    default=2,
    show_default=True,
    metavar="N",
    help="How often a target that does not answer is tried again, after all others.",
)
@click.option(
    "--retry-after",
    type=DURATION,
    default="30s",
    show_default=True,
    metavar="DURATION",
    help="How long to wait before that, twice as long each time.",
)
@click.option(
    "--requests-per-minute",
    type=Number(0.01),
    metavar="N",
    help="Send no more than that to all targets together.  [default: no limit]",
)
@click.option(
    "--requests",
    type=click.IntRange(min=1),
    metavar="N",
    help="Send no more than that in all, shared out evenly; clearing up is not refused.  [default: no limit]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="vimgate-fleet",
    show_default=True,
    help="Folder of journal, reports of the targets and merged report.",
)
@click.option("--resume", is_flag=True, help="Go on with the fleet in --out: what came to its end is not judged again.")
@click.option("--dry-run", is_flag=True, help="Say which targets would be judged how, send nothing, and end with 0.")
@click.option("--json", "as_json", is_flag=True, help="Print the merged report as a JSON document, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print the verdict line alone, and no progress.")
@click.pass_context
def command(context: click.Context, /, *, fleet: Path, dry_run: bool, **asked: Any) -> None:
    """Judge every target of FLEET.yaml, on this machine's cores or on a Dask cluster, and end in one verdict.

    Each target is judged as `vimgate certify` does it, in a process of its own, and its report is stored as it comes.
    A target that may be changed is given to a worker once: when that worker is lost, what its run created is removed,
    that is proved by a last look, and the target is incomplete.

    Ctrl-C stops the fleet: the targets that are being judged are cleared up. With --resume it goes on.

    Exit codes: 0 each target is conformant, 1 one is not, 2 wrong use, 3 of none it is known that it is not, and some
    are incomplete.
    """
    found = fleet_of(fleet)
    if asked["scheduler"] is not None and (asked["workers"] or asked["per_worker"]):
        raise WrongUse("-n and --per-worker are for the cluster of this machine; leave them out, or --scheduler")
    if dry_run:
        click.echo(_forecast(found))
        return
    report = _certified(found, asked)
    if asked["as_json"]:
        click.echo(FORMS["json"](report), nl=False)
    else:
        click.echo(verdict_line(report, asked["out"]))
    context.exit(exit_code(report))


def _certified(fleet: Fleet, asked: Mapping[str, Any]) -> Merged:
    out: Path = asked["out"]
    try:
        past = _past(fleet, out, resume=asked["resume"])
        done = len(past.finished) if past is not None else 0
        silent = asked["quiet"] or asked["as_json"]
        with Telling(len(fleet.members), done, lines=not silent, quiet=silent) as telling:
            _carried_out(fleet, asked, past, telling)
        report = write_merged(out)
    except JournalError as error:
        raise WrongUse(str(error)) from error
    if report.not_ended and not silent:
        many = f"{len(report.not_ended)} of {len(report.rows)} targets were"
        telling.say(f"{many} not judged to their end; to judge these: the same command with --resume")
    still = sum(bool(row.ending.left) for row in report.left_behind)
    if still and not silent:
        telling.say(f"{still} of those that were judged may keep what their runs left; --resume tries to remove it")
    return report


def _carried_out(fleet: Fleet, asked: Mapping[str, Any], past: Past | None, telling: Telling) -> None:
    """Judge what is to be judged, as far as it comes. Raises WrongUse, Incomplete, JournalError."""
    out: Path = asked["out"]
    workers, threads = asked["workers"] or os.cpu_count() or 1, asked["per_worker"] or 1
    try:
        with stoppable(telling) as stops, cluster(asked["scheduler"], workers=workers, threads=threads) as there:
            journal, past = _journal(fleet, out, past)
            with closing(journal):
                judging = Certifying(fleet, out, journal, bounds=_bounds(asked), heard=telling.heard, past=past)
                stops.append(judging.stop)
                try:
                    judging.on(there)
                except JournalError as error:
                    raise Incomplete(f"{error}; what was being judged was cleared up; go on with --resume") from error
                finally:
                    for each in judging.left:
                        telling.say(f"left behind on {each}")
    except ClusterLost as error:
        telling.say(error.message)
    except KeyboardInterrupt:
        if read_past(journal_of(out)) is None:  # nothing had begun
            raise
        telling.say("broken off; --resume clears up after the targets that were being judged")


def _bounds(asked: Mapping[str, Any]) -> Bounds:
    return Bounds(
        target_timeout=asked["target_timeout"],
        retries=asked["retries"],
        retry_after=asked["retry_after"],
        requests_per_minute=asked["requests_per_minute"] or 0.0,
        requests=asked["requests"],
    )


def _past(fleet: Fleet, out: Path, *, resume: bool) -> Past | None:
    """The earlier part of the fleet, which must be of the same; None where it begins. Raises WrongUse, JournalError."""
    path = journal_of(out)
    if is_held(path):
        raise WrongUse(f"{path}: another process is judging this fleet; wait for it")
    past = read_past(path)
    if not resume:
        if past is not None:
            raise WrongUse(f"{path}: a fleet was begun here; go on with --resume, or name another folder with --out")
        if os.path.lexists(out / TARGETS):  # whose files a report would take the place of
            raise WrongUse(f"{out / TARGETS}: is there already, and of no fleet; name another folder with --out")
        return None
    if past is None:
        raise WrongUse(f"{path}: there is no fleet to go on with; leave out --resume, or name its --out")
    for what, then, now in (
        ("targets, or what is asked of them, are", past.header.get("digest"), fleet.digest),
        *((f"{name} is", past.header.get("versions", {}).get(name), value) for name, value in _versions().items()),
    ):
        if then != now:
            raise WrongUse(f"{path}: this is another fleet: its {what} not the same; begin anew in another --out")
    return past


def _journal(fleet: Fleet, out: Path, past: Past | None) -> tuple[Journal, Past | None]:
    """The journal, locked, and what it says by now: somebody may have gone on with it while the cluster started."""
    path = journal_of(out)
    if past is None:
        return Journal.begin(path, header_of(fleet, {}, _versions())), None
    return Journal.go_on(path), read_past(path)


def _versions() -> dict[str, str]:
    ours: Fitness = here()
    return {"vimgate": ours.version, "contract": ours.digest}


def _forecast(fleet: Fleet) -> str:
    changed = sum(member.may_change for member in fleet.members)
    told = [f"{len(fleet.members)} targets, of which {changed} may be changed; nothing was sent"]
    return "\n".join([*told, *(f"{each.name}: {each.again}" for each in map(asked_of, fleet.members))])


@contextmanager
def stoppable(telling: Telling) -> Iterator[list[Callable[[], None]]]:
    """Ctrl-C and SIGTERM stop the fleet, by calling what is put into the list; a third one breaks it off."""
    stops: list[Callable[[], None]] = []
    count = 0

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if count == 1:
            _say("fleet certify: stopping; the targets that are being judged are cleared up first\n")
            if not stops:
                raise KeyboardInterrupt
            for each in stops:
                each()
        elif count == _TOLD:
            _say(f"fleet certify: still clearing up {telling.doing}; once more ends that, and leaves what is there\n")
        else:
            raise KeyboardInterrupt

    before = {sign: signal.signal(sign, stop) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stops
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _say(text: str) -> None:
    """Tell it past all buffers: a handler may run in the middle of any print."""
    with suppress(OSError):
        os.write(2, text.encode())
