"""A strategy as traffic has shown it, over the time from its first to its last look. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reports.render.pictures.axis import Axis
from reports.render.pictures.lanes import Bar, Dot, Lane, Picture, look, of_hosts, written
from reports.render.trafficwords import clock
from reports.traffic import Act, Change, Mark, Part, Timeline

_MOST: Final = 400  # bars or marks of a lane; more could not be told apart

_LANES: Final = (("phase", "Phases"), ("stage", "Stages"), ("step", "Steps"))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for who reads rather than looks: a time, what kind of thing, and what."""

    at: float
    what: str
    told: str


def draw(timeline: Timeline) -> Picture:
    """The picture of one strategy."""
    begin = min([timeline.first, *(part.begin for part in timeline.parts), *(act.at for act in timeline.acts)])
    axis = Axis(begin, max(timeline.last, begin))
    parts = {kind: [part for part in timeline.parts if part.part == kind][-_MOST:] for kind, _ in _LANES}
    hosts, others = of_hosts((part.hosts, _part(part, axis, timeline.kind)) for part in parts["step"])
    acts = tuple(Dot(axis.at(each.at), _shape(each), f"{clock(each.at)} {_act(each)}") for each in timeline.acts)
    lanes = (
        Lane("State", bars=tuple(_states(timeline.states, axis))),
        *(Lane(name, bars=tuple(_part(part, axis, timeline.kind) for part in parts[kind])) for kind, name in _LANES),
        *hosts,
        Lane("Requests", dots=acts),
        Lane("Findings", dots=tuple(_marks(timeline.marks, axis))),
    )
    beyond = sum(part.part in parts for part in timeline.parts) - sum(map(len, parts.values()))
    return Picture(
        tuple(lane for lane in lanes if lane.bars or lane.dots),
        (clock(axis.begin), clock((axis.begin + axis.end) / 2), clock(axis.end)),
        left_out=timeline.left_out + beyond + others,
    )


def events(timeline: Timeline) -> tuple[Event, ...]:
    """What happened, in its order."""
    return tuple(sorted(_events(timeline), key=lambda event: event.at))


def _states(changes: tuple[Change, ...], axis: Axis) -> Iterator[Bar]:
    ends: list[float | None] = [*(change.at for change in changes[1:]), None]
    for change, end in zip(changes, ends, strict=True):
        told = f"{change.state}: {clock(change.at)} to {clock(axis.end if end is None else end)}"
        left, width = axis.stretch(change.at, end)
        yield Bar(left, width, look(change.state), written(change.state, width), told)


def _part(part: Part, axis: Axis, kind: str) -> Bar:
    left, width = axis.stretch(part.begin, part.end)
    short = written(part.name, width, kind if part.part == "stage" else "sw")
    return Bar(left, width, look(part.result), short, _told(part))


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


def _marks(marks: Iterable[Mark], axis: Axis) -> Iterator[Dot]:
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
