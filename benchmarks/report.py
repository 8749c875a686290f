"""What a benchmark says: tables on the terminal, a JSON file, and which targets are met."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.measuring import load, machine

WIDEST: Final = 7
"""Columns of a table that is not turned on its side."""

WIDTH: Final = 100
"""Characters of a line, at least."""


@dataclass(frozen=True, slots=True)
class Target:
    """One figure and the limit for it; None: not measured in this run."""

    name: str
    measured: float | None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the figure is within its limit; None when there is none."""
        if self.measured is None:
            return None
        low = self.at_least is None or self.measured >= self.at_least
        return low and (self.at_most is None or self.measured <= self.at_most)


@dataclass
class Report:
    """Everything that one run measured, by section: rows of named figures."""

    benchmark: str
    seed: int
    quick: bool
    sections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=machine)
    load_before: float | None = field(default_factory=load)

    def add(self, section: str, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows, and print them."""
        self.sections[section] = list(rows)
        _print(section, self.sections[section])

    def finish(self, file: Path | None) -> None:
        """Print the targets, and write everything to the file, if there is one."""
        targets = [asdict(target) | {"met": target.met} for target in self.targets]
        _print("targets", targets)
        if file is None:
            return
        whole = asdict(self) | {"targets": targets, "load_after": load()}
        file.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


def _print(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """A table; one that would be too wide is turned on its side."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if len(columns) > WIDEST:
        first, *others = columns
        heads = [_text(row.get(first)) for row in rows]
        rows = [{first: name.replace("_", " ")} | dict(zip(heads, _cells(rows, name), strict=True)) for name in others]
        columns = [first, *heads]
    table = Table()
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right" if _is_number(rows, name) else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in columns))
    console = Console(width=max(Console().width, WIDTH))
    console.print(f"\n{title}")
    console.print(table)


def _cells(rows: Sequence[dict[str, Any]], name: str) -> list[str]:
    return [_text(row.get(name)) for row in rows]


def _is_number(rows: Sequence[dict[str, Any]], name: str) -> bool:
    return all(isinstance(row.get(name), int | float | None) for row in rows)


def _text(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - four digits either way
        case int():
            return f"{value:,}"
    return str(value)
