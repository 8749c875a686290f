"""Mutants whose plans break rules that hold in every deployment: which steps a stage has, in which order, on whom."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from reference_server.engine.course import Course
from reference_server.engine.fleet import Fleet
from reference_server.engine.model import Stage, Step, Strategy
from reference_server.engine.planning import Plan, plan
from reference_server.engine.rulebook import Entities, RecipeStep, Rulebook
from reference_server.engine.words import ApplyType, EntityType, InstanceAction, Kind, StageName, StepName
from reference_server.mutants import deployments
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Members, steps_of
from reference_server.mutants.variant import Planner, Variant

type Recipe = tuple[RecipeStep, ...]

_WORKERS: Final = (StageName.PATCH_WORKERS, StageName.UPGRADE_WORKERS)


# Recipes --------------------------------------------------------------------------------------------------------------


def recipes(edit: Callable[[Recipe], Recipe], *stages: StageName) -> Callable[[Rulebook], Rulebook]:
    """A rulebook in which the recipes of these stages, or of all, are edited."""

    def rules(rulebook: Rulebook) -> Rulebook:
        names = {str(stage) for stage in stages}
        edited: Mapping[str, Recipe] = {
            key: edit(recipe) if not names or key.partition(".")[0] in names else recipe
            for key, recipe in rulebook.recipes.items()
        }
        return replace(rulebook, recipes=edited)

    return rules


def without(*names: StepName) -> Callable[[Recipe], Recipe]:
    """A recipe without these steps."""
    return lambda recipe: tuple(line for line in recipe if line.step not in names)


def after(moved: StepName, place: StepName) -> Callable[[Recipe], Recipe]:
    """A recipe in which one step comes right after another."""

    def edit(recipe: Recipe) -> Recipe:
        lines = [line for line in recipe if line.step is moved]
        others = [line for line in recipe if line.step is not moved]
        if not lines or place not in [line.step for line in others]:
            return recipe
        return tuple(each for line in others for each in ((line, *lines) if line.step is place else (line,)))

    return edit


def _stopped_too(recipe: Recipe) -> Recipe:
    """Instances are stopped also when they have just been migrated."""
    return tuple(
        replace(line, when=tuple(word for word in line.when if word != "stop-start"))
        if line.step in (StepName.STOP_INSTANCES, StepName.START_INSTANCES)
        else line
        for line in recipe
    )


def _unlock_everybody(recipe: Recipe) -> Recipe:
    """Also hosts that somebody else has locked are unlocked."""
    return tuple(
        replace(line, entities=Entities.HOSTS, when=()) if line.step is StepName.UNLOCK_HOSTS else line
        for line in recipe
    )


# Plans ----------------------------------------------------------------------------------------------------------------


def asked_otherwise(edit: Callable[[Strategy], Strategy]) -> Planner:
    """A planner that takes the strategy for another one."""
    return lambda strategy, fleet, rules: plan(edit(strategy), fleet, rules)


def replanned(edit: Callable[[tuple[Stage, ...]], Iterable[Stage]]) -> Planner:
    """A planner whose stages are edited when it has succeeded."""

    def planner(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
        made = plan(strategy, fleet, rules)
        return made if made.reason is not None else Plan(tuple(edit(made.stages)))

    return planner


def _fewer(step: Step) -> Step:
    """The step without its last host, if it has several."""
    if step.entity_type is not EntityType.HOSTS or len(step.entity_names) < 2:  # noqa: PLR2004 - several
        return step
    return replace(
        step,
        entity_uuids=step.entity_uuids[:-1],
        entity_names=step.entity_names[:-1],
        host_names=step.host_names[:-1],
    )


def _missing_a_host(*names: StepName) -> Planner:
    def edit(stages: tuple[Stage, ...]) -> Iterable[Stage]:
        for stage in stages:
            steps = tuple(_fewer(step) if step.name in names else step for step in stage.steps)
            yield replace(stage, steps=steps)

    return replanned(edit)


def _first_worker_again(stages: tuple[Stage, ...]) -> Iterable[Stage]:
    workers = [stage for stage in stages if stage.name in _WORKERS]
    return (*stages, *workers[:1])


def _workers_first(stages: tuple[Stage, ...]) -> Iterable[Stage]:
    return sorted(stages, key=lambda stage: stage.name not in _WORKERS)


def _workers_in_pairs(stages: tuple[Stage, ...]) -> Iterable[Stage]:
    """Two worker stages that have the same steps become one."""
    waiting: Stage | None = None
    for stage in stages:
        if stage.name not in _WORKERS:
            yield stage
        elif waiting is not None and [step.name for step in waiting.steps] == [step.name for step in stage.steps]:
            yield replace(waiting, steps=tuple(map(joined, waiting.steps, stage.steps)))
            waiting = None
        else:
            if waiting is not None:
                yield waiting
            waiting = stage
    if waiting is not None:
        yield waiting


def joined(one: Step, other: Step) -> Step:
    """One step for the entities of both."""
    return replace(
        one,
        entity_uuids=one.entity_uuids + other.entity_uuids,
        entity_names=one.entity_names + other.entity_names,
        host_names=one.host_names + other.host_names,
    )


def _strangers_unlocked(stages: tuple[Stage, ...]) -> Iterable[Stage]:
    """The last stage unlocks whatever any stage has locked."""
    locks = [step for stage in stages for step in stage.steps if step.name is StepName.LOCK_HOSTS]
    *others, last = stages
    yield from others
    steps = []
    for step in last.steps:
        if step.name is StepName.UNLOCK_HOSTS and locks:
            names = tuple(name for lock in locks for name in lock.entity_names)
            uuids = tuple(uuid for lock in locks for uuid in lock.entity_uuids)
            steps.append(replace(step, entity_uuids=uuids, entity_names=names, host_names=names))
        else:
            steps.append(step)
    yield replace(last, steps=tuple(steps))


def _one_more_at_a_time(strategy: Strategy) -> Strategy:
    size = strategy.request.max_parallel_worker_hosts + 1
    return replace(strategy, request=replace(strategy.request, max_parallel_worker_hosts=size))


def _nothing_ignored(strategy: Strategy) -> Strategy:
    request = strategy.request
    storage = ApplyType.SERIAL if request.storage_apply_type is ApplyType.IGNORE else request.storage_apply_type
    return replace(strategy, request=replace(request, storage_apply_type=storage))


def _always_migrates(strategy: Strategy) -> Strategy:
    return replace(strategy, request=replace(strategy.request, default_instance_action=InstanceAction.MIGRATE))


# Build phases ---------------------------------------------------------------------------------------------------------


class _QueriesSwapped(Course):
    def plan_build(self) -> None:
        super().plan_build()
        if self.strategy.kind is Kind.SW_PATCH:
            stage = self.strategy.build.stages[0]
            alarms, patches, hosts = stage.steps
            stage = replace(stage, steps=(alarms, hosts, patches))
            self.strategy = replace(self.strategy, build=replace(self.strategy.build, stages=(stage,)))


class _AlarmsQueriedTwice(Course):
    def plan_build(self) -> None:
        super().plan_build()
        if self.strategy.kind is Kind.SW_UPGRADE:
            stage = self.strategy.build.stages[0]
            stage = replace(stage, steps=(*stage.steps, stage.steps[0]))
            self.strategy = replace(self.strategy, build=replace(self.strategy.build, stages=(stage,)))


def _time_taken(strategy: Members) -> None:
    """The timeout of a step that has ended is of no interest any more."""
    for step in steps_of(strategy):
        if step["end-date-time"]:
            step["timeout"] = 0


PLANS: Final = (
    Mutant(
        name="alarms-not-queried",
        area="plan",
        defect="Stages of workers do not query alarms.",
        breaks=("VIM-LIFE-106",),
        make=Variant(rules=recipes(without(StepName.QUERY_ALARMS), *_WORKERS)),
    ),
    Mutant(
        name="alarms-queried-after-swact",
        area="plan",
        defect="Stages of controllers swact first, and query alarms after that.",
        breaks=("VIM-LIFE-106", "VIM-LIFE-107"),
        make=Variant(rules=recipes(after(StepName.QUERY_ALARMS, StepName.SWACT_HOSTS), StageName.PATCH_CONTROLLERS)),
    ),
    Mutant(
        name="unlock-before-patch",
        area="plan",
        defect="Hosts are unlocked before they are patched.",
        breaks=("VIM-LIFE-107",),
        make=Variant(rules=recipes(after(StepName.UNLOCK_HOSTS, StepName.LOCK_HOSTS), StageName.PATCH_STORAGE)),
    ),
    Mutant(
        name="upgrade-before-lock",
        area="plan",
        defect="Storage hosts are upgraded before they are locked.",
        breaks=("VIM-LIFE-107",),
        make=Variant(rules=recipes(after(StepName.LOCK_HOSTS, StepName.UPGRADE_HOSTS), StageName.UPGRADE_STORAGE)),
    ),
    Mutant(
        name="patched-without-lock",
        area="plan",
        defect="Storage hosts that need a reboot are patched without being locked.",
        breaks=("VIM-LIFE-128", "VIM-LIFE-130"),
        make=Variant(rules=recipes(without(StepName.LOCK_HOSTS), StageName.PATCH_STORAGE)),
    ),
    Mutant(
        name="unlock-misses-a-host",
        area="plan",
        defect="Of several hosts that a stage has locked the last one is not unlocked.",
        breaks=("VIM-LIFE-108",),
        make=Variant(planner=_missing_a_host(StepName.UNLOCK_HOSTS)),
    ),
    Mutant(
        name="lock-misses-a-host",
        area="plan",
        defect="Of several hosts that a stage works on the last one is neither locked nor unlocked.",
        breaks=("VIM-LIFE-116", "VIM-LIFE-129", "VIM-LIFE-137"),
        make=Variant(planner=_missing_a_host(StepName.LOCK_HOSTS, StepName.UNLOCK_HOSTS)),
    ),
    Mutant(
        name="host-in-two-stages",
        area="plan",
        defect="The workers of the first worker stage are worked on again in a last one.",
        breaks=("VIM-LIFE-105",),
        make=Variant(planner=replanned(_first_worker_again)),
    ),
    Mutant(
        name="swact-after-lock",
        area="plan",
        defect="A controller is locked before it hands over.",
        breaks=("VIM-LIFE-107",),
        make=Variant(rules=recipes(after(StepName.SWACT_HOSTS, StepName.LOCK_HOSTS), StageName.PATCH_CONTROLLERS)),
    ),
    Mutant(
        name="no-swact",
        area="plan",
        defect="Controllers are locked without handing over.",
        breaks=("VIM-LIFE-128", "VIM-LIFE-130", "VIM-LIFE-138"),
        make=Variant(rules=recipes(without(StepName.SWACT_HOSTS), StageName.PATCH_CONTROLLERS)),
    ),
    Mutant(
        name="workers-first",
        area="plan",
        defect="Stages of workers come before those of controllers.",
        breaks=("VIM-LIFE-104", "VIM-LIFE-120"),
        make=Variant(planner=replanned(_workers_first)),
    ),
    Mutant(
        name="one-more-at-a-time",
        area="plan",
        defect="One more worker than the limit is worked on at a time.",
        breaks=("VIM-PPOST-033", "VIM-UPOST-028", "VIM-LIFE-115"),
        make=Variant(planner=asked_otherwise(_one_more_at_a_time), world=deployments.FREE_WORKERS),
    ),
    Mutant(
        name="serial-workers-in-pairs",
        area="plan",
        defect="Workers in series share a stage two by two.",
        breaks=("VIM-LIFE-111",),
        make=Variant(planner=replanned(_workers_in_pairs)),
    ),
    Mutant(
        name="ignored-storage-planned",
        area="plan",
        defect="Storage hosts have stages although they are to be ignored.",
        breaks=("VIM-LIFE-112",),
        make=Variant(planner=asked_otherwise(_nothing_ignored)),
    ),
    Mutant(
        name="migrated-and-stopped",
        area="plan",
        defect="Instances that are migrated are stopped as well.",
        breaks=("VIM-LIFE-117",),
        make=Variant(rules=recipes(_stopped_too)),
    ),
    Mutant(
        name="migrates-although-told-to-stop",
        area="plan",
        defect="Instances are migrated whatever the strategy says.",
        breaks=("VIM-LIFE-117",),
        make=Variant(planner=asked_otherwise(_always_migrates)),
    ),
    Mutant(
        name="stopped-instances-stay-down",
        area="plan",
        defect="Instances that a stage has stopped are not started again.",
        breaks=("VIM-LIFE-108",),
        make=Variant(rules=recipes(without(StepName.START_INSTANCES))),
    ),
    Mutant(
        name="started-before-unlock",
        area="plan",
        defect="Instances are started before their host is unlocked.",
        breaks=("VIM-LIFE-107",),
        make=Variant(
            rules=recipes(after(StepName.UNLOCK_HOSTS, StepName.START_INSTANCES), StageName.PATCH_WORKERS),
        ),
    ),
    Mutant(
        name="no-stabilizing",
        area="plan",
        defect="Stages of workers end without waiting for the system to settle.",
        breaks=("VIM-LIFE-116", "VIM-LIFE-129"),
        make=Variant(rules=recipes(without(StepName.SYSTEM_STABILIZE), *_WORKERS)),
    ),
    Mutant(
        name="strangers-unlocked",
        area="plan",
        defect="The last stage unlocks every host that any stage has locked.",
        breaks=("VIM-LIFE-108", "VIM-LIFE-109"),
        make=Variant(planner=replanned(_strangers_unlocked)),
    ),
    Mutant(
        name="locked-hosts-unlocked",
        area="plan",
        defect="A worker that was locked before is unlocked when it is patched.",
        breaks=("VIM-LIFE-108", "VIM-LIFE-116"),
        make=Variant(rules=recipes(_unlock_everybody, StageName.PATCH_WORKERS), world="standard"),
    ),
    Mutant(
        name="build-queries-swapped",
        area="plan",
        defect="The build of a patch strategy queries hosts before patches.",
        breaks=("VIM-LIFE-101",),
        make=Variant(course=_QueriesSwapped),
    ),
    Mutant(
        name="alarms-queried-twice",
        area="plan",
        defect="The build of an upgrade strategy queries alarms once more at its end.",
        breaks=("VIM-LIFE-102",),
        make=Variant(course=_AlarmsQueriedTwice),
    ),
    Mutant(
        name="ended-steps-without-timeout",
        area="plan",
        defect="The timeout of a step becomes 0 when it has ended.",
        breaks=("VIM-LIFE-027", "VIM-LIFE-050"),
        make=Variant(edit=_time_taken),
    ),
)
