"""Sequences that nobody wrote down: drawn, steered by the law, and shrunk when something fails."""

import pytest

from conformance.drivers.conversation import Conversation
from conformance.model.explore import explore
from conformance.model.machine import Extent
from conformance.runs.options import Options
from spec.law import Law
from spec.ledger import Ledger


@pytest.mark.level("lifecycle")
def test_sequences(changing: Conversation, options: Options, law: Law, ledger: Ledger, sequence_group: int) -> None:
    """Drawn sequences are played, each from an empty target, and what fails is told by the shortest of them."""
    if sequence_group and not changing.simulated:
        pytest.skip("a target that cannot be reset is tried with one drawn sequence only")
    explore(
        changing,
        law,
        ledger,
        Extent(options.seed * 1000 + sequence_group, options.sequences_in(sequence_group), options.moves),
        shrink=not options.stop_at_first,
    )
