"""Which findings are told: a cause the first time, and at its 10th, 100th, 1,000th … time; the others are counted."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Final

_CAUSES: Final = 4096  # remembered; the one that came longest ago is forgotten first, and told anew


@dataclass(slots=True)
class Cause:
    """How often a cause has come, with which number it was told last and at which count, and in which file."""

    count: int = 0
    number: int = 0
    told: int = 0
    file: int = 0


class Thinning:
    """Counts causes. `files` is how many files are kept: what was told in an older one is told again."""

    def __init__(self, files: int) -> None:
        self._files = files
        self._causes: OrderedDict[Hashable, Cause] = OrderedDict()

    def seen(self, key: Hashable) -> Cause:
        """The cause, after it came once more."""
        cause = self._causes.setdefault(key, Cause())
        self._causes.move_to_end(key)
        if len(self._causes) > _CAUSES:
            self._causes.popitem(last=False)
        cause.count += 1
        return cause

    def is_news(self, cause: Cause, file: int) -> bool:
        """Whether it is told this time; `file` counts the files that were begun."""
        return not cause.told or file - cause.file > self._files or _is_power_of_ten(cause.count)

    def untold(self) -> Iterator[Cause]:
        """The causes that came more often than they were told last."""
        return (cause for cause in self._causes.values() if cause.count > cause.told > 0)


def _is_power_of_ten(count: int) -> bool:
    return str(count).rstrip("0") == "1"
