"""Which exchanges have an order that can be told, so that a race of two clients is never taken for a fault.

An answer shows the deployment at some moment between request and answer. An exchange is in order when no change
(anything but a safe method) of somebody else was under way at any moment of it, and it began after the last exchange
that was in order had ended. Everything else is judged without a memory.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from urllib.parse import unquote

from conformance.monitor import SAFE_METHODS


def is_change(method: str, query: str = "") -> bool:
    """The request may change something: its method is not safe, or its query names another that some servers take."""
    return method.upper() not in SAFE_METHODS or "_method" in unquote(query)


@dataclass(slots=True)
class _Open:
    """A request under way: when it began, and whether no change of somebody else has been under way since."""

    began: int
    changes: bool
    alone: bool


class Order:
    """Watches requests begin and end; sans-io. Times are not needed: the order of the calls is the order of events."""

    def __init__(self) -> None:
        self._events = 0
        self._last = 0  # the end of the last exchange that was in order
        self._open: dict[Hashable, _Open] = {}

    def begin(self, key: Hashable, *, changes: bool) -> bool:
        """A request has come; `changes`: its method is not safe. Whether, so far, it is in order.

        A key that is under way already is somebody else's: what came first is closed, and neither is in order.
        """
        self._events += 1
        taken = self._open.pop(key, None)
        others = [each.changes for each in self._open.values()]
        if changes:
            for each in self._open.values():
                each.alone = False
        alone = taken is None and not any(others)
        self._open[key] = _Open(self._events, changes, alone)
        return alone and self._events > self._last

    def in_order(self, key: Hashable) -> bool:
        """Whether the request is in order so far; false for one that is not under way."""
        found = self._open.get(key)
        return found is not None and found.alone and found.began > self._last

    def end(self, key: Hashable) -> bool:
        """Its answer is complete, or will never come; whether the exchange was in order. False for an unknown key."""
        self._events += 1
        in_order = self.in_order(key)
        self._open.pop(key, None)
        if in_order:
            self._last = self._events
        return in_order

    def __len__(self) -> int:
        """How many requests are under way."""
        return len(self._open)
