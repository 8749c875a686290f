"""The state graph as a picture: cards that count what leads nowhere else, arrows that look as what was seen."""

import re

import pytest

from reports.model import GraphEdge, Standing
from reports.render.pictures.graph import CARD, draw, draw_all

SEEN, UNSEEN, OTHERWISE, UNLAWFUL = Standing.SEEN, Standing.UNSEEN, Standing.OTHERWISE, Standing.UNLAWFUL

EDGES = (
    GraphEdge("sw-patch", "absent", "create accepted", "building", "a", SEEN, 12),
    GraphEdge("sw-patch", "building", "create refused", "building", "b", SEEN, 1),
    GraphEdge("sw-patch", "building", "delete refused", "building", "c", UNSEEN),
    GraphEdge("sw-patch", "building", "delete-force accepted", "absent", "d", SEEN, 2),
    GraphEdge("sw-patch", "building", "delete-force refused", "building", "d", OTHERWISE),
    GraphEdge("sw-patch", "building", "itself", "ready", "e", SEEN, 9),
    GraphEdge("sw-patch", "ready", "apply-all accepted", "running", "f", SEEN, 3),
    GraphEdge("sw-patch", "ready", "apply-stage accepted", "running", "g", UNSEEN),
    GraphEdge("sw-patch", "running", "itself", "paused", "h", UNSEEN),
    GraphEdge("sw-patch", "running", "abort accepted", "aborted", "i", OTHERWISE),
    GraphEdge("sw-patch", "running", "itself", "absent", "", UNLAWFUL, 1),
    GraphEdge("sw-patch", "paused", "itself", "aborted", "", UNLAWFUL, 4),
)


@pytest.fixture
def graph():
    """The graph of the edges."""
    return draw("sw-patch", EDGES)


def arrows(graph):
    """Looks by the first line of what is told."""
    return {arrow.told.split("\n")[0]: arrow.look for arrow in graph.arrows}


def test_arrows_look_as_what_was_seen(graph):
    """All causes, some, none; what this server does otherwise; what no server may do."""
    assert arrows(graph) == {
        "absent → building": "seen",
        "building → ready": "seen",
        "ready → running": "partly",
        "running → paused": "unseen",
        "running → aborted": "otherwise",
        "running → absent": "unlawful",
        "paused → aborted": "unlawful",
    }


def test_an_arrow_tells_its_causes(graph):
    """Whoever points learns what was seen how often."""
    (told,) = [arrow.told for arrow in graph.arrows if arrow.look == "partly"]
    assert told == "ready → running\napply-all accepted: seen 3 times\napply-stage accepted: not seen"


def test_what_leads_nowhere_else_is_counted_on_the_card(graph):
    """Loops and ways back to the beginning are no arrows; what this server does otherwise does not count."""
    (card,) = [card for card in graph.cards if card.name == "building"]
    assert (card.stays, card.back, card.met) == ("1/2", "1/1", True)
    assert "delete refused: not seen" in card.told
    assert "delete-force accepted → absent: seen 2 times" in card.told


def test_situations_that_were_not_met_look_so(graph):
    """A card says whether the run was there."""
    assert {card.name: card.met for card in graph.cards if card.name in {"ready", "aborted", "paused"}} == {
        "ready": True, "paused": True, "aborted": True,
    }  # fmt: skip
    alone = draw("sw-patch", EDGES[7:9])
    assert not any(card.met for card in alone.cards)


def test_everything_is_within_the_picture(graph):
    """Cards and the points of arrows have room, and cards do not overlap."""
    numbers = [
        tuple(map(float, pair))
        for arrow in graph.arrows
        for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", arrow.path + arrow.head.replace("h8", ""))
    ]
    cards = [(card.x, card.y) for card in graph.cards] + [(c.x + CARD[0], c.y + CARD[1]) for c in graph.cards]
    assert all(0 <= x <= graph.width and 0 <= y <= graph.height for x, y in cards + numbers)
    assert all(
        abs(a.x - b.x) >= CARD[0] or abs(a.y - b.y) >= CARD[1] for a in graph.cards for b in graph.cards if a is not b
    )


def test_each_arrow_touches_a_card_at_a_place_of_its_own(graph):
    """No two arrows end at one point."""
    heads = [arrow.head for arrow in graph.arrows]
    assert len(set(heads)) == len(heads)


def test_a_way_between_neighbours_goes_below_them():
    """Two situations of one layer, and no law between them."""
    edges = (
        GraphEdge("k", "a", "x", "b", "1", SEEN, 1),
        GraphEdge("k", "a", "x", "c", "2", SEEN, 1),
        GraphEdge("k", "b", "x", "c", "", UNLAWFUL, 1),
    )
    (arrow,) = [arrow for arrow in draw("k", edges).arrows if arrow.look == "unlawful"]
    ys = [float(y) for y in re.findall(r" ([\d.]+)", arrow.path)]
    assert max(ys) > ys[0]


def test_each_kind_has_a_graph():
    """In the order of the report; a report without edges has none."""
    others = tuple(GraphEdge("sw-upgrade", e.before, e.cause, e.after, e.choice, e.standing, e.times) for e in EDGES)
    assert [graph.kind for graph in draw_all(EDGES + others)] == ["sw-patch", "sw-upgrade"]
    assert draw_all(()) == ()
