"""What `vimgate certify` may be asked, in five groups of options; each group is a table and the values it makes.

    target.py   who is judged, and what may be done to it
    caller.py   as whom it is asked
    others.py   as whom besides
    depth.py    what is judged, and how thoroughly
    traffic.py  by what recordings are judged, and how that is told
    report.py   where the report goes, and how much is said
    number.py, duration.py, size.py, shard.py   values that options take

An option is a row of a table and a field of the dataclass below it, of the same name.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

type Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def with_options(*groups: tuple[Option, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of these groups, in their order."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return decorated


def chosen[T](kind: type[T], asked: Mapping[str, Any]) -> T:
    """The values of one group out of everything that was asked; what a command does not ask has its default."""
    return kind(**{field.name: asked[field.name] for field in fields(kind) if field.name in asked})  # type: ignore[arg-type] # T is a dataclass
