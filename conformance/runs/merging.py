"""The parts of a sharded run made whole: what their tests handed over comes to what it would have come to in one run.

Results cannot be joined, since a report lists few findings of each requirement; what the tests handed over can. So
parts are taken together test by test, and only when they are parts of one and the same run.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from conformance.runs.account import Account, asked
from conformance.runs.cleanup import Departure
from reports.model import Run, Shard

# What may differ between two parts of one run: how each was carried out, not what was asked.
_FREE_OPTIONS: Final = frozenset({"shard", "take_over"})
_FREE_FACTS: Final = frozenset({"shard", "started", "duration_seconds", "kills"})


class NoMerge(Exception):  # noqa: N818 - the name says what happened
    """These are not the parts of one run. The text says which do not fit, and why."""


class PartsMissing(NoMerge):
    """All that is there fits, and parts of the run are not there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One shard of a run: where its report is, its header, and all that its tests told."""

    place: str
    run: Run
    account: Account

    @property
    def shard(self) -> Shard:
        """Which part it is. Raises NoMerge when it is none."""
        if self.run.shard is None:
            raise NoMerge(f"{self.place}: this is no shard: its run played the whole suite, or was merged already")
        return self.run.shard


def in_order(parts: Iterable[Part], *, allow_missing: bool = False) -> tuple[tuple[Part, ...], tuple[Shard, ...]]:
    """The parts by their number, and the shards that are missing.

    Raises NoMerge when they are not parts of one run, PartsMissing when some are missing and that is not allowed.
    """
    ordered = tuple(sorted(parts, key=lambda part: part.shard.number))
    first = ordered[0]
    for part in ordered[1:]:
        _check_alike(first, part)
    for one, other in itertools.pairwise(ordered):
        if one.shard == other.shard:
            raise NoMerge(f"{other.place}: shard {other.shard} was given already, as {one.place}; name each once")
    _check_apart(ordered)
    there = {part.shard for part in ordered}
    missing = tuple(
        each for each in (Shard(number, first.shard.of) for number in range(1, first.shard.of + 1)) if each not in there
    )
    if missing and not allow_missing:
        raise PartsMissing(f"{_are_missing(missing)}; play and name them, or see --allow-missing")
    return ordered, missing


def joined(parts: Sequence[Part], missing: Sequence[Shard]) -> tuple[Run, Account]:
    """The header of the whole run, and all that its tests told; the parts are in order and fit."""
    faults: dict[str, str] = {}
    for part in parts:
        faults |= {_fault(place, part.shard, faults): told for place, told in part.account.faults.items()}
    left = [part.account for part in parts if part.account.departure is not None]
    accounts = [part.account for part in parts]
    account = Account(
        replace(parts[0].account.options, shard=None),
        {nodeid: handed for each in accounts for nodeid, handed in each.handed.items()},
        {nodeid: reason for each in accounts for nodeid, reason in each.reasons.items()},
        faults,
        _broken(parts, missing),
        tuple(dict.fromkeys(note for each in accounts for note in each.notes)),
        _departure([each.departure for each in left if each.departure is not None]),
        "; ".join(dict.fromkeys(each.remedy for each in left if each.departure is not None and each.departure.left)),
    )
    return _whole(parts), account


def _departure(departures: Sequence[Departure]) -> Departure | None:
    """How all shards left their targets; None where none had to."""
    if not departures:
        return None
    told = tuple(dict.fromkeys(line for each in departures for line in each.told))
    return Departure(told, " and ".join(dict.fromkeys(each.left for each in departures if each.left)))


def _broken(parts: Iterable[Part], missing: Sequence[Shard]) -> str:
    """Why the whole run is not complete; empty when it is."""
    told = [f"shard {part.shard}: {part.account.broken}" for part in parts if part.account.broken]
    return "; ".join([*told, *([_are_missing(missing)] if missing else [])])


def _whole(parts: Sequence[Part]) -> Run:
    """The header of the run whose parts these are: it began with the first, and took as long as all together."""
    return replace(
        parts[0].run,
        shard=None,
        started=min(part.run.started for part in parts),
        duration_seconds=sum(part.run.duration_seconds for part in parts),
    )


def _check_alike(first: Part, part: Part) -> None:
    for name, then, now in _pairs(first, part):
        if then != now:
            raise NoMerge(
                f"{part.place}: this is a shard of another run than {first.place}: its {name} is {_short(now)}, not "
                f"{_short(then)}; merge shards of one run"
            )


def _pairs(first: Part, part: Part) -> Iterator[tuple[str, Any, Any]]:
    yield "number of shards", first.shard.of, part.shard.of
    facts, others = asdict(first.run), asdict(part.run)
    yield from ((name, facts[name], others[name]) for name in facts if name not in _FREE_FACTS)
    options, others = asked(first.account.options), asked(part.account.options)
    yield from ((f"option {name}", options[name], others[name]) for name in options if name not in _FREE_OPTIONS)


def _check_apart(parts: Iterable[Part]) -> None:
    """Raise NoMerge when a test was played in two shards."""
    played: dict[str, Part] = {}
    for part in parts:
        for nodeid in part.account.handed:
            other = played.setdefault(nodeid, part)
            if other is not part:
                raise NoMerge(
                    f"{part.place}: it played {nodeid} as well as {other.place}; these are no shards of one run"
                )


def _are_missing(missing: Sequence[Shard]) -> str:
    numbers = ", ".join(str(each.number) for each in missing)
    one = len(missing) == 1
    return f"{'shard' if one else 'shards'} {numbers} of {missing[0].of} {'is' if one else 'are'} missing"


def _fault(place: str, shard: Shard, known: Mapping[str, str]) -> str:
    """The name of a fault in the whole: workers are called alike in every shard."""
    return f"{place} of shard {shard}" if place in known else place


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004 - a line
