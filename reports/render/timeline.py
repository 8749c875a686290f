"""A strategy as a picture over time: lanes with bars and marks, in percent of the time from its first to its last look.

Pure; the template writes it as SVG. Places along the time axis are percentages, so that texts keep their size at any
width.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reports.render.trafficwords import clock
from reports.traffic import Act, Change, Mark, Part, Timeline

LANE: Final = 26
"""Height of a lane in pixels."""

_BAR: Final = 18
_MOST: Final = 400  # bars or marks of a lane; more could not be told apart
_THIN: Final = 0.25  # percent; what was over at once is still seen

_LANES: Final = (("phase", "Phases"), ("stage", "Stages"), ("step", "Steps"))

# Last letters of a state or result -> look, in the order of asking.
_LOOKS: Final = (
    ("failed", "bad"), ("timed-out", "bad"), ("timeout", "bad"), ("aborted", "stopped"), ("aborting", "stopped"),
    ("applied", "good"), ("success", "good"), ("ready-to-apply", "rest"), ("initial", "rest"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time: begin and width in percent, its look, a word to write in it, what is told to who points."""

    left: float
    width: float
    look: str
    word: str
    told: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A moment: its place in percent, its shape (accepted, refused, blocked, fail, warn), and what is told of it.

    `width` in percent is how long it went on.
    """

    left: float
    shape: str
    told: str
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture."""

    name: str
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for who reads rather than looks: a time, what kind of thing, and what."""

    at: float
    what: str
    told: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One strategy: lanes from top to bottom, the texts at begin, middle and end of the axis, events in order."""

    lanes: tuple[Lane, ...]
    ticks: tuple[str, str, str]
    events: tuple[Event, ...]
    left_out: int

    @property
    def height(self) -> int:
        """The height of all lanes in pixels."""
        return LANE * len(self.lanes)


def draw(timeline: Timeline) -> Picture:
    """The picture of one strategy."""
    begin = min([timeline.first, *(part.begin for part in timeline.parts), *(act.at for act in timeline.acts)])
    axis = _Axis(begin, max(timeline.last, begin))
    lanes = [Lane("State", bars=tuple(_states(timeline.states, axis)))]
    for part, name in _LANES:
        parts = [each for each in timeline.parts if each.part == part]
        lanes.append(Lane(name, bars=tuple(_part(each, axis) for each in parts[-_MOST:])))
    lanes.append(
        Lane(
            "Requests",
            dots=tuple(Dot(axis.at(each.at), _shape(each), f"{clock(each.at)} {_act(each)}") for each in timeline.acts),
        )
    )
    lanes.append(Lane("Findings", dots=tuple(_marks(timeline.marks, axis))))
    middle = (axis.begin + axis.end) / 2
    return Picture(
        tuple(lane for lane in lanes if lane.bars or lane.dots),
        (clock(axis.begin), clock(middle), clock(axis.end)),
        tuple(sorted(_events(timeline), key=lambda event: event.at)),
        timeline.left_out + sum(max(0, _count(timeline.parts, part) - _MOST) for part, _ in _LANES),
    )


def look(word: str) -> str:
    """How a state or result looks: bad, stopped, good, rest or busy."""
    return next((found for ending, found in _LOOKS if word.endswith(ending)), "busy")


@dataclass(frozen=True, slots=True)
class _Axis:
    begin: float
    end: float

    def at(self, seconds: float) -> float:
        """The place of a moment in percent."""
        span = self.end - self.begin
        return round(100 * min(1.0, max(0.0, (seconds - self.begin) / span)), 2) if span > 0 else 0.0

    def bar(self, begin: float, end: float | None, word: str, name: str, told: str) -> Bar:
        """A bar; one that has no end reaches to the edge."""
        left, right = self.at(begin), self.at(self.end if end is None else end)
        left = min(left, 100 - _THIN)
        return Bar(left, round(max(_THIN, right - left), 2) if self.end > self.begin else 100.0, look(word), name, told)


def _states(changes: tuple[Change, ...], axis: _Axis) -> Iterator[Bar]:
    ends: list[float | None] = [*(change.at for change in changes[1:]), None]
    for change, end in zip(changes, ends, strict=True):
        told = f"{change.state}: {clock(change.at)} to {clock(axis.end if end is None else end)}"
        yield axis.bar(change.at, end, change.state, change.state, told)


def _part(part: Part, axis: _Axis) -> Bar:
    return axis.bar(part.begin, part.end, part.result, part.name, _told(part))


def _told(part: Part) -> str:
    """A part in words: what, where, when, on which hosts."""
    place = {
        "phase": "phase",
        "stage": f"{part.phase} stage {part.stage}",
        "step": f"{part.phase} stage {part.stage} step {part.step}",
    }
    begin = f"{'before ' if part.before else ''}{clock(part.begin)}"
    end = clock(part.end) if part.end is not None else "still running"
    lines = [f"{place[part.part]} {part.name}: {part.result}", f"{begin} to {end}"]
    if part.hosts:
        lines.append(", ".join(part.hosts))
    if part.start or part.finish:
        lines.append(f"server: {part.start or '?'} to {part.finish or '?'}")
    return "\n".join(lines)


def _act(act: Act) -> str:
    became = "blocked" if act.blocked else str(act.status) if act.status else "no answer"
    return f"{act.asked}: {became}{f' by {act.client}' if act.client else ''}"


def _shape(act: Act) -> str:
    if act.blocked:
        return "blocked"
    return "accepted" if 200 <= act.status < 300 else "refused"  # noqa: PLR2004 - the class of success


def _marks(marks: Iterable[Mark], axis: _Axis) -> Iterator[Dot]:
    for mark in marks:
        shape, begin, end = "fail" if mark.verdict == "fail" else "warn", axis.at(mark.at), axis.at(mark.last)
        yield Dot(begin, shape, f"{clock(mark.at)} {_mark(mark)}", round(end - begin, 2))


def _mark(mark: Mark) -> str:
    side = "answer" if mark.direction == "response" else "request"
    again = f"; {mark.times} times until {clock(mark.last)}" if mark.times > 1 else ""
    return f"{mark.requirement} ({side}): {mark.verdict}, exchange {mark.number}{again}"


def _events(timeline: Timeline) -> Iterator[Event]:
    """Requests, states, phases and stages, findings; steps are told of in the picture alone."""
    for act in timeline.acts:
        yield Event(act.at, "request", _act(act))
    for change in timeline.states:
        yield Event(change.at, "state", change.state)
    for part in timeline.parts:
        if part.part != "step":
            yield Event(part.begin, part.part, _told(part).replace("\n", "; "))
    for mark in timeline.marks:
        yield Event(mark.at, "finding", _mark(mark))
    if timeline.ended:
        yield Event(timeline.last, "end", timeline.ended)


def _count(parts: tuple[Part, ...], part: str) -> int:
    return sum(each.part == part for each in parts)
