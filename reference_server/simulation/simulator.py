"""The simulated infrastructure: what the engine asks for becomes changes of the fleet and events, each at its moment.

Deterministic: the same effects at the same moments give the same events. A change of several hosts or instances comes
as one event after the other, all at one moment, so that the step which waits for the last of them has not ended before
it, and the step after it sees none of them (ENGINE.md 4.5). Nothing here knows strategies, states or timers.
"""

import heapq
from dataclasses import replace
from typing import Literal, Self

from reference_server.engine import messages as ask
from reference_server.engine.fleet import Fleet
from reference_server.engine.messages import Address, Effect, Event
from reference_server.engine.words import StepName
from reference_server.simulation.actions import Outcome, end, is_query
from reference_server.simulation.changes import happen
from reference_server.simulation.faults import Change, End, Ending, Fault, When
from reference_server.simulation.infrastructure import Infrastructure, Pending
from reference_server.simulation.pace import DURATIONS, GENERIC_DURATIONS, KINDS, ON_HOSTS, POLLING, REFUSAL
from reference_server.simulation.placement import Placement
from reference_server.worlds.file import World


class Simulator:
    """One fleet, what is still to happen in it, and the faults in force."""

    def __init__(self, world: World, now: float = 0.0) -> None:
        """The world as it was loaded at that moment (seconds)."""
        self._durations = {**DURATIONS, **{StepName(name): seconds for name, seconds in world.durations.items()}}
        self._take(Infrastructure(world.fleet))
        self.inject(world.faults, now)

    @classmethod
    def resumed(cls, infrastructure: Infrastructure, world: World) -> Self:
        """A simulator that goes on from there, in the world that was loaded then."""
        simulator = cls(replace(world, faults=()))
        simulator._take(infrastructure)
        return simulator

    def _take(self, infrastructure: Infrastructure) -> None:
        self.fleet: Fleet = infrastructure.fleet
        self._pending = list(infrastructure.pending)  # in order, so it is a heap
        self._endings = infrastructure.endings
        self._changes = infrastructure.changes
        self._counted = infrastructure.counted
        self._begun, self._begun_step = infrastructure.begun, infrastructure.begun_step
        self._placement = Placement(infrastructure.fleet)
        self._standing: Infrastructure | None = infrastructure

    def standing(self) -> Infrastructure:
        """Everything at this moment, to go on from; the same object while nothing changes."""
        if self._standing is None:
            self._standing = Infrastructure(
                self.fleet,
                tuple(sorted(self._pending)),
                self._endings,
                self._changes,
                self._counted,
                self._begun,
                self._begun_step,
            )
        return self._standing

    # Faults ---------------------------------------------------------------------------------------------------------

    def inject(self, faults: tuple[Fault, ...], now: float) -> None:
        """Add faults: their endings go before those in force, their moments are counted from now (seconds)."""
        self._standing = None
        self._endings = (*(fault for fault in faults if isinstance(fault, Ending)), *self._endings)
        for change in (fault for fault in faults if isinstance(fault, Change)):
            if change.when.step is None:
                self._push(Pending(now + change.when.seconds, 0, change=change))
            else:
                self._changes = (*self._changes, change)

    def faults_at(self, now: float) -> tuple[Fault, ...]:
        """The faults in force; a change whose moment is known counts from now (seconds)."""
        coming = (each for each in sorted(self._pending) if each.change is not None)
        timed = (
            replace(each.change, when=When(max(each.moment - now, 0.0))) for each in coming if each.change is not None
        )
        return (*self._endings, *self._changes, *timed)

    def clear_faults(self) -> None:
        """No fault is in force any more; an action that was refused or is late by then stays so."""
        self._standing = None
        self._endings = self._changes = ()
        self._pending = sorted(each for each in self._pending if each.change is None)

    def begin(self, step: StepName, address: Address, now: float) -> None:
        """Take note that another step has begun to wait: changes by themselves count from here."""
        self._standing = None
        self._begun, self._begun_step = address, step
        due = [change for change in self._changes if _fits(change.when, step, address)]
        self._changes = tuple(change for change in self._changes if change not in due)
        for change in due:
            self._push(Pending(now + change.when.seconds, 0, change=change))

    def lose_answers(self) -> None:
        """The one who asked has been started anew: it never hears what comes of its questions and requests."""
        self._standing = None
        left = (each for each in self._pending if not is_query(each))
        self._pending = sorted(replace(each, heard=False) for each in left)

    # Actions --------------------------------------------------------------------------------------------------------

    def accept(self, effect: Effect, now: float) -> None:
        """Take note of what the engine asks for; what comes of it happens later, never during this call."""
        self._standing = None
        if isinstance(effect, ask.GrowIgnoreList):
            self.fleet = replace(self.fleet, ignore_alarms=(*self.fleet.ignore_alarms, *effect.alarm_ids))
            return
        action, generic = _action(effect)
        asked_by = self._asked_by(effect)
        subjects, leaving = self._subjects(effect)
        if isinstance(effect, ask.InstallPatches):
            self._forget_failures(subjects)
        for subject in subjects:
            self._push(
                self._planned(Pending(now, 0, action, effect.asker, asked_by, subject, leaving, generic=generic))
            )

    def _asked_by(self, effect: ask.Asking) -> StepName | None:
        """The step that asks, where faults may name it although its action is called like another step."""
        if isinstance(effect, ask.MigrateFromHosts):
            return StepName.MIGRATE_FROM_HOST
        return self._begun_step if effect.asker == self._begun and self._begun_step in POLLING else None

    def _forget_failures(self, names: tuple[str, ...]) -> None:
        """A patch that failed on a host before is being tried again: whoever asks now is not told of the first time."""
        for name in names:
            host = self.fleet.patch_host_by_name.get(name)
            if host is not None and host.patch_failed:
                self.fleet = self.fleet.with_patch_host(replace(host, patch_failed=False))

    def _planned(self, pending: Pending) -> Pending:
        """The action with the moment of its end, and with its ending where that decides about the moment."""
        seconds = self._seconds(pending)
        ending = self._ending(pending)
        match ending:
            case Ending(ends=End.LATE):
                self._use(ending)
                return replace(pending, moment=pending.moment + seconds + (ending.seconds or 0.0), delayed=True)
            case Ending(ends=End.REFUSED):
                seconds = min(REFUSAL, seconds) if ending.seconds is None else ending.seconds
            case Ending(seconds=float() as told):
                seconds = told
            case _:
                return replace(pending, moment=pending.moment + seconds)
        self._use(ending)
        return replace(pending, moment=pending.moment + seconds, ending=ending)

    def _seconds(self, pending: Pending) -> float:
        """How long an action takes; a generic one less than its step, so that it can still be told what went wrong."""
        if pending.generic:
            return GENERIC_DURATIONS[pending.generic]
        return self._durations[pending.action or StepName.QUERY_ALARMS]

    def _subjects(self, effect: Effect) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Whom an effect is on, one after the other, and the hosts that it empties; the system as a whole has no name.

        Instances that came to a source host after the strategy was built go along with those that were listed, as an
        operator would see to it: the engine waits until the host is empty. Locked ones stay (ENGINE.md 4.2).
        """
        match effect:
            case ask.MigrateInstances(instance_uuids=uuids):
                listed = [self.fleet.instance_by_uuid[uuid] for uuid in uuids if uuid in self.fleet.instance_by_uuid]
                leaving = tuple(dict.fromkeys(instance.host_name for instance in listed))
                there = (instance for name in leaving for instance in self.fleet.instances_by_host[name])
                others = (instance.uuid for instance in there if not instance.locked)
                return tuple(dict.fromkeys((*uuids, *others))), leaving
            case ask.MigrateFromHosts(host_names=names):
                there = (each for name in names for each in self.fleet.instances_by_host.get(name, ()))
                return tuple(each.uuid for each in there if not each.locked), names
            case ask.OnInstances(instance_uuids=uuids):
                return uuids, ()
            case ask.OnHosts(host_names=names):
                return names, ()
            case _:
                return ("",), ()

    # What happens ---------------------------------------------------------------------------------------------------

    def next_moment(self) -> float | None:
        """When something happens next."""
        return self._pending[0].moment if self._pending else None

    def occur(self) -> tuple[Event, ...]:
        """Let the next thing happen: the fleet is changed, the events say so."""
        self._standing = None
        pending = heapq.heappop(self._pending)
        if pending.change is not None:
            outcome = happen(pending.change, self.fleet)
            self.fleet = outcome.fleet
            self._placement = Placement(self.fleet)
            return outcome.events
        ending = pending.ending
        if ending is None and (ending := self._ending(pending)) is not None:
            self._use(ending)
            if ending.ends is End.LATE:
                self._push(replace(pending, moment=pending.moment + (ending.seconds or 0.0), delayed=True))
                return ()
        return self._adopted(end(pending, ending, self.fleet, self._placement), pending)

    def _adopted(self, outcome: Outcome, pending: Pending) -> tuple[Event, ...]:
        upgraded = outcome.fleet.upgrade != self.fleet.upgrade
        self.fleet = outcome.fleet
        if upgraded:  # what is best for an instance is another thing on every host
            self._placement = Placement(self.fleet)
        for name in outcome.touched:
            self._placement.touch(name, self.fleet)
        return tuple(event for event in outcome.events if pending.heard or not isinstance(event, ask.Answer))

    def _push(self, pending: Pending) -> None:
        self._counted += 1
        heapq.heappush(self._pending, replace(pending, order=self._counted))

    def _ending(self, pending: Pending) -> Ending | None:
        """The first of the endings in force that this action has."""
        return next((each for each in self._endings if self._has(pending, each)), None)

    def _has(self, pending: Pending, ending: Ending) -> bool:
        if pending.delayed or ending.step not in (pending.action, pending.asked_by):
            return False
        if ending.phase is not None and (pending.asker is None or pending.asker.phase is not ending.phase):
            return False
        if ending.host is None and ending.instance is None:
            return True
        if pending.action in ON_HOSTS or pending.generic:
            return pending.subject == ending.host
        instance = self.fleet.instance_by_uuid.get(pending.subject)
        if instance is None:
            return False
        named = ending.instance in (None, instance.name, instance.uuid)
        return named and ending.host in (None, instance.host_name)

    def _use(self, ending: Ending) -> None:
        """One more action has ended so."""
        if ending.times is None:
            return
        at = self._endings.index(ending)
        left = () if ending.times == 1 else (replace(ending, times=ending.times - 1),)
        self._endings = (*self._endings[:at], *left, *self._endings[at + 1 :])


def _action(effect: ask.Asking) -> tuple[StepName, Literal["", "question", "work"]]:
    """What an effect asks for, and whether that is what a generic step does."""
    match effect:
        case ask.Inquire(step_name=name):
            return name, "question"
        case ask.Work(step_name=name) | ask.WorkOnHosts(step_name=name):
            return name, "work"
        case _:
            return KINDS[type(effect)], ""


def _fits(when: When, step: StepName, address: Address) -> bool:
    return step is when.step and when.phase in (None, address.phase) and when.stage in (None, address.stage)
