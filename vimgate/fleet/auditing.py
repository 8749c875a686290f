"""Carries an audit out on a cluster: recordings are shared out over parts, and what comes of these is put together.

A part whose worker is lost is judged again, for reading changes nothing. What a part came to is kept at once.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any, Final

from proxy.audit import Part
from proxy.audited import Audited, together
from reports.stream import replace_file
from vimgate.auditing.choosing import Recording
from vimgate.auditing.work import Job
from vimgate.exits import WrongUse
from vimgate.fleet.calls import Call, Unbegun
from vimgate.fleet.cluster import Cluster, ClusterLost
from vimgate.fleet.parts import Judged, Planned, Wanted, judge_part, look_through, lost, stop_all
from vimgate.fleet.partstore import PartStore
from vimgate.pool import Lost

PART_SIZE: Final = 256 * 1024 * 1024
"""Bytes of a recording that is judged in one part; a larger one is shared out."""

_MOST_BYTES: Final = 8 * 1024 * 1024  # of a file of findings or evidence of a part: it comes by the scheduler

_PACKED: Final = 10  # bytes in a byte that is gzipped, about

type Place = tuple[int, int]
"""A recording and a part of it, both from 0."""


@dataclass(slots=True)
class Progress:
    """How far an audit is: bytes and exchanges of each call, and how many parts there are and are done."""

    parts: int = 0
    parts_done: int = 0
    stopped: bool = False
    _sizes: dict[str, int] = field(default_factory=dict)
    _told: dict[str, tuple[float, int]] = field(default_factory=dict)

    def expect(self, key: str, size: int) -> None:
        """A call is to be made that reads so many bytes."""
        self._sizes[key] = size

    def hear(self, told: Sequence[Any]) -> None:
        """A worker tells of a call; one that is judged again begins anew."""
        key, done, exchanges = told
        self._told[key] = min(done, self._sizes.get(key, done)), exchanges

    def end(self, key: str) -> None:
        """A call has ended, whatever came of it."""
        self._told[key] = self._sizes.get(key, 0), self._told.get(key, (0, 0))[1]

    @property
    def done(self) -> float:
        """Bytes that were read so far, each as often as it is read."""
        return sum(done for done, _ in list(self._told.values()))

    @property
    def total(self) -> float:
        """Bytes that are to be read, as far as that is known."""
        return sum(list(self._sizes.values()))

    @property
    def words(self) -> str:
        """Parts and exchanges, or that it comes to an end."""
        if self.stopped:
            return "stopping"
        exchanges = sum(exchanges for _, exchanges in list(self._told.values()))
        return f"{self.parts_done} of {self.parts} parts, {exchanges} exchanges"


class FleetAudit:
    """One audit: `jobs` are those of the recordings, with the folder of each for what is kept of it."""

    def __init__(
        self, cluster: Cluster, recordings: Sequence[Recording], jobs: Sequence[Job], store: PartStore, part_size: int
    ) -> None:
        self.progress = Progress()
        self.trouble = ""
        self._cluster = cluster
        self._recordings = recordings
        self._jobs = jobs
        self._store = store
        self._part_size = part_size
        self._topic = f"vimgate-{cluster.run_id}-audit"
        self._failed: dict[Place, Audited] = {}
        self._crowded: list[int] = []
        cluster.listen(self._topic, self.progress.hear)

    def run(self) -> Iterator[tuple[int, Audited]]:
        """What came of each recording, as they end; `trouble` says then why not everything could be judged."""
        everything = range(len(self._recordings))
        self._share_out(number for number in everything if self._unpacked(number) > self._part_size)
        yield from self._judge(everything)
        crowded, self._crowded = self._crowded, []
        self._share_out(crowded)
        yield from self._judge(crowded)

    def stop(self) -> None:
        """Come to an end: what was judged so far is told. It may be called by a signal handler."""
        self.progress.stopped = True
        Thread(target=self._stop, daemon=True).start()

    def _stop(self) -> None:
        self._cluster.stop()
        with suppress(ClusterLost):  # which whoever waits for the calls is told
            self._cluster.tell(stop_all, self._topic)

    # --- parts

    def _share_out(self, numbers: Iterable[int]) -> None:
        """Look recordings through that were not yet, and keep what their parts are."""
        numbers = [number for number in numbers if self._store.plan(number) is None]
        waiting = {f"{number}.plan": number for number in numbers}
        for key, number in waiting.items():
            self.progress.expect(key, self._recordings[number].size)
        for key, value in self._carried_out(self._looking(*each) for each in list(waiting.items())):
            number = waiting.pop(key)
            if isinstance(value, Planned) and not value.stopped:
                self._store.keep_plan(number, value.parts)
            else:
                self._fail((number, 0), value)
        for number in waiting.values():
            self._fail((number, 0), Unbegun())

    def _looking(self, key: str, number: int) -> Call:
        count = min(math.ceil(self._unpacked(number) / self._part_size), self._cluster.slots)  # each reads everything
        return Call(key, look_through, (self._wanted(key, self._jobs[number]), count))

    def _unpacked(self, number: int) -> int:
        """About the bytes of a recording."""
        return sum(_size(file) * (_PACKED if file.suffix == ".gz" else 1) for file in self._recordings[number].files)

    def _parts(self, number: int) -> tuple[Part | None, ...]:
        return self._store.plan(number) or (None,)

    def _judge(self, numbers: Iterable[int]) -> Iterator[tuple[int, Audited]]:
        """What came of these recordings, as their last parts end."""
        missing = {number: set(self._missing(number)) for number in numbers}
        yield from self._whole([number for number, places in missing.items() if not places])
        places = {_key(place): place for number in missing for place in sorted(missing[number])}
        for key, (number, _) in places.items():
            self.progress.expect(key, self._recordings[number].size)
        self.progress.parts += len(places)
        for key, value in self._carried_out(self._judging(*place) for place in list(places.values())):
            place = places.pop(key)
            self._take(place, value)
            missing[place[0]].discard(place)
            if not missing[place[0]]:
                yield from self._whole([place[0]])
        for place in places.values():
            self._fail(place, Unbegun())
        yield from self._whole(dict.fromkeys(number for number, _ in places.values()))

    def _missing(self, number: int) -> Iterator[Place]:
        """The parts of a recording that are still to be judged."""
        if (number, 0) in self._failed:
            return
        for part, _ in enumerate(self._parts(number)):
            if not self._store.has_part(number, part):
                yield number, part

    def _judging(self, number: int, part: int) -> Call:
        parts, job = self._parts(number), self._jobs[number]
        beside = f"part-{part + 1}/" if len(parts) > 1 else ""
        job = replace(job, part=parts[part], beside=beside, most_bytes=_MOST_BYTES)
        key = _key((number, part))
        return Call(key, judge_part, (self._wanted(key, job),))

    def _wanted(self, key: str, job: Job) -> Wanted:
        files = tuple(file.absolute() for file in job.files)
        return Wanted(replace(job, files=files), tuple(map(_size, files)), self._topic, key)

    def _take(self, place: Place, value: Any) -> None:
        """Keep what came of a part."""
        number, part = place
        self.progress.parts_done += 1
        if not isinstance(value, Judged):
            self._fail(place, value)
        elif value.audited["stopped"]:
            self._failed[place] = Audited.from_json(value.audited)
            self._keep_files(number, part, value.files)
        elif value.audited["closed_early"] and self._store.plan(number) is None:
            self._crowded.append(number)
        else:
            self._keep_files(number, part, value.files)
            self._store.keep_part(number, part, value.audited)

    def _keep_files(self, number: int, part: int, files: dict[str, bytes]) -> None:
        folder = self._jobs[number].folder
        if folder is None:
            return
        folder = folder / f"part-{part + 1}" if len(self._parts(number)) > 1 else folder
        try:
            for name, data in files.items():
                replace_file(folder / Path(name).name, data.decode("utf-8", "replace"))
        except OSError as error:
            raise WrongUse(
                f"{folder}: cannot be written: {error.strerror or error}; name another with --out"
            ) from error

    def _fail(self, place: Place, value: Any) -> None:
        """A part, or the looking through, came to nothing."""
        if isinstance(value, Lost):
            self._failed[place] = Audited(damages=[lost(value.why)])
        elif self.trouble:
            self._failed[place] = Audited(damages=[lost(self.trouble)])
        else:
            self._failed[place] = Audited(stopped=True)

    def _whole(self, numbers: Iterable[int]) -> Iterator[tuple[int, Audited]]:
        for number in numbers:
            if number not in self._crowded:
                parts = range(len(self._parts(number)))
                came = (self._failed.get((number, part)) or self._store.part(number, part) for part in parts)
                yield number, together((each for each in came if each is not None), self._jobs[number].terms.release)

    def _carried_out(self, calls: Iterable[Call]) -> Iterator[tuple[str, Any]]:
        """What came of the calls, by their keys, as they end; without those that nobody carried out."""
        if self.trouble or self.progress.stopped:
            return
        try:
            for call, value in self._cluster.run(calls):
                self.progress.end(call.key)
                yield call.key, value
        except ClusterLost as error:
            self.trouble = error.message


def _key(place: Place) -> str:
    return f"{place[0]}-{place[1]}"


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
