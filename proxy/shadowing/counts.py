"""What became of the reads that a shadow was to be asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What became of a read."""

    SAME = "same"
    DIFFERENT = "different"
    EXPECTED = "expected"  # otherwise, as the releases of the two say
    ELSEWHERE = "elsewhere"  # one deployment has a strategy there, the other has none
    DENIED = "denied"  # the shadow asks for a token, and got none
    FAILED = "failed"  # no answer, or none in the bounds
    DROPPED = "dropped"  # never asked: too much was waiting, it was too large, or its address holds a secret


_UNKNOWN: Final = (Outcome.DENIED, Outcome.FAILED, Outcome.DROPPED)  # nothing was learnt of the shadow
_ASKED: Final = (Outcome.SAME, Outcome.DIFFERENT, Outcome.EXPECTED, Outcome.ELSEWHERE, Outcome.DENIED, Outcome.FAILED)


@dataclass(slots=True)
class ShadowCounts:
    """Reads by their outcome, and differences by what they are, over all restarts of the process."""

    outcomes: Counter[str] = field(default_factory=Counter)
    differences: Counter[str] = field(default_factory=Counter)
    restarts: int = 0

    def take(self, outcomes: Mapping[str, int], differences: Mapping[str, int]) -> None:
        """The process has told what it did."""
        self.outcomes.update(outcomes)
        self.differences.update(differences)

    def drop(self, times: int = 1) -> None:
        """So many reads are not repeated."""
        if times:
            self.outcomes[Outcome.DROPPED] += times

    @property
    def asked(self) -> int:
        """How many reads were repeated."""
        return sum(self.outcomes[each] for each in _ASKED)

    @property
    def brief(self) -> str:
        """What it came to, in a few words; nobody takes a shadow that did not answer for one that agrees."""
        also = [f", {self.outcomes[each]} {each.value}" for each in _UNKNOWN if self.outcomes[each]]
        return f"{self.asked} repeated at the shadow, {self.outcomes[Outcome.DIFFERENT]} different{''.join(also)}"

    @property
    def sentence(self) -> str:
        """What it came to, in a sentence."""
        parts = [f"{self.outcomes[each]} {each.value}" for each in Outcome if self.outcomes[each]]
        found = sum(self.differences.values())
        return (
            f"Shadow: {self.asked} reads repeated ({', '.join(parts) or 'none'}), {found} differences in shadow.jsonl."
        )
