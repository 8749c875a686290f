"""How far an audit is, on a terminal: a bar on stderr that makes room for lines."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from vimgate.auditing.meter import Meter
from vimgate.bar import Barred, screen


class Figures(Protocol):
    """How far it is: bytes of how many, and that in words."""

    @property
    def done(self) -> float:
        """Bytes that were read so far."""

    @property
    def total(self) -> float:
        """Bytes that there are to be read."""

    @property
    def words(self) -> str:
        """What else there is to be said."""


@dataclass(frozen=True, slots=True)
class OfMeter:
    """What a meter says."""

    meter: Meter
    total: float

    @property
    def done(self) -> float:
        """Bytes that were read so far."""
        return self.meter.done

    @property
    def words(self) -> str:
        """How many exchanges were read, or that it comes to an end."""
        return "stopping" if self.meter.stopped else f"{self.meter.exchanges} exchanges"


class Shown(Barred):
    """A context that shows figures; nothing where stderr is no terminal, or when `quiet`."""

    def __init__(self, figures: Figures, *, quiet: bool = False) -> None:
        console = screen(wanted=not quiet)
        self._bar = _Bar(figures, console) if console is not None else None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A context in which lines may be written."""
        if self._bar is None:
            yield
            return
        self._bar.stop()
        yield
        self._bar.start()


class _Bar(Progress):
    """Looks at the figures whenever it is drawn."""

    def __init__(self, figures: Figures, console: Console) -> None:
        self._figures = figures
        columns = (
            TextColumn("audit"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        super().__init__(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
        self.add_task("", total=figures.total)

    def get_renderables(self) -> Iterable[RenderableType]:
        """What is drawn."""
        for task in self.task_ids:  # none while it is made
            figures = self._figures
            self.update(task, completed=figures.done, total=figures.total, description=figures.words)
        yield from super().get_renderables()
