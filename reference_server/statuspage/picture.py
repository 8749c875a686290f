"""A strategy as a picture: phases, below them rows for stages, in them bars for steps. Pure.

Every phase has a time axis of its own, from its start to its end or to now; hours may lie between two phases. A long
phase has two: one for all of it, in a first row, and one for the stages around the current one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reference_server.document import Stamp
from reference_server.engine.model import Phase, Stage, Step, Strategy
from reference_server.engine.timing import completion_percentage
from reference_server.engine.words import Result

ALL_SHOWN = 30
"""Stages of a phase up to which each has a row of its own; beyond, neighbours share one."""

NEAR = 6
"""Stages before and after the current one that keep a row of their own."""

BROKEN_SHOWN = 12
"""Stages that went wrong and keep a row of their own, the latest ones."""

NAMES_SHOWN = 4
"""Hosts or instances that are named; of the others the number is said."""

_THIN = 0.4  # percent; what was over at once is still seen
_BROKEN = frozenset({Result.DEGRADED, Result.FAILED, Result.TIMED_OUT, Result.ABORTED})
_RUNNING = Result.INPROGRESS


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time: begin and length in percent of the axis, the result, and what is told to who points at it."""

    left: float
    width: float
    word: str
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """One step in words."""

    name: str
    entities: str
    word: str
    times: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One stage, or several that share a row. `key` is the same as long as it is about the same stages."""

    key: str
    number: str
    name: str
    entities: str
    word: str
    times: str
    reason: str
    is_current: bool
    is_open: bool  # its steps are shown without being asked for
    back: Bar | None  # from the begin of the stage to its end; None when it has not begun
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One phase."""

    name: str
    word: str
    percent: int
    stages: str
    times: str
    reason: str
    whole: Row | None  # a long phase in one row
    begin: str  # what stands at the two ends of the axis of the rows
    end: str
    rows: tuple[Row, ...]


def draw(strategy: Strategy, now: float, stamp: Stamp) -> tuple[Picture, ...]:
    """The phases that have stages or a reason, in their order."""
    phases = (strategy.build, strategy.apply, strategy.abort)
    return tuple(_Drawer(phase, now, stamp).picture() for phase in phases if phase.stages or phase.reason)


def length(seconds: float) -> str:
    """A length of time for people: `0 s`, `12 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class _Drawer:
    """Draws one phase; knows its axis."""

    def __init__(self, phase: Phase, now: float, stamp: Stamp) -> None:
        self._phase = phase
        self._stamp = stamp
        self._now = now
        self._end = _end(phase, now)
        self._own = _with_own_row(phase)
        self._near = phase.started if len(phase.stages) <= ALL_SHOWN else _near_begin(phase)

    def picture(self) -> Picture:
        """The whole phase."""
        phase = self._phase
        done = sum(stage.ended is not None for stage in phase.stages)
        return Picture(
            name=str(phase.name),
            word=_word(phase),
            percent=completion_percentage(phase),
            stages=f"{done} of {len(phase.stages)} stage{'s' * (len(phase.stages) != 1)} finished",
            times=self._times(phase),
            reason=phase.reason,
            whole=self._whole() if len(phase.stages) > ALL_SHOWN else None,
            begin="" if self._near is None else self._stamp(self._near),
            end="" if self._near is None else ("now" if self._end == self._now else self._stamp(self._end)),
            rows=tuple(
                self._row(first) if first == last else self._shared_row(first, last) for first, last in self._groups()
            ),
        )

    def _groups(self) -> Iterator[tuple[int, int]]:
        """First and last stage of each row."""
        index, count = 0, len(self._phase.stages)
        while index < count:
            last = index
            while index not in self._own and last + 1 < count and last + 1 not in self._own:
                last += 1
            yield index, last
            index = last + 1

    def _whole(self) -> Row:
        """The phase in one row, with a bar for each of the other rows."""
        phase, begin = self._phase, self._phase.started
        bars = []
        for first, last in self._groups():
            stages = phase.stages[first : last + 1]
            word, number = _worst(stages), str(first) if first == last else f"{first} to {last}"
            started, ended = stages[0].started, stages[-1].ended
            told = f"{number}: {word}\n{self._between(started, ended)}"
            bars.append(self._bar(started, ended, word, told, begin))
        return Row(
            key=f"{phase.name}-whole",
            number="",
            name="from begin to end",
            entities="",
            word=_word(phase),
            times=self._times(phase),
            reason="",
            is_current=False,
            is_open=False,
            back=None,
            bars=tuple(bar for bar in bars if bar),
            lines=(),
        )

    def _row(self, index: int) -> Row:
        stage = self._phase.stages[index]
        is_current = stage.inprogress or (self._phase.inprogress and index == self._phase.current_stage)
        return Row(
            key=f"{self._phase.name}-{index}",
            number=str(index),
            name=str(stage.name),
            entities=_named(_hosts([stage])),
            word=_word(stage),
            times=self._times(stage),
            reason=stage.reason,
            is_current=is_current,
            is_open=is_current or stage.result in _BROKEN,
            back=self._bar(stage.started, stage.ended, _word(stage), self._told(str(stage.name), stage)),
            bars=tuple(bar for step in stage.steps if (bar := self._step_bar(step))),
            lines=tuple(self._line(step) for step in stage.steps),
        )

    def _shared_row(self, first: int, last: int) -> Row:
        """Neighbours in one row, with the worst of their results."""
        stages = self._phase.stages[first : last + 1]
        names = " and ".join(dict.fromkeys(str(stage.name) for stage in stages))
        results = Counter(stage.result for stage in stages)
        parts = ", ".join(f"{number} {result}" for result, number in results.items()) if len(results) > 1 else ""
        return Row(
            key=f"{self._phase.name}-{first}-{last}",
            number=f"{first}–{last}",  # noqa: RUF001 - from … to
            name=names,
            entities=f"{len(stages)} stages{parts and f' ({parts})'}, {_named(_hosts(stages))}",
            word=_worst(stages),
            times=self._between(stages[0].started, stages[-1].ended),
            reason="",
            is_current=False,
            is_open=False,
            back=None,
            bars=(),
            lines=(),
        )

    def _bar(
        self, started: float | None, ended: float | None, word: str, told: str, begin: float | None = None
    ) -> Bar | None:
        """A bar on the axis of the rows, or on one that begins elsewhere; None for what is not on it."""
        begin = self._near if begin is None else begin
        ended = self._end if ended is None else ended
        if started is None or begin is None or ended < begin:
            return None
        whole = max(self._end - begin, 1e-6)
        left = min(max(100 * (started - begin) / whole, 0), 100 - _THIN)
        width = max(100 * (ended - begin) / whole - left, _THIN)
        return Bar(round(left, 2), round(min(width, 100 - left), 2), word, told)

    def _step_bar(self, step: Step) -> Bar | None:
        return self._bar(step.started, step.ended, str(step.result), self._told(str(step.name), step))

    def _line(self, step: Step) -> Line:
        entities = _named(step.entity_names)
        return Line(str(step.name), entities, str(step.result), self._times(step), step.reason)

    def _told(self, name: str, part: Stage | Step) -> str:
        entities = _named(part.entity_names if isinstance(part, Step) else _hosts([part]))
        told = (f"{name}: {_word(part)}", entities, self._times(part), part.reason)
        return "\n".join(each for each in told if each)

    def _times(self, part: Phase | Stage | Step) -> str:
        return self._between(part.started, part.ended)

    def _between(self, started: float | None, ended: float | None) -> str:
        if started is None:
            return ""
        if ended is None:
            return f"since {self._stamp(started)}, {length(max(self._now - started, 0))}"
        return f"{self._stamp(started)} to {self._stamp(ended)[11:]}, {length(ended - started)}"


def _end(phase: Phase, now: float) -> float:
    """The end of the axis: of the phase, of the last stage of a phase that waits to go on, or now."""
    if phase.ended is not None:
        return phase.ended
    ends = [stage.ended for stage in phase.stages if stage.ended is not None]
    return max(ends) if ends and not any(stage.inprogress for stage in phase.stages) else now


def _word(part: Phase | Stage | Step) -> str:
    """The result; of what is still running, that it is: its result may be `success` already (ENGINE.md 1.6)."""
    return str(_RUNNING if not isinstance(part, Step) and part.inprogress else part.result)


def _with_own_row(phase: Phase) -> frozenset[int]:
    """Stages that have a row of their own: all of a short phase, else what is near, runs, or went wrong."""
    stages = phase.stages
    if len(stages) <= ALL_SHOWN:
        return frozenset(range(len(stages)))
    broken = [index for index, stage in enumerate(stages) if stage.result in _BROKEN]
    running = [index for index, stage in enumerate(stages) if stage.inprogress]
    near = range(max(phase.current_stage - NEAR, 0), min(phase.current_stage + NEAR + 1, len(stages)))
    return frozenset((*near, *running, *broken[-BROKEN_SHOWN:]))


def _near_begin(phase: Phase) -> float | None:
    """When the first of the stages around the current one began; of a phase that has not begun, None."""
    return phase.stages[max(min(phase.current_stage, len(phase.stages)) - NEAR, 0)].started


def _worst(stages: Sequence[Stage]) -> str:
    """The result of the first stage that went wrong, else of the first."""
    return next((str(stage.result) for stage in stages if stage.result in _BROKEN), _word(stages[0]))


def _hosts(stages: Sequence[Stage]) -> list[str]:
    """Hosts that the steps act on, each once, in the order of the steps."""
    return list(dict.fromkeys(host for stage in stages for step in stage.steps for host in step.host_names))


def _named(names: Iterable[str]) -> str:
    """The first names, and the number of the others."""
    counted = Counter(names)
    first = ", ".join(list(counted)[:NAMES_SHOWN])
    return f"{first} and {len(counted) - NAMES_SHOWN} more" if len(counted) > NAMES_SHOWN else first
