"""The one mutable object of the server: the strategy there is, its world, the clock, and what is still to happen.

Everything runs under one lock and in the order of time: the driver always takes the earliest of the world's next
event, the next host audit and the engine's deadline, until nothing is due. It has no thread. Under a system clock what
is due is worked off at the beginning of each call; nobody can look in between, so nobody can tell the difference.
"""

import math
import random
import threading
import uuid

from reference_server import document
from reference_server.clock import Clock
from reference_server.engine import machine, messages
from reference_server.engine.fleet import Fleet
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import Kind
from reference_server.rulebooks import Release
from reference_server.simulator import Simulator
from reference_server.worldfile import World

AUDIT_INTERVAL = 30.0
"""Seconds between two host audits; each is a tick for the engine (ENGINE.md 0)."""

TIMER_GRID = 0.5
"""Seconds between two looks at the timers; a timer fires at the first look after its deadline (ENGINE.md 4.2)."""


class Conflict(Exception):  # noqa: N818 - the word of the answer, 409 Conflict
    """There is a strategy already, of either kind (ENGINE.md 8.4)."""


class Missing(Exception):  # noqa: N818 - the word of the answer, 404
    """There is no strategy of that kind."""


class Refused(Exception):  # noqa: N818 - the word of the engine
    """The state does not allow the request; `reason` is the engine's, and may be empty."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Driver:
    """Drives the pure engine through a simulated world; every method may be called from any thread."""

    def __init__(self, world: World, release: Release, clock: Clock, *, seed: int = 0) -> None:
        self.release = release
        self.clock = clock
        self._lock = threading.RLock()
        self._random = random.Random(seed)  # noqa: S311 - uuids of a simulation, reproducible on purpose
        self._world = world
        self._epoch = self._moment = clock.now()
        self._strategy: Strategy | None = None
        self._simulator = Simulator(world)
        self._audits = 0

    @property
    def world(self) -> World:
        """The world as loaded; what became of it is `fleet`."""
        return self._world

    @property
    def fleet(self) -> Fleet:
        """The fleet as it is now."""
        with self._lock:
            self._catch_up()
            return self._simulator.fleet

    # Requests -------------------------------------------------------------------------------------------------------

    def create(self, request: StrategyRequest) -> Strategy:
        """Create a strategy; Conflict if there is one of either kind."""
        with self._lock:
            self._catch_up()
            if self._strategy is not None:
                raise Conflict(f"there is a {self._strategy.kind} strategy already")
            self._command(messages.Create(self._new_uuid(), request))
            return self._existing(request.kind)

    def find(self, kind: Kind) -> Strategy | None:
        """The strategy of that kind, or None."""
        with self._lock:
            self._catch_up()
            return self._strategy if self._strategy is not None and self._strategy.kind is kind else None

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
        named = strategy.kind in self.release.wire.named_kinds
        return document.render(strategy, named=named, stamp=self.clock.stamp)

    # Time -----------------------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Move the clock on and do everything that is due on the way, each thing at its own moment.

        A system clock jumps ahead and runs on. ValueError for a negative or endless time.
        """
        with self._lock:
            self.clock.advance(seconds)
            self._catch_up()

    def settle(self) -> None:
        """Do everything that is due by now."""
        with self._lock:
            self._catch_up()

    def next_event(self) -> float | None:
        """The moment at which something will happen by itself; None: nothing, until somebody asks for something."""
        with self._lock:
            moments = (self._simulator.next_moment(), self._next_audit(), self._next_look())
            return min((moment for moment in moments if moment is not None), default=None)

    def reset(self, world: World | None = None) -> None:
        """No strategy, nothing pending, and the world as loaded, or another one. The clock goes on as it was."""
        with self._lock:
            self._world = world if world is not None else self._world
            self._moment = self.clock.now()
            self._strategy = None
            self._simulator = Simulator(self._world)

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

    def _new_uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _command(self, command: messages.Command) -> None:
        answer = self._tell(command)
        if isinstance(answer, messages.Refused):
            raise Refused(answer.reason)

    def _tell(self, message: messages.Message) -> messages.Turn | messages.Refused:
        """Hand a message to the engine at the moment that is being worked on, and pass its wishes on to the world."""
        rules = self.release.rulebook
        answer = machine.handle(self._strategy, message, self._moment, self._simulator.fleet, rules)
        if isinstance(answer, messages.Turn):
            self._strategy = answer.strategy
            for effect in answer.effects:
                self._simulator.accept(effect, self._moment)
        return answer

    def _catch_up(self) -> None:
        """Work off what is due by now, in the order of time; at one moment world, audit, timers."""
        now = self.clock.now()
        while (moment := self.next_event()) is not None and moment <= now:
            self._moment = max(moment, self._moment)
            self._step(moment)
        self._moment = max(now, self._moment)

    def _step(self, moment: float) -> None:
        if self._simulator.next_moment() == moment:
            for event in self._simulator.occur():
                self._tell(event)
        elif self._next_audit() == moment:
            self._audits = self._audit_number()
            self._tell(messages.Tick())
        else:
            self._tell(messages.Expired())

    def _audit_number(self) -> int:
        """Number of the next host audit, counted from the driver's start."""
        return max(self._audits + 1, math.ceil((self._moment - self._epoch) / AUDIT_INTERVAL))

    def _next_audit(self) -> float | None:
        """The next host audit that somebody waits for; without a waiting step no audit can change anything."""
        if machine.deadline(self._strategy) is None:
            return None
        return self._epoch + AUDIT_INTERVAL * self._audit_number()

    def _next_look(self) -> float | None:
        """The first look at the timers that is later than the engine's deadline."""
        deadline = machine.deadline(self._strategy)
        if deadline is None:
            return None
        look = self._epoch + TIMER_GRID * math.floor((deadline - self._epoch) / TIMER_GRID)
        while look <= deadline:
            look += TIMER_GRID
        return max(look, self._moment)
