"""Which targets of a fleet differ from those that were asked the same: in verdicts, or far off in time or requests.

A target is held against those of its own release, level and permission to change, for these are asked the same; fewer
than five say nothing. In a verdict it differs when at least nine tenths of the others have another. In a measure it
differs when it is further from the median than five times the median deviation, and by a fifth of the median: what
scatters by milliseconds, or does not scatter at all, has no outliers.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from reports.fleet.ending import End, Ending
from reports.fleet.summary import Summary
from reports.model import Verdict

FEWEST: Final = 5
_TENTHS: Final = 9
_DEVIATIONS: Final = 5
_FIFTH: Final = 0.2

_MEASURES: Final[Mapping[str, Callable[[Summary], float | None]]] = {
    "duration": lambda summary: summary.duration_seconds,
    "requests": lambda summary: summary.requests,
}


@dataclass(frozen=True, slots=True)
class OtherVerdict:
    """A requirement of which a target has another verdict: its own, the usual one, and how many have that of how many.

    These two count the others, without the target itself.
    """

    requirement: str
    own: Verdict
    usual: Verdict
    have: int
    others: int


@dataclass(frozen=True, slots=True)
class OtherMeasure:
    """A measure far off: `duration` in seconds, or `requests`; the target's own, and the median of all."""

    what: str
    own: float
    usual: float


@dataclass(frozen=True, slots=True)
class Outlier:
    """A target that differs, and in what."""

    name: str
    verdicts: tuple[OtherVerdict, ...] = ()
    measures: tuple[OtherMeasure, ...] = ()


def outliers(endings: Iterable[Ending]) -> tuple[Outlier, ...]:
    """The targets that differ, those that differ in most first."""
    groups: dict[tuple[object, ...], dict[str, Summary]] = defaultdict(dict)
    for ending in endings:
        if ending.end is End.JUDGED and ending.summary is not None:
            summary = ending.summary
            groups[summary.release, summary.level, summary.changes][ending.name] = summary
    found = [each for group in groups.values() if len(group) >= FEWEST for each in _of_group(group)]
    return tuple(sorted(found, key=lambda each: (-len(each.verdicts), -len(each.measures), each.name)))


def _of_group(group: Mapping[str, Summary]) -> Iterator[Outlier]:
    verdicts: dict[str, list[OtherVerdict]] = defaultdict(list)
    measures: dict[str, list[OtherMeasure]] = defaultdict(list)
    for name, verdict in _other_verdicts(group):
        verdicts[name].append(verdict)
    for name, measure in _other_measures(group):
        measures[name].append(measure)
    for name in group:
        if verdicts[name] or measures[name]:
            yield Outlier(name, tuple(verdicts[name]), tuple(measures[name]))


def _other_verdicts(group: Mapping[str, Summary]) -> Iterator[tuple[str, OtherVerdict]]:
    holders: dict[str, dict[Verdict, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, summary in group.items():
        for requirement, verdict in summary.verdicts.items():
            holders[requirement][verdict].append(name)
    others = len(group) - 1
    for requirement in sorted(holders):
        count = Counter({verdict: len(names) for verdict, names in holders[requirement].items()})
        count[Verdict.PASS] += len(group) - count.total()
        for own, number in count.items():
            if number and 10 * (len(group) - number) >= _TENTHS * others:
                usual, have = (count - Counter({own: 1})).most_common(1)[0]
                other = OtherVerdict(requirement, own, usual, have, others)
                names = holders[requirement][own] or [each for each in group if requirement not in group[each].verdicts]
                yield from ((name, other) for name in names)


def _other_measures(group: Mapping[str, Summary]) -> Iterator[tuple[str, OtherMeasure]]:
    for what, measure in _MEASURES.items():
        values = {name: value for name, summary in group.items() if (value := measure(summary)) is not None}
        if len(values) < FEWEST:
            continue
        middle = median(values.values())
        spread = median(abs(value - middle) for value in values.values())
        least = max(_DEVIATIONS * spread, _FIFTH * middle)
        yield from (
            (name, OtherMeasure(what, value, middle)) for name, value in values.items() if abs(value - middle) > least
        )
