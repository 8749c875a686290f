"""Several clients at once."""

import pytest

from conformance.drivers.changes import EVERY, needs
from conformance.drivers.conversation import Conversation
from conformance.drivers.crowd import play_races
from conformance.histories.races import ROUNDS, ROUNDS_IN_REAL_TIME, races
from conformance.runs.options import Options
from spec.law import Law


@pytest.mark.level("lifecycle")
def test_races(changing: Conversation, options: Options, law: Law) -> None:
    """Clients create, apply, abort, delete and read at the same time, and their history is judged."""
    if not changing.may(EVERY):
        pytest.skip(needs(EVERY - changing.leave.permitted))
    rounds = ROUNDS if changing.simulated else ROUNDS_IN_REAL_TIME
    drawn = races(changing.kinds, seed=options.seed, clients=options.clients, rounds=rounds)
    reason = play_races(tuple(drawn), changing, law)
    if reason is not None:
        pytest.skip(reason)
