"""How far processes are, and whether they should go on, in memory that they share: nobody waits for anybody."""

from multiprocessing import get_context
from typing import Any, Final

_FIGURES: Final = 2  # of each process: bytes, exchanges
_STOPPED: Final = 0


class Meter:
    """A place for each of `count` processes; it goes to them as an argument when they are started."""

    def __init__(self, count: int) -> None:
        self._figures: Any = get_context("forkserver").RawArray("d", 1 + _FIGURES * count)

    def stop(self) -> None:
        """Ask all processes to come to an end."""
        self._figures[_STOPPED] = 1.0

    @property
    def stopped(self) -> bool:
        """They were asked to."""
        return bool(self._figures[_STOPPED])

    def goes(self, place: int, done: int, exchanges: int) -> bool:
        """How many bytes and exchanges the process of that place has done; whether it should go on."""
        at = 1 + _FIGURES * place
        self._figures[at], self._figures[at + 1] = done, exchanges
        return not self._figures[_STOPPED]

    @property
    def done(self) -> float:
        """Bytes that were read so far, by all."""
        return float(sum(self._figures[1::_FIGURES]))

    @property
    def exchanges(self) -> int:
        """Exchanges that were read so far, by all."""
        return int(sum(self._figures[2::_FIGURES]))
