"""How a signal ends a run: at once, except while the answer to a change is out.

Who is stopped between a create and its answer never learns the uuid, and could not clear up after himself.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class Abandoned(KeyboardInterrupt):
    """Somebody insists that the run ends at once, whatever is left on the target."""


class _Shield:
    """What holds back an interruption; of the main thread, in which signals are handled."""

    def __init__(self) -> None:
        self.depth = 0
        self.waiting = False
        self.insisted = False


_SHIELD = _Shield()


def begin() -> None:
    """Nobody has asked for anything yet."""
    _SHIELD.waiting = _SHIELD.insisted = False


def interrupt() -> None:
    """End what goes on by KeyboardInterrupt: now, or when the change that is under way was answered."""
    if _SHIELD.depth:
        _SHIELD.waiting = True
    else:
        raise Abandoned if _SHIELD.insisted else KeyboardInterrupt


def insist() -> None:
    """The same, by Abandoned, and nothing is cleared up any more."""
    _SHIELD.insisted = True
    interrupt()


def is_insisted() -> bool:
    """Nothing is to be cleared up any more."""
    return _SHIELD.insisted


@contextmanager
def undisturbed() -> Iterator[None]:
    """A context that an interruption waits for; it has to be short."""
    _SHIELD.depth += 1
    try:
        yield
    finally:
        _SHIELD.depth -= 1
        if _SHIELD.waiting and not _SHIELD.depth:
            _SHIELD.waiting = False
            interrupt()
