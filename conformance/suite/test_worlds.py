"""What is planned on worlds that the target loads; at level oracle beside what the oracle predicts."""

import pytest

from conformance.drivers.planning import Planner
from conformance.drivers.worlds import FORMS, random_world
from conformance.predictions.oracle import shipped_worlds
from conformance.runs.options import Options

_SEEDS_A_GROUP = 2
# One group has plans varied enough for what holds of every plan; the oracle is asked about more.
_GROUPS = [
    pytest.param(group, marks=pytest.mark.level("orchestration" if group == 0 else "oracle")) for group in range(4)
]


@pytest.mark.level("oracle")
def test_shipped_worlds(planner: Planner) -> None:
    """The ready topologies are planned on."""
    _skip(planner.on_worlds(shipped_worlds(), drawn=1))


@pytest.mark.parametrize("group", _GROUPS)
def test_random_worlds(planner: Planner, options: Options, group: int) -> None:
    """Worlds that nobody thought of are planned on; each group has every form of system."""
    first = (options.seed * len(_GROUPS) + group) * _SEEDS_A_GROUP
    seeds = range(first, first + _SEEDS_A_GROUP)
    drawn = ((f"{form} {seed}", random_world(seed, form)) for seed in seeds for form in FORMS)
    _skip(planner.on_worlds(drawn))


def _skip(reason: str | None) -> None:
    if reason is not None:
        pytest.skip(reason)
