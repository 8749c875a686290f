"""What is drawn depends on the seed alone, and what is asked on the situation."""

import pytest

from conformance.model.explore import explore
from conformance.model.machine import Extent, create_bodies, run_machine
from conformance.model.recording import recorded
from spec.load import load_contract, load_law, load_ledger


class Listening:
    """A player that writes down what it is told to do and does nothing."""

    def __init__(self):
        self.moves = []

    def __getattr__(self, name):
        return lambda *drawn: self.moves.append((name, *drawn))


def drawn(seed):
    """The moves that a seed draws."""
    player = Listening()
    run_machine(player, create_bodies(load_contract(), load_ledger()), Extent(seed, 4, 6), lambda: None)
    return player.moves


def requests(talk, extent):
    """What is sent when sequences are played."""
    with recorded(talk.target) as kept:
        explore(talk, load_law(), load_ledger(), extent)
    return [(each.method, each.path, each.request_body, each.status) for each in kept]


def test_a_seed_draws_the_same_moves_every_time():
    """Nothing but the seed decides what is drawn."""
    assert drawn(7) == drawn(7)


def test_another_seed_draws_other_moves():
    """Two seeds are two explorations."""
    assert drawn(7) != drawn(8)


def test_every_member_with_listed_values_is_drawn():
    """Create bodies vary in all members for which the ledger lists values, and in no other value."""
    bodies = [body for _, *rest in drawn(1) + drawn(2) for body in rest if isinstance(body, dict)]
    members = {name for body in bodies for name in body}
    assert {"storage-apply-type", "worker-apply-type", "max-parallel-worker-hosts", "alarm-restrictions"} <= members


@pytest.mark.parametrize("seed", [11, 12])
def test_drawn_sequences_accuse_the_reference_server_of_nothing(embedded, talking, seed):
    """Whatever is drawn, also on random worlds, after faults and restarts: a lawful server is not charged."""
    talk = talking(embedded)
    sent = requests(talk, Extent(seed, 3, 12))
    assert talk.failures == set()
    assert len(sent) > 100


def test_the_same_seed_sends_the_same_requests(talking, embedded, opened):
    """Two runs on two servers of the same kind are the same, answer for answer."""
    assert requests(talking(embedded), Extent(5, 2, 8)) == requests(talking(opened()), Extent(5, 2, 8))


def test_the_own_world_is_put_back(embedded, talking):
    """A target whose world was replaced is left in its own."""
    before = embedded.control.world()
    requests(talking(embedded), Extent(12, 3, 4))
    assert embedded.control.world() == before


def test_a_target_that_cannot_be_reset_is_tried_with_a_few_safe_moves(unsimulated, talking):
    """Without control nothing is sent that the law leaves open, and little of the rest."""
    talk = talking(unsimulated)
    explore(talk, load_law(), load_ledger(), Extent(3, 12, 40))
    sent = [each for each in talk.exchanges if each.method != "GET"]
    assert not [each for each in sent if b'"force": true' in each.request_body]
    assert 0 < len(sent) < 40
