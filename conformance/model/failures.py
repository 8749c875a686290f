"""From requirements that failed in a sequence to the shortest sequence for each, and to the scripts that show it again.

On a target that can be reset, and whose clock moves as told, the sequence is played again and again, shorter each time.
On any other nothing is played again: reads that the judge does not need are left out, and the finding says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.drivers.conversation import Conversation
from conformance.drivers.glance import dumped
from conformance.exchange import Exchange
from conformance.model.recording import Step, play_again, steps_of
from conformance.model.shrink import MOST_REPLAYS, shortest
from conformance.sequences import Told, first_failure, is_load

# Requirements whose sequences are shortened in one test: one fault of a server may break dozens.
MOST_SHRUNK: Final = 6

_RECORDED: Final = "the sequence is as it was recorded, not shortened: {why}"
_NOT_AGAIN: Final = "the same requests did not show it a second time; the script is as it was recorded"
_NOT_ALL: Final = f"a shorter sequence may exist: the search ended after {MOST_REPLAYS} replays"


@dataclass(frozen=True, slots=True)
class Failure:
    """A requirement that failed, and the exchanges of the sequence up to there, from an empty target."""

    requirement: str
    exchanges: tuple[Exchange, ...]


class Failures:
    """Keeps the first sequence in which each requirement failed."""

    def __init__(self, talk: Conversation, own_world: Mapping[str, Any] | None) -> None:
        self._talk = talk
        self._own_world = own_world
        self._found: dict[str, Failure] = {}

    def note(self, exchanges: Sequence[Exchange]) -> None:
        """A stretch has ended; what failed and is seen to fail in it, for the first time, is kept with it."""
        for requirement in self._talk.judge.tally.failed:
            if requirement in self._found:
                continue
            index = first_failure(exchanges, requirement, self._talk.judge.fresh, still=self._talk.pace.still)
            if index is not None:
                self._found[requirement] = Failure(requirement, tuple(exchanges[: index + 1]))

    def tell(self) -> None:
        """Put the shortest sequence of each requirement into its finding. Raises Unreachable, NotCleared, ControlError.

        The replays go to judges of their own: they are no part of what was judged.
        """
        for failure in list(self._found.values())[:MOST_SHRUNK]:
            self._talk.judge.retell(explained(failure, self._talk, self._own_world))


def explained(failure: Failure, talk: Conversation, own_world: Mapping[str, Any] | None) -> Told:
    """The failure with the shortest sequence that could be found. Raises as a conversation does.

    Each replay begins in the target's own world, which is put back after one that has loaded another.
    """
    if not (talk.simulated and talk.pace.still):
        why = "the target cannot be reset" if not talk.simulated else "the clock of the target runs by itself"
        return _told(failure.requirement, _without_reads(failure, talk), talk, _RECORDED.format(why=why))
    played: dict[tuple[Step, ...], list[Exchange]] = {}

    def fails(steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
        judge = talk.judge.fresh()
        again = Conversation(
            talk.target, judge, talk.contract, talk.history, changes=True, pace=talk.pace, leave=talk.leave
        )
        exchanges = play_again(steps, again, lambda: judge.has_failed(failure.requirement))
        if own_world is not None and any(is_load(step.method, step.path) for step in steps):
            again.load(own_world)
        if not judge.has_failed(failure.requirement):
            return None
        found = steps_of(exchanges)
        played[found] = exchanges
        return found

    whole = fails(steps_of(failure.exchanges))
    if whole is None:
        return _told(failure.requirement, failure.exchanges, talk, _NOT_AGAIN)
    shrunk = shortest(whole, fails, lambda step: _simpler(step, talk))
    note = "" if shrunk.complete else _NOT_ALL
    return _told(failure.requirement, played[shrunk.steps], talk, note)


def _simpler(step: Step, talk: Conversation) -> Iterator[Step]:
    """A create with the body of the contract's example; a pause of a round length."""
    operation = talk.contract.match(step.method, step.path)
    if step.is_create and operation is not None:
        yield replace(step, body=dumped(talk.example(operation)))


def _without_reads(failure: Failure, talk: Conversation) -> Sequence[Exchange]:
    """The exchanges without the reads that the judge does not need; nothing is sent."""
    *before, last = failure.exchanges
    fewer = [*(each for each in before if each.method != "GET"), last]
    index = first_failure(fewer, failure.requirement, talk.judge.fresh, still=talk.pace.still)
    return fewer if index == len(fewer) - 1 else failure.exchanges


def _told(requirement: str, exchanges: Sequence[Exchange], talk: Conversation, note: str) -> Told:
    return Told(requirement, tuple(exchanges), note, talk.history, talk.pace.still)
