"""Who is judged, and what may be done to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from conformance.drivers.changes import Change
from conformance.targets.terms import POLL_INTERVAL, RECONNECT, REQUEST_TIMEOUT
from vimgate.asking import Option
from vimgate.asking.duration import DURATION
from vimgate.asking.number import Number

PER_MINUTE: Final[Option] = click.option(
    "--requests-per-minute",
    type=Number(0.01),
    metavar="N",
    help="Send no more than that; control requests are not counted.  [default: no limit]",
)
TIMEOUT: Final[Option] = click.option(
    "--request-timeout",
    type=Number(0.0, 3600.0, min_open=True),
    default=REQUEST_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="Most time for one whole answer.",
)
AUTHORITY: Final[Option] = click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of certificates (PEM) to trust instead of the system's.",
)

TARGET: Final[tuple[Option, ...]] = (
    click.option(
        "--allow-changes", is_flag=True, help="Strategies may be created, applied, aborted and deleted on a URL target."
    ),
    click.option(
        "--changes",
        metavar="LIST",
        default=",".join(Change),
        show_default=True,
        help="What --allow-changes permits; create and delete belong together, apply and abort may be left out.",
    ),
    click.option(
        "--take-over",
        is_flag=True,
        help="Abort and delete a strategy that is there already; without it such a target is left alone.",
    ),
    click.option(
        "--read-only", is_flag=True, help="Declare that only GET requests are wanted; the rest is not applicable."
    ),
    click.option(
        "--poll-interval",
        type=Number(0.0, 3600.0, min_open=True),
        default=POLL_INTERVAL,
        show_default=True,
        metavar="SECONDS",
        help="Least time between two looks while waiting in real time.",
    ),
    PER_MINUTE,
    click.option(
        "--most-requests",
        type=click.IntRange(min=1),
        metavar="N",
        help="Send no more than that in all; then the run clears up, for which no request is refused, and ends.  "
        "[default: no limit]",
    ),
    TIMEOUT,
    click.option(
        "--reconnect",
        type=Number(0.0),
        default=RECONNECT,
        show_default=True,
        metavar="SECONDS",
        help="How long a target may be gone in between before the run ends.",
    ),
    click.option(
        "--deadline",
        type=DURATION,
        metavar="DURATION",
        help="Time of the whole run, such as 3600, 90m or 1h30m; then it clears up and ends.  [default: none]",
    ),
    AUTHORITY,
    click.option(
        "--run-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Where a run that changes a URL notes what it does.  [default: in ~/.local/state/vimgate/runs]",
    ),
    click.option(
        "--rulebook",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Judge the embedded server under this rulebook file.",
    ),
)

# Enough for whoever only reads.
READING: Final[tuple[Option, ...]] = (PER_MINUTE, TIMEOUT, AUTHORITY)

# What is asked of a whole run alone, and not of a part of one that is played again.
WHOLE: Final[tuple[Option, ...]] = (
    click.option(
        "--resume", is_flag=True, help="Go on with the run that was cut off: finished tests are not repeated."
    ),
    click.option("--dry-run", is_flag=True, help="Say what would be sent and done, send nothing, and end with 0."),
)


@dataclass(frozen=True, slots=True)
class OfTarget:
    """What was asked about the target."""

    allow_changes: bool
    changes: str
    take_over: bool
    read_only: bool
    poll_interval: float
    requests_per_minute: float | None
    most_requests: int | None
    request_timeout: float
    reconnect: float
    deadline: float | None
    ca: Path | None
    run_file: Path | None
    rulebook: Path | None
    resume: bool = False
    dry_run: bool = False
