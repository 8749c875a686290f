"""How many requests a fleet may still send, and how many of them a target gets. Pure."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Purse:
    """The requests that all targets together may send; None: as many as they like.

    What a target does not use comes back, and is shared out among those that have not begun.
    """

    left: int | None
    _out: dict[str, int] = field(default_factory=dict)

    def allot(self, name: str, unbegun: int) -> int:
        """An even share of what is left for a target, which is one of so many that have not begun; 0: nothing is left.

        Not to be asked of a purse without a limit.
        """
        if self.left is None:
            raise ValueError("there is no limit to share")
        share = -(-self.left // max(1, unbegun))
        self.left -= share
        self._out[name] = share
        return share

    def back(self, name: str, used: int | None) -> None:
        """A target has ended and used so many of its share; None: nobody knows, and all of it counts as used."""
        share = self._out.pop(name, 0)
        if self.left is not None and used is not None:
            self.left += max(0, share - used)

    @property
    def is_empty(self) -> bool:
        """Nothing is left, and nothing that is out can come back."""
        return self.left == 0 and not self._out
