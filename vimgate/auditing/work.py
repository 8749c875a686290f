"""One recording in a process of its own; whatever befalls it, the others are judged."""

import math
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from proxy.archive import Archive
from proxy.archive.archive import MOST_BYTES
from proxy.audit import Part, Terms, audit
from proxy.audited import Audited
from proxy.recordings.recorded import Damage
from proxy.traffic import Action, Noticed, Passage
from vimgate import pool
from vimgate.auditing.meter import Meter
from vimgate.pool import Lost, Task

WARM: Final = ("proxy.audit", "proxy.archive")

MOST_MEMORY: Final = 2 << 30
"""Bytes that one recording may take: a broken file must not take all that there are."""

_PAGES: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Job:
    """One recording, or a part of it; `folder` is where its findings and their evidence are kept, if anywhere.

    `files` are in the order of time. `memory` is in bytes, beside what a process begins with; `most_bytes` are those
    of a file of the folder. `beside` is put before the names of its files where findings refer to them.
    """

    files: tuple[Path, ...]
    terms: Terms
    folder: Path | None = None
    memory: int = MOST_MEMORY
    part: Part | None = None
    most_bytes: int = MOST_BYTES
    beside: str = ""


def work(jobs: Sequence[Job], meter: Meter, workers: int) -> Iterator[tuple[int, Audited]]:
    """What came of each job, by its place, as they end."""
    tasks = [Task(str(place), judge, (job, place, meter)) for place, job in enumerate(jobs)]
    with closing(pool.run(tasks, workers=workers, limit=math.inf, warm=WARM)) as ended:
        for task, value in ended:
            lost = isinstance(value, Lost)
            yield int(task.name), Audited(damages=[Damage("not read to its end", value.why)]) if lost else value


def judge(job: Job, place: int, meter: Meter) -> Audited:
    """Judge one recording, in the process that was started for it. Ctrl-C reaches it by the meter alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_memory(job.memory)
    goes = partial(meter.goes, place)
    if job.folder is None:
        return audit(job.files, job.terms, part=job.part, goes=goes)
    about = {"release": job.terms.release, "mode": "audit", "recording": job.files[-1].name}
    with closing(Archive(job.folder, about=about, most_bytes=job.most_bytes)) as archive:

        def keep(passage: Passage, noticed: tuple[Noticed, ...]) -> tuple[tuple[Noticed, ...], str]:
            reference = archive.keep(passage, noticed, Action.PASS)
            return tuple(map(archive.without_secrets, noticed)), reference and job.beside + reference

        audited = audit(job.files, job.terms, heard=keep, passing=archive.learn, part=job.part, goes=goes)
        return replace(audited, secrets=archive.secrets)


def limit_memory(most: int) -> None:
    """Whoever takes more gets a MemoryError, and not the machine on its knees."""
    with suppress(OSError, ValueError):
        begun = int(_PAGES.read_text().split()[0]) * resource.getpagesize() if _PAGES.is_file() else 0
        _, hardest = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (begun + most, hardest))
