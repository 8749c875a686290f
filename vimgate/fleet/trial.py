"""What a worker does for a fleet: judges a target, or clears up after it, in a process of its own.

In that process the ordinary `vimgate certify` runs, so that a target's report is the one that it would have written.
What it notes of its strategies goes to whoever listens before anything is built on it. Whatever befalls the process,
the worker goes on; when the worker is cut off, or nobody wants its answer any more, the process is stopped.
"""

import time
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any, Final

from reports.fleet.ending import End
from vimgate.fleet import calls, inside
from vimgate.fleet.inside import Cleared, Order, Tried
from vimgate.fleet.member import Member
from vimgate.pool import Child, Lost, Said, Task

WARM: Final = ("vimgate.fleet.warm",)
GRACE: Final = 600.0
"""Seconds that a target gets to be cleared up when its time is up, before its process is ended by force."""

_LOOK: Final = 0.2  # seconds between two looks at the worker while the process says nothing

# The fleets that were stopped, by the ids of their runs.
_STOPPED: Final[set[str]] = set()


@dataclass(frozen=True, slots=True)
class Errand:
    """An order on its way to a worker: what its run notes goes to `topic`; `run_id` is what `stop` is told."""

    order: Order
    run_id: str
    topic: str
    grace: float = GRACE


@dataclass(frozen=True, slots=True)
class Clearing:
    """A target to be cleared up after; `run_file` is what its run noted, `limit` how many seconds it may take."""

    member: Member
    run_file: str
    limit: float


def stop(run_id: str) -> None:
    """Have the targets of a fleet that are being judged on this worker clear up and end."""
    _STOPPED.add(run_id)


def judge(errand: Errand) -> Tried:
    """Judge a target. Raises Cut."""
    begun = time.monotonic()
    name = errand.order.member.name
    with TemporaryDirectory(prefix="vimgate-", dir=calls.folder(), ignore_cleanup_errors=True) as folder:
        child = Child(Task(name, inside.judged, (errand.order, folder), says=True), WARM)
        try:
            # Its time begins when it does: the first process of a worker takes seconds to become warm.
            found = _heard(child, errand, time.monotonic() + errand.order.deadline + errand.grace)
        finally:
            child.end(patience=0.0)  # who is at work still was given his time, or nobody may hear of it any more
    return replace(found, seconds=time.monotonic() - begun, worker=calls.address())


def _heard(child: Child, errand: Errand, until: float) -> Tried:
    noted = told = False
    while True:
        if child.wait(_LOOK):
            heard = child.hear()
            if not isinstance(heard, Said):
                return heard if isinstance(heard, Tried) else _broken(heard, noted=noted, told=told)
            noted = True
            calls.send(errand.topic, {"name": errand.order.member.name, "line": heard.value})
            child.answer()
        if calls.is_cut():
            raise calls.Cut("the worker was cut off from its scheduler")
        if not told and (errand.run_id in _STOPPED or not calls.is_wanted()):
            child.tell()
            told = True
        if time.monotonic() > until:
            why = f"its time was up, and its process was ended when it had not ended {errand.grace:.0f} s later"
            return Tried(End.OUT_OF_TIME, why=why, requests=None, changed=noted, uncleared=noted)


def _broken(heard: Any, *, noted: bool, told: bool) -> Tried:
    """A process that came to nothing: its worker is there, and it is not."""
    why = heard.why if isinstance(heard, Lost) else f"its process said {heard!r:.100}"
    if told and not noted:
        return Tried(End.STOPPED, why=inside.STOPPED)
    return Tried(End.STOPPED if told else End.LOST, why=why, requests=None, changed=noted, uncleared=noted)


def clear(clearing: Clearing) -> Cleared:
    """Remove what a run has left on a target, and look. Raises Cut."""
    with TemporaryDirectory(prefix="vimgate-", dir=calls.folder(), ignore_cleanup_errors=True) as folder:
        child = Child(task_of(clearing, folder), WARM)
        until = time.monotonic() + clearing.limit
        try:
            while not child.wait(_LOOK):
                if calls.is_cut():
                    raise calls.Cut("the worker was cut off from its scheduler")
                if time.monotonic() > until:
                    return cleared_by(Lost(f"it took longer than {clearing.limit:.0f} s and was ended"))
            return cleared_by(child.hear())
        finally:
            child.end(patience=0.0)


def task_of(clearing: Clearing, folder: str) -> Task:
    """The clearing up as a task of a process with a folder of its own."""
    return Task(clearing.member.name, inside.cleared, (clearing.member, clearing.run_file, folder))


def cleared_by(value: Any) -> Cleared:
    """What a process that was to clear up has come to."""
    if isinstance(value, Cleared):
        return value
    why = value.why if isinstance(value, Lost) else f"it said {value!r:.100}"
    return Cleared((f"clearing up came to nothing: {why}",), "nobody knows what")
