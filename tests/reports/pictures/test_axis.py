"""Moments get places that keep their order; a long pause takes little room."""

import pytest

from reports.render.pictures.axis import THIN, Axis, busy


def test_places_are_percentages_of_the_time():
    """The beginning is at 0, the end at 100; what is outside is at the edge."""
    axis = Axis(10.0, 30.0)
    assert [axis.at(moment) for moment in (0.0, 10.0, 15.0, 30.0, 99.0)] == [0.0, 0.0, 25.0, 100.0, 100.0]


def test_an_axis_without_time_divides_by_nothing():
    """What was seen once takes the whole width."""
    assert (Axis(5.0, 5.0).at(5.0), Axis(5.0, 5.0).stretch(5.0, None)) == (0.0, (0.0, 100.0))


def test_what_was_over_at_once_is_still_seen():
    """A bar has a width wherever it is, and never leaves the axis."""
    assert Axis(0.0, 100.0).stretch(100.0, 100.0) == (100 - THIN, THIN)


def test_a_long_pause_is_drawn_short():
    """Two minutes of work on both sides of two hours take nearly all the room."""
    axis = busy([(0.0, 120.0), (7320.0, 7440.0)])
    (pause,) = axis.shown()
    assert (pause.seconds, pause.left, pause.width) == (7200.0, pytest.approx(47.62), pytest.approx(4.76))
    assert axis.at(7320.0) == pytest.approx(52.38)


def test_a_short_pause_stays_as_it_was():
    """Nothing is cut that can be told by its length."""
    assert busy([(0.0, 100.0), (110.0, 200.0), (90.0, 105.0)]).pauses == ()


def test_places_keep_their_order_across_pauses():
    """Later is never further left, inside a pause neither."""
    axis = busy([(0.0, 10.0), (100.0, 110.0), (500.0, 505.0)])
    places = [axis.at(moment / 2) for moment in range(-10, 1030)]
    assert len(axis.pauses) == 2
    assert places == sorted(places)


def test_no_spans_make_an_empty_axis():
    """A strategy without a time has a picture too."""
    assert (busy([]).shown(), busy([]).at(3.0)) == ((), 0.0)
