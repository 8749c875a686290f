"""What a behaviour is given and what it gives back."""

from dataclasses import dataclass, replace
from typing import Protocol

from reference_server.engine.fleet import Fleet, Host, QueriedData
from reference_server.engine.messages import Address, Effect, Event
from reference_server.engine.model import Step, Strategy
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import Result


@dataclass(frozen=True, slots=True)
class Scene:
    """The moment in seconds, the fleet at that moment, the strategy with its step, and the step's address."""

    now: float
    fleet: Fleet
    rules: Rulebook
    strategy: Strategy
    asker: Address


@dataclass(frozen=True, slots=True)
class Progress:
    """The step as it is now, what it asks for, and what the strategy is to keep of an answer."""

    step: Step
    effects: tuple[Effect, ...] = ()
    queried: QueriedData | None = None


class Behaviour(Protocol):
    """One kind of step."""

    def start(self, step: Step, scene: Scene) -> Progress:
        """Start the step: it waits, or has ended at once."""
        ...

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """What an event does to the waiting step."""
        ...


def waiting(step: Step, *effects: Effect) -> Progress:
    """The step waits, or goes on waiting."""
    return Progress(replace(step, result=Result.WAIT) if step.result is not Result.WAIT else step, effects)


def succeeded(step: Step) -> Progress:
    """The step has ended well."""
    return Progress(replace(step, result=Result.SUCCESS))


def failed(step: Step, reason: str = "") -> Progress:
    """The step has failed; some failures have no reason."""
    return Progress(replace(step, result=Result.FAILED, reason=reason))


def seen(step: Step, scene: Scene) -> Step:
    """The step with the moment of its first event noted."""
    return step if step.first_event is not None else replace(step, first_event=scene.now)


def since_first_event(step: Step, scene: Scene) -> float:
    """Seconds since the first event that the step has seen; 0 if there was none."""
    return 0.0 if step.first_event is None else scene.now - step.first_event


def unknown_host(step: Step, fleet: Fleet) -> str | None:
    """The first listed host that the fleet does not know."""
    return next((name for name in step.entity_names if name not in fleet.host_by_name), None)


def listed_hosts(step: Step, fleet: Fleet) -> tuple[Host, ...]:
    """The listed hosts that the fleet knows, in the order of the step."""
    found = (fleet.host_by_name.get(name) for name in step.entity_names)
    return tuple(host for host in found if host is not None)
