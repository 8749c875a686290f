"""How far an audit is, on a terminal: a bar on stderr that makes room for lines."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from vimgate.auditing.meter import Meter


class Shown:
    """A context that shows what a meter says; nothing where stderr is no terminal, or when `quiet`."""

    def __init__(self, meter: Meter, total: int, *, quiet: bool = False) -> None:
        console = Console(stderr=True)
        wanted = not quiet and console.is_terminal and not console.is_dumb_terminal
        self._bar = _Bar(meter, total, console) if wanted else None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A context in which lines may be written."""
        if self._bar is None:
            yield
            return
        self._bar.stop()
        yield
        self._bar.start()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


class _Bar(Progress):
    """Looks at the meter whenever it is drawn."""

    def __init__(self, meter: Meter, total: int, console: Console) -> None:
        self._meter = meter
        columns = (
            TextColumn("audit"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        super().__init__(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
        self.add_task("", total=total)

    def get_renderables(self) -> Iterable[RenderableType]:
        """What is drawn."""
        words = "stopping" if self._meter.stopped else f"{self._meter.exchanges} exchanges"
        for task in self.task_ids:  # none while it is made
            self.update(task, completed=self._meter.done, description=words)
        yield from super().get_renderables()
