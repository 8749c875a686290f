"""The order of the suite: what tells much comes first where that costs nothing, what is harmless where it does."""

import pytest

from conformance.runs.collector import history_of
from conformance.runs.suite_order import HARMLESS_FIRST, TELLING_FIRST, place

ORDERS = pytest.mark.parametrize("order", [TELLING_FIRST, HARMLESS_FIRST], ids=["telling", "harmless"])


@pytest.mark.parametrize(
    ("nodeid", "history"),
    [
        ("test_lifecycle.py::test_scenario[apply-all-sw-patch]", "lifecycle/apply-all-sw-patch"),
        ("suite/test_reads.py::test_documents", "reads/documents"),
        ("test_fuzz.py::test_operation[getRoot][GET /]", "fuzz/getRoot"),
    ],
)
def test_a_test_makes_the_history_of_its_name(nodeid, history):
    """The name of a history is the module and the case of the test that makes it."""
    assert history_of(nodeid) == history


@ORDERS
def test_reads_come_first_and_what_is_generated_last(order):
    """Reads harm nobody and cost nothing; what a generator thinks of comes after all that people thought of."""
    names = ["fuzz/getRoot", "whatever/is-new", "lifecycle/apply-all-sw-patch", "inputs/methods", "reads/documents"]
    ordered = sorted(names, key=lambda name: place(name, order))
    assert (ordered[0], ordered[-1]) == ("reads/documents", "fuzz/getRoot")


def test_the_most_particular_row_decides():
    """A scenario that has a row of its own stands there, and not where all scenarios stand."""
    assert TELLING_FIRST[place("lifecycle/apply-all-sw-upgrade", TELLING_FIRST)] == "lifecycle/apply-all-"
    assert TELLING_FIRST[place("lifecycle/second-abort-sw-patch", TELLING_FIRST)] == "lifecycle/"


@ORDERS
def test_every_name_has_a_place(order):
    """A test whose module nobody thought of has a place too."""
    assert order[place("whatever/is-new", order)] == ""
