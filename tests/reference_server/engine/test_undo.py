"""ENGINE.md 4.3: what is undone, by the step at which the apply is interrupted."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.undo import undo_stages
from reference_server.engine.words import StepName

REBOOT = ("query-alarms", "lock-hosts", "sw-patch-hosts", "system-stabilize", "unlock-hosts", "system-stabilize")
SERVED = ("query-alarms", "disable-host-services", "migrate-instances", *REBOOT[1:])
STOPPED = ("query-alarms", "stop-instances", *REBOOT[1:5], "start-instances", "system-stabilize")
IN_SERVICE = ("query-alarms", "sw-patch-hosts", "system-stabilize")
ALL_LOCKED = ("query-alarms", "sw-patch-hosts", "system-stabilize", "reboot-hosts", "system-stabilize")
UPGRADE = ("query-alarms", "lock-hosts", "upgrade-hosts", "unlock-hosts", "wait-data-sync")
EMPTIED = ("query-alarms", "migrate-instances-from-host", *REBOOT[1:5], "wait-alarms-clear")
EMPTIED_AND_SERVED = ("query-alarms", "disable-host-services", *EMPTIED[1:])
SWACTED = ("query-alarms", "swact-hosts", "disable-host-services", *EMPTIED[1:])
AIO_UPGRADE = ("query-alarms", "migrate-instances", "swact-hosts", *UPGRADE[1:])
AIO_UPGRADE_SERVED = ("query-alarms", "disable-host-services", *AIO_UPGRADE[1:])
COMPLETE = ("query-alarms", "swact-hosts", "activate-upgrade", "complete-upgrade", "system-stabilize")
CASES = [
    *[(("query-alarms", "swact-hosts", *REBOOT[1:]), at, (), 0) for at in (0, 1)],
    *[(("query-alarms", "migrate-instances", *REBOOT[1:]), at, (), 0) for at in (0, 1)],
    *[(SERVED, at, ("enable-host-services",), 181) for at in (1, 2)],
    (STOPPED, 1, ("start-instances",), 901),
    *[(REBOOT, at, ("unlock-hosts",), 1801) for at in range(1, 6)],
    *[(UPGRADE, at, ("unlock-hosts",), 1801) for at in range(1, 5)],
    *[(SERVED, at, ("unlock-hosts", "enable-host-services"), 1981) for at in range(3, 8)],
    *[(STOPPED, at, ("unlock-hosts", "start-instances"), 2701) for at in range(2, 8)],
    *[(IN_SERVICE, at, (), 0) for at in range(3)],
    *[(ALL_LOCKED, at, (), 0) for at in range(5)],
    *[(COMPLETE, at, (), 0) for at in range(5)],
    # ENGINE-8.0.md 4.3
    (EMPTIED, 1, (), 0),
    *[(EMPTIED, at, ("unlock-hosts",), 1801) for at in range(2, 7)],
    *[(EMPTIED_AND_SERVED, at, ("enable-host-services",), 181) for at in (1, 2)],
    *[(EMPTIED_AND_SERVED, at, ("unlock-hosts", "enable-host-services"), 1981) for at in range(3, 8)],
    (SWACTED, 1, (), 0),
    ((*STOPPED[:-1], "wait-alarms-clear"), 7, ("unlock-hosts", "start-instances"), 2701),
    *[(AIO_UPGRADE, at, (), 0) for at in (1, 2)],
    *[(AIO_UPGRADE, at, ("unlock-hosts",), 1801) for at in range(3, 7)],
    *[(AIO_UPGRADE_SERVED, at, ("enable-host-services",), 181) for at in (1, 2, 3)],
    *[(AIO_UPGRADE_SERVED, at, ("unlock-hosts", "enable-host-services"), 1981) for at in range(4, 8)],
]


def stage_at(play, make_step, names, at):
    """A strategy whose only stage, of these steps, is interrupted at one of them."""
    played = play([make_step(name, "compute-0") for name in names])
    phase = played.strategy.apply
    return replace(phase, stages=(replace(phase.stages[0], current_step=at, inprogress=True),), inprogress=True)


@pytest.mark.parametrize(("names", "at", "undo", "timeout"), CASES, ids=lambda each: str(each).replace(" ", ""))
def test_undo_of_an_interrupted_stage(play, make_step, rules, names, at, undo, timeout):
    """What is undone is every undo step up to and with the interrupted one, backwards."""
    found = undo_stages(stage_at(play, make_step, names, at), rules)
    assert [tuple(step.name for step in stage.steps) for stage in found] == ([undo] if undo else [])
    assert sum(stage.timeout for stage in found) == timeout


def test_an_undo_step_is_on_the_hosts_of_the_step_it_undoes(play, make_step, rules):
    """In a mixed stage only the hosts that the stage locked are unlocked."""
    steps = [make_step("lock-hosts", "compute-0"), make_step("sw-patch-hosts", "compute-0", "compute-1")]
    (stage,) = undo_stages(play(steps).strategy.apply, rules)
    assert (stage.name, stage.steps[0].entity_names) == ("sw-patch-worker-hosts", ("compute-0",))
    assert stage.steps[0].entity_uuids == ("uuid-compute-0",)
    assert (stage.steps[0].entity_type, stage.steps[0].host_names) == ("hosts", ("compute-0",))


def test_only_the_services_that_were_disabled_are_enabled_again(play, make_step, rules):
    """Of a list in which some hosts compute only those have their services enabled."""
    steps = [make_step("disable-host-services", "compute-0"), make_step("lock-hosts", "compute-0", "compute-1")]
    phase = play(steps).strategy.apply
    (stage,) = undo_stages(replace(phase, stages=(replace(phase.stages[0], current_step=1),)), rules)
    assert [(step.name, step.entity_names) for step in stage.steps] == [
        ("unlock-hosts", ("compute-0", "compute-1")),
        ("enable-host-services", ("compute-0",)),
    ]


def test_an_unlock_that_undoes_is_not_tried_again(play, make_step, rules):
    """The undo of a stage whose unlock has retries has none."""
    steps = [make_step("lock-hosts", "compute-0"), make_step("unlock-hosts", "compute-0", retries=5)]
    phase = play(steps).strategy.apply
    (stage,) = undo_stages(replace(phase, stages=(replace(phase.stages[0], current_step=1),)), rules)
    assert [(step.name, step.retries) for step in stage.steps] == [("unlock-hosts", 0)]


def test_finished_stages_are_not_undone(play, make_step):
    """Only the current stage is undone: one that has completed contributes nothing."""
    stages = [
        [make_step("lock-hosts", name), make_step("unlock-hosts", name)] for name in ("controller-0", "controller-1")
    ]
    played = play(*stages).apply().locked("controller-0").unlocked("controller-0").abort()
    (stage,) = played.strategy.abort.stages
    assert [(step.name, step.entity_names) for step in stage.steps] == [("unlock-hosts", ("controller-1",))]


def test_what_is_satisfied_already_is_undone_at_once(play, make_step):
    """An interrupted unlock that ended while the abort waited is unlocked again in no time; indices are full."""
    played = play([make_step("lock-hosts", "controller-0"), make_step("unlock-hosts", "controller-0")])
    played.apply().locked("controller-0").abort().wait(60).unlocked("controller-0")
    abort = played.strategy.abort
    assert (played.state, abort.current_stage, abort.stages[0].current_step) == ("aborted", 1, 1)
    assert abort.stages[0].steps[0].started == abort.stages[0].steps[0].ended == played.now
    assert abort.timeout == 1802


def test_artefact_of_an_undo_that_never_waited(play, make_step):
    """With quirk B11 such an undo leaves the indices one short, and the abort phase a success."""
    steps = [make_step("lock-hosts", "controller-0"), make_step("unlock-hosts", "controller-0")]
    played = play(steps, synchronous_undo_keeps_indices=True)
    played.apply().locked("controller-0").abort().unlocked("controller-0")
    abort = played.strategy.abort
    assert (played.state, str(abort.result), abort.inprogress, abort.ended) == ("aborted", "success", False, played.now)
    assert (abort.current_stage, abort.stages[0].current_step) == (0, 0)


def test_no_artefact_where_the_undo_waited(play, make_step):
    """With quirk B11 an undo that waited has full indices."""
    played = play([make_step("lock-hosts", "controller-0")], synchronous_undo_keeps_indices=True)
    played.apply().abort().locked("controller-0").unlocked("controller-0")
    abort = played.strategy.abort
    assert (played.state, abort.current_stage, abort.stages[0].current_step) == ("aborted", 1, 1)


def test_an_undo_step_that_fails_ends_in_abort_failed(play, make_step):
    """The reason of the abort phase is that of its step."""
    played = play([make_step("lock-hosts", "controller-0")]).apply().abort().locked("controller-0")
    played.tell(m.HostActionFailed(StepName.UNLOCK_HOSTS, "controller-0"))
    assert played.state == "abort-failed"
    assert (str(played.phase.result), played.phase.reason) == ("failed", "host unlock failed")
    assert (played.phase.current_stage, played.phase.stages[0].current_step) == (0, 0)


def test_an_undo_step_that_times_out_ends_in_abort_timeout(play, make_step):
    """A timed-out undo has no reason."""
    played = play([make_step("lock-hosts", "controller-0")]).apply().abort().locked("controller-0").expire()
    assert (played.state, str(played.phase.result), played.phase.reason) == ("abort-timeout", "timed-out", "")
