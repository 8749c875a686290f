"""Mutants that put the wrong hosts into one stage: only who knows the deployment can tell."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from reference_server.engine.fleet import Fleet, HostAggregate
from reference_server.engine.model import Stage, Strategy
from reference_server.engine.planning import Plan, plan
from reference_server.engine.rulebook import Entities, Rulebook
from reference_server.engine.words import ApplyType, StageName, StepName
from reference_server.mutants import deployments
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.plans import Recipe, asked_otherwise, joined, recipes, replanned
from reference_server.mutants.variant import Planner, Variant


def sees(edit: Callable[[Fleet], Fleet]) -> Planner:
    """A planner that sees another fleet than there is."""
    return lambda strategy, fleet, rules: plan(strategy, edit(fleet), rules)


def _no_peers(fleet: Fleet) -> Fleet:
    return replace(fleet, host_groups=())


def _no_instance_groups(fleet: Fleet) -> Fleet:
    return replace(fleet, instance_groups=())


def _strict_groups_alone(fleet: Fleet) -> Fleet:
    kept = tuple(group for group in fleet.instance_groups if "anti-affinity-best-effort" not in group.policies)
    return replace(fleet, instance_groups=kept)


def _no_aggregates(fleet: Fleet) -> Fleet:
    return replace(fleet, host_aggregates=())


def _larger_aggregates(fleet: Fleet) -> Fleet:
    """As if an aggregate with an odd number of hosts had one more: half of it is rounded up."""

    def larger(aggregate: HostAggregate) -> HostAggregate:
        missing = math.ceil(len(aggregate.host_names) / 2) * 2 - len(aggregate.host_names)
        return replace(aggregate, host_names=(*aggregate.host_names, *("",) * missing))

    return replace(fleet, host_aggregates=tuple(map(larger, fleet.host_aggregates)))


def _no_instances_counted(fleet: Fleet) -> Fleet:
    """Sees instances only where it has to move them: here nowhere."""
    return replace(fleet, instances=())


def _storage_in_series(strategy: Strategy) -> Strategy:
    request = strategy.request
    serial = ApplyType.SERIAL if request.storage_apply_type is ApplyType.PARALLEL else request.storage_apply_type
    return replace(strategy, request=replace(request, storage_apply_type=serial))


def _join(one: Stage, other: Stage) -> Stage:
    return replace(one, steps=tuple(map(joined, one.steps, other.steps)))


def _swift_in_pairs(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """Swift hosts in parallel go two by two."""
    made = plan(strategy, fleet, rules)
    if strategy.request.swift_apply_type is not ApplyType.PARALLEL:
        return made
    swift = [stage for stage in made.stages if stage.name is StageName.PATCH_SWIFT]
    pairs = [_join(*swift[at : at + 2]) if at + 1 < len(swift) else swift[at] for at in range(0, len(swift), 2)]
    first = next((at for at, stage in enumerate(made.stages) if stage.name is StageName.PATCH_SWIFT), 0)
    others = [stage for stage in made.stages if stage.name is not StageName.PATCH_SWIFT]
    return replace(made, stages=(*others[:first], *pairs, *others[first:]))


def _storage_0_with_another(stages: tuple[Stage, ...]) -> Iterable[Stage]:
    """The stage of storage-0 takes the next one in."""
    storage = [stage for stage in stages if stage.name is StageName.UPGRADE_STORAGE]
    if len(storage) < 2 or storage[0].steps[1].entity_names != ("storage-0",):  # noqa: PLR2004 - one to take in
        return stages
    joined = _join(storage[0], storage[1])
    return (joined if stage is storage[0] else stage for stage in stages if stage is not storage[1])


def _offline_workers_too(fleet: Fleet) -> Fleet:
    """Takes every worker that answered once for one that can be worked on."""
    hosts = tuple(
        replace(host, availability="online") if host.availability == "offline" else host for host in fleet.hosts
    )
    return replace(fleet, hosts=hosts)


def _locked_again(recipe: Recipe) -> Recipe:
    return tuple(
        replace(line, entities=Entities.HOSTS, when=()) if line.step is StepName.LOCK_HOSTS else line for line in recipe
    )


def _locked_in_service(rules: Rulebook) -> Rulebook:
    """Has one recipe for patches with and without a reboot."""
    edited = {
        key: rules.recipes[f"{key.partition('.')[0]}.reboot"] if key.endswith(".in-service") else recipe
        for key, recipe in rules.recipes.items()
    }
    return replace(rules, recipes=edited)


GROUPING: Final = (
    Mutant(
        name="storage-peers-together",
        area="grouping",
        defect="Storage hosts that hold copies of the same data are worked on at the same time.",
        breaks=("VIM-LIFE-113", "VIM-LIFE-133"),
        make=Variant(planner=sees(_no_peers), world="storage"),
    ),
    Mutant(
        name="storage-never-parallel",
        area="grouping",
        defect="Storage hosts are worked on in series also when the strategy says parallel.",
        breaks=("VIM-LIFE-113",),
        make=Variant(planner=asked_otherwise(_storage_in_series), world="storage"),
    ),
    Mutant(
        name="swift-in-pairs",
        area="grouping",
        defect="Swift hosts in parallel are worked on two at a time.",
        breaks=("VIM-LIFE-114",),
        make=Variant(planner=_swift_in_pairs, world=deployments.SWIFT),
    ),
    Mutant(
        name="anti-affinity-ignored",
        area="grouping",
        defect="Hosts of two members of an anti-affinity group are worked on at the same time.",
        breaks=("VIM-LIFE-115", "VIM-LIFE-132"),
        make=Variant(planner=sees(_no_instance_groups), world="standard"),
    ),
    Mutant(
        name="best-effort-ignored",
        area="grouping",
        defect="Groups that are kept apart at best effort are not kept apart.",
        breaks=("VIM-LIFE-115",),
        make=Variant(planner=sees(_strict_groups_alone), world=deployments.BEST_EFFORT),
    ),
    Mutant(
        name="aggregates-ignored",
        area="grouping",
        defect="More than half of the hosts of an aggregate are worked on at the same time.",
        breaks=("VIM-LIFE-115", "VIM-LIFE-134"),
        make=Variant(planner=sees(_no_aggregates), world=deployments.PAIRS_IN_AGGREGATES),
    ),
    Mutant(
        name="aggregate-limit-rounded-up",
        area="grouping",
        defect="Half of an aggregate with an odd number of hosts is rounded up.",
        breaks=("VIM-LIFE-115",),
        make=Variant(planner=sees(_larger_aggregates), world=deployments.FIVE_IN_AN_AGGREGATE),
    ),
    Mutant(
        name="instances-not-seen",
        area="grouping",
        defect="Hosts with instances are planned like those without, and nothing is moved away from them.",
        breaks=("VIM-LIFE-115", "VIM-LIFE-116"),
        make=Variant(planner=sees(_no_instances_counted)),
    ),
    Mutant(
        name="storage-0-with-another",
        area="grouping",
        defect="The host storage-0 is upgraded together with another storage host.",
        breaks=("VIM-LIFE-122", "VIM-LIFE-111"),
        make=Variant(planner=replanned(_storage_0_with_another), world=deployments.BOTH_CONTROLLERS),
    ),
    Mutant(
        name="offline-workers-planned",
        area="grouping",
        defect="Workers that are offline have a stage.",
        breaks=("VIM-LIFE-116", "VIM-LIFE-115"),
        make=Variant(planner=sees(_offline_workers_too), world=deployments.AWAY),
    ),
    Mutant(
        name="locked-again",
        area="grouping",
        defect="A worker that is locked already is locked again before it is patched.",
        breaks=("VIM-LIFE-116", "VIM-LIFE-108"),
        make=Variant(rules=recipes(_locked_again, StageName.PATCH_WORKERS), world="standard"),
    ),
    Mutant(
        name="locked-in-service",
        area="grouping",
        defect="Hosts are locked also for patches that they take in service.",
        breaks=("VIM-LIFE-116", "VIM-LIFE-110"),
        make=Variant(rules=_locked_in_service, world=deployments.IN_SERVICE),
    ),
)
