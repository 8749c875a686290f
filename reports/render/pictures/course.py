"""A strategy as its own document tells it: over time where it ran, in the order of its plan where it did not. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from reports.model import SeenStrategy
from reports.render.pictures import axis, document
from reports.render.pictures.document import Piece
from reports.render.pictures.lanes import Bar, Lane, Picture, look, of_hosts, written
from reports.render.trafficwords import clock, moment
from reports.render.words import duration

MOST_PIECES: Final = 600
"""Phases, stages and steps that are drawn in one page, all strategies together."""

_LANES: Final = (("phase", "Phases"), ("stage", "Stages"), ("step", "Steps"))


@dataclass(frozen=True, slots=True)
class Row:
    """One piece for who reads rather than looks: where it is, its name, and the rest in words."""

    part: str
    place: str
    name: str
    entities: str
    result: str
    begin: str
    end: str
    told: str


@dataclass(frozen=True, slots=True)
class Course:
    """One strategy: kind, uuid and state as its document has them, a sentence about it, its picture and its rows."""

    kind: str
    uuid: str
    state: str
    about: str
    picture: Picture
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Courses:
    """Strategies of a report: those that are drawn, and those that are only told of."""

    drawn: tuple[Course, ...]
    told: tuple[Course, ...]


def draw_all(strategies: Iterable[SeenStrategy]) -> Courses:
    """The strategies, as many drawn as a page has room for: of each kind and state in turn the fullest that is left."""
    drawn: list[Course] = []
    told: list[Course] = []
    room = MOST_PIECES
    for seen in _in_turn(strategies):
        pieces = document.read(seen.document)
        if pieces and (len(pieces) <= room or not drawn):
            drawn.append(_drawn(seen, pieces))
            room -= len(pieces)
        else:
            told.append(_told_of(seen, pieces))
    return Courses(tuple(drawn), tuple(told))


def _in_turn(strategies: Iterable[SeenStrategy]) -> list[SeenStrategy]:
    alike: dict[tuple[str, str], list[SeenStrategy]] = {}
    for seen in strategies:
        alike.setdefault((seen.strategy_kind, document.text(seen.document.get("state"))), []).append(seen)
    return [seen for turn in zip_longest(*alike.values()) for seen in turn if seen is not None]


def _told_of(seen: SeenStrategy, pieces: Sequence[Piece]) -> Course:
    uuid, state = (document.text(seen.document.get(name)) for name in ("uuid", "state"))
    return Course(seen.strategy_kind, uuid, state, _about(seen, pieces), Picture((), ("", "", "")), ())


def _drawn(seen: SeenStrategy, pieces: Sequence[Piece]) -> Course:
    shown = pieces[:MOST_PIECES]
    draw = _in_order if _is_plan(pieces) else _in_time
    picture = draw(seen.strategy_kind, shown, len(pieces) - len(shown))
    return replace(_told_of(seen, pieces), picture=picture, rows=tuple(_row(piece) for piece in shown))


def _is_plan(pieces: Iterable[Piece]) -> bool:
    """There is a plan, and nothing of it has begun."""
    steps = [piece for piece in pieces if piece.phase != "build" and piece.part == "step"]
    return bool(steps) and all(step.begin is None for step in steps)


def _in_time(kind: str, pieces: Sequence[Piece], left_out: int) -> Picture:
    begun = [(piece, piece.begin) for piece in pieces if piece.begin is not None]
    times = [time for piece, begin in begun for time in (begin, piece.end) if time is not None]
    latest = max(times, default=0.0)
    spans = [(begin, max(begin, latest if piece.end is None else piece.end)) for piece, begin in begun]
    inner = [span for span, (piece, _) in zip(spans, begun, strict=True) if piece.part != "phase"]
    line = axis.busy(inner or spans)  # a phase that waits between its stages is not at work
    bars = {piece: _bar(kind, piece, line.stretch(begin, piece.end)) for piece, begin in begun}
    whole = line.begin, (line.begin + line.end) / 2, line.end
    ticks = [clock(time) for time in whole] if begun else [""] * 3
    ticks[1] = "" if line.pauses else ticks[1]
    lanes, hosts = _lanes(bars)
    waiting = sum(piece.part == "step" and piece.begin is None for piece in pieces)
    return Picture(lanes, (ticks[0], ticks[1], ticks[2]), line.shown(), left_out + hosts, waiting)


def _in_order(kind: str, pieces: Sequence[Piece], left_out: int) -> Picture:
    """Every step of the plan as wide as every other."""
    plan = [piece for piece in pieces if piece.phase != "build"]
    steps = [piece for piece in plan if piece.part == "step"]
    line = axis.Axis(0.0, float(len(steps)))
    at = {step: number for number, step in enumerate(steps)}
    bars = {}
    for piece in plan:
        inside = [at[step] for step in steps if _contains(piece, step)]
        if inside:
            bars[piece] = _bar(kind, piece, line.stretch(min(inside), max(inside) + 1.0))
    lanes, hosts = _lanes(bars)
    return Picture(lanes, ("first step", "", "last step"), (), left_out + hosts)


def _bar(kind: str, piece: Piece, stretch: tuple[float, float]) -> Bar:
    short = written(piece.name, stretch[1], kind if piece.part == "stage" else "sw")
    return Bar(*stretch, look(piece.result), short, _told(piece))


def _contains(piece: Piece, step: Piece) -> bool:
    return piece.phase == step.phase and piece.stage in {-1, step.stage} and piece.step in {-1, step.step}


def _lanes(bars: dict[Piece, Bar]) -> tuple[tuple[Lane, ...], int]:
    hosts, others = of_hosts((piece.hosts, bar) for piece, bar in bars.items() if piece.part == "step")
    parts = (Lane(name, tuple(bar for piece, bar in bars.items() if piece.part == part)) for part, name in _LANES)
    return (*(lane for lane in parts if lane.bars), *hosts), others


def _told(piece: Piece) -> str:
    """A piece in words, a line each: what it is and became, when and how long, on what, why."""
    return "\n".join([f"{_place(piece)} {piece.name}: {piece.result or 'no result'}", *_details(piece)])


def _details(piece: Piece) -> Iterator[str]:
    if piece.begin is not None and piece.end is not None:
        yield f"{clock(piece.begin)} to {clock(piece.end)}, {duration(max(0.0, piece.end - piece.begin))}"
    elif piece.begin is not None:
        yield f"{clock(piece.begin)}, not ended"
    if piece.timeout:
        yield f"timeout {duration(piece.timeout)}"
    if piece.entities:
        yield ", ".join(piece.entities)
    if piece.reason:
        yield piece.reason


def _place(piece: Piece) -> str:
    stage = f" stage {piece.stage}" if piece.stage >= 0 else " phase"
    return f"{piece.phase}{stage}{f' step {piece.step}' if piece.step >= 0 else ''}"


def _row(piece: Piece) -> Row:
    begin, end = (clock(time) if time is not None else "" for time in (piece.begin, piece.end))
    entities = ", ".join(piece.entities)
    return Row(piece.part, _place(piece), piece.name, entities, piece.result, begin, end, piece.reason)


def _about(seen: SeenStrategy, pieces: Sequence[Piece]) -> str:
    """The strategy in a sentence: how large, when, and who saw it."""
    counted = {
        part: sum(piece.part == part and piece.phase != "build" for piece in pieces) for part in ("stage", "step")
    }
    hosts = len({host for piece in pieces for host in piece.hosts})
    counts = [*counted.items(), ("host", hosts)] if counted["stage"] else []
    told = [f"{number} {thing}{'' if number == 1 else 's'}" for thing, number in counts] or ["no plan"]
    times = [time for piece in pieces for time in (piece.begin, piece.end) if time is not None]
    if _is_plan(pieces):
        told.append("planned, nothing begun")
    elif times:
        told.append(f"from {_local(min(times))} for {duration(max(times) - min(times))}")
    reason = next((piece.reason for piece in pieces if piece.reason), "")
    origin = [f"seen in {seen.origin}"] if seen.origin else []
    return "; ".join([", ".join([*told, *origin]), *([reason] if reason else [])])


def _local(seconds: float) -> str:
    return moment(seconds).removesuffix(" UTC")
