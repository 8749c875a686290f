"""The one mutable object of the server: the strategy there is, its world, the clock, and what is still to happen.

Everything runs under one lock and in the order of time: the driver always takes the earliest of the world's next
event, the next host audit and the engine's deadline, until nothing is due. It has no thread. Under a system clock what
is due is worked off at the beginning of each call; nobody can look in between, so nobody can tell the difference.

With a store each change is written before anybody can see it. One that cannot be written has not happened: the driver
is as it was before it, and the call ends in `Unavailable`; the next call tries again.
"""

import threading
from dataclasses import replace
from typing import Any

from reference_server import document, grid
from reference_server.clock import Clock
from reference_server.document import Page, Pages, form_of
from reference_server.engine import machine, messages
from reference_server.engine.fleet import Fleet
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.notices import notices
from reference_server.engine.restart import restart
from reference_server.engine.words import Kind
from reference_server.identity import Uuids
from reference_server.journal import Journal, noted
from reference_server.keeping import Keeping, Unavailable
from reference_server.rulebooks import Release
from reference_server.simulation.faults import Fault
from reference_server.simulation.simulator import Simulator
from reference_server.simulation.watch import waiting
from reference_server.storage.fitting import check_fit, check_release, world_digest
from reference_server.storage.snapshot import Snapshot
from reference_server.storage.store import Store
from reference_server.worlds.file import World, default_world, world_document

__all__ = ["Conflict", "Driver", "Missing", "Refused", "Unavailable"]


class Conflict(Exception):  # noqa: N818 - the word of the answer, 409 Conflict
    """There is a strategy already, of whichever kind (ENGINE.md 8.4)."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"there is a {kind} strategy already")
        self.kind = kind


class Missing(Exception):  # noqa: N818 - the word of the answer, 404
    """There is no strategy of that kind."""


class Refused(Exception):  # noqa: N818 - the word of the engine
    """The state does not allow the request; `reason` is the engine's, and may be empty."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Driver:
    """Drives the pure engine through a simulated world; every method may be called from any thread.

    The engine is `handle`, `deadline_of` and `begin_anew`: a class below this one may have another engine.
    """

    handle = staticmethod(machine.handle)
    deadline_of = staticmethod(machine.deadline)
    begin_anew = staticmethod(restart)

    def __init__(
        self, world: World | None, release: Release, clock: Clock, *, seed: int = 0, store: Store | None = None
    ) -> None:
        """Begin with that world (None: the default one), or go on from what the store holds (ENGINE.md 8.6).

        Then `world` is the one that the stored state began with, or None, and the seed is the stored one. Raises
        StoreError when the store cannot be written, or holds the state of another release or world.
        """
        self.release = release
        self.clock = clock
        self._keeping = Keeping(store, self._standing, self._take)
        self._lock = threading.RLock()
        self._form = form_of(release.wire)
        self._pages = Pages(self._form, clock.stamp)
        self._timed: tuple[Strategy | None, float | None] = None, None
        self._revision = 0
        stored = store.load() if store is not None else None
        if stored is None:
            self._begin(world if world is not None else default_world(), seed)
            self._given = world_digest(self._world) if store is not None else ""
        else:
            check_fit(stored, release.name, world)
            self._resume(stored)
        self._keeping.begin()

    def _begin(self, world: World, seed: int) -> None:
        self._world = world
        self._uuids = Uuids(seed)
        self._creates = 0
        self._journal = Journal()
        self._epoch = self._moment = self.clock.now()
        self._strategy: Strategy | None = None
        self._simulator = Simulator(world, self._moment)
        self._audits = 0

    def _resume(self, stored: Snapshot) -> None:
        self._given = stored.given
        self._take(stored)
        self.clock.resume(stored.clock)
        self._restart()

    @property
    def world(self) -> World:
        """The world as loaded; what became of it is `fleet`."""
        return self._world

    @property
    def seed(self) -> int:
        """The seed of the uuids: of a state that was gone on with, the one that it began with."""
        return self._uuids.seed

    @property
    def fleet(self) -> Fleet:
        """The fleet as it is now."""
        with self._lock:
            self._catch_up()
            return self._simulator.fleet

    @property
    def revision(self) -> int:
        """A number that grows whenever the strategy changes, is created or deleted; it never goes back."""
        with self._lock:
            self._catch_up()
            return self._revision

    @property
    def journal(self) -> Journal:
        """The newest events, and the alarms that stand now (ENGINE.md 7.5)."""
        with self._lock:
            self._catch_up()
            return self._journal.at(self._moment)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is in force of the faults of the world and of those that were injected."""
        with self._lock:
            self._catch_up()
            return self._simulator.faults_at(self._moment)

    def world_document(self) -> dict[str, Any]:
        """The world as it is now, faults in force included, as a world document."""
        with self._lock:
            self._catch_up()
            return world_document(self._simulator.fleet, self._world.durations, self._simulator.faults_at(self._moment))

    def inject(self, faults: tuple[Fault, ...]) -> None:
        """Add faults to those in force; moments are counted from now."""
        with self._lock:
            self._catch_up()
            with self._keeping.change():
                self._simulator.inject(faults, self._moment)
                self._keeping.is_due = True

    def clear_faults(self) -> None:
        """No fault is in force any more; what has happened stays as it is."""
        with self._lock:
            self._catch_up()
            with self._keeping.change():
                self._simulator.clear_faults()
                self._keeping.is_due = True

    # Requests -------------------------------------------------------------------------------------------------------

    def create(self, request: StrategyRequest) -> Strategy:
        """Create a strategy; Conflict if there is one of whichever kind."""
        with self._lock:
            self._catch_up()
            if self._strategy is not None:
                raise Conflict(self._strategy.kind)
            self._command(messages.Create(self._uuids[self._creates], request))
            return self._existing(request.kind)

    def find(self, kind: Kind) -> Strategy | None:
        """The strategy of that kind, or None."""
        with self._lock:
            self._catch_up()
            return self._strategy if self._strategy is not None and self._strategy.kind is kind else None

    def current(self) -> Strategy | None:
        """The strategy that there is, of whichever kind, or None."""
        with self._lock:
            self._catch_up()
            return self._strategy

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        """Apply all that remains, or the stage of that id; Missing, Refused."""
        return self._act(kind, messages.Apply(stage_id))

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        """Abort the apply, with an id only if that stage is running; Missing, Refused."""
        return self._act(kind, messages.Abort(stage_id))

    def delete(self, kind: Kind, *, force: bool = False) -> None:
        """Delete the strategy of that kind; Missing, Refused. With `force` in any state; the world is left as it is."""
        with self._lock:
            self._catch_up()
            self._existing(kind)
            self._command(messages.Delete(force=force))

    def document(self, strategy: Strategy) -> document.Document:
        """The document of this strategy as this release writes it, dates by this clock."""
        return document.render(strategy, form=self._form, stamp=self.clock.stamp)

    def page(self, strategy: Strategy) -> Page:
        """The answer `{"strategy": {...}}` of this strategy as bytes, with its ETag."""
        return self._pages.page(strategy)

    # Time -----------------------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Move the clock on and do everything that is due on the way, each thing at its own moment.

        A system clock jumps ahead and runs on. ValueError for a negative or endless time. When something on the way
        cannot be written, time stands before it.
        """
        with self._lock:
            before = self.clock.now()
            self.clock.advance(seconds)
            try:
                self._catch_up()
                self._note_clock()
            except Unavailable:
                self.clock.stand_at(max(before, self._moment))
                raise

    def settle(self) -> None:
        """Do everything that is due by now."""
        with self._lock:
            self._catch_up()

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still until it is advanced."""
        return self.clock.frozen

    def freeze(self) -> None:
        """Let the clock stand still; an advance still jumps."""
        self._let_clock(stand=True)

    def thaw(self) -> None:
        """Let the clock run on from where it stands; a virtual one cannot."""
        self._let_clock(stand=False)

    def _let_clock(self, *, stand: bool) -> None:
        with self._lock:
            self._catch_up()
            turn, back = (self.clock.freeze, self.clock.thaw) if stand else (self.clock.thaw, self.clock.freeze)
            was_standing = self.clock.frozen
            turn()
            try:
                self._catch_up()
                self._note_clock()
            except Unavailable:
                if was_standing is not stand:
                    back()
                raise

    def next_event(self) -> float | None:
        """The moment at which something will happen by itself; None: nothing, until somebody asks for something."""
        with self._lock:
            moments = (self._simulator.next_moment(), self._next_audit(), self._next_look())
            return min((moment for moment in moments if moment is not None), default=None)

    def reset(self, world: World | None = None) -> None:
        """No strategy, nothing pending, and the world as loaded, or another one; audits are counted from now on.

        The clock goes on as it was.
        """
        with self._lock, self._keeping.change():
            self._world = world if world is not None else self._world
            self._epoch = self._moment = self.clock.now()
            self._audits = 0
            self._revision += 1
            self._strategy = None
            self._journal = self._journal.emptied()
            self._simulator = Simulator(self._world, self._moment)
            self._keeping.is_due = True

    # Everything at once ---------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Everything that is true now."""
        with self._lock:
            self._catch_up()
            return self._standing()

    def restore(self, snapshot: Snapshot) -> None:
        """Be exactly as at that moment, time and all. Raises SnapshotError for the snapshot of another release."""
        check_release(snapshot, self.release.name)
        with self._lock:
            reading = self.clock.reading()
            try:
                with self._keeping.change():
                    self._take(snapshot)
                    self._set_clock(snapshot.moment, frozen=snapshot.clock.frozen)
                    self._keeping.is_due = True
            except Unavailable:
                self._set_clock(reading.now, frozen=reading.frozen)
                raise

    def restart(self) -> None:
        """What a restart of the VIM does, without one of this process (ENGINE.md 8.6)."""
        with self._lock:
            self._catch_up()
            with self._keeping.change():
                self._restart()
                self._keeping.is_due = True

    # Inside (the lock is held) --------------------------------------------------------------------------------------

    def _act(self, kind: Kind, command: messages.Apply | messages.Abort) -> Strategy:
        with self._lock:
            self._catch_up()
            self._existing(kind)
            self._command(command)
            return self._existing(kind)

    def _existing(self, kind: Kind) -> Strategy:
        if self._strategy is None or self._strategy.kind is not kind:
            raise Missing(f"there is no {kind} strategy")
        return self._strategy

    def _command(self, command: messages.Command) -> None:
        with self._keeping.change():
            answer = self._tell(command)
            self._creates += isinstance(command, messages.Create)
        if isinstance(answer, messages.Refused):
            raise Refused(answer.reason)

    def _tell(self, message: messages.Message) -> messages.Turn | messages.Refused:
        """Hand a message to the engine at the moment that is being worked on, and pass its wishes on to the world."""
        before, rules = self._strategy, self.release.rulebook
        answer = self.handle(before, message, self._moment, self._simulator.fleet, rules)
        told = notices(before, message, answer)
        if told:
            self._journal = noted(self._journal, told, self._moment, grid.audit_after(self._epoch, self._moment))
            self._keeping.is_due = True
        if isinstance(answer, messages.Turn):
            self._take_turn(answer)
        return answer

    def _take_turn(self, turn: messages.Turn) -> None:
        before = self._strategy
        self._strategy = turn.strategy
        for effect in turn.effects:
            self._simulator.accept(effect, self._moment)
        if turn.effects or turn.strategy is not before:
            self._keeping.is_due = True
        if turn.strategy is not before:
            self._revision += 1
            begun = waiting(turn.strategy)
            if begun is not None and begun != waiting(before):
                self._simulator.begin(*begun, self._moment)

    def _restart(self) -> None:
        """The engine begins anew at this moment; the infrastructure goes on, but for answers that nobody hears."""
        self._epoch = self._moment = self.clock.now()
        self._audits = 0
        self._revision += 1
        self._simulator.lose_answers()
        if self._strategy is not None:
            turn = self.begin_anew(self._strategy, self._moment, self._simulator.fleet, self.release.rulebook)
            self._take_turn(turn)

    def _catch_up(self) -> None:
        """Work off what is due by now, in the order of time; at one moment world, audit, timers."""
        now = self.clock.now()
        moment = self.next_event()
        while moment is not None and moment <= now:
            moment = self._work_off(moment)
        self._moment = max(now, self._moment)

    def _work_off(self, moment: float) -> float | None:
        """Everything that is due at one moment, as one change; when something is due after it."""
        following: float | None = moment
        with self._keeping.change():
            self._moment = max(moment, self._moment)
            while following == moment:
                self._step(moment)
                following = self.next_event()
        return following

    def _step(self, moment: float) -> None:
        if self._simulator.next_moment() == moment:
            self._keeping.is_due = True
            for event in self._simulator.occur():
                self._tell(event)
        elif self._next_audit() == moment:
            self._audits = self._audit_number()
            self._tell(messages.Tick())
        else:
            self._tell(messages.Expired())

    def _audit_number(self) -> int:
        """Number of the next host audit, counted from the driver's start."""
        return grid.audit_number(self._epoch, self._audits, self._moment)

    def _deadline(self) -> float | None:
        """The engine's deadline, found once for each strategy: every event asks for it several times."""
        strategy, deadline = self._timed
        if strategy is not self._strategy:
            deadline = self.deadline_of(self._strategy)
            self._timed = self._strategy, deadline
        return deadline

    def _next_audit(self) -> float | None:
        """The next host audit that somebody waits for; without a waiting step no audit can change anything."""
        if self._deadline() is None:
            return None
        return grid.audit_moment(self._epoch, self._audit_number())

    def _next_look(self) -> float | None:
        """The first look at the timers that is later than the engine's deadline."""
        deadline = self._deadline()
        if deadline is None:
            return None
        return max(grid.look_after(self._epoch, deadline), self._moment)

    # Inside: what is kept (the lock is held) ------------------------------------------------------------------------

    def _note_clock(self) -> None:
        """Write what time it is: somebody is told."""
        with self._keeping.change():
            self._keeping.is_due = True

    def _standing(self) -> Snapshot:
        reading = self.clock.reading()
        return Snapshot(
            self.release.name,
            self._given,
            self._world,
            self._simulator.standing(),
            self._strategy,
            self._journal,
            replace(reading, now=self._moment) if reading.frozen else reading,
            self._moment,
            self._epoch,
            self._audits,
            self._uuids.seed,
            self._creates,
            self._revision,
        )

    def _take(self, snapshot: Snapshot) -> None:
        """Be as it says; the clock is left alone, and the number of revisions does not go back."""
        self._world = snapshot.world
        self._simulator = Simulator.resumed(snapshot.infrastructure, snapshot.world)
        self._strategy = snapshot.strategy
        self._journal = snapshot.journal
        self._moment = snapshot.moment
        self._epoch = snapshot.epoch
        self._audits = snapshot.audits
        self._uuids = Uuids(snapshot.seed)
        self._creates = snapshot.creates
        self._revision = max(self._revision, snapshot.revision) + 1

    def _set_clock(self, moment: float, *, frozen: bool) -> None:
        if frozen:
            self.clock.freeze()
        else:
            self.clock.thaw()
        self.clock.stand_at(moment)
