"""The plan of a strategy in a normal form: stages, steps and timeouts; of hosts only how many."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from conformance.drivers.glance import phase_of

PHASES: Final = ("build", "apply")
"""The phases that have a plan; that of an abort depends on when it was asked for."""

_MOST_STAGES: Final = 2000
_MOST_STEPS: Final = 100

type Settings = tuple[tuple[str, str], ...]
"""What was wished, as the strategy shows it; the names of 2018.10 are those of later releases here."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One step; `timeout` is in seconds."""

    name: str
    timeout: int
    entity: str


@dataclass(frozen=True, slots=True, order=True)
class Stage:
    """One stage; `hosts` is on how many it works at a time."""

    name: str
    steps: tuple[Step, ...]
    timeout: int
    hosts: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of a phase, those of a name together, as the order of hosts carries no meaning."""

    stages: tuple[Stage, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages, each once, in their order."""
        return tuple(dict.fromkeys(stage.name for stage in self.stages))

    @property
    def hosts(self) -> int:
        """On how many hosts the stages work, all together."""
        return sum(stage.hosts for stage in self.stages)

    def of(self, name: str) -> tuple[Stage, ...]:
        """The stages of that name."""
        return tuple(stage for stage in self.stages if stage.name == name)


def settings_of(strategy: dict[str, Any]) -> Settings:
    """What was wished of a strategy."""
    return tuple(sorted(_settings(strategy)))


def plan_of(strategy: dict[str, Any], phase: str) -> Plan | None:
    """The plan of a phase; None where it has no stages (yet)."""
    stages = phase_of(strategy, phase).get("stages")
    made = (
        [_stage(each) for each in stages[:_MOST_STAGES] if isinstance(each, dict)] if isinstance(stages, list) else []
    )
    if not made:
        return None
    names = list(dict.fromkeys(stage.name for stage in made))
    return Plan(tuple(sorted(made, key=lambda stage: (names.index(stage.name), stage))))


def _settings(strategy: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in strategy.items():
        told = name.endswith("-apply-type") or name.startswith("max-parallel")
        if told or name in ("default-instance-action", "alarm-restrictions"):
            yield name.replace("compute", "worker"), str(value)[:100]


def _stage(stage: dict[str, Any]) -> Stage:
    listed = stage.get("steps")
    steps = [each for each in listed[:_MOST_STEPS] if isinstance(each, dict)] if isinstance(listed, list) else []
    made = tuple(
        Step(str(each.get("step-name")), _whole(each.get("timeout")), str(each.get("entity-type"))) for each in steps
    )
    return Stage(str(stage.get("stage-name")), made, _whole(stage.get("timeout")), max(map(_hosts, steps), default=0))


def hosts_named(strategy: dict[str, Any]) -> set[str]:
    """The names of the entities that a strategy works on."""
    found: set[str] = set()
    for phase in (*PHASES, "abort"):
        stages = phase_of(strategy, phase).get("stages")
        for stage in stages if isinstance(stages, list) else ():
            steps = stage.get("steps") if isinstance(stage, dict) else None
            for step in steps if isinstance(steps, list) else ():
                names = step.get("entity-names") if isinstance(step, dict) else None
                found.update(name for name in names if isinstance(name, str)) if isinstance(names, list) else None
    return found


def _hosts(step: dict[str, Any]) -> int:
    names = step.get("entity-names")
    return len(names) if isinstance(names, list) and step.get("entity-type") == "hosts" else 0


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
