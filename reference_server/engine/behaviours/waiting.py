"""Steps that wait for ticks, or for nothing at all (ENGINE.md 4.2)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reference_server.engine.alarms import counted_alarms
from reference_server.engine.behaviours.hosts import HOST_GONE, HOST_UNKNOWN, ended_by_refusal
from reference_server.engine.behaviours.progress import (
    Progress,
    Scene,
    failed,
    listed_hosts,
    seen,
    since_first_event,
    succeeded,
    unknown_host,
    waiting,
)
from reference_server.engine.fleet import Host
from reference_server.engine.messages import (
    Address,
    AlarmsAnswered,
    Effect,
    Event,
    HostChanged,
    InstanceChanged,
    QueryAlarms,
    QueryFailed,
    Tick,
)
from reference_server.engine.model import Memory, Step

REBOOT_UNLOCKED = "Cannot reboot unlocked host {host}."
UPGRADE_UNLOCKED = "Cannot upgrade unlocked host {host}."
HOST_UNSTABLE = "host {host} changed state unexpectedly"
INSTANCE_UNSTABLE = "instance {instance} changed state unexpectedly"


def always(_host: Host, _scene: Scene) -> bool:
    """No condition: time alone decides."""
    return True


@dataclass(frozen=True, slots=True)
class HostTicks:
    """Ask, then end with the first tick at least `seconds` after the first one on which all hosts are `ready`.

    `unlocked` is the reason for a listed host that is not locked; empty where that does not matter.
    `fails_when_gone` says whether a host that vanishes while the step waits makes it fail.
    """

    effect: Callable[[Address, tuple[str, ...]], Effect]
    seconds: float
    refusal: str
    unlocked: str = ""
    ready: Callable[[Host, Scene], bool] = always
    fails_when_gone: bool = False

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask for all listed hosts; the first that is unknown or must be locked and is not makes the step fail."""
        unknown = unknown_host(step, scene.fleet)
        if unknown is not None:
            return failed(step, HOST_UNKNOWN.format(host=unknown))
        open_host = next((host.name for host in listed_hosts(step, scene.fleet) if not host.locked), None)
        if self.unlocked and open_host is not None:
            return failed(step, self.unlocked.format(host=open_host))
        return waiting(step, self.effect(scene.asker, step.entity_names))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Count ticks from the first one on."""
        ended = ended_by_refusal(step, event, self.refusal)
        if ended is not None:
            return ended
        looks = self.fails_when_gone and isinstance(event, HostChanged | Tick)
        if looks and unknown_host(step, scene.fleet) is not None:
            return failed(step, HOST_GONE)
        if not isinstance(event, Tick):
            return waiting(step)
        step = seen(step, scene)
        if since_first_event(step, scene) < self.seconds:
            return waiting(step)
        ready = all(self.ready(host, scene) for host in listed_hosts(step, scene.fleet))
        return succeeded(step) if ready else waiting(step)


@dataclass(frozen=True, slots=True)
class Stabilize:
    """Wait for the timer; any change of a host or an instance, related or not, is a failure."""

    def start(self, step: Step, scene: Scene) -> Progress:  # noqa: ARG002 - the signature of a behaviour
        """Just wait."""
        return waiting(step)

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:  # noqa: ARG002 - the signature of a behaviour
        """Fail on a change."""
        match event:
            case HostChanged(host_name=name):
                return failed(step, HOST_UNSTABLE.format(host=name))
            case InstanceChanged(instance_name=name):
                return failed(step, INSTANCE_UNSTABLE.format(instance=name))
            case _:
                return waiting(step)


@dataclass(frozen=True, slots=True)
class AlarmsGone:
    """Wait until no counted alarm is left; polled on ticks, from `seconds` after the first one on.

    `one_by_one`: nothing is asked while an answer is outstanding.
    """

    seconds: float
    one_by_one: bool = False

    def start(self, step: Step, scene: Scene) -> Progress:  # noqa: ARG002 - the signature of a behaviour
        """Just wait."""
        return waiting(step)

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Poll on ticks, look at the answers."""
        match event:
            case Tick():
                step = seen(step, scene)
                asks = since_first_event(step, scene) >= self.seconds and step.memory is None
                return self._asking(step, scene) if asks else waiting(step)
            case AlarmsAnswered(alarms=alarms):
                if counted_alarms(alarms, scene.strategy.request, scene.fleet, scene.rules):
                    return waiting(step if step.memory is None else replace(step, memory=None))
                return succeeded(step)
            case QueryFailed():
                return failed(step)
            case _:
                return waiting(step)

    def _asking(self, step: Step, scene: Scene) -> Progress:
        asking = replace(step, memory=Memory(asked=True)) if self.one_by_one else step
        return waiting(asking, QueryAlarms(scene.asker))
