"""ENGINE.md appendix B, switches that change what a strategy shows; B4, B5, B10, B11 are with their subjects."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.fleet import InstanceGroup
from reference_server.engine.words import StepName


@pytest.fixture
def stages(make_step):
    """Two stages of stabilize and lock."""
    return [
        [make_step("system-stabilize", timeout=15), make_step("lock-hosts", name)]
        for name in ("controller-0", "controller-1")
    ]


def shown(played):
    """Results of the phase and of each of its stages."""
    return str(played.phase.result), [str(stage.result) for stage in played.phase.stages]


FAILED_LOCK = m.HostActionFailed(StepName.LOCK_HOSTS, "controller-1")


@pytest.mark.parametrize(
    ("quirk", "after_step", "after_stage"),
    [
        (True, ("inprogress", ["success", "initial"]), ("success", ["success", "inprogress"])),
        (False, ("inprogress", ["inprogress", "initial"]), ("inprogress", ["success", "inprogress"])),
    ],
)
def test_success_after_the_first_child(play, stages, quirk, after_step, after_stage):
    """B1: a running stage or phase shows success after its first child, or only after its last."""
    played = play(*stages, result_success_after_first_child=quirk).apply().expire()
    assert shown(played) == after_step
    assert shown(played.locked("controller-0")) == after_stage
    assert shown(played.expire().locked("controller-1")) == ("success", ["success", "success"])
    assert played.state == "applied"


@pytest.mark.parametrize("quirk", [True, False])
def test_a_failure_shows_at_once(play, stages, quirk):
    """B1: whether success shows early or not, failure does."""
    played = play(*stages, result_success_after_first_child=quirk).apply().expire().locked("controller-0").expire()
    played.tell(FAILED_LOCK)
    assert played.outcome == ("failed", "host lock failed")


@pytest.mark.parametrize(
    ("quirk", "pending"),
    [(True, ("aborted", ["aborted", "initial"])), (False, ("inprogress", ["success", "initial"]))],
)
def test_aborted_while_the_abort_is_pending(play, stages, quirk, pending):
    """B2: a pending abort shows as aborted, or only when the step has ended."""
    played = play(*stages, aborted_while_abort_pending=quirk).apply().expire().abort()
    assert (played.state, *shown(played)) == ("aborting", *pending)
    played.tell(m.HostActionFailed(StepName.LOCK_HOSTS, "controller-0"))
    assert played.outcome == ("aborted", "")
    assert [str(stage.result) for stage in played.strategy.apply.stages] == ["aborted", "initial"]


def test_a_second_abort_shows_what_the_first_did_not(play, stages):
    """B2 off: a second abort, which ends everything, shows aborted."""
    played = play(*stages, aborted_while_abort_pending=False).apply().expire().abort().abort()
    assert (played.state, *shown(played)) == ("aborted", "aborted", ["aborted", "initial"])


@pytest.mark.parametrize(
    ("ending", "state", "outcome"),
    [
        (lambda played: played.tell(m.HostActionFailed(StepName.LOCK_HOSTS, "controller-0")), "apply-failed", "failed"),
        (lambda played: played.expire(), "apply-timeout", "timed-out"),
    ],
    ids=["failed", "timed-out"],
)
def test_a_failed_apply_that_rests(play, stages, ending, state, outcome):
    """B3 off: a failed apply rests in apply-failed or apply-timeout, and nothing is undone."""
    played = ending(play(*stages, failed_apply_ends_aborted=False).apply().expire())
    assert (played.state, str(played.strategy.current_phase), played.outcome[0]) == (state, "apply", outcome)
    assert (played.strategy.abort.stages, played.effects) == ((), ())


@pytest.mark.parametrize(("quirk", "stages_left"), [(True, 2), (False, 0)])
def test_partial_stages_of_a_failed_build(play, fleet, quirk, stages_left):
    """B9: stages made before a build rule was violated stay in the strategy, or do not."""
    grouped = replace(
        fleet,
        instances=(replace(fleet.instances[0], locked=True, enabled=False),),
        instance_groups=(InstanceGroup("g", "uuid-g", ("affinity",), ("uuid-vm-0",)),),
    )
    played = play(fleet=grouped, partial_stages_stay=quirk).built()
    assert (played.state, played.strategy.build.reason) == (
        "build-failed",
        "instance vm-0 in group g must not be shut down",
    )
    assert len(played.strategy.apply.stages) == stages_left


@pytest.mark.parametrize("kind", ["sw-patch", "sw-upgrade"])
def test_ignore_list_that_grows(play, rules, kind):
    """B12: a create adds the ids its kind ignores to the operator's list, before its first query."""
    played = play(ignore_list_grows=True).create(kind)
    assert played.effects == (m.GrowIgnoreList(rules.ignored_alarms[kind]), m.QueryAlarms(played.asker))


def test_ignore_list_that_does_not_grow(play):
    """B12 off: a create leaves the operator's list alone."""
    assert [type(effect) for effect in play().create().effects] == [m.QueryAlarms]
