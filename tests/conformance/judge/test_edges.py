"""Edges of the state graph are counted when they are certain, and only then."""

import pytest

from conformance.findings.edges import Edges, standings
from spec.graph import Edge, graph_of
from spec.load import load_law

GRAPH = graph_of(load_law())
PATCH = "sw-patch"
BUSY = "begin still\nread patch -> 200 running 0 3"

SEEN = {
    "a create": (
        "begin still\nread patch -> 404\nread upgrade -> 404\ncreate patch -> 200 building 0",
        {"absent/create accepted/building"},
    ),
    "a build": ("begin still\nread patch -> 200 building 1\n+9 read patch -> 200 ready", {"building/itself/ready"}),
    "an apply": (
        "begin still\nread patch -> 200 ready\napply-all patch -> 202 running 0 0",
        {"ready/apply-all accepted/running"},
    ),
    "a refusal, once the next look shows that nothing changed": (
        f"{BUSY}\ndelete patch -> 409\nread patch -> 200 running 0 3",
        {"running/delete refused/running"},
    ),
    "a refusal that nobody looked after": (f"{BUSY}\ndelete patch -> 409", set()),
    "a delete": ("begin still\nread patch -> 200 applied\ndelete patch -> 204", {"applied/delete accepted/absent"}),
    "an absent strategy": (
        "begin still\nread patch -> 404\ndelete patch -> 404\nread patch -> 404",
        {"absent/delete missing/absent"},
    ),
    "the running stage": (
        f"{BUSY}\nabort-stage 0 patch -> 202 aborting 0 3",
        {"running/abort-stage accepted/aborting"},
    ),
    "another stage": (
        f"{BUSY}\nabort-stage 2 patch -> 409\nread patch -> 200 running 0 3",
        {"running/abort-another-stage refused/running"},
    ),
    "a create in the way of the other kind": (
        "begin still\nread upgrade -> 200 ready\ncreate patch -> 409\nread patch -> 404",
        {"absent/create refused/absent"},
    ),
    "a create that deserved it": (
        'begin still\nread patch -> 404\nread upgrade -> 404\ncreate patch {"name": 7} -> 400\nread patch -> 404',
        set(),
    ),
    "situations that were missed": ("read patch -> 200 running 0 3\n+999 read patch -> 200 abort-failed 0 2", set()),
    "a request that met what nobody saw": (
        "read patch -> 200 building 1\n+9 apply-all patch -> 202 running 0 0",
        set(),
    ),
    "a caller without a token": (f"{BUSY}\ndelete patch -> 401 bare:\nread patch -> 200 running 0 3", set()),
    "others change it": ("begin shared\nread patch -> 200 running 0 3\nread patch -> 200 applied", set()),
    "a history that begins in the middle": ("read patch -> 200 applied", set()),
}


@pytest.mark.parametrize(("text", "edges"), SEEN.values(), ids=SEEN)
def test_what_is_certain_is_counted(bench, text, edges):
    """An edge is counted when its beginning, its cause and its end are certain."""
    bench.play(text)
    assert {"/".join(edge[1:]) for edge in bench.judge.edges.seen if edge.kind == PATCH} == edges


UNLAWFUL = {
    "an apply that nobody asked for": (
        "read patch -> 200 building 1\n+99 read patch -> 200 running 0 3",
        "building/itself/running",
    ),
    "back": ("begin still\nread patch -> 200 applied\n+9 read patch -> 200 ready", "applied/itself/ready"),
    "a delete of what runs": (
        "begin still\nread patch -> 200 running 0 3\ndelete patch -> 204",
        "running/delete accepted/absent",
    ),
    "a refusal that changes": (
        "begin still\nread patch -> 200 ready\nabort patch -> 409\nread patch -> 200 applied",
        "ready/abort refused/applied",
    ),
}


@pytest.mark.parametrize(("text", "edge"), UNLAWFUL.values(), ids=UNLAWFUL)
def test_an_edge_that_the_law_does_not_know_is_told(bench, text, edge):
    """What must not be seen stands beside the lawful edges as unlawful."""
    bench.play(text)
    told = standings(bench.judge.edges, GRAPH)
    assert [standing for each, standing in told.items() if "/".join(each[1:]) == edge and each.kind == PATCH] == [
        "unlawful"
    ]


def test_a_choice_made_otherwise_is_not_unseen(bench):
    """A server that lets go of what runs need not show that it refuses to."""
    bench.play(f"{BUSY}\nforce-delete patch -> 204")
    told = standings(bench.judge.edges, GRAPH)
    assert told[Edge(PATCH, "running", "delete-force refused", "running")] == "otherwise"


def test_tallies_are_merged_and_travel_as_json(bench):
    """What two workers saw is added up, whatever way it took."""
    bench.play(f"{BUSY}\nforce-delete patch -> 204")
    both = Edges.from_json(bench.judge.edges.to_json())
    both.merge(bench.judge.edges)
    assert both.seen == {Edge(PATCH, "running", "delete-force accepted", "absent"): 2}
