"""Figures of fleets as tables in Markdown: how fleets grow, and what a second worker brings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

type Row = Mapping[str, Any]
type Sections = Mapping[str, Sequence[Row]]

_SMALL: Final = 10.0  # numbers below it are told with more digits
_COMPARED: Final = ("of", "told in", "workers", "turn by turn", "to one worker (least to most)")
_GROWN: Final = {
    "targets": "targets",
    "workers": "workers",
    "seconds": "seconds",
    "targets_per_min": "targets a minute",
    "exchanges_per_s": "exchanges / s",
    "client_cpu_ms": "client, CPU ms each",
    "client_mib": "client, MiB",
}


def measured(sections: Sections) -> list[str]:
    """The tables of what was measured; those of which nothing was are left out."""
    grown = [tuple(number(row[name]) for name in _GROWN) for row in _grown(sections)]
    compared = list(_compared(sections))
    heads = ((tuple(_GROWN.values()), grown), (_COMPARED, compared))
    return [table(head, rows) for head, rows in heads if rows]


def _grown(sections: Sections) -> Iterator[Row]:
    parts = ("growth", "growth, its costs", "growth, by target")
    for speed, cost, each in zip(*(sections.get(part, ()) for part in parts), strict=True):
        yield {**each, **cost, **speed}


def _compared(sections: Sections) -> Iterator[tuple[str, ...]]:
    for ratio in sections.get("targets, to one worker", ()):
        yield _ratio("targets", "targets a minute", ratio, sections["targets"], "targets_per_min")
    for ratio in sections.get("captures, to one worker", ()):
        turns = [turn for turn in sections["captures audited"] if turn["kind"] == ratio["kind"]]
        yield _ratio(ratio["kind"], "exchanges / s", ratio, turns, "exchanges_per_s")


def _ratio(what: str, unit: str, ratio: Row, turns: Sequence[Row], figure: str) -> tuple[str, ...]:
    workers = ratio["workers"]
    found = ", ".join(number(turn[figure]) for turn in turns if turn["workers"] == workers)
    return what, unit, f"{workers}", found, f"{ratio['ratio']:.2f} ({ratio['least']:.2f} to {ratio['most']:.2f})"


def number(value: float) -> str:
    """A number with as many digits as it deserves."""
    return f"{value:.2g}" if abs(value) < _SMALL and not float(value).is_integer() else f"{value:,.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; what begins with a digit stands on the right, but in the first column."""
    right = [at > 0 and rows[0][at][:1].isdigit() for at in range(len(head))]
    line = ["---:" if each else "---" for each in right]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, line, *rows))
