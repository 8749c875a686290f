import pytest

from reference_server.engine.results import FINISHED, STOPPING, fold
from reference_server.engine.words import Result

KEEP = None
CHILDREN = ("aborted", "timed-out", "failed", "degraded", "success", "inprogress", "initial", "wait")
# ENGINE.md 3, row by row.
TABLE = {
    "initial":    ("aborted", "timed-out", "failed", "degraded", "success", "inprogress", KEEP, KEEP),
    "inprogress": ("aborted", "timed-out", "failed", "degraded", "success", KEEP,         KEEP, KEEP),
    "success":    ("aborted", "timed-out", "failed", "degraded", KEEP,      KEEP,         KEEP, KEEP),
    "degraded":   ("aborted", "timed-out", "failed", KEEP,       KEEP,      KEEP,         KEEP, KEEP),
    "failed":     (KEEP,) * 8,
    "timed-out":  (KEEP,) * 8,
    "aborted":    (KEEP,) * 8,
    "wait":       (KEEP,) * 8,
}  # fmt: skip
CASES = [(parent, child, row[index]) for parent, row in TABLE.items() for index, child in enumerate(CHILDREN)]


def test_the_table_has_every_pair_of_results():
    """Some pair of results is in no cell of the table."""
    assert {(parent, child) for parent, child, _ in CASES} == {(str(a), str(b)) for a in Result for b in Result}


@pytest.mark.parametrize(("parent", "child", "becomes"), CASES)
def test_a_child_replaces_its_parents_result_and_reason_together(parent, child, becomes):
    """A parent's result follows the table, and its reason is the child's exactly when the result is."""
    expected = (parent, "before") if becomes is KEEP else (becomes, "child")
    assert fold(Result(parent), "before", Result(child), "child") == expected


def test_what_stops_and_what_counts_as_done():
    """Failed, timed-out and aborted stop a parent; these, success and degraded count in percentages."""
    assert {"failed", "timed-out", "aborted"} == STOPPING
    assert {"success", "degraded", "failed", "timed-out", "aborted"} == FINISHED
