"""Which deviations have to do with an operation, as `vimgate spec show` tells them."""

import pytest

from spec.comparison import Edition
from spec.load import load_contract, load_law, load_ledger, load_release
from vimgate.releases.concerning import concerning

RELEASE = "stx-3.0"
EDITION = Edition(load_release(RELEASE), load_contract(RELEASE), load_law(RELEASE), load_ledger(RELEASE))

CASES = [
    ("createSwPatchStrategy", "D3-11", True, "an action selects a component that it refers to"),
    ("createSwUpgradeStrategy", "D3-11", False, "another operation's component"),
    ("getSwPatchStrategy", "D3-04", True, "an action selects its own answer"),
    ("createSwPatchStrategy", "D3-33", True, "it keeps a requirement about it"),
    ("actOnSwUpgradeStrategy", "D3-03", True, "it changes a requirement about it, and an answer by a wildcard"),
    ("getSwUpgradeStrategy", "D3-03", False, "the wildcard does not select it"),
    ("createSwUpgradeStrategy", "D3-05", True, "it is named by its wish"),
    ("deleteSwUpgradeStrategy", "D3-05", False, "another wish is named"),
    ("getRoot", "D3-21", False, "what concerns everything concerns nothing in particular"),
]


@pytest.mark.parametrize(("operation", "number", "told", "_why"), CASES, ids=[why for *_, why in CASES])
def test_a_deviation_is_told_where_it_matters(operation, number, told, _why):
    """A reader of an operation is not told of a deviation that matters to it, or is told of one that does not."""
    found = [each.id for each in concerning(EDITION, EDITION.contract.operation(operation))]
    assert (number in found) is told


LATER = [
    ("createKubeRootcaUpdateStrategy", "D3-31", True, "it was changed before the kind was made of it"),
    ("createKubeRootcaUpdateStrategy", "D10-07", False, "it was lifted after the kind was made of it"),
    ("createKubeRootcaUpdateStrategy", "D12-01", True, "its own member"),
    ("createSwUpgradeStrategy", "D10-07", True, "its own requirement"),
    ("createKubeRootcaUpdateStrategy", "D5-01", False, "words of an open set that its answer may hold"),
    ("createSwUpgradeStrategy", "D10-09", True, "a part of its answer"),
]


@pytest.mark.parametrize(("operation", "number", "told", "_why"), LATER, ids=[why for *_, why in LATER])
def test_a_deviation_is_told_along_the_chain(operation, number, told, _why):
    """What befell another kind is told of a kind that was made of it before, or is not told of one made after."""
    release = "stx-12.0"
    late = Edition(load_release(release), load_contract(release), load_law(release), load_ledger(release))
    assert (number in [each.id for each in concerning(late, late.contract.operation(operation))]) is told


def test_they_come_in_the_order_of_their_numbers():
    """A reader meets deviations in another order than in the list of the release."""
    found = [each.id for each in concerning(EDITION, EDITION.contract.operation("createSwPatchStrategy"))]
    assert found == [number for number in EDITION.release.deviations if number in found]
