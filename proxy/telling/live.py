"""The terminal view of a running gateway: what passes, what was found, where the strategy stands.

On a terminal it is one picture that is drawn again once a second at most, and only when something has changed; where
there is none, it is a line now and then. Colours go when NO_COLOR is set (rich heeds it).
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live as Screen
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from proxy.telling.timelines import Progress
from reports.render.words import printable

_SHOWN: Final = 8
_EVERY: Final = 1.0
_LINE_EVERY: Final = 10.0


@dataclass(frozen=True)
class View:
    """What is shown: totals since the start, the last findings (newest last), and where the strategy stands.

    `findings` counts all findings; `unchecked` and `faults` count by reason and kind; `progress` is empty where nothing
    is known, and has no stages where only the state is known.
    """

    upstream: str
    release: str
    mode: str
    exchanges: int = 0
    in_flight: int = 0
    findings: int = 0
    last: Sequence[str] = ()
    progress: Progress = field(default_factory=Progress)
    unchecked: tuple[tuple[str, int], ...] = ()
    faults: tuple[tuple[str, int], ...] = ()
    restarts: int = 0


class Rate:
    """Exchanges a second between two looks; sans-io, the time comes in."""

    def __init__(self) -> None:
        self._at = 0.0
        self._count = 0
        self._rate = 0.0

    def of(self, count: int, now: float) -> float:
        """The rate since the last look that lies at least half a second back."""
        if not self._at:
            self._at, self._count = now, count
        elif now - self._at >= _EVERY / 2:
            self._rate = (count - self._count) / (now - self._at)
            self._at, self._count = now, count
        return self._rate


class Live(AbstractContextManager["Live"]):
    """Shows what `look` gives until it is closed; a thread of its own does it, and holds up nobody."""

    def __init__(
        self,
        look: Callable[[], View],
        console: Console | None = None,
        *,
        every: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._console = console or Console(stderr=True)
        self._clock = clock
        self._rate = Rate()
        self._told: tuple[View, float] | None = None
        self._stop = threading.Event()
        self._every = every if every is not None else _EVERY if self._console.is_terminal else _LINE_EVERY
        self._screen = (
            Screen(console=self._console, auto_refresh=False, transient=False, redirect_stdout=False)
            if self._console.is_terminal
            else None
        )
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def __enter__(self) -> Self:
        if self._screen is not None:
            self._screen.start()
        self.refresh()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self.refresh()
        if self._screen is not None:
            self._screen.stop()

    def refresh(self) -> None:
        """Show how things stand, if anything has changed since."""
        view = self._look()
        rate = round(self._rate.of(view.exchanges, self._clock()), 1)
        if self._told == (view, rate):
            return
        self._told = view, rate
        if self._screen is not None:
            self._screen.update(picture(view, rate), refresh=True)
        else:
            self._console.print(Text(line(view, rate)), soft_wrap=True)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.refresh()


def picture(view: View, rate: float) -> RenderableType:
    """The view as it stands on a terminal."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("upstream", Text(printable(view.upstream)))
    facts.add_row("mode", Text(f"{view.mode}, release {view.release}"))
    facts.add_row("exchanges", Text(f"{view.exchanges} ({rate:.1f}/s, {view.in_flight} in flight)"))
    facts.add_row("strategy", _strategy(view.progress))
    facts.add_row("findings", Text(str(view.findings), style="bold red" if view.findings else "green"))
    facts.add_row("unchecked", _counts(view.unchecked))
    facts.add_row("judge faults", _counts(view.faults, restarts=view.restarts))
    last = [Text(f"  {printable(each)}", no_wrap=True, overflow="ellipsis") for each in view.last[-_SHOWN:]]
    return Group(facts, *([Text("last findings", style="dim"), *last] if last else []))


def line(view: View, rate: float) -> str:
    """The view in one line."""
    parts = [
        f"{view.mode} {view.upstream}",
        f"{view.exchanges} exchanges ({rate:.1f}/s)",
        f"strategy {_told(view.progress)}",
        f"{view.findings} findings",
        *([f"last {view.last[-1]}"] if view.last else ()),
        *([f"unchecked {_words(view.unchecked)}"] if view.unchecked else ()),
        *([f"judge faults {_words(view.faults)}"] if view.faults else ()),
    ]
    return printable(", ".join(parts)).replace("\n", " ")


def _strategy(progress: Progress) -> RenderableType:
    told = Text(printable(_told(progress)))
    if not progress.stages:
        return told
    bar = Table.grid(padding=(0, 1))
    bar.add_row(ProgressBar(total=100, completed=progress.percent, width=24), Text(f"{progress.percent} %"))
    return Group(told, bar)


def _told(progress: Progress) -> str:
    if not progress.kind:
        return progress.state or "unknown"
    told = f"{progress.kind} {progress.state}"
    if progress.stages:
        done = progress.stage >= progress.stages
        place = "all" if done else f"stage {progress.stage + 1} of"
        told += f", {progress.phase}: {place} {progress.stages}{f' ({progress.name})' if progress.name else ''}"
    return told


def _counts(counts: tuple[tuple[str, int], ...], *, restarts: int = 0) -> Text:
    told = _words(counts) or "none"
    if restarts:
        told += f"; restarted {restarts} times"
    return Text(told, style="yellow" if counts or restarts else "")


def _words(counts: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{word} {times}" for word, times in counts)
