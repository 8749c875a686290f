"""How a fleet gets on: a line for each target as it ends, and how many are done, on stderr."""

import time
from collections.abc import Callable
from typing import Final

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from reports.fleet.ending import End, Ending
from reports.model import Verdict
from reports.render.words import printable
from vimgate.asking.duration import spoken
from vimgate.bar import Barred, screen
from vimgate.fleet.certifying import Heard
from vimgate.progress import interval

_NAMED: Final = 3  # targets that are named at a time


class Telling(Barred):
    """A context in which targets begin and end; `lines`: each ending is told on stdout; `quiet`: nothing on stderr."""

    def __init__(
        self,
        total: int,
        done: int,
        clock: Callable[[], float] = time.monotonic,
        *,
        lines: bool = True,
        quiet: bool = False,
    ) -> None:
        self._total, self._done, self._clock = total, done, clock
        self._lines, self._quiet = lines, quiet
        self._first = self._told = clock()
        self._running: dict[str, None] = {}
        self._bar: Bar | None = None
        console = screen(wanted=not quiet)
        if console is not None:
            columns = (
                TextColumn("fleet"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Bar(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
            self._task = self._bar.add_task("", total=total, completed=done)

    @property
    def heard(self) -> Heard:
        """Who is to hear how the fleet gets on."""
        return Heard(self._begun, self._again, self._ended, self._cleared, self._show)

    @property
    def doing(self) -> str:
        """The targets that are being judged, the first of them by name; empty when none is."""
        names = list(self._running)
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"{', '.join(names[:_NAMED])}{more}"

    def say(self, text: str) -> None:
        """Tell something on stderr, above the bar."""
        self._above(lambda: click.echo(f"fleet certify: {printable(text)}", err=True))

    def _begun(self, name: str, _worker: str) -> None:
        self._running[name] = None
        self._show()

    def _again(self, name: str, why: str) -> None:
        self._running.pop(name, None)
        if not self._quiet:
            self.say(f"{name} is tried again later: {why}")
        self._show()

    def _ended(self, ending: Ending) -> None:
        self._running.pop(ending.name, None)
        self._done += 1
        if self._lines:
            self._above(lambda: click.echo(line_of(ending)))
        self._show()

    def _cleared(self, name: str, left: str) -> None:
        if not self._quiet:
            self.say(f"{name}: {f'left behind: {left}' if left else 'what its run had left behind is removed'}")

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=escape(self.doing))
        elif not self._quiet and (now := self._clock()) - self._told >= interval(now - self._first):
            self._told = now
            doing = self.doing
            click.echo(f"fleet certify: {self._done} of {self._total} done{f'; {doing}' if doing else ''}", err=True)

    def _above(self, tell: Callable[[], None]) -> None:
        """A bar and a line would write over each other."""
        if self._bar is not None:
            self._bar.stop()
        tell()
        if self._bar is not None:
            self._bar.start()


def line_of(ending: Ending) -> str:
    """An ending in one line: the target, its outcome and how it ended, what failed first, and what may be left."""
    failed = [name for name, verdict in (ending.summary.verdicts if ending.summary else {}).items() if _failed(verdict)]
    parts = [f"{ending.name}: {ending.outcome}"]
    if failed:
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        parts.append(f"{failed[0]}{more} failed")
    if ending.end is not End.JUDGED:
        parts.append(f"{ending.end}{f', {ending.why}' if ending.why else ''}")
    if ending.left:
        parts.append(f"left behind: {ending.left}")
    return printable(f"{'; '.join(parts)} ({spoken(ending.seconds)})")


def _failed(verdict: Verdict) -> bool:
    return verdict is Verdict.FAIL
