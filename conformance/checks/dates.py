"""Dates inside one document: local time of the service, one second fine, empty when not set (ENGINE.md 1.7)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from itertools import compress, pairwise, repeat
from operator import gt
from typing import Final, NamedTuple

from conformance.checks.context import Context, Deviation, show
from conformance.exchange import Exchange
from conformance.strategy import Phase, Placed, Stage, Step, Strategy

type _Part = Phase | Stage | Step

_FORM: Final = re.compile(r"\d{4}-\d\d-\d\d ([01]\d|2[0-3]):\d\d:\d\d", re.ASCII)
_SET_BACK_SECONDS: Final = 3600
_NOT_BEGUN: Final = "initial"
_RUNNING: Final = frozenset({"inprogress", "wait"})


def dates_are_formatted(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Dates are written `YYYY-MM-DD HH:MM:SS`, or are empty when not set.

    Mutants: iso-dates.
    """
    return None if context.strategy is None else _malformed(context.fresh_parts)


def _malformed(parts: Iterable[tuple[str, _Part]]) -> Iterator[Deviation]:
    for where, part in parts:
        if part.start and _time(part.start) is None:
            yield _no_date(part.start, f"{where}/start-date-time")
        if part.end and _time(part.end) is None:
            yield _no_date(part.end, f"{where}/end-date-time")


def _no_date(text: str, where: str) -> Deviation:
    return Deviation("this is no date", "YYYY-MM-DD HH:MM:SS or empty", show(text), where)


def dates_are_ordered(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Nothing ends before it starts or before its parts, nor starts before its whole or before the last has ended.

    Mutants: stage-ends-with-its-last-start, start-moves-on-resume, dates-of-the-answer, ends-in-utc,
    steps-begin-with-their-stage.
    """
    strategy = context.strategy
    if strategy is None:
        return None
    return _disordered(strategy) if _is_suspicious(strategy, context) else ()


def _disordered(strategy: Strategy) -> list[Deviation]:
    """What is out of order, unless the clock was set back once and that explains it all."""
    stages, steps = tuple(strategy.stages()), tuple(strategy.steps())
    parts: list[tuple[str, _Part]] = [*strategy.phases()]
    parts += [(where, stage) for where, _, _, stage in stages] + [(where, step) for where, _, step in steps]
    broken = [pair for pair in _pairs(strategy, parts, stages, steps) if _is_before(pair.second, pair.first)]
    return [] if _is_one_step_back(strategy, broken) else [pair.deviation for pair in broken]


def _is_suspicious(strategy: Strategy, context: Context) -> bool:
    """Some pair of dates of which one is fresh is out of order; the others were, at most, explained before."""
    return (
        any(_is_out_of_order(phase, phase.columns.start, phase.columns.end) for _, phase in context.fresh_phases)
        or any(map(_overlap, (strategy.build, strategy.apply), (strategy.apply, strategy.abort)))
        or any(_is_out_of_order(stage, stage.starts, stage.ends) for _, _, _, stage in context.fresh_stages)
        or any(_is_before(step.end, step.start) for _, _, step in context.fresh_steps)
    )


def _is_out_of_order(whole: Phase | Stage, starts: Sequence[str], ends: Sequence[str]) -> bool:
    """It ends before it starts, a part sticks out of it, or one starts before the one before has ended."""
    start, end = whole.start, whole.end
    if _is_before(end, start):
        return True
    for begun, ended in compress(zip(starts, ("", *ends), strict=False), starts):
        if (begun < start and _is_before(begun, start)) or (begun < ended and _is_before(begun, ended)):
            return True
    return bool(end) and any(_is_before(end, ended) for ended in compress(ends, map(gt, ends, repeat(end))))


def _overlap(one: _Part, other: _Part) -> bool:
    return _is_before(other.start, one.end)


class _Pair(NamedTuple):
    """Two dates of which the first must not be later, the places where they stand, and what to say otherwise."""

    first: str
    second: str
    places: tuple[str, str]
    deviation: Deviation


def _pairs(
    strategy: Strategy,
    parts: Iterable[tuple[str, _Part]],
    stages: Sequence[Placed],
    steps: Sequence[tuple[str, Stage, Step]],
) -> Iterator[_Pair]:
    for where, part in parts:
        start, end = f"{where}/start-date-time", f"{where}/end-date-time"
        told = Deviation("it ends before it starts", f"{part.start} or later", part.end, end)
        yield _Pair(part.start, part.end, (start, end), told)
    for where, outside, whole, part in _nested(stages, steps):
        start, end = f"{where}/start-date-time", f"{where}/end-date-time"
        told = Deviation("it starts before its whole", f"{whole.start} or later", part.start, start)
        yield _Pair(whole.start, part.start, (f"{outside}/start-date-time", start), told)
        told = Deviation("it ends after its whole", f"{whole.end} or earlier", part.end, end)
        yield _Pair(part.end, whole.end, (end, f"{outside}/end-date-time"), told)
    for where, part, after, next_ in _neighbours(strategy):
        end, start = f"{where}/end-date-time", f"{after}/start-date-time"
        told = Deviation("it starts before the one before it has ended", f"{part.end} or later", next_.start, start)
        yield _Pair(part.end, next_.start, (end, start), told)


def _neighbours(strategy: Strategy) -> Iterator[tuple[str, _Part, str, _Part]]:
    """Phases, stages and steps that run one after the other (ENGINE.md 0): each and the next, with their places."""
    rows: list[list[tuple[str, _Part]]] = [list(strategy.phases())]
    for where, phase in strategy.phases():
        rows.append([(f"{where}/stages/{index}", stage) for index, stage in enumerate(phase.stages)])
    for where, _, _, stage in strategy.stages():
        rows.append([(f"{where}/steps/{index}", step) for index, step in enumerate(stage.steps)])
    for row in rows:
        yield from ((*one, *other) for one, other in pairwise(row))


def _is_one_step_back(strategy: Strategy, broken: list[_Pair]) -> bool:
    """There is one moment at which a clock that went back by an hour at most explains every pair (ENGINE.md 1.7).

    Local time goes back at the end of summer, by an hour or less, on other days and at other hours in every country.
    """
    order = {place: number for number, place in enumerate(_as_they_come(strategy))}
    spans = [(order[first], order[second]) for first, second in (pair.places for pair in broken)]
    at_once = max((first for first, _ in spans), default=0) < min((second for _, second in spans), default=1)
    return at_once and all(_seconds_back(pair) <= _SET_BACK_SECONDS for pair in broken)


def _as_they_come(strategy: Strategy) -> Iterator[str]:
    """The places of all dates in the order in which they are set."""
    for where, phase in strategy.phases():
        yield f"{where}/start-date-time"
        for index, stage in enumerate(phase.stages):
            place = f"{where}/stages/{index}"
            yield f"{place}/start-date-time"
            for number in range(len(stage.steps)):
                yield from (f"{place}/steps/{number}/start-date-time", f"{place}/steps/{number}/end-date-time")
            yield f"{place}/end-date-time"
        yield f"{where}/end-date-time"


def _nested(
    stages: Iterable[Placed], steps: Iterable[tuple[str, Stage, Step]]
) -> Iterator[tuple[str, str, Phase | Stage, Stage | Step]]:
    """Every part within a whole: its place, the place of the whole, the whole, the part."""
    for where, phase, _, stage in stages:
        yield where, where.rpartition("/stages/")[0], phase, stage
    for where, stage, step in steps:
        yield where, where.rpartition("/steps/")[0], stage, step


def idle_children_have_no_dates(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What has not begun has no dates.

    Mutants: dated-ahead.
    """
    return None if context.strategy is None else _idle_with_dates(context.fresh_parts)


def _idle_with_dates(parts: Iterable[tuple[str, _Part]]) -> Iterator[Deviation]:
    for where, part in parts:
        if part.result != _NOT_BEGUN or not (part.start or part.end):
            continue
        if not isinstance(part, Step) and part.inprogress:
            continue
        for name, date in (("start-date-time", part.start), ("end-date-time", part.end)):
            if date:
                yield Deviation("it has not begun and has a date", "(empty)", show(date), f"{where}/{name}")


def running_children_have_start_dates(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What is running has a start date and no end date.

    Mutants: start-told-at-the-end, end-foretold.
    """
    return None if context.strategy is None else _running_without_start(context.fresh_parts)


def _running_without_start(parts: Iterable[tuple[str, _Part]]) -> Iterator[Deviation]:
    for where, part in parts:
        running = part.result in _RUNNING if isinstance(part, Step) else part.inprogress
        if running and not part.start:
            yield Deviation("it is running and has no start date", "a date", "(empty)", f"{where}/start-date-time")
        if running and part.end:
            yield Deviation("it is running and has an end date", "(empty)", part.end, f"{where}/end-date-time")


def finished_children_have_end_dates(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What ran and has ended has both dates.

    Mutants: no-end-after-failure.
    """
    if context.strategy is None or context.stillborn:
        return None
    return _finished_without_end(context.fresh_parts, context.law.final)


def _finished_without_end(parts: Iterable[tuple[str, _Part]], final: frozenset[str]) -> Iterator[Deviation]:
    for where, part in parts:
        if part.start and part.end:
            continue
        ran = part.result in final and (part.result != "aborted" or bool(part.start))
        ended = ran and (isinstance(part, Step) or not part.inprogress)
        for name, date in (("start-date-time", part.start), ("end-date-time", part.end)):
            if ended and not date:
                yield Deviation(
                    f"it has ended ({part.result}) and a date is missing", "a date", "(empty)", f"{where}/{name}"
                )


@lru_cache(maxsize=1024)
def _time(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text) if _FORM.fullmatch(text) is not None else None
    return None


def _is_before(first: str, second: str) -> bool:
    """Both are dates, and the first is earlier."""
    if not first or not second or first >= second:
        return False
    early, late = _time(first), _time(second)
    return early is not None and late is not None and early < late


def _seconds_back(pair: _Pair) -> float:
    late, early = _time(pair.first), _time(pair.second)
    return (late - early).total_seconds() if late is not None and early is not None else 0.0
