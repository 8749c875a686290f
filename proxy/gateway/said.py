"""What an operator is told while the gateway runs: a line for each cause, not for each request."""

from collections.abc import Callable


class Once:
    """Says something when it begins and when it is over; not again in between."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._current: dict[str, str] = {}

    def of(self, subject: str, text: str) -> None:
        """The subject is so now; said when it was not so before."""
        if self._current.get(subject) != text:
            self._current[subject] = text
            self._say(text)

    def over(self, subject: str, text: str) -> None:
        """The subject is no matter any more; said when it was one."""
        if self._current.pop(subject, None) is not None:
            self._say(text)
