"""How much of the state graph a run or traffic has seen: counts, rows and the sentence about it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.model import GraphEdge, Standing


@dataclass(frozen=True, slots=True)
class Row:
    """One situation of one kind: how many of its edges were seen, and those worth telling.

    `seen` and `total` count choices: edges that exclude each other count once.
    """

    strategy_kind: str
    situation: str
    seen: int
    total: int
    unseen: tuple[GraphEdge, ...]
    unlawful: tuple[GraphEdge, ...]


def rows(edges: Sequence[GraphEdge]) -> tuple[Row, ...]:
    """One row per kind and situation, in the order of the report."""
    places = dict.fromkeys((edge.strategy_kind, edge.before) for edge in edges)
    return tuple(
        _row(kind, situation, [edge for edge in edges if (edge.strategy_kind, edge.before) == (kind, situation)])
        for kind, situation in places
    )


def sentence(edges: Sequence[GraphEdge]) -> str:
    """How much was seen, in words; empty when nothing is said about it."""
    if not edges:
        return ""
    found = rows(edges)
    seen, total = sum(row.seen for row in found), sum(row.total for row in found)
    return f"{seen} of {total} lawful edges seen, {sum(len(row.unlawful) for row in found)} unlawful"


def told(edge: GraphEdge) -> str:
    """An edge in words, without the situation where it begins."""
    return edge.cause if edge.after == edge.before else f"{edge.cause} → {edge.after}"


def _row(kind: str, situation: str, edges: list[GraphEdge]) -> Row:
    lawful = [edge for edge in edges if edge.standing is not Standing.UNLAWFUL]
    seen = {edge.choice for edge in lawful if edge.standing is Standing.SEEN}
    return Row(
        strategy_kind=kind,
        situation=situation,
        seen=len(seen),
        total=len({edge.choice for edge in lawful}),
        unseen=tuple(edge for edge in lawful if edge.standing is Standing.UNSEEN),
        unlawful=tuple(edge for edge in edges if edge.standing is Standing.UNLAWFUL),
    )
