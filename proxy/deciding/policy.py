"""Which of what was noticed stops an exchange: mode x direction x strength x level, exceptions by requirement; pure.

Nobody's fault blocks nothing: an error of the harness, a permission, or a requirement that the ledger does not know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from conformance.known import Wish
from proxy.traffic import Action, Direction, Mode, Noticed
from reports.model import Finding, Level, Strength, Verdict

FREEZE: Final = "freeze"
"""What stands for a requirement id where a freeze refuses a request."""

UNKNOWN: Final = frozenset({"", "unknown"})
"""States of a strategy about which nothing is known."""

# Whether a mode stops anything at all.
_STOPS: Final[Mapping[Mode, bool]] = {Mode.OBSERVE: False, Mode.ANNOTATE: False, Mode.ENFORCE: True}

# Verdicts by which somebody has broken something.
_BROKEN: Final = frozenset({Verdict.FAIL, Verdict.WARN})

# A wish that is not said in the contract's words may be taken by a server for these as well.
_COULD_BE: Final[Mapping[str, tuple[str, ...]]] = {
    "delete": ("delete-forced",),
    "apply-stage": ("apply-all",),
    "abort-stage": ("abort",),
}

type Levels = Mapping[Level, Action]
type Grid = Mapping[Direction, Mapping[Strength, Levels]]


class Situated(Protocol):
    """The strategy of a deployment as it was last seen: its kind and state; `unknown` or empty where nobody knows."""

    @property
    def kind(self) -> str:
        """The kind of strategy, such as `sw-upgrade`."""
        ...

    @property
    def state(self) -> str:
        """Its state, a word of the wire."""
        ...


@dataclass(frozen=True, slots=True)
class Freeze:
    """Wishes (words of `conformance.known.Wish`) that are refused while the strategy is in one of the states.

    `unknown` says what becomes of them while the state is not known; `reason` is for whoever is refused.
    """

    wishes: frozenset[str]
    states: frozenset[str]
    unknown: Action = Action.PASS
    reason: str = ""

    def refuses(self, wish: Wish, situation: Situated) -> bool:
        """The wish, or what a server may take it for, is frozen in that situation."""
        words = (wish.word, *(() if wish.clear else _COULD_BE.get(wish.word, ())))
        if self.wishes.isdisjoint(words):
            return False
        if situation.state in UNKNOWN:
            return self.unknown is Action.BLOCK
        return situation.state in self.states


@dataclass(frozen=True, slots=True)
class Policy:
    """What `enforce` does: the action by direction, strength and level, and `exceptions` by requirement id.

    `places` are the strength and level of every requirement that a request, or an answer, can break. `as_last_seen` is
    for objections that are not certain.
    """

    grid: Grid
    places: Mapping[Direction, Mapping[str, tuple[Strength, Level]]]
    exceptions: Mapping[Direction, Mapping[str, Action]]
    as_last_seen: Action = Action.PASS
    freezes: tuple[Freeze, ...] = ()

    def decide(self, mode: Mode, direction: Direction, noticed: Iterable[Noticed]) -> Action:
        """What becomes of a request, or of an answer, about which that was noticed."""
        return Action.BLOCK if self.stopping(mode, direction, noticed) else Action.PASS

    def stopping(self, mode: Mode, direction: Direction, noticed: Iterable[Noticed]) -> tuple[Noticed, ...]:
        """Those that stop it, in their order; what was noticed about the other side has no say."""
        if not _STOPS[mode]:
            return ()
        return tuple(each for each in noticed if each.direction is direction and self._stops(each))

    def action(self, direction: Direction, requirement: str) -> Action:
        """What becomes of a request, or of an answer, that surely breaks the requirement."""
        if requirement == FREEZE:
            return Action.BLOCK
        excepted = self.exceptions[direction].get(requirement)
        if excepted is not None:
            return excepted
        return self.usual(direction, requirement)

    def usual(self, direction: Direction, requirement: str) -> Action:
        """What becomes of whatever breaks a requirement of the same strength and level."""
        place = self.places[direction].get(requirement)
        return Action.PASS if place is None else self.grid[direction][place[0]][place[1]]

    def freeze(self, wish: Wish | None, situation: Situated) -> Noticed | None:
        """What the freeze has against a wish in that situation; None when nothing."""
        first = next((each for each in self.freezes if wish is not None and each.refuses(wish, situation)), None)
        return None if first is None or wish is None else Noticed(Direction.REQUEST, _frozen(first, wish, situation))

    def _stops(self, noticed: Noticed) -> bool:
        if noticed.finding.verdict not in _BROKEN:
            return False
        if not noticed.certain and self.as_last_seen is Action.PASS:
            return False
        return self.action(noticed.direction, noticed.finding.requirement) is Action.BLOCK


def _frozen(freeze: Freeze, wish: Wish, situation: Situated) -> Finding:
    known = situation.state not in UNKNOWN
    now = f"the {situation.kind} strategy is {situation.state}" if known else "nobody knows the state of the strategy"
    return Finding(
        FREEZE,
        Verdict.FAIL,
        f"`{wish.word}` is frozen while {now}{f': {freeze.reason}' if freeze.reason else ''}",
        expected=f"no {', '.join(sorted(freeze.wishes))} while {', '.join(sorted(freeze.states))}",
        actual=wish.word,
        hint="A GET of the strategy shows its state; the policy of the gateway says what is frozen in which.",
        kind=situation.kind if known else "",
        state=situation.state if known else "",
    )
