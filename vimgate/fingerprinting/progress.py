"""How far the asking or the reading is: a bar on stderr; nothing where that is no terminal."""

from collections.abc import Callable

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from vimgate.bar import Barred, screen

type Watch = Callable[[int, int], None]


class LookingShown(Barred):
    """A context in which `watch` shows how much is done."""

    def __init__(self) -> None:
        console = screen()
        self._bar: Progress | None = None
        if console is not None:
            columns = (TextColumn("fingerprint"), BarColumn(), TaskProgressColumn())
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("", total=None)

    def watch(self, done: int, total: int) -> None:
        """So many questions, or bytes, of so many are done."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)
