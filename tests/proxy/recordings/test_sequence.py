"""The order of answers and of which it can be told, from recorded times, against what the gateway hears live."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.exchange import Exchange
from proxy.order import Order, is_change
from proxy.recordings import sequence
from proxy.recordings.recorded import Recorded
from proxy.recordings.sequence import Sequence

CALLS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from(["GET", "POST"])), max_size=15)


def recorded(number, began, took, method):
    """An exchange that began then and took so long, in seconds."""
    return Recorded(number, Exchange(method, "/", 200, at=began + took), started=began)


def sequenced(items):
    """Numbers of the exchanges in their turn, with whether each is in order."""
    made = Sequence()
    turns = [turn for item in items for turn in made.take(item)] + list(made.rest())
    return [(each.number, in_order) for each, in_order in turns]


def heard_live(items):
    """What a gateway says that hears the same beginnings and ends when they happen."""
    events = [(each.exchange.at, 0, each.number, each) for each in items]
    events += [(each.started, 1, each.number, each) for each in items]
    order, found = Order(), []
    for _, begins, number, each in sorted(events, key=lambda event: event[:3]):
        if begins:
            order.begin(number, changes=is_change(each.exchange.method))
        else:
            found.append((number, order.end(number)))
    return found


@settings(max_examples=60, deadline=None)
@given(CALLS, st.randoms(use_true_random=False))
def test_any_order_of_a_file_is_what_was_heard_live(calls, random):
    """Whether a recording lists exchanges as they began or as they ended, or neither, changes nothing."""
    items = [recorded(number, *call) for number, call in enumerate(calls, start=1)]
    shuffled = items.copy()
    random.shuffle(shuffled)
    assert sequenced(shuffled) == heard_live(items)


def test_a_race_is_not_in_order():
    """What overlaps with a change of somebody else is not in order; that change and what follows it are."""
    items = [recorded(1, 0, 10, "POST"), recorded(2, 5, 2, "GET"), recorded(3, 20, 1, "GET"), recorded(4, 21, 1, "GET")]
    assert sequenced(items) == [(2, False), (1, True), (3, True), (4, True)]


def test_an_instant_is_an_interval():
    """Exchanges of no duration, as on a virtual clock, are in the order of the file."""
    items = [recorded(number, 5, 0, "POST") for number in (1, 2, 3)]
    assert sequenced(items) == [(1, True), (2, True), (3, True)]


def test_without_times_the_order_is_that_of_the_file():
    """Whether that can be trusted depends on the kind of the file."""
    made = [
        Recorded(1, Exchange("GET", "/", 200), in_order=True),
        Recorded(2, Exchange("GET", "/", 200), in_order=False),
    ]
    assert sequenced(made) == [(1, True), (2, False)]


@pytest.mark.parametrize(("name", "most"), [("MOST_WAITING", 10), ("MOST_BYTES", 10_000)])
def test_memory_is_bounded(monkeypatch, name, most):
    """No more than so many exchanges, or bytes of them, wait for their turn."""
    monkeypatch.setattr(sequence, name, most)
    made, taken = Sequence(), 0
    for number in range(100):
        exchange = Exchange("GET", "/", 200, response_body=bytes(1000), at=1e6 - number)
        taken += len(list(made.take(Recorded(number, exchange, started=0.0))))
    assert taken >= 85


def test_what_comes_too_late_is_not_in_order(monkeypatch):
    """An exchange that began before others whose turn has passed is not held against anything."""
    monkeypatch.setattr(sequence, "MOST_WAITING", 2)
    items = [recorded(number, 10 * number, 5, "GET") for number in range(1, 9)]
    late = recorded(9, 11, 2, "POST")
    assert dict(sequenced([*items, late]))[9] is False
