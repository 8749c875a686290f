"""Tables for people: as wide as the terminal, or wide enough for a pipe."""

import sys
from typing import Final

from rich.console import Console
from rich.table import Table

PIPE_WIDTH: Final = 200  # columns of a table that no terminal limits


def empty_table(*columns: str) -> Table:
    """An empty table without lines; the first column stays whole, the others are folded."""
    made = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for column in made.columns:
        column.overflow = "fold"
    made.columns[0].no_wrap = True
    return made


def print_table(made: Table) -> None:
    """Print a table on stdout; what stands in its cells is text and nothing else."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(width=width, markup=False, emoji=False, highlight=False).print(made)
