"""The pulse of a server whose clock runs: what is due is worked off, and so kept, even while nobody calls.

A driver has no thread; alone it works off what is due at the next call. A server that is killed before that call would
come back as it was at the last one.
"""

import threading
from contextlib import suppress
from typing import Final, Self

from reference_server.driver import Driver, Unavailable

INTERVAL: Final = 0.2
"""Seconds between two beats."""


class Pulse:
    """Settles a driver again and again, from entry to exit, in a thread of its own."""

    def __init__(self, driver: Driver, interval: float = INTERVAL) -> None:
        self._driver = driver
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _beat(self) -> None:
        """What cannot be written now is tried again at the next beat, and said to whoever calls."""
        while not self._stopped.wait(self._interval):
            with suppress(Unavailable):
                self._driver.settle()
