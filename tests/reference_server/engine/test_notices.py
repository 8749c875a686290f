"""ENGINE.md 7.5, row by row: which events and alarms a turn brings, and in which order."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.machine import handle
from reference_server.engine.model import StrategyRequest
from reference_server.engine.notices import TABLE, Moment, notices
from reference_server.engine.words import Kind, StepName

LOCK_FAILED = m.HostActionFailed(StepName.LOCK_HOSTS, "controller-0")
UNLOCK_FAILED = m.HostActionFailed(StepName.UNLOCK_HOSTS, "controller-0")
# Event, what happens to the alarm, which alarm, severity, reason.
STARTED = ("apply started", None, None, None, "")
IN_PROGRESS = ("in-progress", "raised", "in-progress", None, "")
COMPLETED = ("completed", "cleared", None, None, "")
ABORT = ("abort", None, None, None, "")
ABORTING = ("aborting", "raised", "aborting", None, "")
ABORTED = ("aborted", "cleared by the next audit", None, None, "")
ABORTED_AFTER_FAILURE = ("aborted", None, None, None, "")
DELETED = (None, "cleared", None, None, "")


def rejected(reason):
    """An apply that was refused."""
    return ("rejected", None, None, None, reason)


def abort_rejected(reason):
    """An abort that was refused."""
    return ("abort-rejected", None, None, None, reason)


def failed(reason=""):
    """An apply that failed."""
    return ("failed", "raised", "failed", "critical", reason)


def abort_failed(reason=""):
    """An abort that failed."""
    return ("abort-failed", None, None, None, reason)


def told(played, message):
    """What is told when this play gets this message."""
    answer = handle(played.strategy, message, played.now, played.fleet, played.rules)
    found = notices(played.strategy, message, answer)
    return [
        (
            each.event,
            *((each.alarm.act, each.alarm.alarm, each.alarm.severity) if each.alarm else (None,) * 3),
            each.reason,
        )
        for each in found
    ]


@pytest.fixture
def ready(play, make_step):
    """Two stages of a lock and a rest."""
    return lambda **quirks: play(
        [make_step("lock-hosts", "controller-0"), make_step("system-stabilize", timeout=15)],
        [make_step("system-stabilize", timeout=15)],
        **quirks,
    )


def running(ready):
    """The lock runs."""
    return ready.apply()


def resting(ready):
    """The last stage runs."""
    return late(running(ready).locked("controller-0").expire())


def late(played):
    """The timer of the waiting step is past."""
    return played.wait(played.step.due + 0.5 - played.now)


def locked(played):
    """The host is locked; nobody is told."""
    return played.change("controller-0", locked=True, enabled=False)


def paused(ready):
    """Between the two stages."""
    return ready.apply(0).locked("controller-0").expire()


def phase_timer(played):
    """The timer of the phase is past."""
    played.strategy = played.strategy.with_phase(replace(played.phase, due=played.now - 1))
    return played


def undoing(ready):
    """An unlock undoes the lock."""
    return running(ready).abort().locked("controller-0")


def undoing_a_failure(ready):
    """An unlock undoes the lock that timed out."""
    return locked(running(ready)).expire()


LOCKED = m.HostChanged("controller-0")
TIMER = m.Expired()
CASES = {
    # apply request received / accepted / refused
    "apply": (lambda it: it, m.Apply(), [STARTED, IN_PROGRESS]),
    "apply a stage": (lambda it: it, m.Apply(0), [STARTED, IN_PROGRESS]),
    "apply after a pause": (paused, m.Apply(), [STARTED, IN_PROGRESS]),
    "apply twice": (running, m.Apply(), [STARTED, rejected("apply already inprogress")]),
    "apply a stage that is not there": (
        lambda it: it,
        m.Apply(2),
        [STARTED, rejected("invalid stage id 2 for the apply, total-stages are 2")],
    ),
    # apply phase success, failed, timed out
    "applied": (resting, TIMER, [COMPLETED]),
    "failed, to be undone": (lambda it: locked(running(it)), LOCK_FAILED, [failed("host lock failed")]),
    "failed, nothing to be undone": (running, LOCK_FAILED, [failed("host lock failed"), ABORTED_AFTER_FAILURE]),
    "timed out, to be undone": (lambda it: late(locked(running(it))), TIMER, [failed()]),
    "timed out, nothing to be undone": (lambda it: late(running(it)), TIMER, [failed(), ABORTED_AFTER_FAILURE]),
    "phase timer": (lambda it: phase_timer(locked(running(it))), TIMER, [failed("timeout")]),
    "phase timer, abort pending": (lambda it: phase_timer(locked(running(it).abort())), TIMER, [failed()]),
    "the corner of 2.6 in one turn": (
        lambda it: phase_timer(running(it).abort()),
        TIMER,
        [failed(), ABORTED_AFTER_FAILURE],
    ),
    # abort request received / accepted / refused
    "abort": (running, m.Abort(), [ABORT, ABORTING]),
    "abort the running stage": (running, m.Abort(0), [ABORT, ABORTING]),
    "abort another stage": (
        running,
        m.Abort(1),
        [ABORT, abort_rejected("apply not inprogress for stage id 1")],
    ),
    "abort of nothing": (lambda it: it, m.Abort(), [ABORT, abort_rejected("apply not inprogress")]),
    "abort while paused": (paused, m.Abort(), [ABORT, ABORTING, abort_failed()]),
    "second abort": (lambda it: running(it).abort(), m.Abort(), [ABORT, ABORTING]),
    "abort of what was aborted in a pause": (lambda it: paused(it).abort(), m.Abort(), [ABORT, ABORTING]),
    # abort phase
    "the step has ended, undo begins": (lambda it: locked(running(it).abort()), LOCKED, []),
    "the step has ended, nothing to undo": (lambda it: running(it).abort(), LOCK_FAILED, [ABORTED]),
    "given up": (lambda it: late(running(it).abort().abort()), TIMER, []),
    "undone": (lambda it: undoing(it).change("controller-0", locked=False, enabled=True), LOCKED, [ABORTED]),
    "undo failed": (undoing, UNLOCK_FAILED, [abort_failed("host unlock failed")]),
    "undo timed out": (lambda it: late(undoing(it)), TIMER, [abort_failed()]),
    "undone after a failure": (
        lambda it: undoing_a_failure(it).change("controller-0", locked=False, enabled=True),
        LOCKED,
        [ABORTED_AFTER_FAILURE],
    ),
    "undo after a failure failed": (undoing_a_failure, UNLOCK_FAILED, [abort_failed("host unlock failed")]),
    # delete
    "deleted": (lambda it: it, m.Delete(), [DELETED]),
    "deleted with force": (running, m.Delete(force=True), [DELETED]),
    "delete refused": (running, m.Delete(), []),
    # nothing
    "a step has ended": (lambda it: locked(running(it)), LOCKED, []),
    "a stage has ended": (lambda it: late(running(it).locked("controller-0")), TIMER, []),
    "a run has ended": (lambda it: late(it.apply(0).locked("controller-0")), TIMER, []),
    "an audit": (running, m.Tick(), []),
    "a second create": (lambda it: it, m.Create("another", StrategyRequest(Kind.SW_PATCH)), []),
}


@pytest.mark.parametrize(("bring", "message", "expected"), CASES.values(), ids=CASES)
def test_what_a_turn_tells(ready, bring, message, expected):
    """This message in this situation brings exactly these events and alarms, in this order."""
    assert told(bring(ready()), message) == expected


def test_a_failed_apply_that_rests_is_told_as_well(ready):
    """Without quirk B3 a failed apply is told, and no abort follows."""
    assert told(running(ready(failed_apply_ends_aborted=False)), LOCK_FAILED) == [failed("host lock failed")]


def test_an_abort_of_a_pause_without_the_quirk(ready):
    """Without quirk B4 the abort phase of a pause runs, and its success is told instead."""
    played = paused(ready(abort_while_paused_leaves_phase_running=False))
    assert told(played, m.Abort()) == [ABORT, ABORTING, ABORTED]


@pytest.mark.parametrize("message", [m.Apply(), m.Abort(), m.Delete(force=True), m.Tick()], ids=str)
def test_where_nothing_is_nothing_is_told(play, message):
    """A request without a strategy brings nothing."""
    assert told(play(), message) == []


@pytest.mark.parametrize("kind", ["sw-patch", "sw-upgrade"])
def test_a_build_tells_nothing(play, kind):
    """Neither a create nor the end of a build brings an event or an alarm."""
    request = StrategyRequest(Kind(kind))
    assert told(play(), m.Create("another", request)) == []
    assert told(late(play().create(kind)), TIMER) == []
    played = play().create(kind)
    assert told(played, m.QueryFailed(played.asker)) == []


@pytest.mark.parametrize(("kind", "alarm_id"), [("sw-patch", "900.101"), ("sw-upgrade", "900.201")])
def test_whom_a_notice_is_about(ready, kind, alarm_id):
    """A notice names its kind and entity, and the id of its alarm where that is known."""
    played = ready()
    played.strategy = replace(played.strategy, request=StrategyRequest(Kind(kind)))
    started, in_progress = notices(played.strategy, m.Apply(), m.Turn(played.strategy))
    (failure,) = notices(
        running(played).strategy,
        LOCK_FAILED,
        handle(played.strategy, LOCK_FAILED, played.now, locked(played).fleet, played.rules),
    )
    assert {(each.kind, each.entity) for each in (started, in_progress, failure)} == {(kind, f"orchestration={kind}")}
    assert (started.alarm_id, in_progress.alarm_id, failure.alarm_id) == (None, alarm_id, None)


def test_every_moment_is_a_row():
    """Some moment has no row in the table."""
    assert set(TABLE) == set(Moment)
