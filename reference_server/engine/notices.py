"""Alarms and events that the engine itself raises, told from one message and its answer (ENGINE.md 7.5).

The rows of the table are moments; one message can bring several, and they come in the order of cause and effect: what
was asked, whether it was accepted, what ended by itself. Nothing here is on the API; it is for whoever watches.

Known ids are those of "auto apply in progress" alone. Ids of the other alarms and of the events are UNCERTAIN
(appendix C3), so alarms and events go by what they say. One alarm stands per entity: one that is raised takes the place
of the one before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reference_server.engine.lifecycle import Situation, situation_of
from reference_server.engine.messages import Abort, Apply, Delete, Message, Refused, Turn
from reference_server.engine.model import Phase, Strategy
from reference_server.engine.words import Kind, PhaseName, Result, State


class EventName(StrEnum):
    """What an event says, in the words of the table."""

    APPLY_STARTED = "apply started"
    IN_PROGRESS = "in-progress"
    REJECTED = "rejected"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORT = "abort"
    ABORTING = "aborting"
    ABORT_REJECTED = "abort-rejected"
    ABORTED = "aborted"
    ABORT_FAILED = "abort-failed"


class AlarmName(StrEnum):
    """What an alarm says."""

    IN_PROGRESS = "in-progress"
    ABORTING = "aborting"
    FAILED = "failed"


class AlarmAct(StrEnum):
    """What happens to the alarm of an entity."""

    RAISED = "raised"
    CLEARED = "cleared"
    CLEARED_BY_AUDIT = "cleared by the next audit"


class Severity(StrEnum):
    """How grave an alarm is, where the table says so."""

    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm that is raised in place of the one before, or that whichever stands is cleared, now or by an audit."""

    act: AlarmAct
    alarm: AlarmName | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One moment: the event it is told by, what it does to the alarm, and a reason, which may be empty."""

    kind: Kind
    event: EventName | None = None
    alarm: AlarmChange | None = None
    reason: str = ""

    @property
    def entity(self) -> str:
        """What the notice is about, such as `orchestration=sw-patch`."""
        return f"orchestration={self.kind}"

    @property
    def alarm_id(self) -> str | None:
        """The id of the alarm that is raised, where it is known."""
        raised = self.alarm is not None and self.alarm.alarm is AlarmName.IN_PROGRESS
        return IN_PROGRESS_IDS.get(self.kind) if raised else None


IN_PROGRESS_IDS: Mapping[Kind, str] = {Kind.SW_PATCH: "900.101", Kind.SW_UPGRADE: "900.201"}
"""The alarm "auto apply in progress" of each kind."""


class Moment(StrEnum):
    """The rows of the table."""

    APPLY_RECEIVED = "apply request received"
    APPLY_ACCEPTED = "apply accepted"
    APPLY_REFUSED = "apply refused"
    APPLY_SUCCEEDED = "apply phase success"
    APPLY_FAILED = "apply phase failed or timed out"
    ABORT_RECEIVED = "abort request received"
    ABORT_ACCEPTED = "abort accepted"
    ABORT_REFUSED = "abort refused"
    ABORT_SUCCEEDED = "abort phase success"
    ABORT_SUCCEEDED_AFTER_FAILURE = "abort phase success, the apply failed"
    ABORT_FAILED = "abort phase failed or timed out"
    ABORTED_WHILE_PAUSED = "abort while paused"
    DELETED = "delete"


_RAISED, _CLEARED = AlarmAct.RAISED, AlarmChange(AlarmAct.CLEARED)
_IN_PROGRESS = AlarmChange(_RAISED, AlarmName.IN_PROGRESS)
_ABORTING = AlarmChange(_RAISED, AlarmName.ABORTING)
_FAILED = AlarmChange(_RAISED, AlarmName.FAILED, Severity.CRITICAL)
_CLEARED_LATER = AlarmChange(AlarmAct.CLEARED_BY_AUDIT)

TABLE: Mapping[Moment, tuple[EventName | None, AlarmChange | None]] = {
    # moment                              event                      alarm
    Moment.APPLY_RECEIVED:                (EventName.APPLY_STARTED,  None),
    Moment.APPLY_ACCEPTED:                (EventName.IN_PROGRESS,    _IN_PROGRESS),
    Moment.APPLY_REFUSED:                 (EventName.REJECTED,       None),
    Moment.APPLY_SUCCEEDED:               (EventName.COMPLETED,      _CLEARED),
    Moment.APPLY_FAILED:                  (EventName.FAILED,         _FAILED),
    Moment.ABORT_RECEIVED:                (EventName.ABORT,          None),
    Moment.ABORT_ACCEPTED:                (EventName.ABORTING,       _ABORTING),
    Moment.ABORT_REFUSED:                 (EventName.ABORT_REJECTED, None),
    Moment.ABORT_SUCCEEDED:               (EventName.ABORTED,        _CLEARED_LATER),
    Moment.ABORT_SUCCEEDED_AFTER_FAILURE: (EventName.ABORTED,        None),
    Moment.ABORT_FAILED:                  (EventName.ABORT_FAILED,   None),
    Moment.ABORTED_WHILE_PAUSED:          (EventName.ABORT_FAILED,   None),
    Moment.DELETED:                       (None,                     _CLEARED),
}  # fmt: skip

_REQUESTS: Mapping[type[Apply | Abort], tuple[Moment, Moment, Moment]] = {
    # request  received               accepted               refused
    Apply:     (Moment.APPLY_RECEIVED, Moment.APPLY_ACCEPTED, Moment.APPLY_REFUSED),
    Abort:     (Moment.ABORT_RECEIVED, Moment.ABORT_ACCEPTED, Moment.ABORT_REFUSED),
}  # fmt: skip

_BAD = frozenset({Result.FAILED, Result.TIMED_OUT})


def notices(before: Strategy | None, message: Message, answer: Turn | Refused) -> tuple[Notice, ...]:
    """What is told when this message, handed to the engine with this strategy before it, got this answer.

    Without a strategy before there is nothing to tell: neither a create nor a request for what is not there counts.
    """
    if before is None:
        return ()
    return tuple(
        Notice(before.kind, *TABLE[moment], reason=reason) for moment, reason in _moments(before, message, answer)
    )


def _moments(before: Strategy, message: Message, answer: Turn | Refused) -> Iterator[tuple[Moment, str]]:
    if isinstance(message, Apply | Abort):
        received, accepted, refused = _REQUESTS[type(message)]
        yield received, ""
        yield (refused, answer.reason) if isinstance(answer, Refused) else (accepted, "")
    if isinstance(answer, Refused):
        return
    if answer.strategy is None:
        if isinstance(message, Delete):
            yield Moment.DELETED, ""
        return
    yield from _ends(before, answer.strategy)


def _ends(before: Strategy, after: Strategy) -> Iterator[tuple[Moment, str]]:
    """What has ended in this turn, the apply phase first."""
    if situation_of(before) is Situation.PAUSED and _is_aborted_in_apply(after):
        yield Moment.ABORTED_WHILE_PAUSED, ""
    apply, abort = after.apply, after.abort
    apply_failed = apply.result in _BAD or after.state is State.APPLY_TIMEOUT  # the latter also in the corner of 2.6
    if _has_ended(before.apply, apply):
        if apply_failed:
            yield Moment.APPLY_FAILED, apply.reason
        elif apply.result is not Result.ABORTED:
            yield Moment.APPLY_SUCCEEDED, ""
    if _has_ended(before.abort, abort):
        if abort.result in _BAD:
            yield Moment.ABORT_FAILED, abort.reason
        else:
            yield Moment.ABORT_SUCCEEDED_AFTER_FAILURE if apply_failed else Moment.ABORT_SUCCEEDED, ""


def _has_ended(before: Phase, after: Phase) -> bool:
    return before.ended is None and after.ended is not None


def _is_aborted_in_apply(strategy: Strategy) -> bool:
    return strategy.state is State.ABORTED and strategy.current_phase is PhaseName.APPLY
