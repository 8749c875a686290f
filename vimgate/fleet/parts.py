"""What a worker does for an audit: looks a recording through, or judges a part of it, in a process of its own.

Nothing of the traffic leaves that process but what is told of it, without secrets.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from proxy.audit import Part
from proxy.recordings.recorded import Damage
from proxy.sharing import shared_out, survey
from vimgate.auditing.meter import Meter
from vimgate.auditing.work import WARM, Job, judge, limit_memory
from vimgate.fleet.calls import folder, is_wanted, send
from vimgate.pool import Child, Lost, Task

_OFTEN: Final = 0.5  # seconds between two words of how far it is

_STOPPED: Final[set[str]] = set()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A recording that is to be looked through or judged by a worker; `topic` is where it tells how far it is.

    `sizes` are those of its files in bytes, as whoever asks sees them.
    """

    job: Job
    sizes: tuple[int, ...]
    topic: str
    key: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a part, as a JSON value (`proxy.audited`), and the files of its folder by their names."""

    audited: dict[str, Any]
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Planned:
    """The parts that a recording was shared out over; `stopped`: it was not looked through to its end."""

    parts: tuple[Part, ...]
    stopped: bool


def look_through(wanted: Wanted, count: int) -> Planned | Lost:
    """Share a recording out over about `count` parts."""
    if fault := _unseen(wanted):
        return Lost(fault)
    came: Planned | Lost = _in_process(wanted, _planned, wanted.job, count)
    return came


def judge_part(wanted: Wanted) -> Judged | Lost:
    """Judge a recording, or the part of it that the job names."""
    if fault := _unseen(wanted):
        return Lost(fault)
    with tempfile.TemporaryDirectory(prefix="vimgate-part-", dir=folder()) as place:
        came: Judged | Lost = _in_process(wanted, _judged, replace(wanted.job, folder=Path(place)))
        if isinstance(came, Lost):
            return came
        files = {each.name: each.read_bytes() for each in sorted(Path(place).iterdir()) if each.is_file()}
        return replace(came, files=files)


def stop_all(topic: str) -> None:
    """Ask everything that this worker judges for that topic to come to an end, and to tell what it has."""
    _STOPPED.add(topic)


def lost(why: str) -> Damage:
    """How it is told that a recording, or a part, came to nothing."""
    return Damage("not read to its end", why)


def _in_process(wanted: Wanted, function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returns in a process of its own; meanwhile tell how far it is."""
    meter = Meter(1)
    child = Child(Task(wanted.key, function, (*arguments, 0, meter)), warm=WARM)
    try:
        while not child.wait(_OFTEN):
            send(wanted.topic, [wanted.key, meter.done, meter.exchanges])
            if wanted.topic in _STOPPED or not is_wanted():
                meter.stop()
        return child.hear()
    finally:
        child.end()


def _unseen(wanted: Wanted) -> str:
    """What is wrong with the files as they are seen here; they may have grown meanwhile."""
    for file, size in zip(wanted.job.files, wanted.sizes, strict=True):
        try:
            seen = file.stat().st_size
        except OSError as error:
            return f"a worker does not see {file}: {error.strerror or error}; all workers must see the same files"
        if seen < size:
            return f"a worker sees {seen} of the {size} bytes of {file}; all workers must see the same files"
    return ""


def _judged(job: Job, place: int, meter: Meter) -> Judged:
    return Judged(judge(job, place, meter).to_json(), {})


def _planned(job: Job, count: int, place: int, meter: Meter) -> Planned:
    limit_memory(job.memory)
    found = survey(job.files, job.terms.release, goes=partial(meter.goes, place))
    return Planned(shared_out(found, count), found.stopped)
