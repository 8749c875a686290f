"""What happens in the process of one target: `vimgate certify` as it is, or `vimgate cleanup`; and what it came to."""

import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from conformance.runs.campaign import Came
from conformance.runs.early import Early
from conformance.runs.runfile import RunFileError, read_past
from conformance.targets import spent
from reports import gate
from reports.fleet.ending import End
from reports.fleet.summary import Summary, summary_of
from reports.model import Outcome, Report
from reports.redact import redact_text
from vimgate.asking import chosen
from vimgate.asking.caller import OfCaller
from vimgate.commands import certify, cleanup
from vimgate.commands.certify import Listener
from vimgate.exits import Incomplete
from vimgate.fleet.member import FILES, Member, arguments, files
from vimgate.surroundings import secrets

# Within the folder of the process, as within that of the fleet: so that what a report says of it holds there.
REPORT: Final = "targets/{name}"
RUN_FILE: Final = "targets/{name}/run.jsonl"

_ENDS: Final[Mapping[Early | None, End]] = {
    None: End.JUDGED,
    Early.STOPPED: End.STOPPED,
    Early.TIME: End.OUT_OF_TIME,
    Early.REQUESTS: End.STOPPED,
    Early.UNREACHABLE: End.UNREACHABLE,
    Early.HINDERED: End.REFUSED,
}
STOPPED: Final = "it was stopped before it began"
"""Why a target has no verdict that was given out when the fleet was stopped."""

_DAMAGED: Final = (
    "what its run noted was damaged, so that nobody knows what is its own; look at its strategies, and then remove "
    "run.jsonl from its folder"
)

# What asks a target at all is asked when it is cleared up, too.
_OF_CLEANUP: Final = ("token_file", "os_cloud", "service_type", "interface", "region", "request_timeout", "ca")


@dataclass(frozen=True, slots=True)
class Order:
    """A target to be judged within bounds: seconds, requests a minute (0: any number) and in all (0: the same)."""

    member: Member
    deadline: float
    requests_per_minute: float = 0.0
    most_requests: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """What judging a target came to.

    `report` is its folder: the bytes of its files by their paths. `requests` were sent, None: nobody knows how many.
    `changed`: a change was asked for. `uncleared`: nobody has cleared up, and something may be left. The rest is as in
    an Ending.
    """

    end: End
    outcome: Outcome = Outcome.INCOMPLETE
    why: str = ""
    target: str = ""
    summary: Summary | None = None
    report: Mapping[str, bytes] = field(default_factory=dict)
    requests: int | None = 0
    changed: bool = False
    uncleared: bool = False
    departure: tuple[str, ...] = ()
    left: str = ""
    seconds: float = 0.0
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What clearing up after a target said, and what may still be on it, in words; empty: nothing, and it is proved."""

    told: tuple[str, ...]
    left: str = ""


def judged(say: Callable[[str], Any], order: Order, folder: str) -> Tried:
    """Judge a target, in the process that was started for it; `say` is told each line of its run file."""
    signal.signal(signal.SIGTERM, _stop)  # until the command has its own way to be stopped
    os.chdir(folder)
    came: list[Tried] = []
    changed: list[bool] = []

    def line(text: str) -> None:
        event = json.loads(text)
        changed.extend([True] if event.get("event") == "asked" else [])
        # What tests handed over makes no difference to what is left, and is as large as the report.
        say(json.dumps({**event, "handed": {}}) if event.get("event") == "test" else text)

    try:
        _write(order.member, Path(folder))
        asked = certify.command.make_context("certify", arguments_of(order, Path(folder))).params
        target = asked.pop("target")
        certify.judged(target, asked, listener=Listener(line, lambda report, run: came.append(_tried(report, run))))
    except KeyboardInterrupt:
        came = came or [Tried(End.STOPPED, why=STOPPED)]
    except Incomplete as error:
        return Tried(End.UNREACHABLE, why=redact_text(error.format_message(), secrets()))
    except click.ClickException as error:
        return Tried(End.REFUSED, why=redact_text(error.format_message(), secrets()))
    found = came[0]
    return Tried(
        end=found.end,
        outcome=found.outcome,
        why=found.why,
        target=found.target,
        summary=found.summary,
        report=_read(Path(folder, REPORT.format(name=order.member.name))),
        requests=spent.sent(),
        changed=bool(changed),
        departure=found.departure,
        left=found.left,
    )


def cleared(member: Member, run_file: str, folder: str) -> Cleared:
    """Remove what the run has left whose run file says this, as `vimgate cleanup` does; nothing else is touched."""
    os.chdir(folder)
    path = Path(folder, "run.jsonl")
    path.write_text(run_file, encoding="utf-8")
    _write(member, Path(folder))
    asked = {name: getattr(member, name) for name in _OF_CLEANUP if name != "ca"}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in asked.items() if value]
    options += [f"--ca={folder}/{FILES['ca']}"] if member.ca is not None else []
    try:
        known = cleanup.command.make_context("cleanup", options).params
        past = read_past(path)
        if past is None:
            return Cleared(("its run noted nothing",))
        departure = cleanup.cleared(path, past, chosen(OfCaller, known), known["request_timeout"], known["ca"])
    except RunFileError:
        return Cleared((_DAMAGED,), "nobody knows what")
    except click.ClickException as error:
        return Cleared((f"it could not be cleared up: {redact_text(error.format_message(), secrets())}",), "unknown")
    return Cleared(departure.told, departure.left)


def arguments_of(order: Order, folder: Path) -> list[str]:
    """The arguments of `vimgate certify` in a folder with the files of the target.

    Of what is said twice the second counts.
    """
    member = order.member
    bounds = [f"--deadline={min(order.deadline, member.deadline or order.deadline)}"]
    if order.requests_per_minute:
        own = member.requests_per_minute or order.requests_per_minute
        bounds.append(f"--requests-per-minute={max(0.01, min(order.requests_per_minute, own))}")
    if order.most_requests:
        bounds.append(f"--most-requests={order.most_requests}")
    if member.may_change:
        bounds.append(f"--run-file={RUN_FILE.format(name=member.name)}")
    return [*arguments(member, folder), *bounds, f"--out={REPORT.format(name=member.name)}", "--quiet"]


def _write(member: Member, folder: Path) -> None:
    for name, text in files(member).items():
        (folder / name).write_text(text, encoding="utf-8")


def _tried(report: Report, came: Came) -> Tried:
    """What a run came to, while the secrets of it are known."""
    known = secrets()
    departure = came.account.departure
    return Tried(
        end=_ENDS[came.early],
        outcome=gate.outcome(report),
        why=redact_text(came.account.broken, known),
        target=report.run.target,
        summary=summary_of(report, spent.sent()),
        departure=tuple(redact_text(each, known) for each in departure.told) if departure is not None else (),
        left=redact_text(departure.left, known) if departure is not None else "",
    )


def _read(folder: Path) -> dict[str, bytes]:
    """The files of a report; the run file is no part of it."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("run.jsonl")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
