"""Order, against every interleaving of a few requests, and against drawn ones of many."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.order import Order, is_change


def interleavings(count):
    """Every order of the beginnings and ends of that many requests, as (request, begins)."""
    events = [*range(count), *range(count)]
    for order in set(itertools.permutations(events)):
        seen = set()
        yield [(each, each not in seen and not seen.add(each)) for each in order]


def told_in_order(events, changes):
    """The requests that are called in order, in the order of their ends, and where each begins and ends."""
    order, spans, told = Order(), {}, []
    for moment, (each, begins) in enumerate(events):
        if begins:
            spans[each] = [moment, None]
            order.begin(each, changes=changes[each])
        else:
            spans[each][1] = moment
            if order.end(each):
                told.append(each)
    assert len(order) == 0
    return told, spans


def followed(ends, told, changes):
    """What is held against what: pairs of answers of which the later one is judged with the earlier one known.

    A change that is not in order makes everything unknown when it has ended.
    """
    last = None
    for each in ends:
        if each in told:
            if last is not None:
                yield last, each
            last = each
        elif changes[each]:
            last = None


def effects(spans):
    """Every way in which the requests can have taken effect: an order of them that no interval forbids."""
    for order in itertools.permutations(spans):
        if all(spans[early][0] < spans[late][1] for early, late in itertools.combinations(order, 2)):
            yield order


def shown(order, changes):
    """The register of which each change makes a version of its own: what each answer shows."""
    version, answers = 0, {}
    for each in order:
        if changes[each]:
            version = each + 1
        answers[each] = version
    return answers


def contradictions(events, changes):
    """Pairs that are held against each other although an effect of somebody else may lie between them."""
    told, spans = told_in_order(events, changes)
    ends = sorted(spans, key=lambda each: spans[each][1])
    for earlier, later in followed(ends, told, changes):
        for order in effects(spans):
            answers = shown(order, changes)
            expected = later + 1 if changes[later] else answers[earlier]
            if answers[later] != expected:
                yield earlier, later, order


@pytest.mark.parametrize("count", [1, 2, 3])
def test_nothing_in_order_contradicts_any_order_of_effects(count):
    """Whenever each request took effect: what is held against an earlier answer is what that answer leads to."""
    cases = itertools.product(interleavings(count), itertools.product((False, True), repeat=count))
    assert [case for case in cases if any(contradictions(*case))] == []


@given(st.permutations([*range(5), *range(5)]), st.lists(st.booleans(), min_size=5, max_size=5))
def test_no_drawn_crowd_of_five_is_held_against_a_wrong_order(drawn, changes):
    """The same for five requests at a time, of which there are too many interleavings to try all."""
    seen = set()
    events = [(each, each not in seen and not seen.add(each)) for each in drawn]
    assert not any(contradictions(events, changes))


def test_an_order_that_trusts_everybody_is_caught(monkeypatch):
    """The comparison finds something against a watcher for whom everything is in order."""
    monkeypatch.setattr(Order, "in_order", lambda *_: True)
    cases = itertools.product(interleavings(2), [(True, False)])
    assert any(any(contradictions(*case)) for case in cases)


@given(st.lists(st.booleans(), max_size=30))
def test_what_is_asked_one_after_the_other_is_in_order(changes):
    """Sequential traffic is always in order, whatever it asks for."""
    order = Order()
    told = [(order.begin(key, changes=each), order.end(key)) for key, each in enumerate(changes)]
    assert all(told[key] == (True, True) for key in range(len(changes)))


def test_half_of_what_two_pollers_see_is_in_order():
    """Two clients whose polls always overlap leave every second answer in order."""
    order, told = Order(), 0
    order.begin(0, changes=False)
    for key in range(1, 101):
        order.begin(key, changes=False)
        told += order.end(key - 1)
    assert told == 50


def test_an_endless_read_keeps_nobody_out_of_order():
    """A read that hangs is in nobody's way: what comes and goes meanwhile has its order."""
    order = Order()
    order.begin("hangs", changes=False)
    assert order.begin("poll", changes=False)
    assert order.end("poll")
    assert not order.end("hangs")


def test_a_read_that_meets_a_change_is_not_in_order():
    """Nobody can tell whether an answer shows what came before the change, or after."""
    order = Order()
    assert order.begin("read", changes=False)
    assert order.begin("change", changes=True)
    assert not order.in_order("read")
    assert not order.end("read")
    assert order.end("change")


def test_a_key_that_is_taken_is_told_of_neither():
    """Two requests of one key cannot be told apart, so neither is in order; and nobody unknown ends in order."""
    order = Order()
    order.begin("same", changes=False)
    assert not order.begin("same", changes=False)
    assert not order.end("same")
    assert not order.end("same")


@pytest.mark.parametrize(
    ("method", "query", "changes"),
    [
        ("GET", "", False),
        ("head", "", False),
        ("POST", "", True),
        ("BREW", "", True),
        ("GET", "_method=DELETE", True),
    ],
)
def test_what_may_change_something(method, query, changes):
    """Everything but a safe method may; and a query that some servers take for the method."""
    assert is_change(method, query) is changes
