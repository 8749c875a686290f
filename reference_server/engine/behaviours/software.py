"""Steps that install patches, and that finish an upgrade (ENGINE.md 4.2)."""

from collections.abc import Callable
from dataclasses import dataclass

from reference_server.engine.behaviours.progress import (
    Progress,
    Scene,
    failed,
    seen,
    since_first_event,
    succeeded,
    waiting,
)
from reference_server.engine.fleet import Host, PatchHost, UpgradeRecord
from reference_server.engine.messages import (
    ActionRefused,
    Address,
    Effect,
    Event,
    InstallPatches,
    PatchHostsAnswered,
    QueryFailed,
    QueryPatchHosts,
    QueryUpgrade,
    RequestFailed,
    Tick,
    UpgradeAnswered,
)
from reference_server.engine.model import Step

PATCH_FAILED = "software update failed to apply on host {host}"
POLL_WAIT = 60.0
"""Seconds from the first tick until activate-upgrade and complete-upgrade poll the upgrade record."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Install on all listed hosts and poll on every tick; ends when every host has finished."""

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask the patch controller; it, not the VIM, knows these hosts."""
        return waiting(step, InstallPatches(scene.asker, step.entity_names))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Poll on ticks, look at the answers; a poll that failed is ignored."""
        match event:
            case Tick():
                return waiting(step, QueryPatchHosts(scene.asker))
            case PatchHostsAnswered(patch_hosts=patch_hosts):
                return _installed(step, patch_hosts, scene)
            case RequestFailed():
                return failed(step)
            case ActionRefused(reason=reason):
                return failed(step, reason)
            case _:
                return waiting(step)


def _installed(step: Step, patch_hosts: tuple[PatchHost, ...], scene: Scene) -> Progress:
    """A failed host leaves the step waiting for those still pending; of several the last listed one is named."""
    # The answer that is the fleet's own list needs no look at every host of it.
    own = patch_hosts is scene.fleet.patch_hosts
    by_name = scene.fleet.patch_host_by_name if own else {host.name: host for host in patch_hosts}
    listed = [by_name.get(name) for name in step.entity_names]
    if any(host is None or not (host.patch_current or host.patch_failed) for host in listed):
        return waiting(step)
    failed_wins = scene.rules.choices.failed_patch_host == "failed"
    broken = [
        host.name
        for host in listed
        if host is not None and (not host.patch_current or (failed_wins and host.patch_failed))
    ]
    return failed(step, PATCH_FAILED.format(host=broken[-1])) if broken else succeeded(step)


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """Ask for a step of the upgrade as a whole, then poll its record on ticks until it is `done`."""

    effect: Callable[[Address], Effect]
    done: Callable[[UpgradeRecord | None], bool]

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask."""
        return waiting(step, self.effect(scene.asker))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Poll from 60 s after the first tick on, look at the answers."""
        match event:
            case Tick():
                step = seen(step, scene)
                polls = since_first_event(step, scene) >= POLL_WAIT
                return waiting(step, QueryUpgrade(scene.asker)) if polls else waiting(step)
            case UpgradeAnswered(upgrade=upgrade):
                return succeeded(step) if self.done(upgrade) else waiting(step)
            case QueryFailed() | RequestFailed():
                return failed(step)
            case _:
                return waiting(step)


def is_activated(upgrade: UpgradeRecord | None) -> bool:
    """The platform says that the activation is complete."""
    return upgrade is not None and upgrade.state == "activation-complete"


def is_gone(upgrade: UpgradeRecord | None) -> bool:
    """There is no upgrade record any more."""
    return upgrade is None


def runs_new_release(host: Host, scene: Scene) -> bool:
    """Online, with the release that the upgrade leads to as its load and its target."""
    upgrade = scene.strategy.queried.upgrade
    to_release = upgrade.to_release if upgrade is not None else None
    return host.availability == "online" and host.software_load == host.target_load == to_release
