"""Which exchanges have an order that can be told, so that a race of two clients is never taken for a fault.

An answer shows the deployment at some moment between request and answer. An exchange is in order when no change
(anything but a safe method) of somebody else was under way at any moment of it, and it began after the last exchange
that was in order had ended. Everything else is judged without a memory.
"""

from collections.abc import Hashable


class Order:
    """Watches requests begin and end; sans-io. Times are not needed: the order of the calls is the order of events."""

    def begin(self, key: Hashable, *, changes: bool) -> None:
        """A request has come; `changes`: its method is not safe."""
        raise NotImplementedError

    def end(self, key: Hashable) -> bool:
        """Its answer is complete, or will never come; whether the exchange was in order."""
        raise NotImplementedError
