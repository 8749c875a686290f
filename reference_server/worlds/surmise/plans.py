"""Strategy documents as typed values: only what tells something of the deployment, and only documents that have it."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from reference_server.engine.words import Kind

_CONTROLLERS: Final = frozenset({"sw-patch-controllers", "sw-upgrade-controllers"})
_WORKERS: Final = frozenset(
    f"{kind}-{worker}-hosts" for kind in ("sw-patch", "sw-upgrade") for worker in ("worker", "compute")
)
_STORAGE: Final = frozenset({"sw-patch-storage-hosts", "sw-upgrade-storage-hosts"})


class Step(msgspec.Struct, frozen=True, rename="kebab"):
    """One step and the entities that it is for."""

    step_name: str
    entity_type: str = ""
    entity_names: tuple[str, ...] = ()
    entity_uuids: tuple[str, ...] = ()

    def entities(self) -> Iterator[tuple[str, str]]:
        """Name and uuid of each entity; an uuid that is not there is empty."""
        uuids = (
            self.entity_uuids if len(self.entity_uuids) == len(self.entity_names) else ("",) * len(self.entity_names)
        )
        return ((name, uuid) for name, uuid in zip(self.entity_names, uuids, strict=True) if name)


class Stage(msgspec.Struct, frozen=True, rename="kebab"):
    """One planned stage."""

    stage_name: str
    steps: tuple[Step, ...]

    @property
    def role(self) -> str:
        """What its hosts are: controller, storage, swift or worker; empty for a stage of the whole system."""
        if self.stage_name in _CONTROLLERS:
            return "controller"
        if self.stage_name in _WORKERS:
            return "worker"
        if self.stage_name in _STORAGE:
            return "storage"
        return "swift" if self.stage_name == "sw-patch-swift-hosts" else ""

    @property
    def hosts(self) -> tuple[tuple[str, str], ...]:
        """Name and uuid of each of its hosts: those of the step that does the work."""
        return tuple(self._named("sw-patch-hosts") or self._named("upgrade-hosts"))

    @property
    def instances(self) -> tuple[tuple[str, str], ...]:
        """Name and uuid of each instance that is moved or stopped."""
        moved = self._named("migrate-instances") or self._named("migrate-instances-from-host")
        return tuple(moved or self._named("stop-instances"))

    def has(self, step_name: str) -> bool:
        """Whether there is such a step."""
        return any(step.step_name == step_name for step in self.steps)

    def named(self, step_name: str) -> frozenset[str]:
        """The names of the entities of such a step."""
        return frozenset(name for name, _ in self._named(step_name))

    def _named(self, step_name: str) -> list[tuple[str, str]]:
        return [pair for step in self.steps if step.step_name == step_name for pair in dict(step.entities()).items()]


class _Phase(msgspec.Struct, frozen=True):
    stages: tuple[Stage, ...]


class Plan(msgspec.Struct, frozen=True, rename="kebab"):
    """What one strategy planned, and what was asked of it."""

    apply_phase: _Phase
    controller_apply_type: str = "serial"
    storage_apply_type: str = "serial"
    swift_apply_type: str = "ignore"
    worker_apply_type: str = "serial"
    max_parallel_worker_hosts: int = 2
    default_instance_action: str = "migrate"
    kind: str = ""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that have hosts."""
        return tuple(stage for stage in self.apply_phase.stages if stage.role and stage.hosts)

    def of(self, role: str) -> tuple[Stage, ...]:
        """The stages of hosts of that role."""
        return tuple(stage for stage in self.stages if stage.role == role)

    def asked(self, role: str) -> str:
        """The apply type that was asked for hosts of that role."""
        return str(getattr(self, f"{role}_apply_type"))

    @property
    def host_names(self) -> tuple[str, ...]:
        """Every host that is worked on, in the order of the stages."""
        return tuple(dict.fromkeys(name for stage in self.stages for name, _ in stage.hosts))


PLANNED: Final = (Kind.SW_PATCH, Kind.SW_UPGRADE)
"""Kinds whose stages say what a deployment is like; those of other kinds are an open set."""


def read_plans(strategies: Iterable[tuple[str, object]]) -> tuple[Plan, ...]:
    """The plans of documents that have planned stages; those that tell most first, serial ones before parallel ones."""
    found = [plan for kind, document in strategies for plan in _read(kind, document) if plan.stages]
    return tuple(sorted(found, key=lambda plan: (-len(plan.host_names), _is_parallel(plan))))


def _read(kind: str, document: object) -> Iterator[Plan]:
    if kind not in PLANNED:
        return
    try:
        plan = msgspec.convert(document, Plan)
    except (msgspec.ValidationError, RecursionError):
        return
    yield msgspec.structs.replace(plan, kind=kind)


def _is_parallel(plan: Plan) -> int:
    return (plan.worker_apply_type == "parallel") + (plan.storage_apply_type == "parallel")
