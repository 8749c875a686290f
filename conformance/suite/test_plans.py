"""What is planned on the target's own world; at level oracle beside what the oracle predicts."""

import json

import pytest

from conformance.drivers.conversation import Conversation
from conformance.drivers.planning import Planner, own_world
from conformance.predictions.oracle import Oracle
from conformance.runs.options import Options

_NO_WORLD = (
    "the world of the target is not known; give its world file with --world, or let its control offer `world`, "
    "or ask for --level orchestration"
)


@pytest.mark.level("orchestration")
def test_own_world(changing: Conversation, planner: Planner, oracle: Oracle | None, options: Options) -> None:
    """Every shape of request is planned on the target's own world, before anything has changed it."""
    world = own_world(changing, json.loads(options.world) if options.world else None)
    reason = planner.on_own_world(world)
    if reason is None and oracle is not None and world is None:
        reason = _NO_WORLD
    if reason is not None:
        pytest.skip(reason)
