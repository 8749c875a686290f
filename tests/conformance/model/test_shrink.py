"""The search finds the shortest sequence, stays within its bounds, and never tells one that does not fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.recording import Step, merged, pause
from conformance.model.shrink import shortest


def step(name):
    """A step that is told from others by its path."""
    return Step("POST", f"/{name}")


def failing_with(*needed):
    """A target that fails as soon as these steps have been played in this order."""

    def fails(steps):
        left = list(map(step, needed))
        for index, each in enumerate(steps):
            if each == left[0]:
                left.pop(0)
            if not left:
                return steps[: index + 1]
        return None

    return fails


@given(
    before=st.lists(st.sampled_from("abcdefgh"), max_size=12),
    between=st.lists(st.sampled_from("abcdefgh"), max_size=12),
)
def test_what_is_not_needed_is_left_out(before, between):
    """Of a long sequence the steps that make it fail remain, in their order."""
    steps = tuple(map(step, [*before, "x", *between, "y"]))
    assert shortest(steps, failing_with("x", "y")).steps == (step("x"), step("y"))


def test_the_budget_ends_the_search_with_what_is_known_to_fail():
    """Bounded by replays, the search gives the best so far and says that it is not all."""
    steps = tuple(map(step, [*"abcdefghabcdefgh", "x", *"abcdefgh", "y"]))
    found = shortest(steps, failing_with("x", "y"), most_replays=4)
    assert (found.replays, found.complete) == (4, False)
    assert failing_with("x", "y")(found.steps) is not None


def test_no_replay_is_longer_than_the_steps_that_are_left():
    """A search that may play few steps plays none that are too many."""
    played = []
    steps = tuple(map(step, "abcdefgx"))
    shortest(steps, lambda each: played.append(len(each)), most_steps=10)
    assert sum(played) <= 10


def test_the_same_sequence_is_not_played_twice():
    """A candidate that was tried is known."""
    played = []
    steps = tuple(map(step, "aaaaax"))
    shortest(steps, lambda each: played.append(each) or failing_with("x")(each))
    assert len(played) == len(set(played))


def test_a_simpler_step_takes_the_place_of_another():
    """Where nothing can be left out, a step may still be made simpler."""
    large, small = Step("POST", "/x", body=b"{'many': 1}"), Step("POST", "/x")
    found = shortest((large,), lambda steps: steps, lambda each: iter([small] if each == large else []))
    assert found.steps == (small,)


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ((pause(1), pause(2), step("a")), (pause(3.0), step("a"))),
        ((pause(0), step("a")), (step("a"),)),
        ((step("a"), pause(1), step("b"), pause(2)), (step("a"), pause(1), step("b"), pause(2))),
    ],
    ids=["in a row", "of no length", "apart"],
)
def test_pauses_that_follow_one_another_are_one(steps, wanted):
    """A clock that is moved twice is moved once and further."""
    assert merged(steps) == wanted
