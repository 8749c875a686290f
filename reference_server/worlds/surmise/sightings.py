"""What the stages of all plans say of each host and instance; of two that differ the one that tells more is right."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reference_server.worlds.surmise.plans import Plan, Stage


@dataclass(slots=True)
class SeenHost:
    """A host; `why_controller` says what makes a worker a controller too."""

    name: str
    uuid: str
    roles: list[str] = field(default_factory=list)
    why_controller: str = ""
    locked: bool = False
    computes: bool | None = None


@dataclass(slots=True)
class SeenInstance:
    """An instance; `certain` when a stage of one host says where it is, else `hosts` are those of its stage."""

    name: str
    uuid: str
    hosts: tuple[str, ...]

    @property
    def certain(self) -> bool:
        """Whether there is only one host on which it can be."""
        return len(self.hosts) == 1


@dataclass(slots=True)
class Sightings:
    """Everything that was seen, in that order; instances by uuid, or by name where there is none."""

    hosts: dict[str, SeenHost] = field(default_factory=dict)
    instances: dict[str, SeenInstance] = field(default_factory=dict)


def sightings(plans: Sequence[Plan]) -> Sightings:
    """What these plans say."""
    found = Sightings()
    for plan in plans:
        for stage in plan.stages:
            _see_hosts(found, stage)
            _see_instances(found, stage)
            _see_services(found, plan, stage)
    return found


def _see_hosts(found: Sightings, stage: Stage) -> None:
    locked = stage.named("reboot-hosts")
    for name, uuid in stage.hosts:
        host = found.hosts.setdefault(name, SeenHost(name, uuid))
        if stage.role not in host.roles:
            host.roles.append(stage.role)
        host.locked |= name in locked
        if stage.role == "worker" and stage.has("swact-hosts"):
            host.why_controller = "its worker stage begins with a swact"
        elif stage.role == "worker" and name.startswith("controller") and not host.why_controller:
            host.why_controller = "guess: it stands in a worker stage under the name of a controller"


def _see_instances(found: Sightings, stage: Stage) -> None:
    hosts = tuple(name for name, _ in stage.hosts)
    for name, uuid in stage.instances:
        known = found.instances.get(uuid or name)
        if known is None:
            found.instances[uuid or name] = SeenInstance(name, uuid, hosts)
        elif len(hosts) < len(known.hosts):
            known.hosts = hosts


def _see_services(found: Sightings, plan: Plan, stage: Stage) -> None:
    """The compute service of the first host shows in a parallel stage that migrates (ENGINE.md 5.7 row 3).

    From 7.0 on hosts that compute are emptied, and the services of just these are disabled (ENGINE-8.0.md 5.7).
    """
    if stage.role == "worker" and stage.has("migrate-instances-from-host"):
        disabled = stage.named("disable-host-services")
        for name, _ in stage.hosts if disabled or len(stage.hosts) == 1 else ():
            found.hosts[name].computes = name in disabled or not disabled
    if stage.role == "worker" and plan.worker_apply_type == "parallel" and stage.has("migrate-instances"):
        found.hosts[stage.hosts[0][0]].computes = stage.has("disable-host-services")
