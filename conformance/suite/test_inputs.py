"""Methods and bodies, right and wrong; they change the target."""

import pytest

from conformance.drivers.conversation import Conversation
from conformance.drivers.inputs import play_inputs
from conformance.drivers.reads import play_methods
from spec.ledger import Ledger


@pytest.mark.level("wire")
def test_methods(changing: Conversation) -> None:
    """Every method that is not documented is tried on every path."""
    play_methods(changing)


@pytest.mark.level("protocol")
def test_bodies(changing: Conversation, operation_with_body: str, ledger: Ledger) -> None:
    """Every body that the ledger's parameters call for is sent."""
    reason = play_inputs(changing.contract.operation(operation_with_body), ledger, changing)
    if reason is not None:
        pytest.skip(reason)
