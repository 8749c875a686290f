"""The run file around a certification: what an earlier run has left is found here, and said."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from conformance.runs.options import Options
from conformance.runs.runfile import Busy, Past, RunFile, RunFileError, Told, default_path, read_past
from reports.kept import is_held
from reports.model import Run
from vimgate.asking.target import OfTarget
from vimgate.exits import Incomplete, WrongUse
from vimgate.surroundings import secrets

# What may differ between the two parts of a run: how it is carried out, not what is asked of the target.
_FREE: Final = frozenset({"terms", "finished", "take_over", "workers", "evidence"})


@contextmanager
def run_file_of(
    options: Options, run: Run, asked: OfTarget, told: Told
) -> Iterator[tuple[RunFile | None, Past | None]]:
    """The file of the run, and its earlier part when it is resumed; None and None where none is needed.

    `told` hears its lines. Raises Incomplete when another run is at work on the target or has left something there,
    WrongUse when there is nothing to resume or it was asked for otherwise.
    """
    if options.target.startswith("wsgi:") or not options.may_change:
        yield None, None
        return
    path = asked.run_file or default_path(run.target)
    header = _header(options, run)
    try:
        past = read_past(path)
        if past is not None:
            _check(past, path, header, resume=asked.resume)
        elif asked.resume:
            raise WrongUse(f"there is no run on {run.target} to resume ({path} is not there); leave out --resume")
        file = RunFile.go_on(path, secrets(), told) if asked.resume else RunFile.begin(path, header, secrets(), told)
    except Busy as error:
        raise Incomplete(str(error)) from error
    except RunFileError as error:
        raise WrongUse(str(error)) from error
    try:
        yield file, past if asked.resume else None
    finally:
        file.close()


def _check(past: Past, path: Path, header: Mapping[str, Any], *, resume: bool) -> None:
    if is_held(path):
        raise Incomplete(f"another run is at work on {past.target} (process {past.header.get('pid')}); wait for it")
    if resume:
        told = {name: (past.header.get(name), value) for name, value in header.items() if name != "started"}
        for name, (then, now) in told.items():
            if then != now:
                raise WrongUse(f"{path}: the run that was cut off cannot be resumed: {_difference(name, then, now)}")
        click.echo(f"certify: going on; {len(past.tests)} tests are done already", err=True)
    elif past.left:
        raise Incomplete(
            f"a run on {past.target} was cut off (begun {past.header.get('started')}) and has left {past.left}. To "
            f"remove it: vimgate cleanup --run-file {path}; to go on with that run: the same command with --resume"
        )
    elif past.tests:
        click.echo(
            f"certify: a run on this target was cut off after {len(past.tests)} tests; --resume would go on with it, "
            "this one begins anew",
            err=True,
        )


def _header(options: Options, run: Run) -> dict[str, Any]:
    asked = {name: value for name, value in asdict(options).items() if name not in _FREE}
    return {
        "target": run.target,
        "release": run.release,
        "seed": run.seed,
        "started": run.started,
        "versions": dict(run.versions),
        "contract": run.contract_digest,
        "options": {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()},
    }


def _difference(name: str, then: Any, now: Any) -> str:
    if isinstance(then, dict) and isinstance(now, dict):
        name, then, now = next((key, then.get(key), now.get(key)) for key in now if then.get(key) != now.get(key))
    return f"its {name} was {then}, and is {now} now; begin anew, or ask the same of the same version"
