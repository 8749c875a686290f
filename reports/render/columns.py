"""Lines of plain text, 100 columns wide, that all text forms are made of."""

import textwrap
from collections.abc import Iterator
from typing import Final

from reports.render.words import printable

WIDTH: Final = 100


def titled(title: str) -> Iterator[str]:
    """A title with a line below it and room above."""
    yield from ("", "", title, "=" * len(title))


def labelled(label: str, text: str, indent: int = 4) -> list[str]:
    """The text behind its label, wrapped; lines of its own stay lines."""
    start, hanging = " " * indent + label, " " * (indent + len(label))
    lines = [
        wrapped
        for number, line in enumerate(printable(text).split("\n"))
        for wrapped in textwrap.wrap(
            line,
            WIDTH,
            initial_indent=hanging if number else start,
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        or [(hanging if number else start).rstrip()]
    ]
    return [line.rstrip() for line in lines]
