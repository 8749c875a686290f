"""Dates inside one document: local time of the service, one second fine, empty when not set (ENGINE.md 1.7)."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from conformance.checks.context import Context, Deviation, show
from conformance.exchange import Exchange
from conformance.strategy import Phase, Stage, Step, Strategy

_FORM: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_DST_HOURS: Final = 4
_SUNDAY: Final = 6
_SET_BACK_SECONDS: Final = 3600
_NOT_BEGUN: Final = "initial"
_RUNNING: Final = frozenset({"inprogress", "wait"})


def dates_are_formatted(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Dates are written `YYYY-MM-DD HH:MM:SS`, or are empty when not set."""
    return None if context.strategy is None else _malformed(context.strategy)


def _malformed(strategy: Strategy) -> Iterator[Deviation]:
    for where, part in _parts(strategy):
        for name, date in (("start-date-time", part.start), ("end-date-time", part.end)):
            if date and _time(date) is None:
                yield Deviation("this is no date", "YYYY-MM-DD HH:MM:SS or empty", show(date), f"{where}/{name}")


def dates_are_ordered(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Nothing ends before it starts or before its parts, no part starts before its whole."""
    return None if context.strategy is None else _disordered(context.strategy)


def _disordered(strategy: Strategy) -> Iterator[Deviation]:
    for where, part in _parts(strategy):
        if _is_before(part.end, part.start):
            yield Deviation("it ends before it starts", f"{part.start} or later", part.end, f"{where}/end-date-time")
    for where, whole, part in _nested(strategy):
        if _is_before(part.start, whole.start):
            yield Deviation(
                "it starts before its whole", f"{whole.start} or later", part.start, f"{where}/start-date-time"
            )
        if _is_before(whole.end, part.end):
            yield Deviation("it ends after its whole", f"{whole.end} or earlier", part.end, f"{where}/end-date-time")


def _nested(strategy: Strategy) -> Iterator[tuple[str, Phase | Stage, Stage | Step]]:
    for where, phase, stage in strategy.stages():
        yield where, phase, stage
    for where, stage, step in strategy.steps():
        yield where, stage, step


def idle_children_have_no_dates(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What has not begun has no dates."""
    return None if context.strategy is None else _idle_with_dates(context.strategy)


def _idle_with_dates(strategy: Strategy) -> Iterator[Deviation]:
    for where, part in _parts(strategy):
        inprogress = not isinstance(part, Step) and part.inprogress
        if part.result != _NOT_BEGUN or inprogress:
            continue
        for name, date in (("start-date-time", part.start), ("end-date-time", part.end)):
            if date:
                yield Deviation("it has not begun and has a date", "(empty)", show(date), f"{where}/{name}")


def running_children_have_start_dates(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What is running has a start date and no end date."""
    return None if context.strategy is None else _running_without_start(context.strategy)


def _running_without_start(strategy: Strategy) -> Iterator[Deviation]:
    for where, part in _parts(strategy):
        running = part.result in _RUNNING if isinstance(part, Step) else part.inprogress
        if running and not part.start:
            yield Deviation("it is running and has no start date", "a date", "(empty)", f"{where}/start-date-time")
        if running and part.end:
            yield Deviation("it is running and has an end date", "(empty)", part.end, f"{where}/end-date-time")


def finished_children_have_end_dates(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """What ran and has ended has both dates."""
    return None if context.strategy is None else _finished_without_end(context.strategy, context.law.final)


def _finished_without_end(strategy: Strategy, final: frozenset[str]) -> Iterator[Deviation]:
    for where, part in _parts(strategy):
        ran = part.result in final and (part.result != "aborted" or bool(part.start))
        ended = ran and (isinstance(part, Step) or not part.inprogress)
        for name, date in (("start-date-time", part.start), ("end-date-time", part.end)):
            if ended and not date:
                yield Deviation(
                    f"it has ended ({part.result}) and a date is missing", "a date", "(empty)", f"{where}/{name}"
                )


def _parts(strategy: Strategy) -> Iterator[tuple[str, Phase | Stage | Step]]:
    yield from strategy.phases()
    for where, _, stage in strategy.stages():
        yield where, stage
    for where, _, step in strategy.steps():
        yield where, step


@lru_cache(maxsize=1024)
def _time(text: str) -> datetime | None:
    if not _FORM.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, _FORMAT)  # noqa: DTZ007 - the wire gives no zone
    except ValueError:
        return None


def _is_before(first: str, second: str) -> bool:
    """Both are dates, and the first is earlier; a clock that was set back in a night to Sunday excuses."""
    if not first or not second or first >= second:
        return False
    early, late = _time(first), _time(second)
    if early is None or late is None or early >= late:
        return False
    in_the_night = late.weekday() == _SUNDAY and late.hour < _DST_HOURS
    set_back = in_the_night and (late - early).total_seconds() <= _SET_BACK_SECONDS
    return not set_back
