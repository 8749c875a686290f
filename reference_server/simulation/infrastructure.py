"""The infrastructure at one moment, as plain frozen data: what a store keeps and a simulator goes on from."""

from dataclasses import dataclass
from typing import Literal

from reference_server.engine.fleet import Fleet
from reference_server.engine.messages import Address
from reference_server.engine.words import StepName
from reference_server.simulation.faults import Change, Ending


@dataclass(frozen=True, slots=True)
class Pending:
    """One thing that will happen at `moment` (seconds): an action that comes to its end, or a change by itself.

    Of two at one moment that with the lower `order` comes first. An action is on a host, an instance (by uuid) or, with
    an empty `subject`, on the system as a whole; a change by itself has no `action`.
    """

    moment: float
    order: int
    action: StepName | None = None
    asker: Address | None = None
    asked_by: StepName | None = None  # the step that asks, where its action has the name of another one
    subject: str = ""
    leaving: tuple[str, ...] = ()  # the hosts that a migration empties
    ending: Ending | None = None  # how it will end, where that is known already
    delayed: bool = False  # it was `late`: now it ends as usual
    heard: bool = True  # whether there still is somebody who waits for the answer
    change: Change | None = None
    generic: Literal["", "question", "work"] = ""  # of a generic step: nothing in the fleet changes

    def __lt__(self, other: "Pending") -> bool:
        return (self.moment, self.order) < (other.moment, other.order)


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """The fleet, what is still to happen in order, the faults in force, and what the simulator counts.

    Of an ending `times` is what is left of it; a change that is to come at a moment stands in `pending`, one that waits
    for a step in `changes`.
    """

    fleet: Fleet
    pending: tuple[Pending, ...] = ()
    endings: tuple[Ending, ...] = ()
    changes: tuple[Change, ...] = ()
    counted: int = 0
    begun: Address | None = None
    begun_step: StepName | None = None
