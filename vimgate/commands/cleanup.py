"""`vimgate cleanup`: remove what a run that was cut off has left on its target."""

import shutil
from pathlib import Path
from typing import Any

import click

from conformance.drivers.ownership import Ownership
from conformance.runs.cleanup import Departure, depart
from conformance.runs.options import Options
from conformance.runs.runfile import Busy, Past, RunFile, RunFileError, default_path, read_past
from conformance.targets.target import TargetError, check_text, shown
from conformance.targets.terms import Terms
from reports.redact import redact_text
from spec.load import PUBLISHED, RELEASES
from vimgate.asking import chosen, with_options
from vimgate.asking.caller import CALLER, OfCaller
from vimgate.asking.target import AUTHORITY, TIMEOUT
from vimgate.caller import caller_chosen
from vimgate.evidencing import beside
from vimgate.exits import Exit, Incomplete, WrongUse
from vimgate.surroundings import check_authority, secrets, stoppable


@click.command(
    epilog="""\b
Examples:
  vimgate cleanup http://controller:4545
  vimgate cleanup --run-file run.jsonl --token-file token.txt
"""
)
@click.argument("target", required=False)
@click.option(
    "--run-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file that the run kept.  [default: that of TARGET in ~/.local/state/vimgate/runs]",
)
@with_options(CALLER)
@TIMEOUT
@AUTHORITY
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    target: str | None,
    run_file: Path | None,
    request_timeout: float,
    ca: Path | None,
    **asked: Any,
) -> None:
    """Abort and delete the strategy that a run on TARGET has left, and nothing else.

    What is deleted is the strategy whose uuid the run noted when it was created; any other is left alone. The run file
    goes when nothing is left.

    Exit codes: 0 nothing of the run is left, 2 wrong use, 3 something is left or the target did not answer.
    """
    check_authority(ca)
    path, past = _found(target, run_file)
    departure = cleared(path, past, chosen(OfCaller, asked), request_timeout, ca)
    click.echo("\n".join([*departure.told, _ending(departure, path)]))
    context.exit(Exit.INCOMPLETE if departure.left else Exit.CONFORMANT)


def cleared(path: Path, past: Past, asked: OfCaller, request_timeout: float, ca: Path | None) -> Departure:
    """Remove what the run of that file has left, and the file when nothing is left; what was seen, without secrets.

    Raises WrongUse, Incomplete.
    """
    release = _release(path, past)
    try:
        check_text(past.target)
        file = RunFile.go_on(path)
    except Busy as error:
        raise Incomplete(str(error)) from error
    except (RunFileError, TargetError) as error:
        raise WrongUse(str(error)) from error
    ownership = Ownership(note=file.note, pending=set(past.pending))
    for uuid, kind in past.own.items():
        ownership.adopt(kind, uuid)
    try:
        with caller_chosen(asked, past.target, ca) as found, stoppable("cleanup"):
            terms = Terms(request_timeout=request_timeout, ca=str(found.ca.resolve()) if found.ca is not None else "")
            departure = depart(Options(target=past.target, terms=terms, release=release), ownership)
            departure = Departure(
                tuple(redact_text(line, secrets()) for line in departure.told), redact_text(departure.left, secrets())
            )
        if not departure.left:
            file.remove()
            shutil.rmtree(beside(path), ignore_errors=True)
    finally:
        file.close()
    return departure


def _found(target: str | None, run_file: Path | None) -> tuple[Path, Past]:
    if target is None and run_file is None:
        raise WrongUse("name the target that the run was on, or its file with --run-file")
    path = run_file or default_path(shown(target or ""))
    try:
        past = read_past(path)
    except RunFileError as error:
        raise WrongUse(str(error)) from error
    if past is None:
        raise WrongUse(f"{path} is not there: no run was cut off on {shown(target) if target else 'its target'}")
    if target is not None and shown(target).rstrip("/") != past.target.rstrip("/"):
        raise WrongUse(f"{path} is of a run on {past.target}, not on {shown(target)}; name one of them alone")
    return path, past


def _release(path: Path, past: Past) -> str:
    """The release that the run judged by: it says which kinds of strategy there are. Raises WrongUse."""
    release = str(past.header.get("release", PUBLISHED))
    if release not in RELEASES:
        raise WrongUse(
            f"{path}: the run judged by {release!a}, which this vimgate does not know; use the one of the run"
        )
    return release


def _ending(departure: Departure, path: Path) -> str:
    if departure.left:
        return f"left behind: {departure.left}; the run file stays: {path}"
    return "left behind: nothing; the run file is removed"
