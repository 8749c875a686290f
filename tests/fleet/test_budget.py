"""The requests of a fleet: shared out evenly, and never more than there are."""

import pytest

from vimgate.fleet.budget import Purse


@pytest.mark.parametrize(
    ("left", "unbegun", "shares"),
    [(100, 4, [25, 25, 25, 25]), (10, 3, [4, 3, 3]), (2, 3, [1, 1, 0]), (7, 1, [7])],
)
def test_an_even_share_for_each_that_has_not_begun(left, unbegun, shares):
    """Each target gets its share of what is left, the last one the rest, and all together no more than there was."""
    purse = Purse(left)
    assert [purse.allot(str(number), unbegun - number) for number in range(unbegun)] == shares
    assert (purse.left, purse.is_empty) == (0, False)


@pytest.mark.parametrize(("used", "left"), [(4, 6), (10, 0), (12, 0), (None, 0)])
def test_what_is_not_used_comes_back(used, left):
    """What a target has not used is there for others; of one that was lost, or that cleared up, nothing is."""
    purse = Purse(10)
    purse.allot("one", 1)
    purse.back("one", used)
    assert (purse.left, purse.is_empty) == (left, left == 0)
