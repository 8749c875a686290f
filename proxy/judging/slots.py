"""The bodies that both sides of the line remember, so that one that did not change is not sent again."""

from collections import OrderedDict
from typing import Final

from proxy.judging.messages import NO_SLOT

__all__ = ["NO_SLOT", "Slots"]

_SLOTS: Final = 4
_WORTH_A_SLOT: Final = 1024  # bytes


class Slots:
    """The last body of each path, for a few paths: those that were written last."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def find(self, path: str, body: bytes) -> tuple[int, bool]:
        """The slot for the path, and whether this body is in it; no slot for a body that is too short to be worth it.

        A new path takes a slot that is free, or that of the path which was not written for longest.
        """
        if len(body) < _WORTH_A_SLOT:
            return NO_SLOT, False
        held = self._bodies.get(path)
        if held is not None:
            return held[0], held[1] == body
        taken = [slot for slot, _ in self._bodies.values()]
        free = [slot for slot in range(_SLOTS) if slot not in taken]
        return (free or taken)[0], False

    def remember(self, path: str, slot: int, body: bytes) -> None:
        """This body is sent, into that slot."""
        if path not in self._bodies and len(self._bodies) == _SLOTS:
            self._bodies.popitem(last=False)
        self._bodies[path] = (slot, body)
        self._bodies.move_to_end(path)

    def clear(self) -> None:
        """The other side has forgotten everything."""
        self._bodies.clear()
