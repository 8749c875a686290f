"""The checker of histories accepts what some order explains, and nothing else."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.histories import checker


def register(value, asked, answered):
    """A register: `("write", v)` is answered None, `("read",)` with its value."""
    if asked[0] == "write":
        return asked[1] if answered is None else None
    return value if answered == value else None


def is_read(asked, _answered):
    """A read changes no register."""
    return asked == READ


def history(*rows):
    """Operations of rows of asked, answered, invoked, returned."""
    return [checker.Operation(*row) for row in rows]


W1, W2, READ = ("write", 1), ("write", 2), ("read",)
GOOD = {
    "nothing": [],
    "one after the other": [(W1, None, 0, 1), (READ, 1, 2, 3)],
    "read beside a write, before it": [(W1, None, 0, 3), (READ, 9, 1, 2)],
    "read beside a write, after it": [(W1, None, 0, 3), (READ, 1, 1, 2)],
    "two writes in either order": [(W1, None, 0, 3), (W2, None, 1, 2), (READ, 1, 4, 5)],
    "new value seen while the write goes on": [(W1, None, 0, 9), (READ, 9, 1, 2), (READ, 1, 3, 4), (READ, 1, 5, 6)],
    "a way back is needed": [(W1, None, 0, 9), (W2, None, 1, 8), (READ, 2, 2, 3), (READ, 1, 4, 5)],
}
BAD = {
    "value that nobody wrote": [(READ, 5, 0, 1)],
    "old value after the write": [(W1, None, 0, 1), (READ, 9, 2, 3)],
    "value from the future": [(READ, 1, 0, 1), (W1, None, 2, 3)],
    "new value, then the old one": [(W1, None, 0, 9), (READ, 1, 1, 2), (READ, 9, 3, 4)],
    "two readers disagree": [
        (W1, None, 0, 9), (W2, None, 0, 9), (READ, 1, 1, 2), (READ, 2, 3, 4), (READ, 1, 5, 6),
    ],
    "overwritten value returns": [(W1, None, 0, 1), (W2, None, 2, 3), (READ, 1, 4, 5)],
}  # fmt: skip


@pytest.mark.parametrize("rows", GOOD.values(), ids=GOOD)
def test_what_some_order_explains_is_accepted(rows):
    """A history that an order explains is refused, or the order that is shown leaves an operation out."""
    verdict = checker.check(history(*rows), register, 9)
    assert verdict.linearizable
    assert sorted(verdict.order) == sorted(history(*rows))


@pytest.mark.parametrize("rows", BAD.values(), ids=BAD)
def test_what_no_order_explains_is_refused(rows):
    """A history that no order explains is accepted."""
    assert not checker.check(history(*rows), register, 9).linearizable


def explained(operations):
    """Whether any of all orders, each tried, explains a history of the register."""
    return any(_fits(order) for order in permutations(operations))


def _fits(order):
    value = 9
    for place, each in enumerate(order):
        value = register(value, each.asked, each.answered)
        if value is None or any(later.returned < each.invoked for later in order[place:]):
            return False
    return True


@st.composite
def histories(draw):
    """Rows of up to five operations with moments that are all different."""
    number = draw(st.integers(1, 5))
    moments = draw(st.permutations(range(2 * number)))
    spans = [sorted(moments[2 * each : 2 * each + 2]) for each in range(number)]
    done = st.sampled_from([(W1, None), (W2, None), (READ, 1), (READ, 2), (READ, 9)])
    return [(*draw(done), *span) for span in spans]


@settings(max_examples=400)
@given(rows=histories())
def test_the_checker_says_what_trying_every_order_says(rows):
    """The search stops too early, or its memory of dead ends hides an order."""
    operations = history(*rows)
    assert checker.check(operations, register, 9).linearizable is explained(operations)
    assert checker.check(operations, register, 9, quiet=is_read).linearizable is explained(operations)


def test_a_search_that_takes_too_long_is_given_up():
    """A search that was given up says that no order explains the history."""
    verdict = checker.check(history(*((W1, None, 0, 99) for _ in range(6)), (READ, 5, 1, 98)), register, 9, limit=3)
    assert (verdict.linearizable, verdict.decided) == (False, False)
    assert checker.check(history((READ, 5, 0, 1)), register, 9).decided


def test_what_changes_nothing_is_placed_where_it_first_fits():
    """Of many reads at once every selection is tried, and the search is given up before it is decided."""
    rows = [(W1, None, 0, 99), (READ, 5, 0, 99), *((READ, 9, 0, 99) for _ in range(12))]
    assert not checker.check(history(*rows), register, 9, limit=100).decided
    assert checker.check(history(*rows), register, 9, limit=100, quiet=is_read).decided
