"""Which tests a shard plays: each exactly one, all together everything, and about as much work for each."""

import pytest

from conformance.runs.collector import history_of
from conformance.runs.options import Options
from conformance.runs.sharding import COSTS, cost, share
from reports.model import Shard

NAMES = [f"{row or 'new/'}{number}" for number in range(6) for row, _ in COSTS]


def shares(of, names=NAMES):
    """The tests of every shard."""
    return [share(names, Shard(number, of)) for number in range(1, of + 1)]


@pytest.mark.parametrize("of", [1, 2, 3, 7, 64])
def test_every_test_is_in_one_shard_and_keeps_its_order(of):
    """A test is played twice, by nobody, or before one that it came after."""
    found = shares(of)
    assert sorted(index for each in found for index in each) == list(range(len(NAMES)))
    assert all(list(each) == sorted(each) for each in found)


@pytest.mark.parametrize("of", [2, 3, 4, 8])
def test_no_shard_has_much_more_to_do(of):
    """One shard takes longer than another by more than the most costly test."""
    loads = [sum(cost(NAMES[index]) for index in each) for each in shares(of)]
    assert max(loads) - min(loads) <= max(cost for _, cost in COSTS)


def test_what_costs_much_weighs_much():
    """Tests are counted, and the shard with the races plays half of the rest as well."""
    assert shares(2, ["histories/races", *["lifecycle/new"] * 10]) == [(0,), tuple(range(1, 11))]


def test_more_shards_than_tests_leave_some_empty():
    """Somebody who asks for many shards is given a test twice."""
    assert [len(each) for each in shares(3, NAMES[:2])] == [1, 1, 0]


def test_the_most_particular_row_tells_the_cost():
    """A costly scenario counts as any other."""
    assert cost("lifecycle/every-request-applied-sw-patch") > cost("lifecycle/every-request-ready-sw-patch")
    assert cost(history_of("test_new.py::test_whatever")) == cost("lifecycle/abort-at-once-sw-patch")


def test_the_shard_reaches_the_workers():
    """Workers play all tests, since the text of the options leaves the shard out."""
    for shard in (None, Shard(2, 3)):
        assert Options.from_json(Options(shard=shard).to_json()).shard == shard
