"""The look before the run: a target with somebody's strategy on it is left alone."""

import pytest

from conformance.runs.options import Options
from conformance.runs.preflight import Occupied, check_target
from conformance.targets.target import open_target
from reference_server import create_app
from reports.model import Changes

STRATEGY = "/api/orchestration/sw-upgrade/strategy"


@pytest.fixture
def occupied(served):
    """The address of a server with a strategy on it."""

    def make(*, control):
        address = served(create_app(control=control))
        with open_target(address) as target:
            body = {"storage-apply-type": "serial", "worker-apply-type": "serial", "alarm-restrictions": "relaxed"}
            assert target.send_json("POST", STRATEGY, body).status == 200
        return address

    return make


@pytest.mark.parametrize("control", [True, False], ids=["with control", "without control"])
def test_a_strategy_that_is_there_before_the_run_is_left_alone(control, occupied):
    """A target at a URL with a strategy on it is refused, whether it can be reset or not, and keeps the strategy."""
    address = occupied(control=control)
    with pytest.raises(Occupied, match=r"has a sw-upgrade strategy already \(state building\); it is left alone"):
        check_target(Options(target=address))
    with open_target(address) as target:
        assert target.send("GET", STRATEGY).status == 200


@pytest.mark.parametrize("changes", [Changes.READ_ONLY, Changes.REFUSED])
def test_a_run_that_changes_nothing_may_begin_beside_a_strategy(changes, occupied):
    """What is only read may have a strategy."""
    assert check_target(Options(target=occupied(control=True), changes=changes)) == ()


def test_a_free_target_may_be_changed(served):
    """A target at a URL without a strategy is one that a run can begin with."""
    assert check_target(Options(target=served(create_app()))) == ()
