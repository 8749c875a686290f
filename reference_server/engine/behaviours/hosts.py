"""Steps that ask for a state of hosts and wait until all of them are in it (ENGINE.md 4.2)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor

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
from reference_server.engine.fleet import Fleet, Host
from reference_server.engine.messages import (
    ActionRefused,
    Address,
    Effect,
    Event,
    HostActionFailed,
    HostChanged,
    LockHosts,
    ServicesChanged,
    Tick,
)
from reference_server.engine.model import Memory, Step
from reference_server.engine.words import Result

HOST_GONE = "host no longer exists"
HOST_UNKNOWN = "Unknown host {host} given."
INSTANCES_LEFT = "Lock of host(s) {hosts} failed because instance(s) {instances} were not migrated or stopped."
SIMPLEX_WAIT = 15.0
"""Seconds after its first event that a lock which does not wait for "disabled" still takes, at least."""
RETRY_WAIT = 120.0
"""Seconds from the last failure of an unlock until it is tried again (ENGINE-8.0.md 4.2)."""


@dataclass(frozen=True, slots=True)
class HostState:
    """Ask hosts that are not in the state yet for it; end when all listed hosts are `done`."""

    effect: Callable[[Address, tuple[str, ...]], Effect]
    done: Callable[[Host], bool]
    asked: Callable[[Host], bool]
    refusal: str

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask, unless all hosts are in the state already."""
        unknown = unknown_host(step, scene.fleet)
        if unknown is not None:
            return failed(step, HOST_UNKNOWN.format(host=unknown))
        hosts = listed_hosts(step, scene.fleet)
        if all(map(self.done, hosts)):
            return succeeded(step)
        names = tuple(host.name for host in hosts if self.asked(host))
        return waiting(step, self.effect(scene.asker, names)) if names else waiting(step)

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Look at the hosts whenever one changed, and at audits."""
        ended = ended_by_refusal(step, event, self.refusal)
        if ended is not None:
            return ended
        if not isinstance(event, HostChanged | ServicesChanged | Tick):
            return waiting(step)
        if unknown_host(step, scene.fleet) is not None:
            return failed(step, HOST_GONE)
        return succeeded(step) if all(map(self.done, listed_hosts(step, scene.fleet))) else waiting(step)


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock hosts on which no instance runs; on a simplex system without waiting for "disabled" (ENGINE.md 5.7)."""

    refusal: str

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask for hosts that are not locked yet, unless all are, or an instance is in the way."""
        hosts = listed_hosts(step, scene.fleet)
        unknown = unknown_host(step, scene.fleet)
        if unknown is None and all(_is_down(host, step) for host in hosts):
            return succeeded(step)
        in_the_way = _instances_in_the_way(step, scene.fleet)
        if in_the_way is not None:
            return failed(step, in_the_way)
        if unknown is not None:
            return failed(step, HOST_UNKNOWN.format(host=unknown))
        names = tuple(host.name for host in hosts if not host.locked)
        return waiting(step, LockHosts(scene.asker, names)) if names else waiting(step)

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Look at the hosts whenever one changed, and at audits."""
        ended = ended_by_refusal(step, event, self.refusal)
        if ended is not None:
            return ended
        if not isinstance(event, HostChanged | Tick):
            return waiting(step)
        if unknown_host(step, scene.fleet) is not None:
            return failed(step, HOST_GONE)
        step = seen(step, scene)
        locked = all(_is_down(host, step) for host in listed_hosts(step, scene.fleet))
        patient = step.wait_until_disabled or _elapsed(step, scene) > SIMPLEX_WAIT
        return succeeded(step) if locked and patient else waiting(step)


@dataclass(frozen=True, slots=True)
class Unlock(HostState):
    """Unlock hosts; where the step has retries, a host whose unlock failed is tried again 120 s after the last failure.

    Every host has as many retries of its own. One try is for all hosts that are still locked, and is not forgiven
    when it is refused.
    """

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Count the failures, and try again when the time has come."""
        if step.retries:
            tried = self._tried(step, event, scene)
            if tried is not None:
                return tried
        return HostState.react(self, step, event, scene)

    def _tried(self, step: Step, event: Event, scene: Scene) -> Progress | None:
        memory = step.memory or Memory()
        match event:
            case HostActionFailed(step_name=step.name, host_name=name) if name in step.entity_names:
                host = scene.fleet.host_by_name.get(name)
                if host is None or not host.locked or memory.failures.count(name) >= step.retries:
                    return failed(step, self.refusal)
                failures = (*memory.failures, name)
                return waiting(replace(step, memory=Memory(failures, again=scene.now + RETRY_WAIT)))
            case ActionRefused() if memory.failures:
                return failed(step, self.refusal)
            case HostChanged() | Tick() if memory.again is not None and scene.now >= memory.again:
                progress = HostState.react(self, step, event, scene)
                if progress.step.result is not Result.WAIT:
                    return progress
                names = tuple(host.name for host in listed_hosts(step, scene.fleet) if self.asked(host))
                tried = replace(progress.step, memory=replace(memory, again=None))
                return waiting(tried, self.effect(scene.asker, names)) if names else waiting(tried)
            case _:
                return None


def ended_by_refusal(step: Step, event: Event, refusal: str) -> Progress | None:
    """The failed step, if this event says that its action failed on one of its hosts or was refused."""
    if isinstance(event, HostActionFailed) and event.step_name is step.name and event.host_name in step.entity_names:
        return failed(step, refusal)
    if isinstance(event, ActionRefused):
        return failed(step, event.reason)
    return None


def _elapsed(step: Step, scene: Scene) -> float:
    """Seconds since the first event, cut to whole ones where the release does so (ENGINE-8.0.md D13)."""
    elapsed = since_first_event(step, scene)
    return floor(elapsed) if scene.rules.choices.whole_second_timers else elapsed


def _is_down(host: Host, step: Step) -> bool:
    return host.locked and not (step.wait_until_disabled and host.enabled)


def _instances_in_the_way(step: Step, fleet: Fleet) -> str | None:
    left = [
        instance
        for name in step.entity_names
        for instance in fleet.instances_by_host.get(name, ())
        if not instance.locked or instance.enabled
    ]
    if not left:
        return None
    hosts = ",".join(dict.fromkeys(instance.host_name for instance in left))
    return INSTANCES_LEFT.format(hosts=hosts, instances=",".join(instance.name for instance in left))


def is_unlocked(host: Host) -> bool:
    """Unlocked and enabled."""
    return not host.locked and host.enabled


def is_locked(host: Host) -> bool:
    """Locked, whatever its operational state."""
    return host.locked


def is_served(host: Host) -> bool:
    """Its compute service is enabled."""
    return not host.services_disabled


def is_disabled(host: Host) -> bool:
    """Its compute service is disabled."""
    return host.services_disabled
