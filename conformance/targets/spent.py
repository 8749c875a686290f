"""How many requests this process has sent in its run, to whatever target it opened; control requests apart."""

from threading import Lock


class _Spent:
    """A count that several clients may raise at once."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.requests = 0


_SPENT = _Spent()


def begin() -> None:
    """A run begins, and has sent nothing yet."""
    with _SPENT.lock:
        _SPENT.requests = 0


def count() -> None:
    """A request goes out."""
    with _SPENT.lock:
        _SPENT.requests += 1


def sent() -> int:
    """How many have gone out since the run began."""
    return _SPENT.requests
