"""The state graph is what the tables of the law say, no more and no less."""

from spec.graph import ITSELF, Edge, graph_of
from spec.law import ABSENT, Expectation
from spec.load import load_law

LAW = load_law()
GRAPH = graph_of(LAW)


def test_every_cell_of_the_request_table_is_one_choice_for_each_kind():
    """Each situation and request of the law has edges, and those of one cell are one choice."""
    asked = {(edge.kind, edge.before, edge.request) for edge in GRAPH.edges if edge.cause != ITSELF}
    cells = {(kind, name, request) for kind in LAW.kinds for name, row in LAW.requests.items() for request in row}
    another = {
        (kind, name, word)
        for kind in LAW.kinds
        for name in LAW.situations
        for word in ("apply-another-stage", "abort-another-stage")
    }
    assert asked == cells | another


def test_every_drift_is_an_edge():
    """What a strategy does by itself is in the graph, and nothing else is its own doing."""
    drifts = {(kind, name, after) for kind in LAW.kinds for name, row in LAW.situations.items() for after in row.drifts}
    assert {(edge.kind, edge.before, edge.after) for edge in GRAPH.edges if edge.cause == ITSELF} == drifts


def test_a_choice_of_several_edges_is_one_that_the_law_leaves_open():
    """Edges exclude each other only where the law says either, or names several effects."""
    choices = list(GRAPH.choices.values())
    shared = {edge for edge, choice in GRAPH.choices.items() if choices.count(choice) > 1}
    binding = {
        edge
        for edge in shared
        if Expectation.EITHER not in LAW.words_for(edge.request.replace("-another", ""), edge.before)
        and len(LAW.effects_of(edge.request, edge.before)) < 2
    }
    assert binding == set()


def test_a_refusal_leads_back_to_where_it_began():
    """What was refused or is missing changes nothing."""
    assert {
        edge for edge in GRAPH.edges if edge.outcome in ("refused", "missing") and edge.after != edge.before
    } == set()


def test_a_create_is_refused_where_the_other_kind_is():
    """A kind that is absent may be refused a create: because of the other kind."""
    assert Edge("sw-patch", ABSENT, "create refused", ABSENT) in GRAPH.edges


def test_the_size_counts_what_one_server_can_have():
    """Edges that exclude each other count once."""
    assert GRAPH.size == len(set(GRAPH.choices.values())) < len(GRAPH.edges)


def test_the_order_is_that_of_the_law():
    """The edges come in the order of the law's rows, whatever order sets have in this process."""
    rows = list(LAW.requests)
    before = [rows.index(edge.before) for edge in GRAPH.edges if edge.kind == "sw-patch"]
    assert before == sorted(before)
    drifts = [rows.index(edge.after) for edge in GRAPH.edges if edge[:3] == ("sw-patch", "undoing", ITSELF)]
    assert (len(drifts), drifts) == (3, sorted(drifts))
