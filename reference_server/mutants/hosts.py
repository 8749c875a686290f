"""Mutants whose stages touch the wrong hosts, do not do their work, or end otherwise than the world says."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from reference_server.driver import Driver
from reference_server.engine.model import Stage, Step, Strategy
from reference_server.engine.rulebook import Entities, RecipeStep
from reference_server.engine.words import Kind, StageName, StepName
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.plans import Recipe, recipes, replanned, without
from reference_server.mutants.traffic import Members, steps_of
from reference_server.mutants.variant import Variant
from reference_server.simulation.faults import End, Ending

_SWACT_TIME: Final = 900
_SWACT: Final = RecipeStep(StepName.SWACT_HOSTS, _SWACT_TIME, Entities.HOSTS)
_LAST_DIGIT: Final = {"0": "1"}


def _swacted(recipe: Recipe) -> Recipe:
    """The stage swacts its own hosts, right after it has queried alarms."""
    return (recipe[0], _SWACT, *recipe[1:])


def _of_the_other(stages: tuple[Stage, ...]) -> Iterable[Stage]:
    """The swacts of controllers change places: each stage swacts the host of another one."""
    swacts = [step for stage in stages for step in stage.steps if step.name is StepName.SWACT_HOSTS]
    others = iter([*swacts[1:], *swacts[:1]])
    for stage in stages:
        yield replace(
            stage, steps=tuple(_in_place_of(step, next(others)) if _is_swact(step) else step for step in stage.steps)
        )


def _is_swact(step: Step) -> bool:
    return step.name is StepName.SWACT_HOSTS


def _in_place_of(step: Step, other: Step) -> Step:
    return replace(step, entity_uuids=other.entity_uuids, entity_names=other.entity_names, host_names=other.host_names)


def _another_uuid(strategy: Members) -> None:
    """Steps that unlock hosts look the hosts up in another table, which has other uuids."""
    for step in steps_of(strategy):
        if step["step-name"] == "unlock-hosts":
            step["entity-uuids"] = [uuid[:-1] + _LAST_DIGIT.get(uuid[-1], "0") for uuid in step["entity-uuids"]]


def _no_reason(strategy: Members) -> None:
    if strategy["state"] == "build-failed":
        strategy["build-phase"]["reason"] = ""


class _LocksFail(Driver):
    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        if not self.faults:
            self.inject((Ending(StepName.LOCK_HOSTS, End.FAILS),))
        return super().apply(kind, stage_id)


def _mutant(name: str, defect: str, breaks: tuple[str, ...], **how: Any) -> Mutant:
    return Mutant(name=name, area="plan", defect=defect, breaks=breaks, make=Variant(**how))


HOSTS: Final = (
    _mutant(
        "workers-never-upgraded",
        "Stages of workers lock and unlock them, and do not upgrade them.",
        ("VIM-LIFE-136",),
        rules=recipes(without(StepName.UPGRADE_HOSTS), StageName.UPGRADE_WORKERS),
    ),
    _mutant(
        "swact-of-the-other",
        "The stage of a controller swacts the other controller, and then locks its own.",
        ("VIM-LIFE-138", "VIM-LIFE-139"),
        planner=replanned(_of_the_other),
    ),
    _mutant(
        "workers-swacted",
        "Workers are swacted before they are patched, as if they were controllers.",
        ("VIM-LIFE-135",),
        rules=recipes(_swacted, StageName.PATCH_WORKERS),
    ),
    _mutant(
        "uuids-of-two-tables",
        "A host has another uuid where it is unlocked than where it is locked.",
        ("VIM-LIFE-108", "VIM-LIFE-143"),
        edit=_another_uuid,
    ),
    _mutant(
        "build-fails-without-reason",
        "A build that a rule has made fail does not say which rule.",
        ("VIM-LIFE-144",),
        edit=_no_reason,
    ),
    _mutant(
        "locks-fail-in-secret",
        "An apply fails at its first lock, although nothing in the world says so.",
        ("VIM-LIFE-131",),
        driver=_LocksFail,
    ),
)
