"""Where a bar is drawn, and the context in which it is."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress


def screen(*, wanted: bool = True) -> Console | None:
    """What a bar is drawn on: stderr. None where none is wanted, or nobody would see it."""
    console = Console(stderr=True)
    return console if wanted and console.is_terminal and not console.is_dumb_terminal else None


class Barred:
    """A context that draws a bar, if there is one."""

    _bar: Progress | None = None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
