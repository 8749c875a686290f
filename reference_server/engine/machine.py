"""The engine in motion: `handle` takes one message and says what is true after it (ENGINE.md 2).

Pure: the moment and the fleet at that moment are arguments, wishes to the infrastructure come out as effects. A request
that the state does not allow comes back as `Refused` and has changed nothing.
"""

from reference_server.engine.course import Course
from reference_server.engine.fleet import Fleet
from reference_server.engine.generic import contradiction
from reference_server.engine.lifecycle import Act, Request, Trigger, rule
from reference_server.engine.messages import (
    Abort,
    Apply,
    Create,
    Delete,
    Event,
    Expired,
    GrowIgnoreList,
    HostActionFailed,
    HostChanged,
    InstanceChanged,
    Message,
    MigrateFailed,
    Refused,
    ServicesChanged,
    Tick,
    Turn,
)
from reference_server.engine.model import Strategy
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.steps import AT_TIMEOUT, behaviour_of
from reference_server.engine.timing import deadline, running_stage, waiting_step
from reference_server.engine.words import PhaseName, Result, State

__all__ = ["deadline", "handle"]

HEARING = frozenset({State.BUILDING, State.APPLYING, State.APPLY_TIMEOUT, State.ABORTING})
"""States in which news of the fleet reach the waiting step; answers to its own questions always do (ENGINE.md 2.6)."""

_NEWS = (HostChanged, ServicesChanged, InstanceChanged, HostActionFailed, MigrateFailed, Tick)


def handle(  # noqa: PLR0913 - everything that a turn depends on
    strategy: Strategy | None,
    message: Message,
    now: float,
    fleet: Fleet,
    rules: Rulebook,
    *,
    course: type[Course] = Course,
) -> Turn | Refused:
    """What one message does to the strategy there is, or to none, at the moment `now` (seconds).

    `course` is the class of what a turn is made in.
    """
    match message:
        case Create():  # one strategy in the whole engine (ENGINE.md 8.4)
            if strategy is not None:
                return Refused(f"there is a {strategy.kind} strategy already")
            return _create(course(Strategy(message.uuid, message.request), now, fleet, rules))
        case Apply(stage_id=stage_id):
            request = Request.APPLY_ALL if stage_id is None else Request.APPLY_STAGE
        case Abort(stage_id=stage_id):
            request = Request.ABORT if stage_id is None else Request.ABORT_STAGE
        case Delete(force=force):
            request, stage_id = (Request.FORCE_DELETE if force else Request.DELETE), None
        case _:
            return Turn(None) if strategy is None else _happen(course(strategy, now, fleet, rules), message)
    ruling = rule(strategy, request, stage_id)
    if ruling.act is None or strategy is None:
        return Refused(ruling.reason)
    if ruling.act is Act.GIVE_UP and rules.quirks.second_abort_refused:
        return Refused("abort already inprogress")
    return _act(course(strategy, now, fleet, rules), ruling.act, stage_id)


# Requests -----------------------------------------------------------------------------------------------------------


def _create(course: Course) -> Turn:
    """A new strategy, whose build phase starts at once, unless what was asked for contradicts itself."""
    if course.rules.quirks.ignore_list_grows:
        course.ask([GrowIgnoreList(course.rules.ignored_alarms.get(course.strategy.kind, ()))])
    reason = contradiction(course.strategy.request, course.rules)
    if reason is not None:
        course.refuse_build(reason)
        return course.turn()
    course.plan_build()
    course.trigger(Trigger.CREATED)
    course.start_phase(PhaseName.BUILD, len(course.strategy.build.stages))
    return course.turn()


def _act(course: Course, act: Act, stage_id: int | None) -> Turn:
    quirks = course.rules.quirks
    match act:
        case Act.DELETE:
            return Turn(None)
        case Act.APPLY:
            stop_at_stage = len(course.strategy.apply.stages) if stage_id is None else stage_id + 1
            course.trigger(Trigger.APPLY_STARTED)
            course.start_phase(PhaseName.APPLY, stop_at_stage)
        case Act.BEGIN_ABORT:
            course.plan_undo()
            course.trigger(Trigger.ABORT_REQUESTED)
            if quirks.aborted_while_abort_pending:
                course.show_abort()
        case Act.ABORT_PAUSE if quirks.abort_while_paused_leaves_phase_running:
            course.show_abort()
            course.trigger(Trigger.ABORTED_AT_ONCE)
        case Act.ABORT_PAUSE:
            course.show_abort()
            course.trigger(Trigger.ABORT_REQUESTED)
            course.close_pause()
        case Act.GIVE_UP if quirks.second_abort_gives_up_undo:
            course.show_abort()
            course.trigger(Trigger.ABORTED_AT_ONCE)
        case Act.GIVE_UP | Act.NOTHING:
            pass
    return course.turn()


# What happens by itself -----------------------------------------------------------------------------------------------


def _happen(course: Course, message: Event | Expired) -> Turn:
    if isinstance(message, Expired):
        _expire(course)
    elif isinstance(message, _NEWS):
        if course.strategy.state in HEARING:
            _react(course, message)
    elif waiting_step(course.phase) is not None and message.asker == course.scene.asker:
        _react(course, message)
    return course.turn()


def _react(course: Course, event: Event) -> None:
    step = waiting_step(course.phase)
    if step is None:
        return
    progress = behaviour_of(step).react(step, event, course.scene)
    if progress.step is not step or progress.effects or progress.queried is not None:
        course.take(progress)


def _expire(course: Course) -> None:
    """Fire the first timer that is past: of the step, else of the stage, else of the phase. They are strict."""
    step, stage, phase = waiting_step(course.phase), running_stage(course.phase), course.phase
    if step is None or stage is None:
        return
    if _is_past(step.due, course.now):
        course.end_step(AT_TIMEOUT.get(step.name, Result.TIMED_OUT))
    elif _is_past(stage.due, course.now):
        course.end_stage_by_timer()
    elif _is_past(phase.due, course.now):
        course.end_phase_by_timer()


def _is_past(due: float | None, now: float) -> bool:
    return due is not None and due < now
