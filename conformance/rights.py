"""What one history has shown of the rights of a caller who may only read, held against what we were granted. Pure.

A 403 to a change may be about the state of the strategy, and any refusal about a token that has ended meanwhile. So a
refusal counts when the same was granted to us in the same situation, and the reader was let in to something later.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from conformance.caller import Asked


class Plea(NamedTuple):
    """A change that somebody asked for: the operation (operationId), what it was asked for, and in which situation.

    The situation is a state in which a strategy rests, or empty where none is.
    """

    operation: str
    wish: tuple[object, ...]
    situation: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What was let do.

    `taken` are operations (operationIds) that did what the reader asked for; `refused` is what he was turned away from
    and `late` what he was turned away from since he was last let in; `granted` is what we were let do. `reads` says
    that he has read a strategy, `hidden` are looks that he was turned away from since.
    """

    taken: frozenset[str] = frozenset()
    refused: frozenset[Plea] = frozenset()
    late: frozenset[Plea] = frozenset()
    granted: frozenset[Plea] = frozenset()
    reads: bool = False
    hidden: frozenset[str] = frozenset()

    @property
    def met(self) -> bool:
        """The reader has asked for a change."""
        return bool(self.taken or self.refused or self.late)

    @property
    def kept(self) -> frozenset[str]:
        """The operations that the reader is kept from, for sure."""
        return frozenset(plea.operation for plea in self.refused & self.granted)

    @property
    def tried(self) -> bool:
        """He was turned away from something that we were let do."""
        return bool((self.refused | self.late) & self.granted)

    def of_reader(self, asked: "Asked", *, turned_away: bool, let_in: bool) -> "Rights":
        """What is known after one more request of the reader."""
        if let_in:
            told = replace(self, refused=self.refused | self.late, late=frozenset[Plea]())
            if asked.reads:
                return replace(told, reads=True, hidden=frozenset[str]())
            return replace(told, taken=self.taken | {asked.operation}) if asked.kind else told
        if not turned_away:
            return self
        if asked.reads:
            return replace(self, hidden=self.hidden | {asked.operation})
        return self if asked.plea is None else replace(self, late=self.late | {asked.plea})

    def of_ours(self, asked: "Asked") -> "Rights":
        """What is known after we were let in."""
        return self if asked.plea is None else replace(self, granted=self.granted | {asked.plea})
