"""Which words are told does not depend on the order in which they came, nor on who counted them."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.telling.bounded import REST, count

KNOWN = frozenset({"m", "z"})
WORDS = st.lists(st.sampled_from([*"abcdefghijklmnopz", REST]), max_size=60)


def counted(*words):
    """The words, counted one after the other, at most four that are not known."""
    made = {}
    for each in words:
        count(made, each, 1, 4, KNOWN)
    return made


@given(WORDS, st.randoms(use_true_random=False))
def test_no_order_counts(words, draw):
    """The words in another order are counted alike, and none is lost."""
    other = draw.sample(words, len(words))
    assert counted(*words) == counted(*other)
    assert sum(counted(*words).values()) == len(words)


@given(WORDS, WORDS)
def test_what_two_have_counted_adds_up(one, other):
    """What two have counted apart is together what one would have counted."""
    made = counted(*one)
    for word, times in counted(*other).items():
        count(made, word, times, 4, KNOWN)
    assert made == counted(*one, *other)


def test_the_first_in_the_alphabet_are_told():
    """Beside the known ones as many as there may be; the others are counted together."""
    assert counted("e", "z", "a", "d", "c", "b", "f", "a") == {"a": 2, "b": 1, "c": 1, "d": 1, "z": 1, REST: 2}
