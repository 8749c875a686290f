"""What counts as a difference between two strategy documents."""

import pytest

from conformance.predictions.differ import ABSENT, Difference, differences

DOCUMENT = {
    "strategy": {"uuid": "1", "state": "applied", "stages": [{"stage-id": 0, "start-date-time": "2026-01-01 00:00:00"}]}
}


def changed(*path, to):
    """The document with another value at that path."""
    value = {**DOCUMENT["strategy"], "stages": [dict(DOCUMENT["strategy"]["stages"][0])]}
    place = value
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return {"strategy": value}


EQUAL = {
    "itself": DOCUMENT,
    "another uuid": changed("uuid", to="2"),
    "another moment": changed("stages", 0, "start-date-time", to="1999-12-31 23:59:59"),
}


@pytest.mark.parametrize("other", EQUAL.values(), ids=EQUAL)
def test_uuids_and_moments_do_not_count(other):
    """A difference in a uuid or in the moment of a date is reported."""
    assert list(differences(DOCUMENT, other)) == []


DIFFERENT = {
    "a word": (changed("state", to="applying"), Difference("/strategy/state", "applied", "applying")),
    "a date that is not set": (
        changed("stages", 0, "start-date-time", to=""),
        Difference("/strategy/stages/0/start-date-time", "set", ""),
    ),
    "a date that is no text": (
        changed("stages", 0, "start-date-time", to=None),
        Difference("/strategy/stages/0/start-date-time", "set", None),
    ),
    "another type": (
        changed("stages", 0, "stage-id", to=False),
        Difference("/strategy/stages/0/stage-id", 0, actual=False),
    ),
    "a further member": (changed("new/one", to=1), Difference("/strategy/new~1one", ABSENT, 1)),
    "a list for a word": (changed("state", to=["applied"]), Difference("/strategy/state", "applied", ["applied"])),
    "an empty list": (
        changed("stages", to=[]),
        Difference("/strategy/stages/0", {"stage-id": 0, "start-date-time": "set"}, ABSENT),
    ),
    "no strategy": (
        {"strategy": None},
        Difference("/strategy", {"state": "applied", "stages": [{"stage-id": 0, "start-date-time": "set"}]}, None),
    ),
}


@pytest.mark.parametrize(("other", "expected"), DIFFERENT.values(), ids=DIFFERENT)
def test_everything_else_counts(other, expected):
    """A difference is missed, or told at another place or with other values."""
    assert list(differences(DOCUMENT, other)) == [expected]


def test_a_missing_member_counts():
    """A member that only the expected document has is missed."""
    assert list(differences({"a": 1, "b": 2}, {"b": 2})) == [Difference("/a", 1, ABSENT)]


def test_the_order_of_a_list_counts():
    """Two lists with the same items in another order are called equal."""
    assert [difference.pointer for difference in differences([1, 2], [2, 1])] == ["/0", "/1"]
