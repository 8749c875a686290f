"""Uuids by seed and number."""

import random
import uuid

import pytest

from reference_server.identity import Uuids


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 2, 0, 3, 1], [50, 0, 49]])
def test_a_number_has_one_uuid(order):
    """A uuid depends on seed and number alone, whatever was asked for before."""
    uuids = Uuids(7)
    assert [uuids[number] for number in order] == [Uuids(7)[number] for number in order]


def test_uuids_are_those_of_the_random_sequence():
    """The numbers of a seed are the sequence that its generator gives, from 0 on."""
    generator = random.Random(7)  # noqa: S311 - what it is compared with
    expected = [str(uuid.UUID(int=generator.getrandbits(128), version=4)) for _ in range(5)]
    uuids = Uuids(7)
    assert [uuids[number] for number in range(5)] == expected


def test_no_uuid_is_given_twice():
    """A thousand numbers have a thousand uuids."""
    uuids = Uuids(0)
    assert len({uuids[number] for number in range(1000)}) == 1000
