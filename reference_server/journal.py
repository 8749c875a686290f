"""The journal: what the engine has told the operator, as events and as alarms that stand (ENGINE.md 7.5).

Frozen values and one function. Events are numbered from 1 and the number never goes back; the newest 1,000 are kept.
One alarm stands for each kind of strategy.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from reference_server.engine.notices import AlarmAct, AlarmName, EventName, Notice, Severity
from reference_server.engine.words import Kind

MOST_EVENTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was told, at a moment in seconds; the reason may be empty."""

    number: int
    at: float
    kind: Kind
    event: EventName
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that stands: what it says, its id where that is known, how grave it is where that is said."""

    kind: Kind
    alarm: AlarmName
    severity: Severity | None
    alarm_id: str | None
    entity: str
    at: float


@dataclass(frozen=True, slots=True)
class Clearing:
    """The alarm of that kind is gone from that moment on."""

    kind: Kind
    at: float


@dataclass(frozen=True, slots=True)
class Journal:
    """The newest events, oldest first; the alarms; those that an audit will clear; the number of the last event."""

    events: tuple[Event, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    clearings: tuple[Clearing, ...] = ()
    last_number: int = 0

    def at(self, moment: float) -> "Journal":
        """The journal at that moment: alarms that an audit has cleared by then are gone."""
        if all(clearing.at > moment for clearing in self.clearings):
            return self
        gone = {clearing.kind for clearing in self.clearings if clearing.at <= moment}
        return replace(
            self,
            alarms=tuple(alarm for alarm in self.alarms if alarm.kind not in gone),
            clearings=tuple(clearing for clearing in self.clearings if clearing.kind not in gone),
        )

    def emptied(self) -> "Journal":
        """Nothing has been told and nothing stands; the numbers go on."""
        return Journal(last_number=self.last_number)


def noted(journal: Journal, notices: Iterable[Notice], moment: float, next_audit: float) -> Journal:
    """The journal with what was told at that moment; `next_audit` is when an alarm goes that an audit clears."""
    journal = journal.at(moment)
    for notice in notices:
        journal = _alarmed(_told(journal, notice, moment), notice, moment, next_audit)
    return journal


def _told(journal: Journal, notice: Notice, moment: float) -> Journal:
    if notice.event is None:
        return journal
    event = Event(journal.last_number + 1, moment, notice.kind, notice.event, notice.reason)
    return replace(journal, events=(*journal.events, event)[-MOST_EVENTS:], last_number=event.number)


def _alarmed(journal: Journal, notice: Notice, moment: float, next_audit: float) -> Journal:
    if notice.alarm is None:
        return journal
    act, name, severity = notice.alarm.act, notice.alarm.alarm, notice.alarm.severity
    clearings = tuple(each for each in journal.clearings if each.kind is not notice.kind)
    if act is AlarmAct.CLEARED_BY_AUDIT:
        return replace(journal, clearings=(*clearings, Clearing(notice.kind, next_audit)))
    alarms = tuple(each for each in journal.alarms if each.kind is not notice.kind)
    if act is AlarmAct.RAISED and name is not None:
        alarms = (*alarms, Alarm(notice.kind, name, severity, notice.alarm_id, notice.entity, moment))
    return replace(journal, alarms=alarms, clearings=clearings)
