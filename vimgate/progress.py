"""How far a certification run is, on stderr: a bar on a terminal, else a line now and then."""

import time
from collections.abc import Callable
from typing import Final

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from conformance.runs.collector import Progress
from reports.render.words import printable
from vimgate.asking.duration import spoken
from vimgate.bar import Barred, screen

# Seconds between two lines: a run of minutes is told often, one of hours seldom.
_INTERVAL: Final = 5.0
_LONGEST: Final = 60.0
_SLOWER: Final = 20.0

# After so many seconds it may be said how long the rest takes, from what was done so far.
_KNOWN: Final = 60.0


def interval(passed: float) -> float:
    """The seconds until the next line is due, of work that began so many seconds ago."""
    return min(max(_INTERVAL, passed / _SLOWER), _LONGEST)


class ProgressShown(Barred):
    """A context in which `watch` may be called as often as one likes; `quiet`: it says nothing; no `bar`: in lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, quiet: bool = False, bar: bool = True) -> None:
        self._clock = clock
        self._quiet = quiet
        self._begun = self._told = clock()
        self._done: int | None = None
        self._bar: Bar | None = None
        console = screen(wanted=bar and not quiet)
        if console is not None:
            columns = (
                TextColumn("certify"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Bar(*columns, console=console, transient=True)
            self._task = self._bar.add_task("", total=None)

    def watch(self, progress: Progress) -> None:
        """Show how far the run is, and how long the rest may take."""
        if self._done is None:
            self._done = progress.done  # of an earlier part of the run, which took no time now
        now = self._clock()
        doing = printable(progress.doing or progress.last)
        if self._bar is not None:
            text = doing + self._rest(progress, now)
            self._bar.update(
                self._task, completed=progress.done, total=progress.total or None, description=escape(text)
            )
        elif not self._quiet and self._is_due(progress, now):
            self._told = now
            click.echo(f"certify: {progress.done} of {progress.total} done, {self._words(progress, now)}", err=True)

    def _is_due(self, progress: Progress, now: float) -> bool:
        ended = progress.done == progress.total and not progress.doing
        return ended or now - self._told >= interval(now - self._begun)

    def _words(self, progress: Progress, now: float) -> str:
        last = f"last {progress.last}" if progress.last else "at the first"
        doing = f"; {progress.doing}" if progress.doing else ""
        return printable(f"{last}{doing}{self._rest(progress, now)}")

    def _rest(self, progress: Progress, now: float) -> str:
        done, passed = progress.done - (self._done or 0), now - self._begun
        if passed < _KNOWN or done < 1 or progress.done >= progress.total:
            return ""
        return f"; about {spoken(passed / done * (progress.total - progress.done))} left at this pace"
