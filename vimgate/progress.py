"""How far a certification run is, on stderr: a bar on a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from conformance.collector import Progress

_INTERVAL: Final = 5.0


class ProgressShown:
    """A context in which `watch` may be called as often as one likes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told = clock()
        self._bar: Bar | None = None
        if sys.stderr.isatty():
            columns = (
                TextColumn("certify"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("", total=None)

    def watch(self, progress: Progress) -> None:
        """Show how far the run is."""
        if self._bar is not None:
            self._bar.update(
                self._task, completed=progress.done, total=progress.total or None, description=progress.last
            )
        elif self._clock() - self._told >= _INTERVAL or progress.done == progress.total:
            self._told = self._clock()
            click.echo(f"certify: {progress.done} of {progress.total} done, last {progress.last}", err=True)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
