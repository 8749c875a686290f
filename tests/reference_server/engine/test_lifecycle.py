import pytest

from reference_server.engine.lifecycle import (
    LIFECYCLE,
    PHASE_ENDS,
    TRANSITIONS,
    Trigger,
    UnlawfulTransitionError,
    follow,
    phase_end,
)
from reference_server.engine.words import PhaseName, Result, State

# ENGINE.md 2.2, with the states that nobody sees.
FOLLOWERS = {
    "initial": {"building"},
    "building": {"ready-to-apply", "build-failed", "build-timeout"},
    "build-failed": set(),
    "build-timeout": set(),
    "ready-to-apply": {"applying"},
    "applying": {"applied", "apply-failed", "apply-timeout", "aborting", "aborted"},
    "apply-failed": {"aborting"},
    "apply-timeout": {"aborting"},
    "applied": set(),
    "aborting": {"aborted", "abort-failed", "abort-timeout", "apply-timeout"},
    "aborted": set(),
    "abort-failed": set(),
    "abort-timeout": set(),
}
ENDS = {
    "build": {"success": "ready-to-apply", "failed": "build-failed", "timed-out": "build-timeout"},
    "apply": {"success": "applied", "failed": "apply-failed", "timed-out": "apply-timeout"},
    "abort": {"success": "aborted", "failed": "abort-failed", "timed-out": "abort-timeout"},
}
STATE_OF_PHASE = {"build": State.BUILDING, "apply": State.APPLYING, "abort": State.ABORTING}


@pytest.mark.parametrize("state", list(State))
def test_followers_of_a_state(state):
    """The states that may follow are exactly these."""
    assert TRANSITIONS[state] == FOLLOWERS[state]


def test_every_state_is_a_row():
    """Some state has no row, if only an empty one."""
    assert set(LIFECYCLE) == set(TRANSITIONS) == set(State)
    assert set(PHASE_ENDS) == set(PhaseName)


@pytest.mark.parametrize(
    ("phase", "result", "state"),
    [(phase, result, state) for phase, row in ENDS.items() for result, state in row.items()],
)
def test_what_the_end_of_a_phase_leads_to(phase, result, state):
    """A phase that ends with this result leads to this state."""
    assert follow(STATE_OF_PHASE[phase], phase_end(PhaseName(phase), Result(result))) is State(state)


@pytest.mark.parametrize("phase", ["build", "apply", "abort"])
def test_degraded_is_as_good_as_success(phase):
    """A degraded phase leads where a successful one does."""
    assert phase_end(PhaseName(phase), Result.DEGRADED) is phase_end(PhaseName(phase), Result.SUCCESS)


@pytest.mark.parametrize(
    ("state", "trigger"),
    [(state, trigger) for state in State for trigger in Trigger if trigger not in LIFECYCLE[state]],
)
def test_a_cell_that_is_not_there_is_an_error_naming_both(state, trigger):
    """A trigger that a state has no row for is not passed over."""
    with pytest.raises(UnlawfulTransitionError, match=rf"`{state}`.*`{trigger}`"):
        follow(state, trigger)


def test_a_phase_cannot_end_while_it_runs():
    """The end of a phase with a result that is no end is an error naming both."""
    with pytest.raises(UnlawfulTransitionError, match=r"`apply`.*`inprogress`"):
        phase_end(PhaseName.APPLY, Result.INPROGRESS)
