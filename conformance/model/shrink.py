"""The shortest sequence that still fails: delta debugging over steps, bounded by how much is played, not by time.

A bound in seconds would end at another place on every machine, and the same seed would no longer give the same report.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.model.recording import Step, merged

MOST_REPLAYS: Final = 80
MOST_STEPS: Final = 1500

type Fails = Callable[[tuple[Step, ...]], tuple[Step, ...] | None]
"""Plays a sequence; the part of it up to the failure, or None when nothing failed."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What came out: the steps, how many sequences were played, and whether nothing shorter was left to try."""

    steps: tuple[Step, ...]
    replays: int
    complete: bool


class _Spent(Exception):  # noqa: N818 - the end of the budget, not an error
    """No more may be played."""


class _Search:
    def __init__(self, steps: tuple[Step, ...], fails: Fails, most_replays: int, most_steps: int) -> None:
        self.best = steps
        self.replays = 0
        self._fails = fails
        self._left = (most_replays, most_steps)
        self._tried: set[tuple[Step, ...]] = set()

    def try_(self, steps: Sequence[Step]) -> bool:
        """Play a candidate unless it was played before; it becomes the best when it fails and is simpler."""
        candidate = merged(steps)
        if candidate in self._tried or not candidate:
            return False
        replays, left = self._left
        if replays <= 0 or left < len(candidate):
            raise _Spent
        self._tried.add(candidate)
        self._left = (replays - 1, left - len(candidate))
        self.replays += 1
        found = self._fails(candidate)
        if found is None or _size(found) >= _size(self.best):
            return False
        self.best = merged(found)
        return True

    def run(self, simpler: Callable[[Step], Iterator[Step]]) -> None:
        """From large cuts to small ones, until none helps any more."""
        self.try_([step for step in self.best[:-1] if not step.is_read] + [self.best[-1]])
        for start in reversed([index for index, step in enumerate(self.best) if step.is_create]):
            if self.try_(self.best[start:]):
                break
        while self._cut() or self._simplify(simpler):
            pass

    def _cut(self) -> bool:
        """Leave out a run of steps, the longest first; true when something could be left out."""
        length = max(len(self.best) // 2, 1)
        shorter = False
        while length:
            start = 0
            while start < len(self.best):
                kept = self.best[:start] + self.best[start + length :]
                if self.try_(kept):
                    shorter = True
                else:
                    start += length
            length //= 2
        return shorter

    def _simplify(self, simpler: Callable[[Step], Iterator[Step]]) -> bool:
        for index, step in enumerate(self.best):
            for other in simpler(step):
                if self.try_((*self.best[:index], other, *self.best[index + 1 :])):
                    return True
        return False


def shortest(
    steps: Sequence[Step],
    fails: Fails,
    simpler: Callable[[Step], Iterator[Step]] = lambda _: iter(()),
    *,
    most_replays: int = MOST_REPLAYS,
    most_steps: int = MOST_STEPS,
) -> Shrunk:
    """The shortest sequence that can be found by leaving steps out and making single ones simpler.

    `simpler` names simpler steps than one. The last step is the one that shows the failure; each replay plays at most
    the steps of its candidate, and together they stay within the bounds.
    """
    search = _Search(merged(steps), fails, most_replays, most_steps)
    try:
        search.run(simpler)
    except _Spent:
        return Shrunk(search.best, search.replays, complete=False)
    return Shrunk(search.best, search.replays, complete=True)


def _size(steps: Sequence[Step]) -> tuple[int, int]:
    return len(steps), sum(len(step.body) for step in steps)
