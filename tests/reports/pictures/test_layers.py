"""The layout of a graph: layers that lead downwards, room for every node, few crossings, the same each time."""

import random
from itertools import pairwise

import pytest

from reports.render.pictures.layers import arrange
from spec.graph import graph_of
from spec.load import load_law


def drawn(seed):
    """A graph of up to nine nodes with any links, circles and loops as well."""
    rng = random.Random(seed)  # noqa: S311 - for tests
    names = [f"n{number}" for number in range(rng.randint(1, 9))]
    return names, [(rng.choice(names), rng.choice(names)) for _ in range(rng.randint(0, 16))]


GRAPHS = [drawn(seed) for seed in range(60)]


def crossed(layout):
    """How many pieces of links cross between two layers."""
    pieces = {
        tuple(sorted(pair, key=lambda point: point[1])) for route in layout.routes.values() for pair in pairwise(route)
    }
    return sum(a[0][1] == b[0][1] and a[0][0] < b[0][0] and a[1][0] > b[1][0] for a in pieces for b in pieces)


@pytest.mark.parametrize(("names", "links"), GRAPHS, ids=map(str, range(60)))
def test_every_node_has_room_of_its_own(names, links):
    """Nodes of one layer stand at least their width apart, and none is left of the picture."""
    layout = arrange(names, links)
    assert set(layout.nodes) == set(names)
    rows = [sorted(x for x, layer in layout.nodes.values() if layer == number) for number in range(layout.layers)]
    assert all(right - left > 0.99 for row in rows for left, right in pairwise(row))
    assert min(x for x, _ in layout.nodes.values()) >= 0
    assert max(x for x, _ in layout.nodes.values()) <= layout.width - 0.999


@pytest.mark.parametrize(("names", "links"), GRAPHS, ids=map(str, range(60)))
def test_routes_go_from_node_to_node_a_layer_at_a_time(names, links):
    """Each link but loops has a route, which begins and ends at its nodes and leaves out no layer between."""
    layout = arrange(names, links)
    assert set(layout.routes) == {link for link in links if link[0] != link[1]}
    ends = {link: (route[0], route[-1]) for link, route in layout.routes.items()}
    assert ends == {link: (layout.nodes[link[0]], layout.nodes[link[1]]) for link in ends}
    steps = {abs(after[1] - before[1]) for route in layout.routes.values() for before, after in pairwise(route)}
    assert steps <= {1}


def test_links_lead_downwards():
    """Where there is no circle every link leads to a deeper layer, as short as it can be."""
    layout = arrange("abcd", [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")])
    assert [layer for _, layer in layout.nodes.values()] == [0, 1, 2, 3]
    assert [layer for _, layer in layout.routes["a", "c"]] == [0, 1, 2]


def test_the_link_that_closes_a_circle_is_turned_round():
    """The order of the nodes says which: the first stays at the top."""
    layout = arrange("abc", [("c", "a"), ("a", "b"), ("b", "c")])
    assert [layer for _, layer in layout.nodes.values()] == [0, 1, 2]
    assert [layer for _, layer in layout.routes["c", "a"]] == [2, 1, 0]


def test_what_need_not_cross_does_not():
    """Two pairs that are given crosswise are untangled."""
    layout = arrange("abcd", [("a", "d"), ("b", "c"), ("a", "c")])
    assert crossed(layout) == 0


def test_a_node_stands_below_the_middle_of_those_above():
    """Three leaves hang evenly below their root."""
    layout = arrange("rxyz", [("r", "x"), ("r", "y"), ("r", "z")])
    assert [layout.nodes[name][0] for name in "rxyz"] == [1.0, 0.0, 1.0, 2.0]


def test_the_same_graph_has_the_same_layout():
    """Nothing of chance or memory is in it."""
    names, links = drawn(7)
    assert arrange(names, links) == arrange(list(names), list(links))


def test_nothing_has_a_layout():
    """An empty graph is a graph."""
    layout = arrange([], [])
    assert (layout.width, layout.layers, layout.routes) == (0, 0, {})


def test_the_law_is_drawn_without_a_tangle():
    """The graph that reports show: few crossings, and no wider than four cards and what passes them."""
    edges = [edge for edge in graph_of(load_law()).choices if edge[0] == "sw-patch"]
    moves = [(before, after) for _, before, _, after in edges if after != "absent"]
    layout = arrange(dict.fromkeys(name for move in moves for name in move), moves)
    assert crossed(layout) <= 3
    assert layout.width < 4.6
    assert layout.nodes["absent"][1] == 0
