"""What was seen of a deployment, and how likely that makes each release. Pure: exchanges in, likelihoods out.

A sign that shows the value v is taken as likely as

    P(v | R) = (1 - e) / k                    where v is one of the k values that R shows
             = e / (n + 1 - k)                where it is not
             = 1 / (n + 1)                    where nobody knows what R shows
    P(v | none) = (1 - s) * mean of P(v | R) over the releases that show something known  +  s / (n + 1)

with e the error of the sign, n the number of values that releases show, and s how often what is no release shows
something of its own. So `none` is a deployment that takes each sign from a release of its own. The signs count as
independent, those that go together with a weight w below 1: P is proportional to prior * product of P(v | .) ** w.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from conformance.exchange import Exchange
from conformance.fingerprint.exchanges import is_of_vim
from conformance.fingerprint.readings import read
from conformance.fingerprint.table import Sign, Table
from conformance.fingerprint.words import ABSENT

SURE: Final = 0.9
"""The answer is the smallest set of releases that holds this much of what all releases hold together."""

_NEAR: Final = 1e-9


class Outcome(StrEnum):
    """What a fingerprint comes to."""

    TOLD = "told"  # a release, or a few that cannot be told apart
    NONE = "none"  # none of the releases that are known
    LITTLE = "little"  # too little was seen


@dataclass(frozen=True, slots=True)
class Seen:
    """A sign with the value that was seen most often, the request that showed it first, and how often.

    `others` are further values that were seen.
    """

    sign: Sign
    value: str
    where: str
    times: int = 1
    others: tuple[str, ...] = ()

    def fits(self, release: str) -> bool | None:
        """Whether the release shows that value; None where it is not known what it shows."""
        return self.value in self.sign.shows[release] if release in self.sign.shows else None


class Observations:
    """Takes in exchanges, and tells what signs they showed.

    `answers_as_vim`: some answer was one that a VIM gives; what is missing everywhere is no sign of an older release.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.exchanges = 0
        self.answers_as_vim = False
        self._values: dict[str, Counter[str]] = {sign.id: Counter() for sign in table.signs}
        self._where: dict[tuple[str, str], str] = {}

    def take(self, exchange: Exchange) -> None:
        """Look at an exchange."""
        self.exchanges += 1
        self.answers_as_vim = self.answers_as_vim or is_of_vim(exchange)
        for sign in self.table.signs:
            value = read(sign.reading, exchange, sign.of)
            if value is not None:
                self._values[sign.id][value] += 1
                query = "?…" if exchange.query else ""  # who knows what a recording holds there
                self._where.setdefault((sign.id, value), f"{exchange.method} {exchange.path}{query}")

    def seen(self) -> tuple[Seen, ...]:
        """What was seen, in the order of the table."""
        return tuple(self._seen(sign, counts) for sign in self.table.signs if (counts := self._values[sign.id]))

    def _seen(self, sign: Sign, counts: Counter[str]) -> Seen:
        (value, times), *others = counts.most_common()
        return Seen(sign, value, self._where[sign.id, value], times, tuple(other for other, _ in others))


@dataclass(frozen=True)
class Fingerprint:
    """How likely each release is after what was `seen`, and `none` of them; all of these add up to 1.

    `is_vim` is false of what gave no answer that a VIM gives.
    """

    table: Table
    seen: tuple[Seen, ...]
    likelihoods: Mapping[str, float]
    none: float
    is_vim: bool = True

    @cached_property
    def candidates(self) -> tuple[str, ...]:
        """The releases, the likeliest first; those that are equally likely from the oldest."""
        order = {release: index for index, release in enumerate(self.table.releases)}
        return tuple(sorted(order, key=lambda release: (-round(self.likelihoods[release], 9), order[release])))

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The smallest set of releases that is `SURE` if it is a release at all, with those that are as likely."""
        told: list[str] = []
        held = 0.0
        for release in self.candidates:
            as_likely = told and self.likelihoods[told[-1]] - self.likelihoods[release] < _NEAR
            if held >= SURE * (1 - self.none) and not as_likely:
                break
            told.append(release)
            held += self.likelihoods[release]
        return tuple(release for release in self.table.releases if release in told)

    @property
    def confidence(self) -> float:
        """How likely it is that the deployment is one of those that were told."""
        return sum(self.likelihoods[release] for release in self.told)

    @cached_property
    def outcome(self) -> Outcome:
        """What it comes to."""
        if not self.is_vim:
            return Outcome.NONE if any(seen.value == ABSENT for seen in self.seen) else Outcome.LITTLE
        if self.none > 1 / 2:
            return Outcome.NONE
        return Outcome.TOLD if len(self.told) <= len(self.table.releases) // 2 else Outcome.LITTLE

    @cached_property
    def unseen(self) -> tuple[Sign, ...]:
        """The signs that were not seen."""
        ids = {seen.sign.id for seen in self.seen}
        return tuple(sign for sign in self.table.signs if sign.id not in ids)

    def telling(self) -> tuple[Sign, ...]:
        """The signs that were not seen and would tell the releases apart that are left."""
        return tuple(sign for sign in self.unseen if _differs(sign, self.told))

    def inseparable(self) -> tuple[tuple[str, ...], ...]:
        """Sets of the releases left that no sign of the table tells apart."""
        sets: list[list[str]] = []
        for release in self.told:
            alike = next((each for each in sets if not any(_differs(s, (each[0], release)) for s in self.unseen)), None)
            if alike is None:
                sets.append([release])
            else:
                alike.append(release)
        return tuple(tuple(each) for each in sets if len(each) > 1)


def fingerprint_of(showed: Observations) -> Fingerprint:
    """What the exchanges that were taken in come to."""
    return replace(weigh(showed.table, showed.seen()), is_vim=showed.answers_as_vim)


def weigh(table: Table, seen: Iterable[Seen]) -> Fingerprint:
    """How likely each release is after that was seen of a VIM."""
    seen = tuple(seen)
    share = (1 - table.prior) / len(table.releases)
    logs = {release: math.log(share) for release in table.releases}
    none = math.log(table.prior)
    for each in seen:
        for release in table.releases:
            logs[release] += each.sign.weight * math.log(likelihood(each, release))
        none += each.sign.weight * math.log(strangely(each, table))
    top = max(none, *logs.values())
    every = {release: math.exp(value - top) for release, value in logs.items()}
    total = sum(every.values()) + math.exp(none - top)
    likelihoods = {release: value / total for release, value in every.items()}
    return Fingerprint(table, seen, likelihoods, math.exp(none - top) / total)


def likelihood(seen: Seen, release: str) -> float:
    """How likely a deployment of the release shows what was seen."""
    values, shown = len(seen.sign.values), seen.sign.shows.get(release)
    if shown is None:
        return 1 / (values + 1)
    if seen.value in shown:
        return (1 - seen.sign.error) / len(shown)
    return seen.sign.error / (values + 1 - len(shown))


def strangely(seen: Seen, table: Table) -> float:
    """How likely a deployment shows what was seen that is of no release."""
    every = [likelihood(seen, release) for release in table.releases if release in seen.sign.shows]
    return (1 - table.strange) * sum(every) / len(every) + table.strange / (len(seen.sign.values) + 1)


def _differs(sign: Sign, releases: tuple[str, ...]) -> bool:
    """Some of the releases may show what others of them do not."""
    shown = [frozenset(sign.shows[release]) for release in releases if release in sign.shows]
    return len(set(shown)) > 1
