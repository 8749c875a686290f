"""A directed graph in layers: links lead downwards where they can, cross seldom, and bend little. Pure.

After Sugiyama, Tagawa and Toda (1981): links that close a circle are turned round, each node gets the layer below the
lowest of those before it, long links get a place in every layer that they pass, and the places are ordered until fewer
crossings cannot be found. Positions within a layer are those nearest to the neighbours that keep the order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

type Link = tuple[str, str]
type _Place = str | tuple[Link, int]  # a node, or the place of a long link in a layer

_SWEEPS: Final = 12
_PASSING: Final = 0.35  # room of a link that passes a layer, where a node takes 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: a node at `x` takes the room up to `x` + 1, a layer counts from 0 at the top.

    A link's route begins at its first node and ends at its second, with a point in each layer between.
    """

    nodes: Mapping[str, tuple[float, int]]
    routes: Mapping[Link, tuple[tuple[float, int], ...]]
    width: float
    layers: int


def arrange(nodes: Sequence[str], links: Iterable[Link]) -> Layout:
    """The layout of the nodes and the links between them; links of a node to itself are left out.

    The order of `nodes` decides where nothing else does: the first is at the top, and a link against the order is the
    one that is turned round when a circle is closed.
    """
    given = [link for link in dict.fromkeys(links) if link[0] != link[1]]
    names = list(dict.fromkeys([*nodes, *(name for link in given for name in link)]))
    turned = _turned(names, given)
    down = {link: (link[1], link[0]) if link in turned else link for link in given}
    ranks = _ranks(names, list(down.values()))
    chains = {link: _chain(ends, ranks) for link, ends in down.items()}
    rows = _rows(names, ranks, list(dict.fromkeys(chains.values())))
    steps = _steps(chains.values())
    rows = _ordered(rows, steps)
    x = _positions(rows, steps)
    level = {place: number for number, row in enumerate(rows) for place in row}
    routes = {
        link: tuple((x[place], level[place]) for place in (chain if chain[0] == link[0] else reversed(chain)))
        for link, chain in chains.items()
    }
    return Layout(
        {name: (x[name], level[name]) for name in names}, routes, round(max(x.values(), default=-1) + 1, 3), len(rows)
    )


def _turned(names: list[str], links: list[Link]) -> frozenset[Link]:
    """The links that close a circle when the graph is walked through in the order of its nodes."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for begin, end in links:
        after[begin].append(end)
    order = {name: number for number, name in enumerate(names)}
    ahead = {name: sorted(others, key=order.__getitem__) for name, others in after.items()}
    found: set[Link] = set()
    done: set[str] = set()
    for root in names:
        if root in done:
            continue
        walk = [(root, iter(ahead[root]))]
        path = {root}
        while walk:
            name, rest = walk[-1]
            step = next(rest, None)
            if step is None:
                walk.pop()
                path.discard(name)
                done.add(name)
            elif step in path:
                found.add((name, step))
            elif step not in done:
                path.add(step)
                walk.append((step, iter(ahead[step])))
    return frozenset(found)


def _ranks(names: list[str], links: list[Link]) -> dict[str, int]:
    """The layer of each node: one below the lowest of those that lead to it."""
    ranks = dict.fromkeys(names, 0)
    for _ in names:
        for begin, end in links:
            ranks[end] = max(ranks[end], ranks[begin] + 1)
    return ranks


def _chain(ends: Link, ranks: Mapping[str, int]) -> tuple[_Place, ...]:
    """The places that a link goes through, downwards; both directions between two nodes share them."""
    first, last = ends
    between = range(ranks[first] + 1, ranks[last])
    return (first, *((ends, rank) for rank in between), last)


def _rows(names: list[str], ranks: Mapping[str, int], chains: list[tuple[_Place, ...]]) -> list[list[_Place]]:
    rows: list[list[_Place]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for name in names:
        rows[ranks[name]].append(name)
    for chain in chains:
        for number, place in enumerate(chain[1:-1], start=1):
            rows[ranks[_name(chain[0])] + number].append(place)
    return rows


def _name(place: _Place) -> str:
    return place if isinstance(place, str) else place[0][0]


def _steps(chains: Iterable[tuple[_Place, ...]]) -> list[tuple[_Place, _Place]]:
    """The links cut into pieces of one layer each."""
    return list(dict.fromkeys(pair for chain in chains for pair in pairwise(chain)))


def _neighbours(
    steps: Iterable[tuple[_Place, _Place]],
) -> tuple[dict[_Place, list[_Place]], dict[_Place, list[_Place]]]:
    above: dict[_Place, list[_Place]] = {}
    below: dict[_Place, list[_Place]] = {}
    for upper, lower in steps:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _ordered(rows: list[list[_Place]], steps: list[tuple[_Place, _Place]]) -> list[list[_Place]]:
    """The rows in the order with the fewest crossings that sweeps down and up come by."""
    above, below = _neighbours(steps)
    best, fewest = rows, crossings(rows, steps)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        rows = [list(row) for row in rows]
        for number in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            fixed = {place: at for at, place in enumerate(rows[number - 1 if down else number + 1])}
            beside = above if down else below
            rows[number] = _by_neighbours(rows[number], beside, fixed)
        found = crossings(rows, steps)
        if found < fewest:
            best, fewest = rows, found
    return best


def _by_neighbours(
    row: list[_Place], beside: Mapping[_Place, list[_Place]], fixed: Mapping[_Place, int]
) -> list[_Place]:
    """The row by the mean place of each one's neighbours; those without any stay where they are."""
    means = {
        place: sum(fixed[each] for each in beside[place]) / len(beside[place]) for place in row if beside.get(place)
    }
    moved = iter(sorted(means, key=means.__getitem__))
    return [next(moved) if place in means else place for place in row]


def crossings(rows: Sequence[Sequence[_Place]], steps: Iterable[tuple[_Place, _Place]]) -> int:
    """How many pieces of links cross each other."""
    at = {place: (number, column) for number, row in enumerate(rows) for column, place in enumerate(row)}
    pieces = sorted((*at[upper], at[lower][1]) for upper, lower in steps)
    return sum(
        first[0] == second[0] and first[1] < second[1] and first[2] > second[2]
        for number, first in enumerate(pieces)
        for second in pieces[number + 1 :]
    )


def _positions(rows: list[list[_Place]], steps: list[tuple[_Place, _Place]]) -> dict[_Place, float]:
    """Where each place is: as near to the middle of its neighbours as order and room allow."""
    above, below = _neighbours(steps)
    x = {place: at for row in rows for place, at in zip(row, _room(row), strict=True)}
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wishes = [_wish(x, place, above.get(place, []) + below.get(place, [])) for place in row]
            x |= dict(zip(row, _settled(wishes, _room(row)), strict=True))
    left = min((at - _half(place) for place, at in x.items()), default=0.0) + 0.5
    return {place: round(at - left, 3) for place, at in x.items()}


def _half(place: _Place) -> float:
    return 0.5 if isinstance(place, str) else _PASSING / 2


def _room(row: list[_Place]) -> list[float]:
    """The narrowest positions of a row."""
    at, positions = 0.0, []
    for place in row:
        positions.append(at + _half(place))
        at += 2 * _half(place)
    return positions


def _wish(x: Mapping[_Place, float], place: _Place, neighbours: list[_Place]) -> float:
    return sum(x[each] for each in neighbours) / len(neighbours) if neighbours else x[place]


def _settled(wishes: Sequence[float], room: Sequence[float]) -> list[float]:
    """The positions nearest to the wishes (least squares) that keep order and room: neighbours in conflict share."""
    pools: list[tuple[float, int]] = []
    for wish, least in zip(wishes, room, strict=True):
        mean, count = wish - least, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        pools.append((mean, count))
    shifts = [mean for mean, count in pools for _ in range(count)]
    return [shift + least for shift, least in zip(shifts, room, strict=True)]
