"""What is true is kept and what is kept is true: a change is written before it is over, or it has not happened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reference_server.storage.snapshot import Snapshot
from reference_server.storage.store import Store, StoreError


class Unavailable(Exception):  # noqa: N818 - the word of the answer, 503
    """What has changed cannot be written down, so it has not changed; the text says why."""


class Keeping:
    """A store and what was written to it last; or none, and then nothing is written and nothing taken back."""

    def __init__(self, store: Store | None, standing: Callable[[], Snapshot], take: Callable[[Snapshot], None]) -> None:
        """`standing` gives what is true now, `take` makes true what a snapshot says."""
        self._store = store
        self._standing = standing
        self._take = take
        self.is_due = False
        """Whether something has changed since the last time; whoever changes something says so."""

    def begin(self) -> None:
        """Write how things stand for the first time. Raises StoreError."""
        if self._store is not None:
            self._write(self._store)

    @contextmanager
    def change(self) -> Iterator[None]:
        """What is done in here is written if it changed something. Raises Unavailable; then it has not been done.

        So it is with any other error in here. Not to be used within itself.
        """
        if self._store is None:
            yield
            return
        try:
            yield
            if self.is_due:
                self._write(self._store)
        except StoreError as error:
            self._roll_back()
            raise Unavailable(str(error)) from None
        except BaseException:
            self._roll_back()
            raise

    def _write(self, store: Store) -> None:
        standing = self._standing()
        store.save(standing)
        self._kept = standing
        self.is_due = False

    def _roll_back(self) -> None:
        self._take(self._kept)
        self.is_due = False
