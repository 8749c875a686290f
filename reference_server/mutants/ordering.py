"""Mutants that work on hosts in the wrong order, or look at the rules of a build wrongly."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from reference_server.engine.fleet import Fleet
from reference_server.engine.model import Stage, Strategy
from reference_server.engine.planning import Plan, plan
from reference_server.engine.planning.recipes import Site, apply_stage
from reference_server.engine.reasons import Reason
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import AlarmRestrictions, StageName, StepName
from reference_server.mutants import deployments
from reference_server.mutants.grouping import sees
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.plans import asked_otherwise, recipes, replanned, without
from reference_server.mutants.variant import Variant


def _another_is_active(fleet: Fleet) -> Fleet:
    """Takes the standby controller for the active one."""
    others = [host.name for host in fleet.hosts if host.has("controller") and host.name != fleet.local_host_name]
    return replace(fleet, local_host_name=others[0]) if others else fleet


def _hosts_of(stage: Stage) -> tuple[str, ...]:
    works = (StepName.SW_PATCH_HOSTS, StepName.UPGRADE_HOSTS)
    return next((step.entity_names for step in stage.steps if step.name in works), ())


def _sorted_within(*names: StageName) -> Callable[[Callable[[Stage], object]], Callable[..., Plan]]:
    """Makes planners that sort the stages of one name among themselves."""

    def by(key: Callable[[Stage], object]) -> Callable[..., Plan]:
        def edit(stages: tuple[Stage, ...]) -> Iterable[Stage]:
            for name in dict.fromkeys(stage.name for stage in stages):
                same = [stage for stage in stages if stage.name is name]
                yield from sorted(same, key=key) if name in names else same  # type: ignore[arg-type] # keys compare

        return replanned(edit)

    return by


def _busy_hosts_first(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """Begins with the hosts that have instances."""
    busy = fleet.instances_by_host
    sort = _sorted_within(StageName.PATCH_WORKERS, StageName.UPGRADE_WORKERS)
    return sort(lambda stage: not any(name in busy for name in _hosts_of(stage)))(strategy, fleet, rules)


def _active_worker_last(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """Keeps the active controller for the end also where controllers are workers."""
    sort = _sorted_within(StageName.PATCH_WORKERS)
    return sort(lambda stage: fleet.local_host_name in _hosts_of(stage))(strategy, fleet, rules)


def _all_to_be_upgraded(fleet: Fleet) -> Fleet:
    """Does not look at what a host runs already."""
    return replace(fleet, hosts=tuple(replace(host, software_load="") for host in fleet.hosts))


def _no_alarms(strategy: Strategy) -> Strategy:
    return replace(strategy, queried=replace(strategy.queried, alarms=()))


def _always_strict(strategy: Strategy) -> Strategy:
    return replace(strategy, request=replace(strategy.request, alarm_restrictions=AlarmRestrictions.STRICT))


def _no_interim_state(strategy: Strategy) -> Strategy:
    hosts = tuple(replace(host, interim_state=False) for host in strategy.queried.patch_hosts)
    return replace(strategy, queried=replace(strategy.queried, patch_hosts=hosts))


def _alarms_before_patches(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """Looks at the alarms first."""
    made = plan(strategy, fleet, rules)
    if made.reason != rules.reasons[Reason.NO_PATCHES]:
        return made
    again = plan(replace(strategy, queried=replace(strategy.queried, patches=("any",))), fleet, rules)
    return again if again.reason == rules.reasons[Reason.PATCH_ALARMS] else made


def _all_unlocked(fleet: Fleet) -> Fleet:
    """Does not look at whether instances are locked."""
    return replace(fleet, instances=tuple(replace(instance, locked=False) for instance in fleet.instances))


def _one_is_enough(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """Does not count storage hosts: as if there were one more, which needs nothing."""
    spare = replace(fleet.hosts[0], name="storage-spare", uuid="", personality="storage")
    return plan(strategy, replace(fleet, hosts=(*fleet.hosts, spare)), rules)


def _simplex_like_any(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """Does not ask where the instances of a single host are to go."""
    made = plan(strategy, fleet, rules)
    if made.reason != rules.reasons[Reason.SIMPLEX_MIGRATION]:
        return made
    site = Site(fleet.hosts[:1], strategy.request, fleet)
    return Plan((apply_stage(f"{StageName.PATCH_WORKERS}.reboot", site, rules),))


def _every_alarm_counts(rules: Rulebook) -> Rulebook:
    return replace(rules, ignored_alarms=dict.fromkeys(rules.ignored_alarms, ()))


ORDERING: Final = (
    Mutant(
        name="active-controller-first",
        area="ordering",
        defect="The active controller is patched first, not last.",
        breaks=("VIM-LIFE-110",),
        make=Variant(planner=sees(_another_is_active), world="standard"),
    ),
    Mutant(
        name="busy-hosts-first",
        area="ordering",
        defect="Workers with instances are worked on before those without.",
        breaks=("VIM-LIFE-115", "VIM-LIFE-116"),
        make=Variant(planner=_busy_hosts_first),
    ),
    Mutant(
        name="controller-0-first",
        area="ordering",
        defect="The host controller-0 is upgraded before controller-1.",
        breaks=("VIM-LIFE-121",),
        make=Variant(
            planner=_sorted_within(StageName.UPGRADE_CONTROLLERS)(_hosts_of), world=deployments.BOTH_CONTROLLERS
        ),
    ),
    Mutant(
        name="upgraded-hosts-again",
        area="ordering",
        defect="Hosts that run the new release already are upgraded once more.",
        breaks=("VIM-LIFE-121", "VIM-LIFE-119"),
        make=Variant(planner=sees(_all_to_be_upgraded)),
    ),
    Mutant(
        name="aio-without-swact",
        area="ordering",
        defect="Controllers that are workers are locked without handing over.",
        breaks=("VIM-LIFE-118", "VIM-LIFE-116"),
        make=Variant(rules=recipes(without(StepName.SWACT_HOSTS), StageName.PATCH_WORKERS), world="aio-dx"),
    ),
    Mutant(
        name="aio-active-last",
        area="ordering",
        defect="Of controllers that are workers the active one is kept for the end.",
        breaks=("VIM-LIFE-118", "VIM-LIFE-115", "VIM-LIFE-116"),
        make=Variant(planner=_active_worker_last, world="aio-dx"),
    ),
    Mutant(
        name="alarms-before-patches",
        area="ordering",
        defect="Of missing patches and an alarm the alarm is told as the reason.",
        breaks=("VIM-LIFE-103",),
        make=Variant(planner=_alarms_before_patches, world=deployments.NOTHING_BUT_AN_ALARM),
    ),
    Mutant(
        name="alarms-not-counted",
        area="ordering",
        defect="A build succeeds whatever alarms there are.",
        breaks=("VIM-LIFE-103", "VIM-LIFE-119"),
        make=Variant(planner=asked_otherwise(_no_alarms), world=deployments.HARMFUL_ALARM),
    ),
    Mutant(
        name="relaxed-as-strict",
        area="ordering",
        defect="Alarms that do not affect management count also when restrictions are relaxed.",
        breaks=("VIM-LIFE-103", "VIM-LIFE-119"),
        make=Variant(planner=asked_otherwise(_always_strict), world=deployments.HARMLESS_ALARM),
    ),
    Mutant(
        name="no-alarm-ignored",
        area="ordering",
        defect="Alarms that the work itself brings are counted like others.",
        breaks=("VIM-LIFE-103",),
        make=Variant(rules=_every_alarm_counts, world=deployments.IGNORED_ALARM),
    ),
    Mutant(
        name="interim-state-ignored",
        area="ordering",
        defect="A build succeeds although a host is in the middle of another patch.",
        breaks=("VIM-LIFE-103",),
        make=Variant(planner=asked_otherwise(_no_interim_state), world=deployments.INTERIM),
    ),
    Mutant(
        name="locked-instance-ignored",
        area="ordering",
        defect="A build succeeds although a locked instance is in a group.",
        breaks=("VIM-LIFE-103", "VIM-LIFE-123"),
        make=Variant(planner=sees(_all_unlocked), world=deployments.LOCKED_INSTANCE),
    ),
    Mutant(
        name="last-storage-host-taken",
        area="ordering",
        defect="The only storage host is worked on.",
        breaks=("VIM-LIFE-103",),
        make=Variant(planner=_one_is_enough, world=deployments.ONE_STORAGE),
    ),
    Mutant(
        name="simplex-migrates",
        area="ordering",
        defect="A build on a single host succeeds although its instances have nowhere to go.",
        breaks=("VIM-LIFE-103", "VIM-LIFE-118"),
        make=Variant(planner=_simplex_like_any, world="aio-sx"),
    ),
)
