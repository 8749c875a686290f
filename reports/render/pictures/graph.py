"""The state graph as a picture for each kind of strategy: situations as cards in layers, moves between them as arrows.

What leads nowhere else, and what leads back to the beginning, is counted on the card: drawn, it would hide the rest.
Pure; lengths are pixels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reports.model import GraphEdge, Standing
from reports.render.pictures.layers import Layout, arrange

CARD: Final = (148, 46)
"""Width and height of a card."""

_UNIT: Final = 164  # from one card to the next beside it
_PITCH: Final = 92  # from one layer to the next
_MARGIN: Final = 6
_SPREAD: Final = 46  # how far from the middle of a card an arrow may touch it
_HEAD: Final = 8
_DIP: Final = 30

type _Point = tuple[float, float]
type _Move = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Card:
    """A situation: the corner of its card, whether it was met, and two lines of numbers below its name."""

    name: str
    x: float
    y: float
    met: bool
    stays: str
    back: str
    told: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A move from one situation to another: path, path of its head, how it looks, and what is told of its causes.

    `look` is seen, partly, unseen, otherwise or unlawful.
    """

    path: str
    head: str
    look: str
    told: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of one kind of strategy."""

    kind: str
    width: int
    height: int
    cards: tuple[Card, ...]
    arrows: tuple[Arrow, ...]


def draw_all(edges: Sequence[GraphEdge]) -> tuple[Graph, ...]:
    """A graph for each kind, in the order of the report."""
    kinds = dict.fromkeys(edge.strategy_kind for edge in edges)
    return tuple(draw(kind, [edge for edge in edges if edge.strategy_kind == kind]) for kind in kinds)


def draw(kind: str, edges: Sequence[GraphEdge]) -> Graph:
    """The graph of the edges of one kind; the situation where the first of them begins is the beginning of all."""
    start = edges[0].before
    moves: dict[tuple[_Move, bool], list[GraphEdge]] = {}
    for edge in edges:
        unlawful = edge.standing is Standing.UNLAWFUL
        if edge.before != edge.after and (edge.after != start or unlawful):
            moves.setdefault(((edge.before, edge.after), unlawful), []).append(edge)
    names = list(dict.fromkeys([edge.before for edge in edges] + [edge.after for edge in edges]))
    lawful = [move for move, unlawful in moves if not unlawful]
    layout = arrange(names, lawful)
    strangers = [move for move, unlawful in moves if unlawful and move not in layout.routes]
    routes = {**layout.routes, **{move: tuple(layout.nodes[name] for name in move) for move in strangers}}
    ports = _ports(routes)
    dips = any(layout.nodes[name][1] == layout.layers - 1 for move in strangers for name in move)
    return Graph(
        kind,
        round((layout.width - 1) * _UNIT + CARD[0] + 2 * _MARGIN),
        (layout.layers - 1) * _PITCH + CARD[1] + 2 * _MARGIN + (_DIP + _HEAD if dips else 0),
        tuple(_card(name, edges, start, layout) for name in names),
        tuple(
            _arrow(found, _points(move, routes[move], ports), unlawful=unlawful)
            for (move, unlawful), found in sorted(moves.items(), key=lambda each: each[0][1])
        ),
    )


def _card(name: str, edges: Sequence[GraphEdge], start: str, layout: Layout) -> Card:
    column, layer = layout.nodes[name]
    here = [edge for edge in edges if edge.before == name and edge.standing is not Standing.UNLAWFUL]
    stays = [edge for edge in here if edge.after == name]
    back = [edge for edge in here if edge.after == start != name]
    met = any(edge.times for edge in edges if name in {edge.before, edge.after})
    told = [
        f"{name}: {'met' if met else 'not met'}",
        *(f"{edge.cause}: {_told(edge)}" for edge in stays),
        *(f"{edge.cause} → {start}: {_told(edge)}" for edge in back),
    ]
    x, y = round(column * _UNIT + _MARGIN, 1), layer * _PITCH + _MARGIN
    return Card(name, x, y, met, _share(stays), _share(back), "\n".join(told))


def _share(edges: Iterable[GraphEdge]) -> str:
    """How many of the edges were seen, of those that this server has."""
    own = [edge for edge in edges if edge.standing is not Standing.OTHERWISE]
    return f"{sum(edge.standing is Standing.SEEN for edge in own)}/{len(own)}" if own else ""


def _told(edge: GraphEdge) -> str:
    return {
        Standing.SEEN: f"seen {edge.times} times" if edge.times != 1 else "seen once",
        Standing.UNSEEN: "not seen",
        Standing.OTHERWISE: "this server does otherwise",
        Standing.UNLAWFUL: f"unlawful, seen {edge.times} times" if edge.times != 1 else "unlawful, seen once",
    }[edge.standing]


def _ports(routes: Mapping[_Move, Sequence[tuple[float, int]]]) -> dict[tuple[_Move, int], _Point]:
    """Where each arrow leaves (0) and reaches (1) a card: side by side, in the order of where they come from."""
    sides: dict[tuple[str, int], list[tuple[float, _Move, int]]] = {}
    for move, route in routes.items():
        for end, (place, other) in enumerate(((route[0], route[1]), (route[-1], route[-2]))):
            below = 1 if other[1] > place[1] or (other[1] == place[1]) else -1
            sides.setdefault((move[end], below), []).append((other[0], move, end))
    ports: dict[tuple[_Move, int], _Point] = {}
    for (_, below), touching in sides.items():
        touching.sort()
        gap = min(18.0, 2 * _SPREAD / max(1, len(touching) - 1))
        for number, (_, move, end) in enumerate(touching):
            place = routes[move][0 if end == 0 else -1]
            x = _middle(place[0]) + (number - (len(touching) - 1) / 2) * gap
            y = place[1] * _PITCH + _MARGIN + (CARD[1] if below > 0 else 0)
            ports[move, end] = (round(x, 1), y)
    return ports


def _middle(column: float) -> float:
    """The middle of a place, in pixels."""
    return round(column * _UNIT + CARD[0] / 2 + _MARGIN, 1)


def _points(
    move: _Move, route: Sequence[tuple[float, int]], ports: Mapping[tuple[_Move, int], _Point]
) -> tuple[_Point, ...]:
    """What an arrow goes through; where it passes a layer, straight on."""
    down = route[-1][1] >= route[0][1]
    passing: list[_Point] = []
    for column, layer in route[1:-1]:
        top = layer * _PITCH + _MARGIN
        ends = ((_middle(column), float(top)), (_middle(column), float(top + CARD[1])))
        passing += ends if down else ends[::-1]
    return (ports[move, 0], *passing, ports[move, 1])


def _arrow(edges: Sequence[GraphEdge], points: tuple[_Point, ...], *, unlawful: bool) -> Arrow:
    first = edges[0]
    told = [f"{first.before} → {first.after}", *(f"{edge.cause}: {_told(edge)}" for edge in edges)]
    path, head = _path(points)
    return Arrow(path, head, "unlawful" if unlawful else _look(edges), "\n".join(told))


def _look(edges: Iterable[GraphEdge]) -> str:
    found = {edge.standing for edge in edges} - {Standing.OTHERWISE}
    if not found:
        return "otherwise"
    return "partly" if len(found) > 1 else "seen" if Standing.SEEN in found else "unseen"


def _path(points: Sequence[_Point]) -> tuple[str, str]:
    """A curve that leaves and reaches every point upright, and a head on its last."""
    level = len({y for _, y in points}) == 1  # between two cards of one layer, below both
    towards = 1 if points[-1][1] > points[-2][1] else -1
    x, y = points[0]
    curve = [f"M{_n(x)} {_n(y)}"]
    for number, (to_x, to_y) in enumerate(points[1:], start=1):
        end = to_y - towards * (_HEAD - 1) if number == len(points) - 1 else to_y
        out, back = (_DIP, -_DIP) if level else ((end - y) / 2, (end - y) / 2)
        bent = f"C{_n(x)} {_n(y + out)} {_n(to_x)} {_n(end - back)} {_n(to_x)} {_n(end)}"
        curve.append(f"V{_n(end)}" if to_x == x else bent)
        x, y = to_x, end
    base = points[-1][1] - towards * _HEAD
    return "".join(curve), f"M{_n(x - 4)} {_n(base)}h8L{_n(x)} {_n(points[-1][1])}Z"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
