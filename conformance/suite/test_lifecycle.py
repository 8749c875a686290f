"""The scripted scenarios."""

import pytest

from conformance.drivers.conversation import Conversation
from conformance.drivers.lifecycle import Scenario, play


def test_scenario(changing: Conversation, scenario: Scenario) -> None:
    """A scenario is played from an empty target to an empty target."""
    reason = play(scenario, changing)
    if reason is not None:
        pytest.skip(reason)
