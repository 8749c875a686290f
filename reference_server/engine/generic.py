"""Kinds whose stages are plausible rather than known: build and apply stages from the tables of the rulebook.

RELEASES.md 7 has the build steps, the names of stages and the timeouts; which hosts a stage has goes by the same
grouping as elsewhere. Steps whose behaviour is known anywhere behave so here too, the others end after a while.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from reference_server.engine.alarms import counted_alarms
from reference_server.engine.fleet import Fleet, Host
from reference_server.engine.model import Phase, Stage, Step, Strategy, StrategyRequest
from reference_server.engine.planning.grouping import HostList, storage_lists, worker_lists
from reference_server.engine.planning.inventory import require_working
from reference_server.engine.planning.outcome import Plan, RuleBrokenError
from reference_server.engine.planning.recipes import CONDITIONS, Site, made_step
from reference_server.engine.reasons import Reason, alarm_names
from reference_server.engine.rulebook import GenericKind, GenericStage, Group, RecipeStep, Rulebook
from reference_server.engine.words import ApplyType, PhaseName, StepName

# The conditions that a generic stage, a line in it or a contradiction may name under `when`: what was asked for.
ASKED: Final[Mapping[str, Callable[[StrategyRequest], bool]]] = MappingProxyType(
    {
        "workers-ignored": lambda request: request.worker_apply_type is ApplyType.IGNORE,
        "release": lambda request: bool(request.option("release")),
        "no-release": lambda request: not request.option("release"),
        "rollback": lambda request: bool(request.option("rollback")),
        "no-rollback": lambda request: not request.option("rollback"),
        "delete": lambda request: bool(request.option("delete")),
        "delete-said": lambda request: request.option("delete") is not None,
        "snapshot": lambda request: bool(request.option("snapshot")),
        "snapshot-said": lambda request: request.option("snapshot") is not None,
    }
)

_IN_BRACES: Final = re.compile(r"\{([a-z-]+)\}")

_KNOWN_HERE: Final = frozenset(StepName) - {
    StepName.UPGRADE_HOSTS, StepName.ACTIVATE_UPGRADE, StepName.COMPLETE_UPGRADE, StepName.SW_PATCH_HOSTS,
}  # fmt: skip
"""Steps that do here what they do elsewhere; the others look at records of platform that these kinds do not have."""


def contradiction(request: StrategyRequest, rules: Rulebook) -> str | None:
    """Why a strategy is never built, whatever there is to work on: what was asked for contradicts itself."""
    generic = rules.generic.get(request.kind)
    found = generic.contradictions if generic is not None else ()
    return next((each.reason for each in found if _holds(each.when, request)), None)


def build_phase(request: StrategyRequest, fleet: Fleet, rules: Rulebook) -> Phase:
    """The build phase of a generic kind, not started yet: its steps, and those that are one for each host."""
    generic = rules.generic[request.kind]
    stage = generic.build
    hosts = [host for group in stage.groups for hosts in _host_lists(group, request, fleet, rules) for host in hosts]
    steps = [
        *_steps(stage.steps, Site((), request, fleet)),
        *(step for host in hosts if host.is_working for step in _steps(stage.each, Site((host,), request, fleet))),
    ]
    return Phase(PhaseName.BUILD, (Stage(stage.name, tuple(replace(step, fail_on_alarms=False) for step in steps)),))


def plan(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """The apply phase of a generic strategy, or why it cannot be built; reads what its queries were told."""
    request = strategy.request
    generic = rules.generic[request.kind]
    counted = counted_alarms(strategy.queried.alarms, request, fleet, rules)
    if counted:
        return Plan((), generic.alarms.format_map(alarm_names(alarm.alarm_id for alarm in counted)))
    if request.controller_apply_type is ApplyType.PARALLEL:
        return Plan((), rules.told(Reason.PARALLEL_CONTROLLERS, {}))
    stages: list[Stage] = []
    try:
        stages.extend(_stages(generic, request, fleet, rules))
    except RuleBrokenError as broken:
        return Plan(tuple(stages), rules.told(broken.reason, broken.names))
    return Plan(tuple(stages), None if stages else generic.nothing)


def _stages(generic: GenericKind, request: StrategyRequest, fleet: Fleet, rules: Rulebook) -> Iterator[Stage]:
    for stage in generic.stages:
        if _holds(stage.when, request):
            yield from _stages_of(stage, request, fleet, rules)


def _stages_of(stage: GenericStage, request: StrategyRequest, fleet: Fleet, rules: Rulebook) -> Iterator[Stage]:
    """One stage for each list of hosts; a stage without groups is one, for the system."""
    lists: Iterable[HostList] = ((),)
    if stage.groups:
        lists = [hosts for group in stage.groups for hosts in _host_lists(group, request, fleet, rules)]
    name = _named(stage.name, request)
    for hosts in lists:
        for host in hosts:
            require_working(host)
        yield Stage(name, tuple(_steps(stage.steps, Site(hosts, request, fleet))))


def _named(name: str, request: StrategyRequest) -> str:
    """The name of a stage with the options of the request in the place of their names in braces."""
    told = dict(request.options)
    return _IN_BRACES.sub(lambda match: str(told.get(match[1]) or ""), name).rstrip()


def _steps(lines: Iterable[RecipeStep], site: Site) -> Iterator[Step]:
    for line in lines:
        if all(ASKED[name](site.request) if name in ASKED else CONDITIONS[name](site) for name in line.when):
            yield replace(made_step(line, site), generic=line.step not in _KNOWN_HERE)


def _holds(names: Iterable[str], request: StrategyRequest) -> bool:
    return all(ASKED[name](request) for name in names)


# Which hosts a stage has ----------------------------------------------------------------------------------------------


def _host_lists(group: Group, request: StrategyRequest, fleet: Fleet, rules: Rulebook) -> Sequence[HostList]:
    """The hosts of a group by stage, as the apply types and the width of the request say."""
    match group:
        case Group.STORAGE:
            return storage_lists(
                [each for each in fleet.hosts if each.has("storage")], request.storage_apply_type, fleet
            )
        case Group.WORKERS | Group.PURE_WORKERS:
            pure = group is Group.PURE_WORKERS
            unlocked = (each for each in fleet.hosts if each.has("worker") and not each.locked)  # others are left alone
            workers = [each for each in unlocked if not (pure and each.has("controller"))]
            return _worker_lists(workers, request, fleet, rules)
        case Group.CONTROLLERS if request.controller_apply_type is ApplyType.IGNORE:
            return ()
        case _:
            controllers = sorted(
                (each for each in fleet.hosts if each.has("controller")),
                key=lambda host: host.name == fleet.local_host_name,  # the active one last
            )
            return [(host,) for host in controllers[_CONTROLLERS[group]]]


# Which of the controllers a group has, the active one being the last.
_CONTROLLERS: Final[Mapping[Group, slice]] = MappingProxyType(
    {
        Group.CONTROLLERS: slice(None),
        Group.FIRST_CONTROLLER: slice(0, 1),
        Group.SECOND_CONTROLLER: slice(1, 2),
        Group.ACTIVE_CONTROLLER: slice(-1, None),
    }
)


def _worker_lists(hosts: list[Host], request: StrategyRequest, fleet: Fleet, rules: Rulebook) -> Sequence[HostList]:
    aio_first = rules.choices.aio_workers == "first"
    return [hosts for hosts in worker_lists(hosts, request, fleet, reboot=True, aio_first=aio_first) if hosts]
