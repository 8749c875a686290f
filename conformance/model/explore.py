"""One group of drawn sequences on one target, and what became of what failed in them."""

from typing import Final

from conformance.drivers.conversation import Conversation
from conformance.model.failures import Failures
from conformance.model.machine import Extent, create_bodies, run_machine
from conformance.model.player import Player
from conformance.model.recording import recorded, stretches
from spec.graph import graph_of
from spec.law import Law
from spec.ledger import Ledger

# On a system that cannot be reset every move may take hours.
_FEW_SEQUENCES: Final = 1
_FEW_MOVES: Final = 4


def explore(talk: Conversation, law: Law, ledger: Ledger, extent: Extent, *, shrink: bool = True) -> None:
    """Play drawn sequences; findings of requirements that failed get the shortest sequence that shows them again.

    Without `shrink` they stay as they are.

    Raises Unreachable, NotCleared, ControlError.
    """
    if not talk.simulated:
        extent = Extent(extent.seed, min(extent.sequences, _FEW_SEQUENCES), min(extent.moves, _FEW_MOVES))
    player = Player(talk, law, graph_of(law), talk.judge.edges)
    failures = Failures(talk, player.own_world)
    with recorded(talk.target) as kept:

        def done() -> None:
            for stretch in stretches(kept) if shrink else ():
                failures.note(stretch)
            kept.clear()

        run_machine(player, create_bodies(talk.contract, ledger), extent, done)
    player.restore()
    if player.ended is not None:
        raise player.ended
    failures.tell()
