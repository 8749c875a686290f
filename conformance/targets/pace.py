"""How time passes while a target works: at once on a clock that obeys, or by polling on the wall clock.

Both paces poll in steps that start small, double while nothing changes and start anew when something does, so that the
states in between are seen and a long wait stays cheap. All times are in seconds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from conformance.shape import gist
from conformance.targets.control import Control

_VIRTUAL_LEAST: Final = 1.0
_VIRTUAL_MOST: Final = 64.0
_WALL_LEAST: Final = 0.2
_WALL_MOST: Final = 5.0

# After so many looks at the same thing a virtual wait takes longer and longer steps: the target is stuck.
_STUCK_LOOKS: Final = 40

# After so many seconds of real time that came to nothing, further waits of a run are cut to the second figure.
PATIENCE: Final = 600.0
_IMPATIENT: Final = 30.0


@dataclass(frozen=True, slots=True)
class Waited:
    """How a wait ended.

    Whether the condition came to hold, what was seen last, and how many seconds it took on the target's clock.
    """

    held: bool
    last: Any
    seconds: float


class Pace(Protocol):
    """Lets time pass. `still` is true when the target's clock moves only when this pace moves it."""

    still: bool

    def until(
        self, look: Callable[[], Any], holds: Callable[[Any], bool], limit: float, *, closely: bool = True
    ) -> Waited:
        """Look again and again until the condition holds for what is seen, or `limit` seconds have passed.

        `closely` is for waits in which everything in between is to be seen; others take larger steps.
        """

    def nudge(self, seconds: float) -> None:
        """Let a little time pass where that costs nothing; nothing on a wall clock."""


class VirtualPace:
    """Advances the clock of a simulated target."""

    def __init__(self, control: Control, least: float = _VIRTUAL_LEAST, most: float = _VIRTUAL_MOST) -> None:
        self.still = control.still
        self._control = control
        self._bounds = (least, most)

    def until(
        self, look: Callable[[], Any], holds: Callable[[Any], bool], limit: float, *, closely: bool = True
    ) -> Waited:
        """Look, advance, look, …; raises ControlError when the target refuses to advance."""
        return _poll(look, holds, limit, self._advance, self._bounds, closely=closely, stuck_looks=_STUCK_LOOKS)

    def nudge(self, seconds: float) -> None:
        """Advance the clock."""
        self._control.advance(seconds)

    def _advance(self, seconds: float) -> float:
        self._control.advance(seconds)
        return seconds


class WallPace:
    """Polls a target that lives in real time.

    `patience` is how many seconds waits may take in vain before later ones are cut short: a target that is stuck must
    not hold up a run for ever.
    """

    still = False

    def __init__(
        self,
        least: float = _WALL_LEAST,
        most: float = _WALL_MOST,
        *,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bounds = (least, max(least, most))
        self._patience = patience
        self._sleep = sleep
        self._clock = clock

    def until(
        self, look: Callable[[], Any], holds: Callable[[Any], bool], limit: float, *, closely: bool = True
    ) -> Waited:
        """Look, sleep and look again."""
        allowed = limit if self._patience > 0 else min(limit, _IMPATIENT)
        waited = _poll(look, holds, allowed, self._pass, self._bounds, closely=closely)
        if not waited.held:
            self._patience -= waited.seconds
        return waited

    def nudge(self, seconds: float) -> None:
        """Real time passes by itself."""

    def _pass(self, seconds: float) -> float:
        before = self._clock()
        self._sleep(seconds)
        return self._clock() - before


def _poll(  # noqa: PLR0913 - the parts of a wait
    look: Callable[[], Any],
    holds: Callable[[Any], bool],
    limit: float,
    advance: Callable[[float], float],
    bounds: tuple[float, float],
    *,
    closely: bool,
    stuck_looks: int | None = None,
) -> Waited:
    least, most = bounds
    passed, step, same = 0.0, least, 0
    seen = look()
    while not holds(seen):
        if passed >= limit:
            return Waited(held=False, last=seen, seconds=passed)
        passed += advance(min(step, limit - passed))
        before, seen = seen, look()
        # Equal documents have one gist: most looks show what the last one did.
        same = same + 1 if seen == before or gist(seen) == gist(before) else 0
        ceiling = limit if stuck_looks is not None and same > stuck_looks else most
        step = min(step * 2, ceiling) if same else least if closely else max(min(step, most) / 2, least)
    return Waited(held=True, last=seen, seconds=passed)
