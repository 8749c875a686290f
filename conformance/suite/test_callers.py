"""Who is let in: tried as somebody without a token, and with one that nobody has."""

import pytest

from conformance.drivers.callers import play_callers
from conformance.drivers.conversation import Conversation


@pytest.mark.level("protocol")
def test_strangers(conversation: Conversation) -> None:
    """Every operation is asked by strangers, with and without a strategy that they might touch."""
    reason = play_callers(conversation)
    if reason is not None:
        pytest.skip(reason)
